"""The worker learns from an outcome at once, and from other changes in time."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.worker import Pace, Worker
from maestro_core.actions import training
from maestro_core.actions.projects import record_outcome
from maestro_core.models import Prediction, Project, TrainingRun
from maestro_core.reports.outcomes import outcomes_known
from maestro_core.settings import Settings
from maestro_core.terms import Outcome
from tests.actions.test_training import DAY, a_running_project, past_projects
from tests.conftest import NOW, House


@pytest.fixture
def worker(house: House, tmp_path: Path) -> Worker:
    return Worker(house.open, Settings(data_directory=tmp_path), pace=Pace(train=3600))


@pytest.fixture
def running(house: House) -> list[UUID]:
    with house.open() as ws:
        past_projects(ws, 12)
        return [a_running_project(ws) for _ in range(2)]


def known(house: House) -> int | None:
    with house.open(reading=True) as ws:
        return ws.session.scalar(select(func.max(TrainingRun.rows)).where(TrainingRun.question == "success"))


def test_an_outcome_is_learned_from_at_the_next_look(house: House, worker: Worker, running: list[UUID]) -> None:
    worker.train()
    assert known(house) == 12
    with house.open() as ws:
        record_outcome(ws, project_id=running[0], outcome=Outcome.SUCCESS, finished_at=NOW - DAY, delivery=70.0)
    worker.train()
    assert known(house) == 13
    with house.open(reading=True) as ws:
        latest = select(func.max(TrainingRun.trained_at))
        assert ws.session.scalar(select(func.count(Prediction.id)).where(Prediction.project_id == running[1])) == 3
        assert ws.session.scalar(latest) == NOW


def test_nothing_new_is_not_looked_into_again(
    house: House, worker: Worker, running: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading the whole portfolio every two seconds would cost more than it brings."""
    worker.train()
    asked: list[object] = []
    monkeypatch.setattr(training, "train_if_due", lambda door, **_: asked.append(door))
    worker.train()
    with house.open() as ws:
        ws.session.execute(update(Project).values(domain="retail"))
    worker.train()
    assert asked == []
    worker.pace = Pace(train=0)
    worker.train()
    assert len(asked) == 1


@pytest.mark.parametrize(
    "change",
    [{"outcome": None}, {"model_performance": 3.0}, {"delivery": 3.0}, {"compute_cost": 1.0}, {"finished_at": NOW}],
    ids=lambda change: next(iter(change)),
)
def test_every_change_of_an_outcome_is_seen(house: House, running: list[UUID], change: dict[str, object]) -> None:
    with house.open() as ws:
        before = outcomes_known(ws)
        ended = ws.session.scalar(select(Project.id).where(Project.outcome.is_not(None)).limit(1))
        ws.session.execute(update(Project).where(Project.id == ended).values(**change))
        assert outcomes_known(ws) != before


def test_no_project_has_no_outcome(house: House) -> None:
    with house.open(reading=True) as ws:
        assert outcomes_known(ws)[0] == 0
