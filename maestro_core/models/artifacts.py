"""Artifacts: what projects reuse, in versions, and what each use was worth."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import ArtifactKind, Target


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


class ArtifactEffect(OwnedByTenant, Base):
    """What using an artifact goes along with in duration or cost, as last learned; success is in `ArtifactScore`."""

    __tablename__ = "artifact_effect"
    __table_args__ = (
        of_tenant(),
        refers("artifact_id", "artifact"),
        refers("training_run_id", "training_run"),
        UniqueConstraint("artifact_id", "target", "tenant_id"),
    )

    artifact_id: Mapped[UUID]
    training_run_id: Mapped[UUID]
    target: Mapped[Target] = mapped_column(word(Target))
    score: Mapped[float]
    score_low: Mapped[float]
    score_high: Mapped[float]
    effect: Mapped[float]
    """In units of −ln of the outcome, so that above 0 is shorter or cheaper, with its 90 % interval."""
    effect_low: Mapped[float]
    effect_high: Mapped[float]
    probability: Mapped[float]
    """That the effect is above zero."""
    reliability: Mapped[float]
    projects: Mapped[int]


class ArtifactPair(OwnedByTenant, Base):
    """What two artifacts in one project go along with beyond the effect of each, as last learned; told both ways."""

    __tablename__ = "artifact_pair"
    __table_args__ = (
        of_tenant(),
        refers("artifact_id", "artifact"),
        refers("other_id", "artifact"),
        refers("training_run_id", "training_run"),
        UniqueConstraint("artifact_id", "other_id", "tenant_id"),
        Index("ix_artifact_pair_other", "other_id", "tenant_id"),
    )

    artifact_id: Mapped[UUID]
    other_id: Mapped[UUID]
    training_run_id: Mapped[UUID]
    projects: Mapped[int]
    """Finished ones that used both."""
    effect: Mapped[float]
    """In points of success, with its 90 % interval."""
    effect_low: Mapped[float]
    effect_high: Mapped[float]
    probability: Mapped[float]
    """That the effect is above zero."""


class VersionUpgrade(OwnedByTenant, Base):
    """What a newer version of an artifact goes along with, against an older one, as last learned."""

    __tablename__ = "version_upgrade"
    __table_args__ = (
        of_tenant(),
        refers("artifact_id", "artifact"),
        refers("version_id", "artifact_version"),
        refers("newer_id", "artifact_version"),
        refers("training_run_id", "training_run"),
        UniqueConstraint("version_id", "newer_id", "tenant_id"),
        Index("ix_version_upgrade_artifact", "artifact_id", "tenant_id"),
        Index("ix_version_upgrade_newer", "newer_id", "tenant_id"),
    )

    artifact_id: Mapped[UUID]
    version_id: Mapped[UUID]
    newer_id: Mapped[UUID]
    training_run_id: Mapped[UUID]
    before: Mapped[int]
    """Finished projects that ended with the older version."""
    after: Mapped[int]
    """Finished projects that ended with the newer one."""
    effect: Mapped[float]
    """In points of success, with its 90 % interval."""
    effect_low: Mapped[float]
    effect_high: Mapped[float]
    probability: Mapped[float]
    """That the effect is above zero."""
