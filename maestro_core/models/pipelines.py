"""Runs of CI pipelines and their jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import PipelineOutcome


class PipelineRun(OwnedByTenant, Base):
    """One attempt to run a pipeline on a commit; a re-run is another attempt. An unfinished one has no outcome."""

    __tablename__ = "pipeline_run"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "external_id", "attempt", "tenant_id"),
        Index("ix_pipeline_run_created_at", "project_id", "created_at", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    external_id: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=1)
    pipeline: Mapped[str]
    """The name of the workflow, pipeline or job that ran."""
    url: Mapped[str]
    branch: Mapped[str | None]
    sha: Mapped[str | None]
    trigger: Mapped[str]
    """Why it ran, in the tool's word: push, schedule, pull_request …"""
    outcome: Mapped[PipelineOutcome | None] = mapped_column(word(PipelineOutcome))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class PipelineJob(OwnedByTenant, Base):
    """One job of a pipeline run; a retried job has a number of its own in the tool."""

    __tablename__ = "pipeline_job"
    __table_args__ = (
        of_tenant(),
        refers("run_id", "pipeline_run"),
        UniqueConstraint("run_id", "external_id", "tenant_id"),
    )

    run_id: Mapped[UUID]
    external_id: Mapped[str]
    name: Mapped[str]
    stage: Mapped[str | None]
    url: Mapped[str]
    outcome: Mapped[PipelineOutcome | None] = mapped_column(word(PipelineOutcome))
    created_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failed_step: Mapped[str | None]
    failure_reason: Mapped[str | None]
    """In the tool's word, such as runner_system_failure."""
    environment: Mapped[str | None]
