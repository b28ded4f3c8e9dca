"""Batches of an MLflow source made by hand, and what they left in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import select

from maestro_core.actions.store_mlflow import store_mlflow
from maestro_core.collectors.mlflow_batches import (
    MlflowBatch,
    SeenArtifact,
    SeenRun,
    SeenUse,
    SeenVersion,
)
from maestro_core.models import (
    Artifact,
    ArtifactUsage,
    ArtifactVersion,
    DataQualityIssue,
    DataSource,
    ProcessMetric,
    Project,
    TrackedExperiment,
    TrackedRun,
)
from maestro_core.terms import ArtifactKind, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, added
from tests.conftest import NOW

ADDRESS = "http://mlflow.example"


MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Tracked:
    """A source with one experiment, 7, of one project."""

    source_id: UUID
    project_id: UUID
    address: str = ADDRESS

    def store(self, ws: Workspace, batch: MlflowBatch) -> int:
        return store_mlflow(ws, ws.get(DataSource, self.source_id), batch)

    def performance(self, ws: Workspace) -> float | None:
        return ws.get(Project, self.project_id).model_performance


def a_source(ws: Workspace, *, address: str = ADDRESS, experiment: str = "7", **facts: Any) -> Tracked:
    project = a_project(ws, **facts)
    source = added(ws, DataSource(kind=SourceKind.MLFLOW, name="MLflow", location=address, created_at=NOW))
    track(ws, source, project, experiment)
    return Tracked(source, project, address)


def track(ws: Workspace, source: UUID, project: UUID, experiment: str) -> UUID:
    row = {"source_id": source, "project_id": project, "external_id": experiment, "name": experiment}
    return added(ws, TrackedExperiment(**row, performance_metric="accuracy"))


def a_batch(*runs: SeenRun, **rows: Any) -> MlflowBatch:
    made = {"cursor": {"at": 1}, "message": "", "done": 0, "total": None, "address": ADDRESS, "experiment": "7"}
    return MlflowBatch(**(made | {"runs": runs} | rows))


def a_run(name: str = "r1", *, accuracy: float | None = 0.9, at: datetime = MONDAY, **facts: Any) -> SeenRun:
    metrics = {} if accuracy is None else {"accuracy": accuracy}
    made = {"experiment": "7", "name": "a run", "state": "FINISHED", "ended_at": at, "metrics": metrics, "tags": {}}
    return SeenRun(**({"external_id": name, "started_at": at} | made | facts))


def a_dataset(*digests: str) -> dict[str, Any]:
    named = {"kind": ArtifactKind.DATASET, "name": "sales", "created_at": MONDAY}
    versions = tuple(SeenVersion(**named, version=digest, digest=digest) for digest in digests)
    return {"artifacts": (SeenArtifact(**named),), "versions": versions}


def a_model(*versions: SeenVersion, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    url = f"{ADDRESS}/#/models/churn"
    artifact = SeenArtifact(kind=ArtifactKind.MODEL, name="churn", url=url, tags=tags, created_at=MONDAY)
    registry = frozenset((each.name, each.version) for each in versions)
    return {"artifacts": (artifact,), "versions": versions, "registry": registry, "experiment": None}


def a_model_version(version: str = "1", *, digest: str | None = "m-1", tags: tuple[str, ...] = ()) -> SeenVersion:
    named = {"kind": ArtifactKind.MODEL, "name": "churn", "created_at": MONDAY}
    return SeenVersion(**named, version=version, digest=digest, tags=tags)


def a_seen_use(digest: str = "d1", *, run: str = "r1", name: str | None = "sales") -> SeenUse:
    kind = ArtifactKind.DATASET if name else ArtifactKind.MODEL
    origin = f"mlflow:{run}:{name or ''}@{digest}"
    return SeenUse(experiment="7", run=run, kind=kind, name=name, digest=digest, used_at=MONDAY, origin=origin)


def stored_runs(ws: Workspace) -> set[str]:
    return set(ws.session.scalars(select(TrackedRun.external_id)))


def days(ws: Workspace, project: UUID) -> dict[str, float]:
    told = select(ProcessMetric.day, ProcessMetric.value).where(
        ProcessMetric.project_id == project, ProcessMetric.measure == "experiments"
    )
    return {str(day): value for day, value in ws.session.execute(told)}


def uses(ws: Workspace) -> set[str]:
    return set(ws.session.scalars(select(ArtifactUsage.origin)))


def versions(ws: Workspace, name: str = "churn") -> dict[str, list[str]]:
    told = select(ArtifactVersion.version, ArtifactVersion.tags).join(
        Artifact, Artifact.id == ArtifactVersion.artifact_id
    )
    return {row.version: row.tags for row in ws.session.execute(told.where(Artifact.name == name))}


def everything(ws: Workspace) -> list[pd.DataFrame]:
    """All that is stored, without the keys."""
    tables = (TrackedRun, Artifact, ArtifactVersion, ArtifactUsage, ProcessMetric, DataQualityIssue, Project)
    frames = [ws.frame(select(*table.__table__.columns)).drop(columns=["tenant_id", "id"]) for table in tables]
    return [frame.astype(str).sort_values(list(frame.columns)).reset_index(drop=True) for frame in frames]
