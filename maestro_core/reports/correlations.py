"""Whether what projects do goes along with how they do: read from the last training, never computed here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.models import TrainingRun
from maestro_core.reports import Frame, Report, report
from maestro_core.scoring.correlations import FEWEST, QUESTIONS, Question
from maestro_core.terms import Measured
from maestro_core.workspace import Workspace


class Correlation(Report):
    """One question: the rank correlation with its 90 % interval and number of projects, and these as points."""

    name: str
    title: str
    cause: str
    """What may go along with the result."""
    result: str
    definition: str
    correlation: Measured[float]
    points: Frame
    """cause and result of each project, of at most 500."""


class Correlations(Report):
    """All questions that are asked of the organisation's projects, and when they were last answered."""

    questions: tuple[Correlation, ...]
    trained_at: datetime | None


@report(Permission.VIEW)
def correlations(ws: Workspace) -> Correlations:
    """Whether collaboration, churn and commit frequency go along with how projects do."""
    latest = select(TrainingRun.metrics, TrainingRun.coefficients, TrainingRun.trained_at)
    ordered = latest.where(TrainingRun.question == "correlations").order_by(TrainingRun.trained_at.desc())
    row = ws.session.execute(ordered.limit(1)).one_or_none()
    metrics, points, trained_at = row if row else ({}, {}, None)
    answers = (_answer(one, metrics.get(one.name), points.get(one.name, [])) for one in QUESTIONS)
    return Correlations(questions=tuple(answers), trained_at=trained_at)


def _answer(question: Question, told: dict[str, Any] | None, points: list[list[float]]) -> Correlation:
    missing = Measured[float].missing(f"no project tells both yet; it needs {FEWEST}")
    return Correlation(
        name=question.name,
        title=question.title,
        cause=question.cause_title,
        result=question.result_title,
        definition=question.definition,
        correlation=missing if told is None else Measured[float].model_validate(told),
        points=pd.DataFrame(points, columns=["cause", "result"], dtype=float),
    )
