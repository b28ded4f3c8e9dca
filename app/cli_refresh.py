"""Following refreshes on a terminal: by working here where no worker leads, or by watching the one that does."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Collection, Hashable
from typing import Any
from uuid import UUID

import pandas as pd
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from app.cli_terminal import complain, out, plain, say
from app.worker import LOG_FORMAT, Pace, Worker, door_to, reading_door_to
from maestro_core.actions.lead import Door
from maestro_core.actions.refresh import request_refresh
from maestro_core.errors import NotFound
from maestro_core.portfolios import Portfolio
from maestro_core.reports.sources import refresh_runs, sources
from maestro_core.settings import Settings
from maestro_core.terms import RunState, SourceKind

PACE = Pace(refresh=0.5, patience=3)
LOOK_EVERY_SECONDS = 0.25
ENDED = (RunState.SUCCEEDED, RunState.FAILED)


def refresh(own: Portfolio, settings: Settings, *, source_ids: Collection[UUID]) -> bool:
    """Refresh these sources, here or by the worker that leads, and show it; whether all succeeded."""
    with door_to(own)() as ws:
        runs = [request_refresh(ws, source_id=source_id) for source_id in source_ids]
    # Tracebacks are for the log, not for the terminal.
    logging.basicConfig(filename=settings.data_directory / "maestro.log", level=settings.log_level, format=LOG_FORMAT)
    worker = Worker(door_to(own), settings, pace=PACE)
    worker.start(worker.refreshing)
    try:
        ended = _follow(reading_door_to(own), runs)
    finally:
        worker.stop()
    _conclude(ended)
    return bool((ended["state"] == RunState.SUCCEEDED).all())


def chosen_sources(own: Portfolio, names: Collection[str]) -> list[UUID]:
    """The sources with these names, locations or keys; all that are read where none is named."""
    with reading_door_to(own)() as ws:
        known = sources(ws).sources
    if known.empty:
        raise NotFound("No source is connected yet.", advice="Connect one: maestro connect git PATH")
    if not names:
        return list(known.loc[known["kind"] != SourceKind.PUSH, "id"])
    return list(dict.fromkeys(key for name in names for key in _named(known, name)))


def _named(known: pd.DataFrame, name: str) -> list[UUID]:
    absolute = os.path.abspath(name)
    same = (known["name"] == name) | known["location"].isin([name, absolute]) | (known["id"].astype(str) == name)
    if not same.any():
        names = ", ".join(sorted(known["name"]))
        raise NotFound(f"No source is called {name}.", advice=f"There are: {names}")
    return list(known.loc[same, "id"])


def _follow(door: Door, runs: list[UUID]) -> pd.DataFrame:
    """Show the progress of runs until all have ended; these runs as they ended."""
    with _progress() as progress:
        bars = {run: progress.add_task("", total=None, state="", message="") for run in runs}
        while True:
            found = _runs(door, runs)
            for run in found.to_dict("records"):
                _show(progress, bars[run["id"]], run)
            if found["state"].isin(ENDED).all():
                return found
            time.sleep(LOOK_EVERY_SECONDS)


def _runs(door: Door, runs: list[UUID]) -> pd.DataFrame:
    with door() as ws:
        found = refresh_runs(ws, limit=max(1000, 2 * len(runs))).runs
    return found[found["id"].isin(runs)]


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TextColumn("{task.fields[state]}", markup=False),
        TextColumn("{task.fields[message]}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
        TimeElapsedColumn(),
        console=out(),
        transient=True,
    )


def _show(progress: Progress, bar: TaskID, run: dict[Hashable, Any]) -> None:
    total = None if pd.isna(run["total"]) else float(run["total"])
    done = total if run["state"] == RunState.SUCCEEDED else float(run["done"])
    progress.update(
        bar,
        description=plain(run["source"]).plain,
        total=total,
        completed=done,
        state=str(run["state"]),
        message=plain(run["message"]).plain,
    )


def _conclude(ended: pd.DataFrame) -> None:
    """One line for each run, errors with their advice on stderr."""
    for run in ended.sort_values("source").to_dict("records"):
        if run["state"] == RunState.SUCCEEDED:
            say(f"{run['source']}: {run['message']} ({run['rows']:,} rows, {run['seconds']:.1f} s)", style="green")
        else:
            complain(f"{run['source']}: {run['error']}", run["advice"] or "")
