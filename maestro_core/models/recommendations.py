"""What goes with what, as last learned, and what people mean to use."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers


class LearnedRecommender(OwnedByTenant, Base):
    """What recommendations are made from, as last learned: arrays without code, so that an answer reads one row."""

    __tablename__ = "learned_recommender"
    __table_args__ = (of_tenant(), Index("ix_learned_recommender_learned_at", "learned_at", "tenant_id"))

    learned_at: Mapped[datetime]
    data_hash: Mapped[str]
    settings: Mapped[dict[str, Any]]
    """What cross-validation chose: how strongly weights are shrunk, and how much each part counts."""
    metrics: Mapped[dict[str, Any]]
    """How well uses that were hidden from it were found, beside what popularity alone finds."""
    content: Mapped[bytes]


class PlannedUse(OwnedByTenant, Base):
    """A project means to use an artifact. A recorded use fulfils it; a plan is no use and counts in no score.

    It is known before the start, so that it counts among the artifacts that a project begins with.
    """

    __tablename__ = "planned_use"
    __table_args__ = (
        of_tenant(),
        refers("artifact_id", "artifact"),
        refers("project_id", "project"),
        UniqueConstraint("project_id", "artifact_id", "tenant_id"),
        Index("ix_planned_use_artifact", "artifact_id", "tenant_id"),
    )

    artifact_id: Mapped[UUID]
    project_id: Mapped[UUID]
    planned_at: Mapped[datetime]


class DismissedRecommendation(OwnedByTenant, Base):
    """A recommendation for a team that somebody does not want to see, until its number gets clearly worse."""

    __tablename__ = "dismissed_recommendation"
    __table_args__ = (of_tenant(), refers("project_id", "project"), UniqueConstraint("project_id", "rule", "tenant_id"))

    project_id: Mapped[UUID]
    rule: Mapped[str]
    value: Mapped[float]
    """The number as it was then, in the unit of its measure."""
    why: Mapped[str]
    until: Mapped[datetime | None]
    """From when on it is shown again, whatever its number; without one, its number alone decides."""
    dismissed_by: Mapped[UUID]
    """A membership."""
    dismissed_at: Mapped[datetime]
