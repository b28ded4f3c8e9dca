"""Artifacts over REST."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.depends import ForReading, InWorkspace, ItsName, refuse_other_name, told
from maestro_core.actions import artifacts as actions
from maestro_core.actions.entries import ArtifactEntry, Entry, UseEntry, VersionEntry
from maestro_core.actions.entry_fields import Label, Tags, WebAddress, Words
from maestro_core.reports import artifacts as reports
from maestro_core.reports import compatibility
from maestro_core.reports import reuse as reuse_reports
from maestro_core.reports import upgrades as upgrade_reports
from maestro_core.reports.artifacts import (
    ArtifactAnalytics,
    ArtifactFacts,
    ArtifactReport,
    Artifacts,
    Facets,
    Leaderboard,
)
from maestro_core.reports.compatibility import GoesWellWith
from maestro_core.reports.leaderboard import Preset
from maestro_core.reports.reuse import Reuse
from maestro_core.reports.upgrades import ArtifactUpgrades
from maestro_core.terms import ArtifactKind

MOST = 1_000

router = APIRouter(prefix="/artifacts", tags=["artifacts"])

Limit = Annotated[int, Query(ge=1, le=MOST)]


class Question(BaseModel):
    """Words that must all be found in name, description or tags, and what may pass; nothing told means all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: Words = Field(default="", max_length=200, examples=["customer embeddings"])
    kind: ArtifactKind | None = Field(default=None, examples=["feature set"])
    owners: list[Words] = Field(default=[], max_length=50, examples=[[]])
    tags: list[Words] = Field(default=[], max_length=50, examples=[["production"]])
    preset: Preset = Preset.TOP
    limit: int = Field(default=50, ge=1, le=MOST)


class ArtifactChanges(Entry):
    """What may change of an artifact; what is left out stays."""

    name: Label = Field(default=None, examples=["customer-embeddings"])
    kind: ArtifactKind | None = Field(default=None, examples=["feature set"])
    description: Words = Field(default="", examples=["64 numbers per customer, refreshed nightly"])
    owner: Label = Field(default=None, examples=["Ada Lovelace"])
    url: WebAddress = Field(default=None, examples=["https://wiki.example.org/embeddings"])
    tags: Tags = Field(default=(), examples=[["production"]])


class Version(BaseModel):
    """A version of an artifact by its key."""

    version_id: UUID


class UseOf(UseEntry):
    """One use of an artifact by a project, which is told by key or by name."""

    project_id: UUID | None = Field(default=None, examples=[None])
    project: str | None = Field(default=None, examples=["Churn prediction"])

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.project_id is None) == (self.project is None):
            raise ValueError("tell either project_id or project")
        return self


class Use(BaseModel):
    """Whether a use was news: one that was told before counts once."""

    recorded: bool


@router.get("")
def artifacts(
    ws: ForReading, name: Words | None = None, kind: ArtifactKind | None = None, limit: Limit = 200
) -> Artifacts:
    """The artifacts of exactly this name and kind, or all, by name."""
    return reports.registered(ws, name=name, kind=kind, limit=limit)


@router.post("", status_code=status.HTTP_201_CREATED)
def register_artifact(ws: InWorkspace, artifact: ArtifactEntry) -> ArtifactFacts:
    """Make an artifact known. It is known by kind and name: told again, it changes and keeps its key."""
    return reports.facts(ws, artifact_id=actions.register_artifact(ws, **told(artifact)))


@router.post("/search")
def search(ws: ForReading, question: Question) -> Leaderboard:
    """The artifacts that match, with their scores and use."""
    return reports.leaderboard(
        ws,
        preset=question.preset,
        search=question.query,
        kinds=[question.kind] if question.kind else [],
        owners=question.owners,
        tags=question.tags,
        limit=question.limit,
    )


@router.get("/top")
def top(ws: ForReading, limit: Limit = 10) -> Leaderboard:
    """The artifacts of the highest rank; without scores, those that most projects use."""
    return reports.leaderboard(ws, limit=limit)


@router.get("/facets")
def facets(ws: ForReading) -> Facets:
    """The kinds, owners and tags that there are to search by, with how many artifacts have each."""
    return reports.facets(ws)


@router.get("/reuse")
def reuse(ws: ForReading) -> Reuse:
    """Projects that reuse at least three high-impact artifacts against the others, in success, duration and cost."""
    return reuse_reports.reuse(ws)


@router.get("/{artifact_id}")
def artifact(ws: ForReading, artifact_id: UUID) -> ArtifactReport:
    """Everything about an artifact."""
    return reports.artifact(ws, artifact_id=artifact_id)


@router.patch("/{artifact_id}")
def change_artifact(ws: InWorkspace, artifact_id: UUID, changes: ArtifactChanges) -> ArtifactFacts:
    """Change what is told of an artifact; null empties a field, what is left out stays."""
    actions.change_artifact(ws, artifact_id=artifact_id, **told(changes))
    return reports.facts(ws, artifact_id=artifact_id)


@router.delete("/{artifact_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_artifact(ws: InWorkspace, artifact_id: UUID, name: ItsName) -> None:
    """Remove an artifact with its versions, uses and scores, once its name confirms it. It cannot be undone."""
    refuse_other_name(name, reports.facts(ws, artifact_id=artifact_id).name)
    actions.remove_artifact(ws, artifact_id=artifact_id)


@router.post("/{artifact_id}/versions", status_code=status.HTTP_201_CREATED)
def add_version(ws: InWorkspace, artifact_id: UUID, version: VersionEntry) -> Version:
    """Add a version; added again, what is told of it changes."""
    return Version(version_id=actions.add_version(ws, artifact_id=artifact_id, **told(version)))


@router.get("/{artifact_id}/analytics")
def analytics(ws: ForReading, artifact_id: UUID) -> ArtifactAnalytics:
    """How an artifact is used, by whom, with what, and what that was worth."""
    return reports.analytics(ws, artifact_id=artifact_id)


@router.get("/{artifact_id}/companions")
def companions(ws: ForReading, artifact_id: UUID, limit: Annotated[int, Query(ge=1, le=100)] = 10) -> GoesWellWith:
    """What goes well with an artifact: met more often than by chance, and better together than each alone."""
    known = reports.facts(ws, artifact_id=artifact_id)
    return compatibility.goes_well_with(ws, artifact_ids=[known.artifact_id], limit=limit)


@router.get("/{artifact_id}/upgrades")
def upgrades(ws: ForReading, artifact_id: UUID) -> ArtifactUpgrades:
    """What newer versions of an artifact go along with, who moved to the newest and who is on an older one."""
    return upgrade_reports.upgrades_of(ws, artifact_id=artifact_id)


@router.post("/{artifact_id}/use")
def use_artifact(ws: InWorkspace, artifact_id: UUID, use: UseOf) -> Use:
    """Record that a project uses an artifact."""
    facts = {name: value for name, value in told(use).items() if name in UseEntry.model_fields}
    project = use.project_id or use.project or ""
    return Use(recorded=actions.use_artifact(ws, artifact_id=artifact_id, project=project, **facts))
