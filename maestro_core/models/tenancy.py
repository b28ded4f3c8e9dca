"""Who may see and do what, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, new_key, of_tenant, refers, word
from maestro_core.terms import Role


class Tenant(Base):
    """An organisation, with what it decides for all its projects; a sample portfolio is a tenant of its own."""

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_key)
    name: Mapped[str]
    is_sample: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str] = mapped_column(default="EUR")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    week_starts_on: Mapped[int] = mapped_column(default=0)
    """0 is Monday, as in `datetime.weekday`."""
    weight_model_performance: Mapped[float] = mapped_column(default=0.4)
    weight_business_impact: Mapped[float] = mapped_column(default=0.4)
    weight_delivery: Mapped[float] = mapped_column(default=0.2)
    left_out_paths: Mapped[list[str] | None]
    """Globs of vendored and generated files; None: the usual ones."""
    working_hours: Mapped[dict[str, Any] | None]
    """days (0 is Monday), opens, closes, zone; None: hours are those of the calendar."""
    data_version: Mapped[int] = mapped_column(default=0)
    """Grows with every action and refresh; answers are remembered until it does."""


class User(OwnedByTenant, Base):
    """Somebody who signs in to a tenant; whoever signs in to two is a user of each, with the same e-mail address."""

    __tablename__ = "user"
    __table_args__ = (of_tenant(), Index("ix_user_email", "email"))

    email: Mapped[str]
    name: Mapped[str]


class Membership(OwnedByTenant, Base):
    """A user in a tenant, with a role."""

    __tablename__ = "membership"
    __table_args__ = (
        of_tenant(),
        refers("user_id", "user"),
        UniqueConstraint("tenant_id", "user_id"),
    )

    user_id: Mapped[UUID]
    role: Mapped[Role] = mapped_column(word(Role))


class AuditEvent(OwnedByTenant, Base):
    """What a membership did, or was refused. Only ever added."""

    __tablename__ = "audit_event"
    __table_args__ = (of_tenant(),)

    membership_id: Mapped[UUID]
    action: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    refused: Mapped[bool] = mapped_column(default=False)
    happened_at: Mapped[datetime] = mapped_column(index=True)


class Lease(OwnedByTenant, Base):
    """Who leads: exactly one holder of a name until it expires."""

    __tablename__ = "lease"
    __table_args__ = (of_tenant(), UniqueConstraint("tenant_id", "name"))

    name: Mapped[str]
    holder: Mapped[str]
    expires_at: Mapped[datetime]
