"""Projects: the unit of work that succeeds or fails, and what was measured of them."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, between, of_tenant, refers, word
from maestro_core.terms import Outcome


class Project(OwnedByTenant, Base):
    """A project with its complexity, its dates, its cost and, once it has ended, its outcome."""

    __tablename__ = "project"
    __table_args__ = (
        of_tenant(),
        UniqueConstraint("tenant_id", "name"),
        between("complexity", 1, 10),
        between("model_performance", 0, 100),
        between("business_impact", 0, 100),
        between("delivery", 0, 100),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    problem_type: Mapped[str | None]
    domain: Mapped[str | None]
    complexity: Mapped[float | None]
    team_size: Mapped[float | None]
    """As stated; where it is empty, the number of team members counts."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(word(Outcome))
    model_performance: Mapped[float | None]
    business_impact: Mapped[float | None]
    delivery: Mapped[float | None]
    compute_cost: Mapped[float | None]
    """In the currency of the tenant."""
    experiments: Mapped[int | None]
    """As stated; where it is empty, the tracked runs count."""
    created_at: Mapped[datetime]


class ProcessMetric(OwnedByTenant, Base):
    """An additive count of a project on one UTC day, such as commits or lines added; or over the week from it.

    Measures of weeks say so: `reports.pipeline_weeks`.
    """

    __tablename__ = "process_metric"
    __table_args__ = (
        of_tenant(),
        refers("project_id", "project"),
        UniqueConstraint("project_id", "measure", "day", "tenant_id"),
        Index("ix_process_metric_day", "day", "tenant_id"),
    )

    project_id: Mapped[UUID]
    day: Mapped[dt.date]
    measure: Mapped[str]
    value: Mapped[float]
