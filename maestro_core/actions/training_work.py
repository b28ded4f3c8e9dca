"""How work and results go along with each other across projects: read, computed and kept after each training."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pandas as pd
from sqlalchemy import delete

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.models import TrainingRun
from maestro_core.reports.work_facts import work_facts
from maestro_core.scoring.correlations import QUESTIONS, correlations
from maestro_core.workspace import Workspace

Door = Callable[[], AbstractContextManager[Workspace]]

MOST_POINTS = 500
"""A picture of more projects shows no more."""


def learn_correlations(door: Door, *, watch: Door | None = None) -> None:
    """Correlate anew; where no project tells of both sides of any question, nothing is kept.

    Reading takes seconds, in which whoever writes would wait: `watch` opens snapshots, for which nobody does.
    """
    with (watch or door)() as ws:
        facts = work_facts(ws)
    found = correlations(facts)
    if not any(one.sample for one in found.values()):
        return
    metrics = {name: one.model_dump() for name, one in found.items()}
    points = {one.name: _points(facts[[one.cause, one.result]]) for one in QUESTIONS}
    with door() as ws:
        store_correlations(ws, metrics=metrics, points=points, rows=len(facts), data_hash=_hash(facts))


@action(Permission.TRAIN)
def store_correlations(
    ws: Workspace, *, metrics: dict[str, Any], points: dict[str, Any], rows: int, data_hash: str
) -> None:
    """Keep the last answers only: of former ones nobody asks."""
    ws.session.execute(delete(TrainingRun).where(TrainingRun.question == "correlations"))
    told = {"question": "correlations", "trained_at": ws.now, "rows": rows, "data_hash": data_hash}
    ws.session.add(TrainingRun(**told, settings={}, metrics=metrics, coefficients=points))


def _points(pairs: pd.DataFrame) -> list[list[float]]:
    known = pairs.astype(float).dropna()
    some = known.sample(MOST_POINTS, random_state=0) if len(known) > MOST_POINTS else known
    rows: list[list[float]] = some.round(3).to_numpy().tolist()
    return rows


def _hash(facts: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(facts.astype(str), index=False)
    return hashlib.sha256(rows.sort_values().to_numpy().tobytes()).hexdigest()
