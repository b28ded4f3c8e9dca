"""People observed in projects. They are not users: nobody signs in as a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import IdentityAct, SourceKind, TeamRole


class Person(OwnedByTenant, Base):
    """Somebody observed, across projects."""

    __tablename__ = "person"
    __table_args__ = (of_tenant(), Index("ix_person_email", "email", "tenant_id"))

    name: Mapped[str]
    email: Mapped[str | None]
    is_bot: Mapped[bool] = mapped_column(default=False)


class Account(OwnedByTenant, Base):
    """The identity of a person in one tool; for Git, `name <email>` in lower case."""

    __tablename__ = "account"
    __table_args__ = (
        of_tenant(),
        refers("person_id", "person"),
        UniqueConstraint("kind", "identity", "tenant_id"),
        Index("ix_account_email", "email", "tenant_id"),
        Index("ix_account_person", "person_id", "tenant_id"),
    )

    person_id: Mapped[UUID]
    kind: Mapped[SourceKind] = mapped_column(word(SourceKind))
    identity: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    """As the tool last told it."""
    email: Mapped[str | None]
    """In lower case, where the tool tells it: who uses it elsewhere is the same person."""


class TeamMember(OwnedByTenant, Base):
    """A person on a project, with role and experience."""

    __tablename__ = "team_member"
    __table_args__ = (
        of_tenant(),
        refers("project_id", "project"),
        refers("person_id", "person"),
        UniqueConstraint("project_id", "person_id", "tenant_id"),
    )

    project_id: Mapped[UUID]
    person_id: Mapped[UUID]
    role: Mapped[TeamRole] = mapped_column(word(TeamRole), default=TeamRole.OTHER)
    experience_years: Mapped[float | None]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]


class IdentityDecision(OwnedByTenant, Base):
    """What somebody decided about who is who, with what is needed to undo it."""

    __tablename__ = "identity_decision"
    __table_args__ = (
        of_tenant(),
        refers("person_id", "person"),
        Index("ix_identity_decision_person", "person_id", "tenant_id"),
    )

    act: Mapped[IdentityAct] = mapped_column(word(IdentityAct))
    person_id: Mapped[UUID]
    """The person who remains."""
    before: Mapped[dict[str, Any]]
    """The other person and what was moved, as keys."""
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
