"""What a project could use next, with the reasons, and what it plans to use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.errors import NotFound
from maestro_core.models import Artifact, LearnedRecommender, Project
from maestro_core.reports import Report, records, report
from maestro_core.reports.recommendation_reasons import Recommendation, told
from maestro_core.reports.recommendation_rows import (
    latest_recommender,
    plans,
    project_text,
    text_like,
    used_artifacts,
)
from maestro_core.scoring.recommendation_blend import Quality
from maestro_core.scoring.recommendation_learning import from_bytes
from maestro_core.scoring.recommendations import Asked, Recommender, recommend
from maestro_core.terms import ArtifactKind, Measured
from maestro_core.workspace import MAYBE_DELETED, Workspace

NOT_LEARNED = "Nothing is learned yet: recommendations follow within a minute of the first artifact that is known."
NONE_LEFT = "Nothing speaks for an artifact that the project does not use or plan to use already."
UNTESTED = "too few projects use artifacts to hide some uses and look whether they are found"


class Basis(StrEnum):
    """What recommendations rest on first."""

    USE = "what it uses"
    TEXT = "what it reads like"
    OTHERS = "what others use"


class Plan(Report):
    """What a project means to use; fulfilled once a use is recorded."""

    artifact_id: UUID
    name: str
    kind: ArtifactKind
    planned_at: datetime
    used_at: datetime | None
    """The first use, which fulfilled it."""


class Recommendations(Report):
    """What a project could use next, the strongest first; where there is nothing, `reason` says why."""

    project_id: UUID | None
    basis: Basis
    learned_at: datetime | None
    recommendations: tuple[Recommendation, ...]
    reason: str | None
    plans: tuple[Plan, ...]
    found: Measured[float]
    """The share of past uses, hidden from it, that its first ten found; the sample is projects."""
    found_by_popularity: Measured[float]
    """The same share where the ten that most projects use are recommended to all."""


@dataclass(frozen=True)
class _Question:
    """For what recommendations are wanted, in keys."""

    text: str
    used: Sequence[UUID]
    planned: tuple[Plan, ...] = ()
    project_id: UUID | None = None

    def asked(self, known: Recommender) -> Asked:
        """The same in places; what was not known when it was learned is left out."""
        itself = known.projects.places([self.project_id] if self.project_id else [])
        return Asked(
            words=known.words.weights([self.text]),
            used=known.artifacts.places(self.used),
            project=itself[0] if itself else None,
            without=known.artifacts.places(plan.artifact_id for plan in self.planned),
        )


@report(Permission.VIEW)
def recommendations(ws: Workspace, *, project_id: UUID, limit: int = 10) -> Recommendations:
    """What this project could use next."""
    ws.get(Project, project_id)
    planned = tuple(Plan.model_validate(row) for row in records(plans(ws, project_id)))
    question = _Question(project_text(ws, project_id), used_artifacts(ws, project_id), planned, project_id)
    return _answer(ws, question, limit)


@report(Permission.VIEW)
def recommendations_like(
    ws: Workspace,
    *,
    description: str = "",
    problem_type: str | None = None,
    domain: str | None = None,
    artifact_ids: Collection[UUID] = (),
    limit: int = 10,
) -> Recommendations:
    """What a project could use that is not registered: described so, and using these artifacts.

    `NotFound` names those that are no artifacts here; one that was registered after the last training is left out.
    """
    _refuse_unknown(ws, artifact_ids)
    text = text_like(description, problem_type=problem_type, domain=domain)
    return _answer(ws, _Question(text, list(artifact_ids)), limit)


def _refuse_unknown(ws: Workspace, artifact_ids: Collection[UUID]) -> None:
    known = set(ws.session.scalars(select(Artifact.id).where(Artifact.id.in_(artifact_ids))))
    unknown = [str(each) for each in dict.fromkeys(artifact_ids) if each not in known]
    if unknown:
        named = f"artifact {unknown[0]}" if len(unknown) == 1 else f"artifacts {', '.join(unknown)}"
        raise NotFound(f"There is no {named} here.", advice=MAYBE_DELETED)


def _answer(ws: Workspace, question: _Question, limit: int) -> Recommendations:
    latest = ws.session.scalar(latest_recommender())
    if latest is None:
        return _unlearned(question)
    known: Recommender = from_bytes(latest.content)
    asked = question.asked(known)
    found = tuple(told(ws, known, recommend(known, asked, most=limit)))
    ours, popularity = _quality(latest, is_empty=not len(asked.used))
    return Recommendations(
        project_id=question.project_id,
        basis=_basis(asked),
        learned_at=latest.learned_at,
        recommendations=found,
        reason=None if found else NONE_LEFT,
        plans=question.planned,
        found=ours,
        found_by_popularity=popularity,
    )


def _unlearned(question: _Question) -> Recommendations:
    nothing = Measured[float].missing(NOT_LEARNED)
    return Recommendations(
        project_id=question.project_id,
        basis=Basis.OTHERS,
        learned_at=None,
        recommendations=(),
        reason=NOT_LEARNED,
        plans=question.planned,
        found=nothing,
        found_by_popularity=nothing,
    )


def _basis(asked: Asked) -> Basis:
    if len(asked.used):
        return Basis.USE
    return Basis.TEXT if asked.words.nnz else Basis.OTHERS


def _quality(latest: LearnedRecommender, *, is_empty: bool) -> tuple[Measured[float], Measured[float]]:
    judged = latest.metrics.get("empty" if is_empty else "known")
    if judged is None:
        nothing = Measured[float].missing(UNTESTED)
        return nothing, nothing
    quality = Quality(**judged)
    sample = quality.projects
    found = Measured[float](value=quality.recall, sample=sample)
    return found, Measured[float](value=quality.popularity_recall, sample=sample)
