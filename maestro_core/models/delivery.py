"""Deployments and incidents: what tools told, the rules of a project, and what the rules make of it.

`DeploymentEvent`, `Release` and `Issue` are told by tools and never changed by us. `Deployment`, `DeploymentChange` and
`Incident` are made from these by the project's rules, and made anew when a rule changes.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, present_tenant, refers, word
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, PipelineOutcome


class DeploymentEvent(OwnedByTenant, Base):
    """A deployment to an environment, as a tool told it."""

    __tablename__ = "deployment_event"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "external_id", "tenant_id"),
        Index("ix_deployment_event_created_at", "project_id", "created_at", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    external_id: Mapped[str]
    environment: Mapped[str]
    service: Mapped[str]
    """Empty where the tool names none."""
    sha: Mapped[str | None]
    branch: Mapped[str | None]
    """The branch or tag that was deployed."""
    description: Mapped[str]
    url: Mapped[str]
    outcome: Mapped[PipelineOutcome | None] = mapped_column(word(PipelineOutcome))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Release(OwnedByTenant, Base):
    """A tag of a repository, or a release that a tool made of one."""

    __tablename__ = "release"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "external_id", "tenant_id"),
        Index("ix_release_released_at", "project_id", "released_at", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    external_id: Mapped[str]
    tag: Mapped[str]
    name: Mapped[str]
    sha: Mapped[str | None]
    is_tag: Mapped[bool]
    """A bare tag of Git, rather than a release of a tool."""
    is_prerelease: Mapped[bool] = mapped_column(default=False)
    url: Mapped[str]
    released_at: Mapped[datetime]


class Issue(OwnedByTenant, Base):
    """An issue of a tracker, or an incident that another tool pushed; the rules say which ones are incidents."""

    __tablename__ = "issue"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "external_id", "tenant_id"),
        Index("ix_issue_created_at", "project_id", "created_at", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    external_id: Mapped[str]
    title: Mapped[str]
    url: Mapped[str]
    labels: Mapped[list[str]] = mapped_column(default=list)
    service: Mapped[str]
    """Empty where the tool names none."""
    deployment: Mapped[str | None]
    """The deployment it says it was caused by: an external key or a commit."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class DeploymentRule(OwnedByTenant, Base):
    """What counts as a deployment of a service of a project. Patterns are globs; an empty one matches all."""

    __tablename__ = "deployment_rule"
    __table_args__ = (
        of_tenant(),
        refers("project_id", "project"),
        Index("ix_deployment_rule_project", "project_id", "tenant_id"),
    )

    project_id: Mapped[UUID]
    service: Mapped[str] = mapped_column(default="")
    """Empty for a project that deploys one thing."""
    origin: Mapped[DeploymentOrigin] = mapped_column(word(DeploymentOrigin))
    pattern: Mapped[str]
    """Of the name of the pipeline, job, environment or tag."""
    branch: Mapped[str] = mapped_column(default="")
    paths: Mapped[list[str]] = mapped_column(default=list)
    """Only changes under these paths belong to the service; empty: all."""


class IncidentRule(OwnedByTenant, Base):
    """What counts as an incident of a service of a project."""

    __tablename__ = "incident_rule"
    __table_args__ = (
        of_tenant(),
        refers("project_id", "project"),
        Index("ix_incident_rule_project", "project_id", "tenant_id"),
    )

    project_id: Mapped[UUID]
    service: Mapped[str] = mapped_column(default="")
    origin: Mapped[IncidentOrigin] = mapped_column(word(IncidentOrigin))
    pattern: Mapped[str]
    """Of the label, where the origin is one."""


class DeliverySetting(OwnedByTenant, Base):
    """How a project tells a failed deployment and its fix."""

    __tablename__ = "delivery_setting"
    __table_args__ = (of_tenant(), refers("project_id", "project"), UniqueConstraint("project_id", "tenant_id"))

    project_id: Mapped[UUID]
    failure_hours: Mapped[float] = mapped_column(default=24.0)
    """An incident, rollback or hotfix within so many hours means that the deployment failed."""
    hotfix_patterns: Mapped[list[str]] = mapped_column(default=list)
    """Globs of branches, labels and titles that mean a hotfix or rollback; empty: the usual ones."""
    made_from: Mapped[str] = mapped_column(default="")
    """A digest of what deployments and incidents were last made from: while it stays, nothing is made anew."""


class Deployment(OwnedByTenant, Base):
    """A change in production, by the rules of its project; attempts without success are kept and never counted."""

    __tablename__ = "deployment"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "project_id", "service", "origin", "external_id", "tenant_id"),
        Index("ix_deployment_finished_at", "project_id", "finished_at", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    service: Mapped[str]
    origin: Mapped[DeploymentOrigin] = mapped_column(word(DeploymentOrigin))
    external_id: Mapped[str]
    name: Mapped[str]
    environment: Mapped[str]
    url: Mapped[str]
    sha: Mapped[str | None]
    branch: Mapped[str | None]
    outcome: Mapped[PipelineOutcome] = mapped_column(word(PipelineOutcome))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    is_first: Mapped[bool] = mapped_column(default=False)
    """Nothing of its service was deployed before: what it changed is not known."""
    changes: Mapped[int | None]
    """How many commits it brought; None where that is not known."""
    changes_reason: Mapped[str] = mapped_column(default="")
    """Why what it brought is not known, in words."""
    is_rework: Mapped[bool] = mapped_column(default=False)
    """Made because of an incident: a hotfix or a rollback."""
    failed: Mapped[bool] = mapped_column(default=False)
    recovered_at: Mapped[datetime | None]
    """Of a failed one: when the incident was resolved or the fixing deployment finished."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it counts as failed or as rework, in words."""


class DeploymentChange(Base):
    """A commit that a deployment brought to production; the same one may be in deployments of several services."""

    __tablename__ = "deployment_change"
    __table_args__ = (
        of_tenant(),
        refers("deployment_id", "deployment"),
        refers("commit_id", "commit"),
        Index("ix_deployment_change_commit", "commit_id", "tenant_id"),
    )

    deployment_id: Mapped[UUID] = mapped_column(primary_key=True)
    commit_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=present_tenant)
    started_at: Mapped[datetime]
    """When the work on it began: its commit, or the first commit of the pull request that was squashed into it."""
    is_squashed: Mapped[bool] = mapped_column(default=False)
    pull_request_id: Mapped[UUID | None]


class Incident(OwnedByTenant, Base):
    """Harm in production, by the rules of its project."""

    __tablename__ = "incident"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "project_id", "service", "origin", "external_id", "tenant_id"),
        Index("ix_incident_opened_at", "project_id", "opened_at", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    service: Mapped[str]
    origin: Mapped[IncidentOrigin] = mapped_column(word(IncidentOrigin))
    external_id: Mapped[str]
    title: Mapped[str]
    url: Mapped[str]
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    deployment_id: Mapped[UUID | None]
    """The deployment that caused it, where one is known."""
    is_linked: Mapped[bool] = mapped_column(default=False)
    """The tool named the deployment; otherwise time tells."""
