"""What was learned, when, and from what."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import Target


class TrainingRun(OwnedByTenant, Base):
    """One fitting: on which data, with which settings, how well, and its coefficients as plain JSON."""

    __tablename__ = "training_run"
    __table_args__ = (of_tenant(), Index("ix_training_run_question", "question", "trained_at", "tenant_id"))

    question: Mapped[str]
    """What was fitted: impact, reuse, success, duration, cost, team_size or correlations."""
    trained_at: Mapped[datetime]
    rows: Mapped[int]
    data_hash: Mapped[str]
    settings: Mapped[dict[str, Any]]
    metrics: Mapped[dict[str, Any]]
    coefficients: Mapped[dict[str, Any]]


class Prediction(OwnedByTenant, Base):
    """One answer for one project, with its 80 % interval and what it rests on."""

    __tablename__ = "prediction"
    __table_args__ = (
        of_tenant(),
        refers("project_id", "project"),
        refers("training_run_id", "training_run"),
        Index("ix_prediction_project", "project_id", "target", "tenant_id"),
    )

    project_id: Mapped[UUID]
    training_run_id: Mapped[UUID]
    target: Mapped[Target] = mapped_column(word(Target))
    value: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    outside: Mapped[list[str]] = mapped_column(default=list)
    """Features beyond the range seen."""
    contributions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    predicted_at: Mapped[datetime]
