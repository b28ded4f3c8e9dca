"""What reports of predictions start from: the facts as of the start, what they teach, and what was told and came."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select
from threadpoolctl import threadpool_limits

from maestro_core.errors import InvalidInput
from maestro_core.learning.predictors import FEATURES, PREDICTORS, Fitted, fit
from maestro_core.models import Prediction, Project, TrainingRun
from maestro_core.reports.facts import facts_at_start, project_facts
from maestro_core.terms import Target, percent
from maestro_core.workspace import Workspace

LEVELS = (0.8, 0.9)
"""The levels of an interval that can be asked for. Of ten projects no wider one can be made."""


@dataclass(frozen=True)
class _Past:
    """Rows to learn from, known by their content: the same content teaches the same."""

    digest: str
    rows: pd.DataFrame = field(compare=False)


def facts_before(ws: Workspace) -> pd.DataFrame:
    """Every project with its features as they stood at its start, which is all that a prediction may know."""
    return facts_at_start(ws, project_facts(ws))


def ended(facts: pd.DataFrame, *, but: UUID | None = None) -> pd.DataFrame:
    """The projects with an outcome, all `but` one."""
    return facts[facts["outcome"].notna() & (facts["project_id"] != but)]


def running(facts: pd.DataFrame) -> pd.DataFrame:
    """The projects without outcome or end."""
    return facts[facts["outcome"].isna() & facts["finished_at"].isna()]


def learned(target: Target, past: pd.DataFrame, *, level: float) -> Fitted:
    """The predictor of a target, learned from these projects; `NotEnoughData` below ten known outcomes.

    It is remembered by the content of the rows, so that asking about another plan does not learn anew.
    """
    if level not in LEVELS:
        raise InvalidInput(f"An interval has {' or '.join(percent(one) for one in LEVELS)}, not {percent(level)}.")
    rows = past[["project_id", *FEATURES, PREDICTORS[target].target]]
    digest = hashlib.sha256(pd.util.hash_pandas_object(rows.astype(str)).to_numpy().tobytes()).hexdigest()
    return _fit(target, _Past(digest, rows), level)


def unit_of(target: Target, currency: str) -> str:
    """What a target is counted in."""
    return currency if target is Target.COST else PREDICTORS[target].unit


def latest_runs(ws: Workspace) -> pd.DataFrame:
    """The last fitting of each question, with all that it keeps: what actions/training.py stored."""
    latest = select(TrainingRun.question, func.max(TrainingRun.trained_at).label("trained_at"))
    last = latest.group_by(TrainingRun.question).subquery()
    same = (TrainingRun.question == last.c.question) & (TrainingRun.trained_at == last.c.trained_at)
    told = (TrainingRun.id, TrainingRun.question, TrainingRun.trained_at, TrainingRun.rows, TrainingRun.data_hash)
    kept = (TrainingRun.settings, TrainingRun.metrics, TrainingRun.coefficients)
    statement = select(*told, *kept).join(last, same).where(TrainingRun.question.in_([str(one) for one in PREDICTORS]))
    return ws.frame(statement)


def told_and_came(ws: Workspace, facts: pd.DataFrame) -> pd.DataFrame:
    """The last prediction of each ended project and target before the end, beside what came.

    One row per project and target: project_id, target, value, low, high, outcome, ended_at. Of many thousands of
    predictions that is all that is judged, and chosen in the database.
    """
    newest_first = (Prediction.predicted_at.desc(), Prediction.id.desc())
    nth = func.row_number().over(partition_by=(Prediction.project_id, Prediction.target), order_by=newest_first)
    answer = (Prediction.project_id, Prediction.target, Prediction.value, Prediction.low, Prediction.high)
    in_time = (
        select(*answer, Project.finished_at.label("ended_at"), nth.label("nth"))
        .join(Project, Project.id == Prediction.project_id)
        .where(Project.outcome.is_not(None), Prediction.predicted_at < Project.finished_at)
        .subquery("in_time")
    )
    columns = (in_time.c[name] for name in ("project_id", "target", "value", "low", "high", "ended_at"))
    return ws.frame(select(*columns).where(in_time.c.nth == 1)).merge(_outcomes(facts), on=["project_id", "target"])


def as_text(value: Any) -> str | None:
    """A fact as people read it; None where it is not known.

    >>> as_text(3.0), as_text("retail"), as_text(float("nan")), as_text(2.345)
    ('3', 'retail', None, '2.35')
    """
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else f"{float(value):.3g}"


@lru_cache(maxsize=24)
def _fit(target: Target, past: _Past, level: float) -> Fitted:
    # As the training does: with one thread the same rows give the same numbers.
    with threadpool_limits(limits=1):
        return fit(PREDICTORS[target], past.rows, level=level)


def _outcomes(facts: pd.DataFrame) -> pd.DataFrame:
    """What came of each ended project: project_id, target, outcome."""
    parts = [
        ended(facts)[["project_id", predictor.target]]
        .rename(columns={predictor.target: "outcome"})
        .dropna()
        .assign(target=pd.Series(target, index=ended(facts).index, dtype=object))
        for target, predictor in PREDICTORS.items()
    ]
    return pd.concat(parts, ignore_index=True)
