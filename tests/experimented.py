"""Experiments for tests: designed, started and ended, with only what matters spelled out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.actions import experiments as actions
from maestro_core.models import Assignment, Prediction, Project, TrainingRun, Variant
from maestro_core.terms import ExperimentKind, Outcome, Target
from maestro_core.workspace import Workspace
from tests.builders import a_project, added
from tests.conftest import House

TWO = ("control", "treatment")


def teams(ws: Workspace, count: int, *, complexity: float | None = 5.0) -> list[UUID]:
    """So many running projects, each of a team of its own."""
    return [a_project(ws, f"team {number:02d}", complexity=complexity) for number in range(count)]


def a_design(ws: Workspace, projects: Sequence[UUID] = (), **facts: Any) -> UUID:
    told: dict[str, Any] = {"name": "pairs", "kind": ExperimentKind.WORKFLOW, "seed": 7} | facts
    experiment_id = actions.design_experiment(ws, **told)
    if projects:
        actions.enrol(ws, experiment_id=experiment_id, project_ids=projects)
    return experiment_id


def a_running_experiment(ws: Workspace, projects: Sequence[UUID], **facts: Any) -> UUID:
    experiment_id = a_design(ws, projects, **facts)
    actions.start_experiment(ws, experiment_id=experiment_id)
    return experiment_id


def variants(ws: Workspace, experiment_id: UUID) -> dict[UUID, str]:
    """The variant of each project."""
    ws.session.flush()
    chosen = select(Assignment.project_id, Variant.name).join(Variant, Variant.id == Assignment.variant_id)
    rows = ws.session.execute(chosen.where(Assignment.experiment_id == experiment_id))
    return {row.project_id: row.name for row in rows}


def end(ws: Workspace, project_id: UUID, *, success: float, at: datetime | None = None) -> None:
    project = ws.get(Project, project_id)
    project.outcome, project.finished_at, project.model_performance = Outcome.SUCCESS, at or ws.now, success
    ws.session.flush()


def ended(
    house: House, now: datetime, *, count: int = 12, effect: float = 12.0, days: float = 30, **facts: Any
) -> UUID:
    """An experiment that started `days` ago, of which every project has ended; treated ones by so much better."""
    with house.open(now=now - timedelta(days=days)) as ws:
        experiment_id = a_running_experiment(ws, teams(ws, count), planned_units=count, **facts)
    with house.open(now=now) as ws:
        for number, (project_id, variant) in enumerate(sorted(variants(ws, experiment_id).items())):
            gained = effect if variant == "treatment" else 0.0
            end(ws, project_id, success=50 + number % 5 + gained, at=now - timedelta(days=20 - number / 10))
    return experiment_id


def predict(ws: Workspace, project_id: UUID, success: float, *, at: datetime) -> None:
    run = TrainingRun(question="success", trained_at=at, rows=9, data_hash="", settings={}, metrics={}, coefficients={})
    told: dict[str, Any] = {"target": Target.SUCCESS, "predicted_at": at, "outside": [], "contributions": {}}
    span = {"value": success, "low": success - 9, "high": success + 9}
    added(ws, Prediction(project_id=project_id, training_run_id=added(ws, run), **told, **span))
