"""Rows for tests, with only what matters spelled out."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from maestro_core.models import (
    Artifact,
    ArtifactScore,
    ArtifactUsage,
    ArtifactVersion,
    Person,
    Project,
    TeamMember,
    TrainingRun,
)
from maestro_core.models.base import OwnedByTenant
from maestro_core.terms import ArtifactKind, Outcome
from maestro_core.workspace import Workspace

_numbers = count(1)


def added(ws: Workspace, row: OwnedByTenant) -> UUID:
    ws.session.add(row)
    ws.session.flush()
    return row.id


def a_project(ws: Workspace, name: str = "", **facts: Any) -> UUID:
    return added(ws, Project(name=name or f"project {next(_numbers)}", created_at=ws.now, **facts))


def a_finished_project(ws: Workspace, name: str = "", *, success: float = 60.0, **facts: Any) -> UUID:
    ended = {"finished_at": ws.now, "outcome": Outcome.SUCCESS, "model_performance": success} | facts
    return a_project(ws, name, **ended)


def a_member(ws: Workspace, project_id: UUID, *, name: str = "Ada", years: float | None = None) -> UUID:
    person_id = added(ws, Person(name=name))
    added(ws, TeamMember(project_id=project_id, person_id=person_id, experience_years=years))
    return person_id


def an_artifact(ws: Workspace, name: str = "", kind: ArtifactKind = ArtifactKind.MODEL, **facts: Any) -> UUID:
    made = {"created_at": ws.now} | facts
    return added(ws, Artifact(name=name or f"artifact {next(_numbers)}", kind=kind, **made))


def a_version(ws: Workspace, artifact_id: UUID, version: str, at: datetime) -> UUID:
    return added(ws, ArtifactVersion(artifact_id=artifact_id, version=version, created_at=at))


def a_use(ws: Workspace, artifact_id: UUID, project_id: UUID, at: datetime | None = None, **facts: Any) -> UUID:
    told = {"origin": f"test {next(_numbers)}", "used_at": at or ws.now} | facts
    return added(ws, ArtifactUsage(artifact_id=artifact_id, project_id=project_id, **told))


def scores(ws: Workspace, ranking: list[UUID], at: datetime, *, highest: float = 90.0) -> None:
    """Scores as a training run leaves them: the first of the ranking is the best."""
    run = TrainingRun(question="impact", trained_at=at, rows=40, data_hash="", settings={}, metrics={}, coefficients={})
    run_id = added(ws, run)
    for rank, artifact_id in enumerate(ranking, start=1):
        score = highest - rank
        added(
            ws,
            ArtifactScore(
                artifact_id=artifact_id,
                training_run_id=run_id,
                as_of=at.date(),
                score=score,
                score_low=score - 10,
                score_high=score + 5,
                effect=score / 20,
                effect_low=score / 20 - 2,
                effect_high=score / 20 + 2,
                probability=score / 100,
                reliability=0.5,
                projects=5,
                rank=rank,
            ),
        )
