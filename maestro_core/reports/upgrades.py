"""Newer versions of artifacts: what they go along with, who moved already, and who is still on an older one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion, Project, VersionUpgrade
from maestro_core.reports import Frame, Report, report
from maestro_core.workspace import Workspace

RETIRED = frozenset({"deprecated", "archived"})
"""A version with one of these tags is no upgrade."""

EFFECT = ("before", "after", "effect", "effect_low", "effect_high", "probability")


class ProjectUpgrades(Report):
    """The artifacts of a project that have a newer version than the one it used last."""

    upgrades: Frame
    """artifact_id, name, kind, version (used last), newest (the newest that is not retired), newest_at, moved
    (projects that went from an older version to the newest). Where finished projects tell: measured (the version
    that is compared: the newest that any finished project used), effect (points of success against the version used)
    with its 90 % interval effect_low to effect_high, probability of an effect above zero, before and after (finished
    projects on either side). The most probable gain first."""


class ArtifactUpgrades(Report):
    """Of one artifact: what its newest version goes along with, who moved and who did not."""

    newest: str | None
    """The newest version that is not retired."""
    newest_at: datetime | None
    versions: Frame
    """version_id, version, created_at, tags, projects (that used it last), running (of these), and, where finished
    projects tell, what `measured`, a newer version, goes along with against it: effect (points of success) with its
    90 % interval, probability of an effect above zero, before and after (finished projects on either side)."""
    moved: Frame
    """project_id, project, version (the older one), moved_at: who went to the newest version, the latest first."""
    staying: Frame
    """project_id, project, version, last_used_at: running projects that are still on an older version."""


@report(Permission.VIEW)
def upgrades_for(ws: Workspace, *, project_id: UUID) -> ProjectUpgrades:
    """Newer versions of what this project uses, and what these go along with."""
    ws.get(Project, project_id)
    mine = ws.session.scalars(
        select(ArtifactUsage.artifact_id).where(ArtifactUsage.project_id == project_id).distinct()
    )
    keys = list(mine)
    used, newest = _used(ws, keys), _newest(ws, keys)
    present = _present(used)
    behind = _behind(present[present["project_id"] == project_id], newest)
    moved = _moved(used, newest)["artifact_id"].value_counts().rename("moved")
    told = behind.merge(_names(ws, keys), on="artifact_id").merge(_effects(ws, keys), on="version_id", how="left")
    told = told.assign(moved=told["artifact_id"].map(moved).fillna(0).astype("int64"))
    columns = ["artifact_id", "name", "kind", "version", "newest", "newest_at", "moved", "measured", *EFFECT]
    ranked = told.sort_values(["probability", "name"], ascending=[False, True], ignore_index=True)
    return ProjectUpgrades(upgrades=ranked[columns])


@report(Permission.VIEW)
def upgrades_of(ws: Workspace, *, artifact_id: UUID) -> ArtifactUpgrades:
    """Who uses which version of this artifact, and what moving to a newer one goes along with."""
    ws.get(Artifact, artifact_id)
    used, newest = _used(ws, [artifact_id]), _newest(ws, [artifact_id])
    present = _present(used)
    running = _behind(present[present["is_running"]], newest)
    latest = None if newest.empty else newest.iloc[0]
    return ArtifactUpgrades(
        newest=None if latest is None else str(latest["newest"]),
        newest_at=None if latest is None else latest["newest_at"],
        versions=_versions(ws, artifact_id, present),
        moved=_moved(used, newest)[["project_id", "project", "version", "moved_at"]],
        staying=running[["project_id", "project", "version", "last_used_at"]].reset_index(drop=True),
    )


def _used(ws: Workspace, artifact_ids: Collection[UUID]) -> pd.DataFrame:
    """Which project used which version from when to when; uses that do not tell their version are out."""
    version = (ArtifactUsage.artifact_id, ArtifactUsage.version_id, ArtifactVersion.version, ArtifactVersion.created_at)
    project = (ArtifactUsage.project_id, Project.name.label("project"), Project.finished_at)
    return ws.frame(
        select(
            *version,
            *project,
            func.min(ArtifactUsage.used_at).label("first_used_at"),
            func.max(ArtifactUsage.used_at).label("last_used_at"),
        )
        .join(ArtifactVersion, ArtifactVersion.id == ArtifactUsage.version_id)
        .join(Project, Project.id == ArtifactUsage.project_id)
        .where(ArtifactUsage.artifact_id.in_(list(artifact_ids)))
        .group_by(*version, ArtifactUsage.project_id, Project.name, Project.finished_at)
        .order_by(func.max(ArtifactUsage.used_at), ArtifactVersion.created_at)
    )


def _newest(ws: Workspace, artifact_ids: Collection[UUID]) -> pd.DataFrame:
    """The newest version of each artifact that is not retired: artifact_id, newest_id, newest, newest_at."""
    columns = (ArtifactVersion.id, ArtifactVersion.artifact_id, ArtifactVersion.version, ArtifactVersion.created_at)
    rows = ws.frame(
        select(*columns, ArtifactVersion.tags)
        .where(ArtifactVersion.artifact_id.in_(list(artifact_ids)))
        .order_by(ArtifactVersion.created_at, ArtifactVersion.id)
    )
    is_offered = rows["tags"].map(lambda tags: RETIRED.isdisjoint(tag.lower() for tag in tags)).astype(bool)
    offered = rows[is_offered]
    last = offered.groupby("artifact_id").tail(1)
    named = last.rename(columns={"id": "newest_id", "version": "newest", "created_at": "newest_at"})
    return named[["artifact_id", "newest_id", "newest", "newest_at"]]


def _present(used: pd.DataFrame) -> pd.DataFrame:
    """The version that each project used last of each artifact."""
    last = used.groupby(["artifact_id", "project_id"], sort=False).tail(1)
    return last.assign(is_running=last["finished_at"].isna())


def _behind(present: pd.DataFrame, newest: pd.DataFrame) -> pd.DataFrame:
    """Of these uses, those of an older version than the newest, the latest use first."""
    told = present.merge(newest, on="artifact_id")
    older = told[told["created_at"] < told["newest_at"]]
    return older.sort_values("last_used_at", ascending=False, ignore_index=True)


def _moved(used: pd.DataFrame, newest: pd.DataFrame) -> pd.DataFrame:
    """Who used an older version first and then the newest: artifact_id, project_id, project, version, moved_at."""
    told = used.merge(newest, on="artifact_id")
    is_newest = told["version_id"] == told["newest_id"]
    arrived = told.loc[is_newest, ["artifact_id", "project_id", "first_used_at"]]
    arrived = arrived.rename(columns={"first_used_at": "moved_at"})
    before = told[~is_newest].merge(arrived, on=["artifact_id", "project_id"])
    earlier = before[before["first_used_at"] < before["moved_at"]]
    last = earlier.groupby(["artifact_id", "project_id"], sort=False).tail(1)
    return last.sort_values("moved_at", ascending=False, ignore_index=True)


def _names(ws: Workspace, artifact_ids: Collection[UUID]) -> pd.DataFrame:
    named = select(Artifact.id.label("artifact_id"), Artifact.name, Artifact.kind)
    return ws.frame(named.where(Artifact.id.in_(list(artifact_ids))))


def _effects(ws: Workspace, artifact_ids: Collection[UUID]) -> pd.DataFrame:
    """What a newer version goes along with against each older one, as last learned."""
    columns = [getattr(VersionUpgrade, name) for name in EFFECT]
    return ws.frame(
        select(VersionUpgrade.version_id, ArtifactVersion.version.label("measured"), *columns)
        .join(ArtifactVersion, ArtifactVersion.id == VersionUpgrade.newer_id)
        .where(VersionUpgrade.artifact_id.in_(list(artifact_ids)))
    )


def _versions(ws: Workspace, artifact_id: UUID, present: pd.DataFrame) -> pd.DataFrame:
    columns = (ArtifactVersion.id.label("version_id"), ArtifactVersion.version, ArtifactVersion.created_at)
    newest_first = (ArtifactVersion.created_at.desc(), ArtifactVersion.id.desc())
    rows = ws.frame(
        select(*columns, ArtifactVersion.tags).where(ArtifactVersion.artifact_id == artifact_id).order_by(*newest_first)
    )
    by_version = present.groupby("version_id")["is_running"].agg(projects="size", running="sum")
    counts = rows[["version_id"]].join(by_version, on="version_id")[["projects", "running"]]
    counted = rows.assign(**counts.fillna(0).astype("int64"))
    return counted.merge(_effects(ws, [artifact_id]), on="version_id", how="left")
