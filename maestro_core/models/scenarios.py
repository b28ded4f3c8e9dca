"""What could be: plans of projects that somebody named and kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant

_KEPT = text("removed_at IS NULL")


class Scenario(OwnedByTenant, Base):
    """A plan under a name, with what it is compared with and what matters: to come back to, compare and pass on."""

    __tablename__ = "scenario"
    __table_args__ = (
        of_tenant(),
        # The name of a removed one is free again.
        Index("uq_scenario_name", "name", "tenant_id", unique=True, sqlite_where=_KEPT, postgresql_where=_KEPT),
    )

    name: Mapped[str]
    plan: Mapped[dict[str, Any]]
    baseline: Mapped[dict[str, Any]]
    """The plan that it is compared with."""
    utility: Mapped[dict[str, Any]]
    """What matters, and how much."""
    expected: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of each target the value and its 80 % band, as known when the plan was stored: what is learned later differs."""
    # No reference: a scenario outlives the project it started from, and who made it.
    project_id: Mapped[UUID | None]
    created_by: Mapped[UUID]
    """A membership."""
    created_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """Since when it is gone from every list; it can be brought back for a while."""
