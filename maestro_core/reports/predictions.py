"""What to expect of running projects, how good that is, and whether it still holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.errors import NotEnoughData
from maestro_core.learning import intervals
from maestro_core.learning.alarms import Alarm, alarms
from maestro_core.learning.coverage import live_coverage
from maestro_core.learning.predictors import PREDICTORS, predict
from maestro_core.models import Prediction, Project
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.facts import DAY
from maestro_core.reports.prediction_models import (
    ended,
    facts_before,
    latest_runs,
    learned,
    running,
    told_and_came,
    unit_of,
)
from maestro_core.terms import Measured, Target
from maestro_core.workspace import Workspace

ALL_ALIKE = "all outcomes are alike"
"""Why there is no skill though the predictor was trained: guessing is perfect too."""


class Judged(Report):
    """One predictor: its skill out of sample, its coverage so far, and how many outcomes it rests on.

    `known` outcomes there are, `missing` more are needed; `new_outcomes` came or changed since it was trained.
    """

    target: Target
    title: str
    unit: str
    trained_at: datetime | None
    known: int
    missing: int
    new_outcomes: int
    skill: Measured[float]
    coverage: Measured[float]
    inside: int | None
    live_coverage: Measured[float]
    error: Measured[float]
    median_error: Measured[float]
    better_than_median: bool | None


class Predictions(Report):
    """The latest prediction of each running project and target, with the predictors behind them.

    `predictions` has project_id, name, target, value, low, high, outside, started_at and days_so_far. At another level
    than the 80 % of what is stored, they are computed from the facts of today.
    """

    predictors: list[Judged]
    predictions: Frame
    running: int
    level: float
    trained_at: datetime | None
    alarms: list[Alarm]


@report(Permission.VIEW)
def predictions(ws: Workspace, *, level: float = intervals.LEVEL) -> Predictions:
    """Success, duration and cost of each running project with their intervals, and the skill behind them."""
    facts, runs = facts_before(ws), latest_runs(ws)
    came, now = told_and_came(ws, facts), running(facts)
    told = _stored(ws, runs) if level == intervals.LEVEL else _computed(facts, level)
    return Predictions(
        predictors=[judged(target, facts, came, runs, ws.tenant.currency) for target in PREDICTORS],
        predictions=_with_days_so_far(told[told["project_id"].isin(now["project_id"])], ws.now),
        running=len(now),
        level=level,
        trained_at=None if runs.empty else runs["trained_at"].max(),
        alarms=alarms(came, projects=facts),
    )


def judged(target: Target, facts: pd.DataFrame, came: pd.DataFrame, runs: pd.DataFrame, currency: str) -> Judged:
    """What is known of a predictor; `came` is what was told before and came since."""
    predictor = PREDICTORS[target]
    known = len(predictor.known(ended(facts)))
    run = runs[runs["question"] == target]
    metrics: dict[str, Any] = run["metrics"].iloc[0] if len(run) else {}
    n = int(metrics.get("n", 0))
    missing = max(intervals.MINIMUM_FOR_INTERVALS - known, 0)
    reason = _untold(missing, is_trained=len(run) > 0)

    def measured(name: str) -> Measured[float]:
        value = metrics.get(name)
        return Measured.missing(reason, sample=known) if value is None else Measured(value=value, sample=n)

    return Judged(
        target=target,
        title=predictor.title,
        unit=unit_of(target, currency),
        trained_at=run["trained_at"].iloc[0] if len(run) else None,
        known=known,
        missing=missing,
        new_outcomes=max(known - n, 0) if len(run) else 0,
        skill=measured("standardised_accuracy"),
        coverage=measured("coverage"),
        inside=metrics.get("inside"),
        live_coverage=_live_coverage(target, came),
        error=measured("mean_absolute_error"),
        median_error=measured("median_error"),
        better_than_median=metrics.get("better_than_median"),
    )


def _untold(missing: int, *, is_trained: bool) -> str:
    """Why a measure of a predictor has no value."""
    if missing:
        return f"needs {missing} more outcome{'s' if missing > 1 else ''}"
    return ALL_ALIKE if is_trained else "not trained yet"


def _with_days_so_far(told: pd.DataFrame, now: datetime) -> pd.DataFrame:
    days = (pd.Timestamp(now) - told["started_at"]).dt.total_seconds() / DAY
    return told.assign(days_so_far=days).sort_values(["name", "target"], ignore_index=True)


def _stored(ws: Workspace, runs: pd.DataFrame) -> pd.DataFrame:
    """What the last fittings foretold."""
    answer = (Prediction.target, Prediction.value, Prediction.low, Prediction.high, Prediction.outside)
    return ws.frame(
        select(Prediction.project_id, Project.name, *answer, Project.started_at)
        .join(Project, Project.id == Prediction.project_id)
        .where(Prediction.training_run_id.in_(list(runs["id"])))
    )


def _computed(facts: pd.DataFrame, level: float) -> pd.DataFrame:
    """The same from the facts of today, for the targets of which enough is known."""
    now, past = running(facts), ended(facts)
    told = [pd.DataFrame(columns=["project_id", "target", "value", "low", "high", "outside"])]
    for target in PREDICTORS:
        try:
            answer = predict(learned(target, past, level=level), now)
        except NotEnoughData:
            continue
        told.append(answer[["project_id", "value", "low", "high", "outside"]].assign(target=target))
    numbers = pd.concat(told[1:] or told, ignore_index=True)
    return numbers.merge(facts[["project_id", "name", "started_at"]], on="project_id")


def _live_coverage(target: Target, came: pd.DataFrame) -> Measured[float]:
    """The share of projects that ended inside the last interval told before they did, with its 90 % bounds."""
    counted = live_coverage(came)
    row = counted[counted["target"] == target]
    if row.empty:
        return Measured.missing("no predicted project has ended yet")
    share, low, high, n = (np.asarray(row[name])[0] for name in ("coverage", "low", "high", "n"))
    return Measured(value=float(share), sample=int(n), low=float(low), high=float(high))
