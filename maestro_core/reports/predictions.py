"""What to expect of running projects, how good that is, and what it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.errors import NotFound
from maestro_core.learning.intervals import MINIMUM_FOR_INTERVALS
from maestro_core.learning.predictors import FEATURES, PREDICTORS
from maestro_core.learning.skill import interval_coverage
from maestro_core.models import Prediction, Project, TrainingRun
from maestro_core.reports import Frame, Report, records, report
from maestro_core.reports.facts import DAY, project_facts
from maestro_core.terms import Measured, Target
from maestro_core.workspace import Workspace


class Judged(Report):
    """One predictor: its skill out of sample, its coverage so far, and how many outcomes it rests on."""

    target: Target
    title: str
    unit: str
    trained_at: datetime | None
    known: int
    missing: int
    skill: Measured[float]
    coverage: Measured[float]
    inside: int | None
    live_coverage: Measured[float]
    error: Measured[float]
    median_error: Measured[float]
    better_than_median: bool | None


class Predictions(Report):
    """The latest prediction of each running project and target, with the predictors behind them."""

    predictors: list[Judged]
    predictions: Frame
    running: int
    trained_at: datetime | None


class RestsOn(Report):
    """What the predictions of one project rest on.

    `features` has feature, value (of this project), seen (what past projects had), outside, and for each target what
    the feature adds to the prediction of an average project, in words. `average` is that prediction, in the unit.
    """

    name: str
    features: Frame
    average: dict[Target, float]


@report(Permission.VIEW)
def predictions(ws: Workspace) -> Predictions:
    """Success, duration and cost of each running project with 80 % intervals, and the skill behind them."""
    facts, runs = project_facts(ws), _latest_runs(ws)
    running = facts[facts["outcome"].isna() & facts["finished_at"].isna()]
    told, foretold = _told(ws, runs), _foretold(ws)
    now = told[told["project_id"].isin(running["project_id"])]
    return Predictions(
        predictors=[_judged(target, facts, foretold, runs, ws.tenant.currency) for target in PREDICTORS],
        predictions=_with_days_so_far(now.drop(columns=["training_run_id"]), ws.now),
        running=len(running),
        trained_at=None if runs.empty else runs["trained_at"].max(),
    )


@report(Permission.VIEW)
def rests_on(ws: Workspace, *, project_id: UUID) -> RestsOn:
    """What each known fact of a project adds to its latest predictions, and which facts no past project had."""
    facts = project_facts(ws, project_id=project_id)
    if facts.empty:
        raise NotFound("There is no such project here.")
    runs = _latest_runs(ws)
    told = _told(ws, runs, project_id=project_id)
    learned = {Target(run["question"]): run["coefficients"] for run in records(runs) if run["question"] in PREDICTORS}
    project = facts.iloc[0]
    features = [_feature(name, project, told, learned) for name in FEATURES]
    average = {
        target: float(PREDICTORS[target].scale.back(np.array([stored["coefficients"]["baseline"]]))[0])
        for target, stored in learned.items()
    }
    return RestsOn(name=project["name"], features=pd.DataFrame(features), average=average)


def _with_days_so_far(told: pd.DataFrame, now: datetime) -> pd.DataFrame:
    days = (pd.Timestamp(now) - told["started_at"]).dt.total_seconds() / DAY
    return told.assign(days_so_far=days).sort_values(["name", "target"], ignore_index=True)


def _feature(
    name: str, project: pd.Series[Any], told: pd.DataFrame, learned: dict[Target, dict[str, Any]]
) -> dict[str, Any]:
    """One row of `RestsOn.features`."""
    seen: list[Any] = next((stored["seen"].get(name, []) for stored in learned.values()), [])
    effects = {row["target"]: row["contributions"].get(name) for row in records(told)}
    value = project[name]
    return {
        "feature": name.replace("_", " "),
        "value": None if pd.isna(value) else _as_text(value),
        "seen": _as_span(seen),
        "outside": any(name in outside for outside in told["outside"]),
    } | {str(target): effects.get(target) for target in PREDICTORS}


def _as_span(seen: list[Any]) -> str:
    """A range of numbers, or the words that were met."""
    if not seen:
        return ""
    texts = [_as_text(one) for one in seen]
    return ", ".join(texts) if isinstance(seen[0], str) else " to ".join(texts)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else f"{float(value):.3g}"


def _told(ws: Workspace, runs: pd.DataFrame, *, project_id: UUID | None = None) -> pd.DataFrame:
    """What these runs foretell, of all projects or of one."""
    answer = (Prediction.target, Prediction.value, Prediction.low, Prediction.high, Prediction.outside)
    statement = (
        select(
            Prediction.project_id,
            Project.name,
            Prediction.training_run_id,
            *answer,
            Prediction.contributions,
            Prediction.predicted_at,
            Project.started_at,
        )
        .join(Project, Project.id == Prediction.project_id)
        .where(Prediction.training_run_id.in_(list(runs["id"])))
    )
    return ws.frame(statement.where(Prediction.project_id == project_id) if project_id else statement)


def _foretold(ws: Workspace) -> pd.DataFrame:
    """The last prediction of each ended project and target before the end: of many thousands, all that is judged."""
    newest_first = (Prediction.predicted_at.desc(), Prediction.id.desc())
    nth = func.row_number().over(partition_by=(Prediction.project_id, Prediction.target), order_by=newest_first)
    in_time = (
        select(Prediction.project_id, Prediction.target, Prediction.low, Prediction.high, nth.label("nth"))
        .join(Project, Project.id == Prediction.project_id)
        .where(Project.outcome.is_not(None), Prediction.predicted_at < Project.finished_at)
        .subquery("in_time")
    )
    columns = (in_time.c.project_id, in_time.c.target, in_time.c.low, in_time.c.high)
    return ws.frame(select(*columns).where(in_time.c.nth == 1))


def _latest_runs(ws: Workspace) -> pd.DataFrame:
    latest = select(TrainingRun.question, func.max(TrainingRun.trained_at).label("trained_at"))
    last = latest.group_by(TrainingRun.question).subquery()
    same = (TrainingRun.question == last.c.question) & (TrainingRun.trained_at == last.c.trained_at)
    columns = (
        TrainingRun.id,
        TrainingRun.question,
        TrainingRun.trained_at,
        TrainingRun.metrics,
        TrainingRun.coefficients,
    )
    return ws.frame(select(*columns).join(last, same))


def _judged(target: Target, facts: pd.DataFrame, foretold: pd.DataFrame, runs: pd.DataFrame, currency: str) -> Judged:
    predictor = PREDICTORS[target]
    known = int(facts.loc[facts["outcome"].notna(), predictor.target].notna().sum())
    run = runs[runs["question"] == target]
    metrics: dict[str, Any] = run["metrics"].iloc[0] if len(run) else {}
    n = int(metrics.get("n", 0))
    missing = max(MINIMUM_FOR_INTERVALS - known, 0)
    reason = f"needs {missing} more outcome{'s' if missing > 1 else ''}" if missing else "not trained yet"

    def measured(name: str) -> Measured[float]:
        value = metrics.get(name)
        return Measured.missing(reason, sample=known) if value is None else Measured(value=value, sample=n)

    return Judged(
        target=target,
        title=predictor.title,
        unit=currency if target is Target.COST else predictor.unit,
        trained_at=run["trained_at"].iloc[0] if len(run) else None,
        known=known,
        missing=missing,
        skill=measured("standardised_accuracy"),
        coverage=measured("coverage"),
        inside=metrics.get("inside"),
        live_coverage=_live_coverage(target, facts, foretold),
        error=measured("mean_absolute_error"),
        median_error=measured("median_error"),
        better_than_median=metrics.get("better_than_median"),
    )


def _live_coverage(target: Target, facts: pd.DataFrame, foretold: pd.DataFrame) -> Measured[float]:
    """The share of projects that ended inside the last interval told before they did."""
    actual = PREDICTORS[target].target
    ended = facts.loc[facts["outcome"].notna(), ["project_id", actual]].dropna()
    judged = foretold[foretold["target"] == target].merge(ended, on="project_id")
    share = interval_coverage(judged[actual].between(judged["low"], judged["high"]).to_numpy())
    if share is None:
        return Measured.missing("no predicted project has ended yet")
    return Measured(value=share, sample=len(judged))
