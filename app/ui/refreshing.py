"""Refreshes as they go on: drawn anew every other second while one waits or runs, and not after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from app.ui.ask import ask_anew
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports import records, sources
from maestro_core.terms import RunState

UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
PATIENCE = timedelta(minutes=1)
SHOWN = 8
"""So many refreshes are shown one by one."""


def unfinished() -> list[dict[str, Any]]:
    """The refreshes that wait or run, those that run first."""
    runs = ask_anew(sources.refresh_runs, limit=500).runs
    rows = records(runs[runs["state"].isin(UNFINISHED)])
    return sorted(rows, key=lambda run: (run["state"] != RunState.RUNNING, run["requested_at"]))


@st.fragment(run_every=2)
def watch() -> None:
    """The progress of each, until none is left; then the page is drawn anew, without this."""
    runs = unfinished()
    if not runs:
        st.rerun(scope="app")
    with st.container(border=True):
        st.markdown(f":material/sync: **Refreshing**: {_how_many(runs)}")
        if is_stuck(runs, now=datetime.now(UTC)):
            st.warning(
                "Nothing has begun for a minute: no worker seems to run. Start one with **maestro worker**, "
                "or restart this server with MAESTRO\\_REFRESH\\_IN\\_SERVER=true.",
                icon=":material/hourglass_disabled:",
            )
        for run in runs[:SHOWN]:
            st.progress(share(run), text=f"**{plain(run['source'])}** · {_told(run)}")


def is_stuck(runs: list[dict[str, Any]], *, now: datetime) -> bool:
    """Whether nothing runs, and what waits has waited longer than a worker takes to see it.

    >>> waits = {"state": RunState.QUEUED, "requested_at": datetime(2026, 7, 1, 12, tzinfo=UTC)}
    >>> is_stuck([waits], now=datetime(2026, 7, 1, 12, 2, tzinfo=UTC))
    True
    >>> is_stuck([waits, waits | {"state": RunState.RUNNING}], now=datetime(2026, 7, 1, 12, 2, tzinfo=UTC))
    False
    """
    return all(run["state"] == RunState.QUEUED and now - run["requested_at"] > PATIENCE for run in runs)


def share(run: dict[str, Any]) -> float:
    """How much of it is done, as far as the source says how much there is.

    >>> share({"done": 30, "total": 40}), share({"done": 30, "total": None}), share({"done": 9, "total": 3})
    (0.75, 0.0, 1.0)
    """
    return min(run["done"] / run["total"], 1.0) if run["total"] else 0.0


def _how_many(runs: list[dict[str, Any]]) -> str:
    running = sum(run["state"] == RunState.RUNNING for run in runs)
    waiting = len(runs) - running
    return " · ".join(f"{count} {word}" for count, word in ((running, "running"), (waiting, "waiting")) if count)


def _told(run: dict[str, Any]) -> str:
    if run["state"] == RunState.QUEUED:
        return f"{plain(run['message'])} · {ago('requested', run['requested_at'])}"
    done = f"{run['done']:,.0f}" + (f" of {run['total']:,.0f}" if run["total"] else "")
    stored = f" · {run['rows']:,.0f} rows stored" if run["rows"] else ""
    is_told = not run["done"] or f"{run['done']:,.0f}" in str(run["message"])
    return f"{plain(run['message'])}{stored}" if is_told else f"{plain(run['message'])} · {done}{stored}"
