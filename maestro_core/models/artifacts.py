"""Artifacts: what projects reuse, in versions, and what each use was worth."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import ArtifactKind


class Artifact(OwnedByTenant, Base):
    """A dataset, model, feature set, pipeline, template, notebook or library."""

    __tablename__ = "artifact"
    __table_args__ = (of_tenant(), UniqueConstraint("tenant_id", "kind", "name"))

    name: Mapped[str]
    kind: Mapped[ArtifactKind] = mapped_column(word(ArtifactKind))
    description: Mapped[str] = mapped_column(default="")
    owner: Mapped[str | None]
    url: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]


class ArtifactVersion(OwnedByTenant, Base):
    """One version of an artifact; tags say what it is for, such as production or deprecated."""

    __tablename__ = "artifact_version"
    __table_args__ = (
        of_tenant(),
        refers("artifact_id", "artifact"),
        UniqueConstraint("artifact_id", "version", "tenant_id"),
    )

    artifact_id: Mapped[UUID]
    version: Mapped[str]
    digest: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]


class ArtifactUsage(OwnedByTenant, Base):
    """One use of an artifact by a project. `origin` names the event, so that telling it twice counts once."""

    __tablename__ = "artifact_usage"
    __table_args__ = (
        of_tenant(),
        refers("artifact_id", "artifact"),
        refers("project_id", "project"),
        UniqueConstraint("origin", "tenant_id"),
        Index("ix_artifact_usage_artifact", "artifact_id", "used_at", "tenant_id"),
        Index("ix_artifact_usage_project", "project_id", "tenant_id"),
        Index("ix_artifact_usage_tenant", "tenant_id"),  # read whole, which must not read other tenants' on PostgreSQL
    )

    artifact_id: Mapped[UUID]
    project_id: Mapped[UUID]
    version_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    used_at: Mapped[datetime]
    origin: Mapped[str]


class ArtifactScore(OwnedByTenant, Base):
    """The impact of an artifact as known on one day, written by a training run; never computed on a page."""

    __tablename__ = "artifact_score"
    __table_args__ = (
        of_tenant(),
        refers("artifact_id", "artifact"),
        refers("training_run_id", "training_run"),
        UniqueConstraint("artifact_id", "as_of", "tenant_id"),
        Index("ix_artifact_score_as_of", "as_of", "tenant_id"),
    )

    artifact_id: Mapped[UUID]
    training_run_id: Mapped[UUID]
    as_of: Mapped[dt.date]
    score: Mapped[float]
    score_low: Mapped[float]
    score_high: Mapped[float]
    effect: Mapped[float]
    """In points of success, with its 90 % interval."""
    effect_low: Mapped[float]
    effect_high: Mapped[float]
    probability: Mapped[float]
    """That the effect is above zero."""
    reliability: Mapped[float]
    projects: Mapped[int]
    rank: Mapped[int]
