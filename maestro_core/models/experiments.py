"""Experiments: what was compared, who was assigned to what by which rule, and what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, Json, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import ExperimentKind, ExperimentState, ExperimentUnit


class Experiment(OwnedByTenant, Base):
    """A comparison by assignment: its question, its metrics, its planned size, and where it stands."""

    __tablename__ = "experiment"
    __table_args__ = (
        of_tenant(),
        UniqueConstraint("name", "tenant_id"),
        CheckConstraint(text("planned_units BETWEEN 4 AND 10000"), name="planned_units_range"),
    )

    name: Mapped[str]
    hypothesis: Mapped[str] = mapped_column(default="")
    kind: Mapped[ExperimentKind] = mapped_column(word(ExperimentKind))
    unit: Mapped[ExperimentUnit] = mapped_column(word(ExperimentUnit))
    # No reference: an experiment that was started outlives the artifact that it is about.
    artifact_id: Mapped[UUID | None]
    artifact_name: Mapped[str] = mapped_column(default="")
    primary_metric: Mapped[str]
    further_metrics: Mapped[list[str]] = mapped_column(default=list)
    planned_units: Mapped[int]
    """So many teams or projects, over all variants: what the looks before the end are tuned to."""
    worthwhile: Mapped[float | None]
    """The smallest effect on the primary metric that would matter, in its unit."""
    seed: Mapped[int]
    """Of the assignment: with it, everybody can draw the same again."""
    complexity_cuts: Mapped[list[float]] = mapped_column(Json, default=list)
    """Where complexity is cut into strata; fixed at the start, so that who comes later finds the same."""
    state: Mapped[ExperimentState] = mapped_column(word(ExperimentState), default=ExperimentState.DRAFT)
    stop_reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID]
    """A membership."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]


class Variant(OwnedByTenant, Base):
    """One of the ways that an experiment compares; the one at place 0 is the control."""

    __tablename__ = "variant"
    __table_args__ = (
        of_tenant(),
        refers("experiment_id", "experiment"),
        UniqueConstraint("experiment_id", "place", "tenant_id"),
        UniqueConstraint("experiment_id", "name", "tenant_id"),
    )

    experiment_id: Mapped[UUID]
    place: Mapped[int]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    weight: Mapped[float] = mapped_column(default=1.0)


class Assignment(OwnedByTenant, Base):
    """A project in an experiment; once it was assigned to a variant, neither that nor its team ever changes."""

    __tablename__ = "assignment"
    __table_args__ = (
        of_tenant(),
        refers("experiment_id", "experiment"),
        refers("variant_id", "variant"),
        UniqueConstraint("experiment_id", "project_id", "tenant_id"),
        Index("ix_assignment_project", "project_id", "tenant_id"),
    )

    experiment_id: Mapped[UUID]
    # No reference: that a project took part is not forgotten where it is removed.
    project_id: Mapped[UUID]
    project_name: Mapped[str]
    team: Mapped[str]
    """Projects of one team name the same; where nothing was told, the project itself."""
    variant_id: Mapped[UUID | None]
    """None until the experiment starts."""
    stratum: Mapped[str] = mapped_column(default="")
    is_late: Mapped[bool] = mapped_column(default=False)
    """Joined after the start."""
    enrolled_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    forecasts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was predicted of the project before it was assigned, by metric."""


class ExperimentDecision(OwnedByTenant, Base):
    """What was decided after an experiment, by whom and why. Only ever added: the latest counts."""

    __tablename__ = "experiment_decision"
    __table_args__ = (
        of_tenant(),
        refers("experiment_id", "experiment"),
        refers("variant_id", "variant"),
        Index("ix_experiment_decision_experiment", "experiment_id", "tenant_id"),
    )

    experiment_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    """The variant that is adopted; None: undecided by the evidence."""
    reason: Mapped[str]
    decided_by: Mapped[UUID]
    """A membership."""
    decided_at: Mapped[datetime]
