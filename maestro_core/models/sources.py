"""The tools that facts come from, and how each collection went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import RunState, SourceKind


class DataSource(OwnedByTenant, Base):
    """A tool to collect from. A Git source feeds one project; an MLflow server maps each experiment to one."""

    __tablename__ = "data_source"
    __table_args__ = (
        of_tenant(),
        refers("project_id", "project"),
        UniqueConstraint("tenant_id", "kind", "location"),
    )

    kind: Mapped[SourceKind] = mapped_column(word(SourceKind))
    name: Mapped[str]
    location: Mapped[str]
    project_id: Mapped[UUID | None]
    credentials: Mapped[str | None]
    """Encrypted by the vault; never shown or logged."""
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime | None]
    """When a refresh last succeeded."""


class TrackedExperiment(OwnedByTenant, Base):
    """An experiment of a tracking server, and the project it belongs to."""

    __tablename__ = "tracked_experiment"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "external_id", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    external_id: Mapped[str]
    name: Mapped[str]
    performance_metric: Mapped[str | None]
    """The metric between 0 and 1, higher is better, whose best value is the model performance part."""


class TrackedRun(OwnedByTenant, Base):
    """One run of a training script, as a tracking server recorded it."""

    __tablename__ = "tracked_run"
    __table_args__ = (
        of_tenant(),
        refers("experiment_id", "tracked_experiment"),
        UniqueConstraint("experiment_id", "external_id", "tenant_id"),
        Index("ix_tracked_run_started_at", "experiment_id", "started_at", "tenant_id"),
    )

    experiment_id: Mapped[UUID]
    external_id: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    metrics: Mapped[dict[str, Any]]
    tags: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RefreshRun(OwnedByTenant, Base):
    """One collection from a source: queued, running with progress, then succeeded or failed with advice."""

    __tablename__ = "refresh_run"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        Index("ix_refresh_run_state", "state", "tenant_id"),
        Index("ix_refresh_run_source", "source_id", "requested_at", "tenant_id"),
    )

    source_id: Mapped[UUID]
    state: Mapped[RunState] = mapped_column(word(RunState), default=RunState.QUEUED)
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    """The tool asked to wait until then."""
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    rows: Mapped[int] = mapped_column(default=0)
    interruptions: Mapped[int] = mapped_column(default=0)
    """How often the process that worked on it died since it last stored something."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often reading it was begun: of several processes that believe to be at it, only the latest may write."""
    error: Mapped[str | None]
    advice: Mapped[str | None]


class DataQualityIssue(OwnedByTenant, Base):
    """Something odd in what a source gave, and what Maestro did about it."""

    __tablename__ = "data_quality_issue"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        UniqueConstraint("source_id", "kind", "subject", "tenant_id"),
    )

    source_id: Mapped[UUID]
    kind: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    found_at: Mapped[datetime]
