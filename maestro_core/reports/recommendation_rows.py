"""What recommendations are learned from and told with, as the database knows it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.models import (
    Artifact,
    ArtifactScore,
    ArtifactUsage,
    ArtifactVersion,
    LearnedRecommender,
    PlannedUse,
    Project,
)
from maestro_core.reports import records
from maestro_core.reports.projects import latest_scores
from maestro_core.reports.upgrades import RETIRED
from maestro_core.scoring.text_similarity import described
from maestro_core.workspace import Workspace


@dataclass(frozen=True)
class RecommendationFacts:
    """The artifacts with text, effect and whether they are offered, the projects with text, and who uses what."""

    artifacts: pd.DataFrame
    projects: pd.DataFrame
    usage: pd.DataFrame

    @property
    def data_hash(self) -> str:
        """The same for the same facts, whatever the order of the rows."""
        digest = hashlib.sha256()
        for frame in (self.artifacts, self.projects, self.usage):
            rows = pd.util.hash_pandas_object(frame.astype(str), index=False)
            digest.update(rows.sort_values().to_numpy().tobytes())
        return digest.hexdigest()


def recommendation_facts(ws: Workspace) -> RecommendationFacts:
    """What recommendations are learned from."""
    projects = ws.frame(_projects().order_by(Project.id))
    used = (ArtifactUsage.project_id, ArtifactUsage.artifact_id)
    return RecommendationFacts(
        artifacts=_artifacts(ws),
        projects=pd.DataFrame({"project_id": projects["project_id"], "text": _texts(projects)}),
        usage=ws.frame(select(*used).distinct()),
    )


def project_text(ws: Workspace, project_id: UUID) -> str:
    """What a project reads like at this moment."""
    return str(_texts(ws.frame(_projects().where(Project.id == project_id))).iloc[0])


def text_like(description: str, *, problem_type: str | None, domain: str | None) -> str:
    """What a project would read like that is described so."""
    return described(description, problem_type, labels=[domain])


def latest_recommender() -> Any:
    """The newest that was learned."""
    return select(LearnedRecommender).order_by(LearnedRecommender.learned_at.desc()).limit(1)


def used_artifacts(ws: Workspace, project_id: UUID) -> list[UUID]:
    """What a project uses, each once."""
    mine = ArtifactUsage.project_id == project_id
    return list(ws.session.scalars(select(ArtifactUsage.artifact_id).where(mine).distinct()))


def plans(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    """What a project planned to use, the latest first: artifact_id, name, kind, planned_at, and used_at (first use)."""
    mine = ArtifactUsage.project_id == project_id
    first = select(ArtifactUsage.artifact_id, func.min(ArtifactUsage.used_at).label("used_at")).where(mine)
    used = first.group_by(ArtifactUsage.artifact_id).subquery("used")
    return ws.frame(
        select(PlannedUse.artifact_id, Artifact.name, Artifact.kind, PlannedUse.planned_at, used.c.used_at)
        .join(Artifact, Artifact.id == PlannedUse.artifact_id)
        .outerjoin(used, used.c.artifact_id == PlannedUse.artifact_id)
        .where(PlannedUse.project_id == project_id)
        .order_by(PlannedUse.planned_at.desc(), Artifact.name)
    )


def artifact_facts(ws: Workspace, keys: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Name, kind, description and latest impact of these artifacts, by key; None where there is no impact."""
    impact = (ArtifactScore.score, ArtifactScore.effect, ArtifactScore.effect_low, ArtifactScore.effect_high)
    scored = (ArtifactScore.artifact_id == Artifact.id) & (ArtifactScore.as_of == latest_scores())
    facts = (Artifact.id.label("artifact_id"), Artifact.name, Artifact.kind, Artifact.description)
    rows = select(*facts, *impact, ArtifactScore.projects).outerjoin(ArtifactScore, scored)
    return {row["artifact_id"]: row for row in records(ws.frame(rows.where(Artifact.id.in_(keys))))}


def project_names(ws: Workspace, keys: Collection[UUID]) -> dict[UUID, str]:
    """The names of these projects."""
    rows = ws.session.execute(select(Project.id, Project.name).where(Project.id.in_(keys)))
    return {row.id: row.name for row in rows}


def _projects() -> Any:
    words = (Project.name, Project.description, Project.problem_type, Project.domain)
    return select(Project.id.label("project_id"), *words)


def _texts(projects: pd.DataFrame) -> pd.Series[Any]:
    told = [
        described(row["name"], row["description"], row["problem_type"], labels=[row["domain"]])
        for row in records(projects)
    ]
    return pd.Series(told, index=projects.index, dtype=object)


def _artifacts(ws: Workspace) -> pd.DataFrame:
    scored = (ArtifactScore.artifact_id == Artifact.id) & (ArtifactScore.as_of == latest_scores())
    rows = ws.frame(
        select(
            Artifact.id.label("artifact_id"),
            *(Artifact.name, Artifact.kind, Artifact.description, Artifact.tags, ArtifactScore.effect),
        )
        .outerjoin(ArtifactScore, scored)
        .order_by(Artifact.id)
    )
    columns = (rows[name] for name in ("name", "kind", "description", "tags"))
    texts = [described(name, str(kind), about, labels=tags) for name, kind, about, tags in zip(*columns, strict=True)]
    offered = ~rows["artifact_id"].isin(_retired(ws))
    return pd.DataFrame(
        {"artifact_id": rows["artifact_id"], "text": texts, "effect": rows["effect"], "is_offered": offered}
    )


def _retired(ws: Workspace) -> set[UUID]:
    """The artifacts whose newest version is retired."""
    version = (ArtifactVersion.artifact_id, ArtifactVersion.tags)
    rows = ws.frame(select(*version).order_by(ArtifactVersion.created_at, ArtifactVersion.id))
    newest = rows.drop_duplicates("artifact_id", keep="last")
    is_retired = [not RETIRED.isdisjoint(tag.lower() for tag in tags) for tags in newest["tags"]]
    return set(newest.loc[is_retired, "artifact_id"])
