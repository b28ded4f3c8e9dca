"""How work and results go along with each other: read from what was collected, kept after each training."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from maestro_core.actions.training_work import learn_correlations
from maestro_core.models import AuditEvent, ProcessMetric, TrainingRun
from maestro_core.reports.correlations import correlations
from maestro_core.reports.work_facts import work_facts
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, added
from tests.conftest import NOW, House

DAY = timedelta(days=1)


def working(ws: Workspace, project_id: UUID, *, lines: float, weeks: int = 8) -> None:
    """Ten commits a week and so many lines over all, half of them added."""
    for week in range(weeks):
        day = (NOW - (100 + 7 * week) * DAY).date()
        for measure, value in (
            ("commits", 10.0),
            ("lines_added", lines / 2 / weeks),
            ("lines_deleted", lines / 2 / weeks),
        ):
            added(ws, ProcessMetric(project_id=project_id, measure=measure, day=day, value=value))


def test_what_is_kept_is_told_with_interval_and_points(house: House) -> None:
    with house.open() as ws:
        for place in range(12):
            working(ws, a_finished_project(ws, success=40.0 + place), lines=8000.0 - 100 * place)
    learn_correlations(house.open)
    with house.open(reading=True) as ws:
        answer = correlations(ws)
    churn = next(one for one in answer.questions if one.name == "churn_and_model_performance")
    assert churn.correlation.value == pytest.approx(-1)
    assert churn.correlation.low is not None
    assert (churn.correlation.sample, len(churn.points)) == (12, 12)
    others = [one.correlation for one in answer.questions if one is not churn]
    assert all(one.value is None and one.reason for one in others)


def test_only_the_last_answers_are_kept(house: House) -> None:
    with house.open() as ws:
        for place in range(10):
            working(ws, a_finished_project(ws, success=40.0 + place), lines=1000.0 + place)
    for _ in range(2):
        learn_correlations(house.open)
    with house.open(reading=True) as ws:
        assert ws.session.scalar(select(func.count()).select_from(TrainingRun)) == 1


def test_without_work_nothing_is_kept_or_audited_and_the_reason_is_told(house: House) -> None:
    with house.open() as ws:
        a_finished_project(ws)
    learn_correlations(house.open)
    with house.open(reading=True) as ws:
        assert ws.session.scalar(select(func.count(AuditEvent.id))) == 0
        answer = correlations(ws)
    assert answer.trained_at is None
    assert all("needs 10" in (one.correlation.reason or "") for one in answer.questions)


def test_churn_and_commits_are_per_week_and_short_spans_tell_nothing(ws: Workspace) -> None:
    long, short = a_project(ws, "long"), a_project(ws, "short")
    working(ws, long, lines=5000.0, weeks=8)
    working(ws, short, lines=500.0, weeks=3)
    facts = work_facts(ws)
    told, untold = (facts[facts["project_id"] == project_id].iloc[0] for project_id in (long, short))
    weeks = (7 * 7 + 1) / 7
    assert told["commits_per_week"] == pytest.approx(80 / weeks)
    assert told["churn_per_week"] == pytest.approx(5000 / weeks)
    assert untold.drop("project_id").isna().all()
