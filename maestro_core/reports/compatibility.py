"""Which artifacts go well with others: how often they meet, and what the pair goes along with."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from maestro_core.access import Permission
from maestro_core.models import Artifact, ArtifactPair, ArtifactUsage
from maestro_core.reports import Frame, Report, report
from maestro_core.scoring.compatibility import TOGETHER_AT_LEAST, shrunk_lift
from maestro_core.workspace import Workspace

MOST_COMPANIONS = 10
PAIR = ("projects", "effect", "effect_low", "effect_high", "probability")
PROJECTS = func.count(ArtifactUsage.project_id.distinct())


class GoesWellWith(Report):
    """What the projects that use some artifacts use too, more often than chance would have it."""

    companions: Frame
    """with_id (the artifact asked about), artifact_id, name, kind, together (projects, at least 3), lift (times as
    often as by chance, drawn towards 1); from 10 finished common projects on, what the pair goes along with beyond
    the effect of each: finished, effect (points of success) with its 90 % interval effect_low to effect_high,
    probability of an effect above zero. The highest lift first, ten for each artifact asked about."""


@report(Permission.VIEW)
def goes_well_with(ws: Workspace, *, artifact_ids: Collection[UUID], limit: int = MOST_COMPANIONS) -> GoesWellWith:
    """What goes well with each of these artifacts."""
    return GoesWellWith(companions=companions(ws, artifact_ids, limit=limit))


def companions(ws: Workspace, artifact_ids: Collection[UUID], *, limit: int = MOST_COMPANIONS) -> pd.DataFrame:
    """The rows of `GoesWellWith`."""
    met = _met(ws, artifact_ids)
    used = _used(ws, set(met["with_id"]) | set(met["artifact_id"])).set_index("artifact_id")
    number, projects = used["projects"], ws.session.scalar(select(PROJECTS)) or 1
    lift = shrunk_lift(
        met["together"], met["with_id"].map(number), met["artifact_id"].map(number), projects=projects
    ).astype(float)
    told = met.assign(lift=lift).merge(used[["name", "kind"]].reset_index(), on="artifact_id")
    ranked = told.sort_values(["lift", "name"], ascending=[False, True], ignore_index=True)
    best = ranked.groupby("with_id", sort=False).head(limit)
    columns = ["with_id", "artifact_id", "name", "kind", "together", "lift"]
    return best[columns].merge(_pairs(ws, artifact_ids), on=["with_id", "artifact_id"], how="left")


def _met(ws: Workspace, artifact_ids: Collection[UUID]) -> pd.DataFrame:
    """How many projects each of these artifacts shares with every other."""
    mine, theirs = aliased(ArtifactUsage), aliased(ArtifactUsage)
    using = (
        select(mine.tenant_id, mine.artifact_id.label("with_id"), mine.project_id)
        .where(mine.artifact_id.in_(list(artifact_ids)))
        .distinct()
        .subquery("using")
    )
    # By the whole key: SQLite finds no index for half of it.
    same_project = (theirs.project_id == using.c.project_id) & (theirs.tenant_id == using.c.tenant_id)
    together = func.count(theirs.project_id.distinct())
    return ws.frame(
        select(using.c.with_id, theirs.artifact_id, together.label("together"))
        .join(theirs, same_project)
        .where(theirs.artifact_id != using.c.with_id)
        .group_by(using.c.with_id, theirs.artifact_id)
        .having(together >= TOGETHER_AT_LEAST)
    )


def _used(ws: Workspace, artifact_ids: Collection[UUID]) -> pd.DataFrame:
    group = (ArtifactUsage.artifact_id, Artifact.name, Artifact.kind)
    return ws.frame(
        select(*group, PROJECTS.label("projects"))
        .join(Artifact, Artifact.id == ArtifactUsage.artifact_id)
        .where(ArtifactUsage.artifact_id.in_(list(artifact_ids)))
        .group_by(*group)
    )


def _pairs(ws: Workspace, artifact_ids: Collection[UUID]) -> pd.DataFrame:
    columns = [getattr(ArtifactPair, name) for name in PAIR]
    named = (ArtifactPair.artifact_id.label("with_id"), ArtifactPair.other_id.label("artifact_id"))
    rows = ws.frame(select(*named, *columns).where(ArtifactPair.artifact_id.in_(list(artifact_ids))))
    return rows.rename(columns={"projects": "finished"})
