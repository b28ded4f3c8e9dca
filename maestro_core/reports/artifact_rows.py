"""What the database knows about artifacts, as frames: their use, their versions, their scores over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import ColumnElement, case, func, select

from maestro_core.models import Artifact, ArtifactScore, ArtifactUsage, ArtifactVersion, Project
from maestro_core.reports.artifact_effects import savings
from maestro_core.reports.facts import success_weights
from maestro_core.scoring.success import PARTS, success_scores
from maestro_core.workspace import Workspace

PERIOD = timedelta(days=28)
"""A change of rank is told against scores that are at least so old, or the oldest there are."""
TREND_DAYS = 12
MONTHS_ON_LEADERBOARD = 12
MONTHS_ON_PAGE = 36


@dataclass(frozen=True)
class ScoringDays:
    """The days that artifacts were scored on: the latest, the one to compare with, and those of the trend."""

    latest: date | None = None
    compared: date | None = None
    trend: tuple[date, ...] = ()


def scoring_days(ws: Workspace) -> ScoringDays:
    """The days that artifacts were scored on."""
    days = list(ws.session.scalars(select(ArtifactScore.as_of).distinct().order_by(ArtifactScore.as_of.desc())))
    if not days:
        return ScoringDays()
    latest, *earlier = days
    old_enough = (day for day in earlier if day <= latest - PERIOD)
    return ScoringDays(latest, next(old_enough, earlier[-1] if earlier else None), tuple(days[:TREND_DAYS]))


def artifact_rows(ws: Workspace, keys: Sequence[UUID], days: ScoringDays) -> pd.DataFrame:
    """The rows of a leaderboard, in the order of the keys; see `Leaderboard` for the columns."""
    frame = pd.DataFrame({"artifact_id": list(keys)}, dtype=object)
    for rows in (_facts(ws, keys), _scores(ws, keys, days), savings(ws, keys), _use(ws, keys), _versions(ws, keys)):
        frame = frame.merge(rows, on="artifact_id", how="left")
    first_scored_now = frame["rank"].notna() & frame["earlier_rank"].isna() & (days.compared is not None)
    return frame.assign(
        rank_change=frame["earlier_rank"] - frame["rank"],
        is_new=first_scored_now | (frame["created_at"] >= ws.now - PERIOD),
        trend=_lists(frame["artifact_id"], _trend(ws, keys, days)),
        uses_per_month=_lists(frame["artifact_id"], _uses_per_month(ws, keys)),
        staleness=(ws.now - frame["last_used_at"]).dt.total_seconds() / 86_400,
        **{name: frame[name].fillna(0).astype("int64") for name in ("reuse", "people", "versions")},
    ).drop(columns="earlier_rank")


def versions(ws: Workspace, artifact_id: UUID) -> pd.DataFrame:
    """The versions of an artifact, newest first, and how often each was used."""
    version = (ArtifactVersion.id, ArtifactVersion.version, ArtifactVersion.digest, ArtifactVersion.created_at)
    uses = (
        select(ArtifactUsage.version_id, func.count().label("uses"))
        .where(ArtifactUsage.artifact_id == artifact_id)
        .group_by(ArtifactUsage.version_id)
        .subquery("uses")
    )
    return ws.frame(
        select(
            version[0].label("version_id"),
            *version[1:],
            ArtifactVersion.tags,
            func.coalesce(uses.c.uses, 0).label("uses"),
        )
        .outerjoin(uses, uses.c.version_id == ArtifactVersion.id)
        .where(ArtifactVersion.artifact_id == artifact_id)
        .order_by(ArtifactVersion.created_at.desc(), ArtifactVersion.id.desc())
    )


def consumers(ws: Workspace, artifact_id: UUID) -> pd.DataFrame:
    """The projects that use an artifact, the latest use first, with the success of each."""
    used = _uses_of_projects(ws, artifact_id)
    parts = [getattr(Project, part) for part in PARTS]
    joined = used.merge(_last_versions(ws, artifact_id), on="project_id", how="left")
    users = select(ArtifactUsage.project_id).where(ArtifactUsage.artifact_id == artifact_id)
    projects = ws.frame(
        select(Project.id.label("project_id"), Project.name.label("project"), Project.outcome, *parts).where(
            Project.id.in_(users)
        )
    )
    # Where no use tells who, nobody knows how many people used it.
    joined = joined.assign(people=joined["people"].where(joined["people"] > 0))
    scored = projects.assign(success=success_scores(projects, success_weights(ws.tenant))).drop(columns=list(PARTS))
    rows = joined.merge(scored, on="project_id").sort_values("last_used_at", ascending=False, ignore_index=True)
    return rows[
        ["project_id", "project", "first_used_at", "last_used_at", "version", "uses", "people", "outcome", "success"]
    ]


def use_over_time(ws: Workspace, artifact_id: UUID) -> pd.DataFrame:
    """How many projects and people used an artifact in each month, from its first use in the last 36 months on."""
    months = _months(ws.now, MONTHS_ON_PAGE)
    month = _month_of(ArtifactUsage.used_at, months)
    used = ws.frame(
        select(
            month.label("month"),
            func.count(ArtifactUsage.project_id.distinct()).label("projects"),
            func.count(ArtifactUsage.person_id.distinct()).label("people"),
        )
        .where(ArtifactUsage.artifact_id == artifact_id, ArtifactUsage.used_at >= months[0])
        .group_by(month)
    )
    every = pd.RangeIndex(int(used["month"].min()) if len(used) else len(months), len(months))
    counts = used.set_index("month").reindex(every, fill_value=0)
    return counts.astype("int64").assign(month=[months[number] for number in every])[["month", "projects", "people"]]


def impact_over_time(ws: Workspace, artifact_id: UUID) -> pd.DataFrame:
    """The scores of an artifact, oldest first."""
    names = (
        *("as_of", "score", "score_low", "score_high", "effect", "effect_low", "effect_high"),
        *("probability", "projects", "rank"),
    )
    columns = (getattr(ArtifactScore, name) for name in names)
    return ws.frame(select(*columns).where(ArtifactScore.artifact_id == artifact_id).order_by(ArtifactScore.as_of))


def _facts(ws: Workspace, keys: Sequence[UUID]) -> pd.DataFrame:
    columns = (Artifact.name, Artifact.kind, Artifact.description, Artifact.owner, Artifact.tags, Artifact.created_at)
    return ws.frame(select(Artifact.id.label("artifact_id"), *columns).where(Artifact.id.in_(keys)))


def _scores(ws: Workspace, keys: Sequence[UUID], days: ScoringDays) -> pd.DataFrame:
    names = (
        *("rank", "score", "score_low", "score_high", "effect", "effect_low", "effect_high"),
        *("probability", "projects"),
    )
    columns = (getattr(ArtifactScore, name) for name in names)
    among = ArtifactScore.artifact_id.in_(keys)
    latest = select(ArtifactScore.artifact_id, *columns).where(among, ArtifactScore.as_of == days.latest)
    earlier = select(ArtifactScore.artifact_id, ArtifactScore.rank.label("earlier_rank")).where(
        among, ArtifactScore.as_of == days.compared
    )
    return ws.frame(latest).merge(ws.frame(earlier), on="artifact_id", how="left")


def _use(ws: Workspace, keys: Sequence[UUID]) -> pd.DataFrame:
    return ws.frame(
        select(
            ArtifactUsage.artifact_id,
            func.count(ArtifactUsage.project_id.distinct()).label("reuse"),
            func.count(ArtifactUsage.person_id.distinct()).label("people"),
            func.max(ArtifactUsage.used_at).label("last_used_at"),
        )
        .where(ArtifactUsage.artifact_id.in_(keys))
        .group_by(ArtifactUsage.artifact_id)
    )


def _versions(ws: Workspace, keys: Sequence[UUID]) -> pd.DataFrame:
    newest_first = (ArtifactVersion.created_at.desc(), ArtifactVersion.id.desc())
    numbered = (
        select(
            ArtifactVersion.artifact_id,
            ArtifactVersion.version.label("latest_version"),
            func.count().over(partition_by=ArtifactVersion.artifact_id).label("versions"),
            func.row_number().over(partition_by=ArtifactVersion.artifact_id, order_by=newest_first).label("nth"),
        )
        .where(ArtifactVersion.artifact_id.in_(keys))
        .subquery("numbered")
    )
    newest = numbered.c.nth == 1
    return ws.frame(select(numbered.c.artifact_id, numbered.c.latest_version, numbered.c.versions).where(newest))


def _trend(ws: Workspace, keys: Sequence[UUID], days: ScoringDays) -> pd.DataFrame:
    return ws.frame(
        select(ArtifactScore.artifact_id, ArtifactScore.score.label("value"))
        .where(ArtifactScore.artifact_id.in_(keys), ArtifactScore.as_of.in_(days.trend))
        .order_by(ArtifactScore.as_of)
    )


def _uses_per_month(ws: Workspace, keys: Sequence[UUID]) -> pd.DataFrame:
    months = _months(ws.now, MONTHS_ON_LEADERBOARD)
    month = _month_of(ArtifactUsage.used_at, months)
    used = ws.frame(
        select(
            ArtifactUsage.artifact_id,
            month.label("month"),
            func.count(ArtifactUsage.project_id.distinct()).label("value"),
        )
        .where(ArtifactUsage.artifact_id.in_(keys), ArtifactUsage.used_at >= months[0])
        .group_by(ArtifactUsage.artifact_id, month)
    )
    every = pd.MultiIndex.from_product([list(keys), range(len(months))], names=["artifact_id", "month"])
    return used.set_index(["artifact_id", "month"]).reindex(every, fill_value=0).reset_index()


def _lists(keys: pd.Series[Any], rows: pd.DataFrame) -> pd.Series[Any]:
    lists = rows.groupby("artifact_id", sort=False)["value"].agg(list).to_dict()
    return pd.Series([lists.get(key, []) for key in keys], index=keys.index, dtype=object)


def _months(now: datetime, number: int) -> list[datetime]:
    """The starts of the last months in UTC, oldest first; the last one is running."""
    this = now.year * 12 + now.month - 1
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return [first.replace(year=month // 12, month=month % 12 + 1) for month in range(this - number + 1, this + 1)]


def _month_of(moment: Any, months: Sequence[datetime]) -> ColumnElement[int]:
    # The databases cut dates in different ways; comparing is the same in both.
    latest_first = [(moment >= start, number) for number, start in reversed(list(enumerate(months)))]
    return case(*latest_first, else_=-1)


def _uses_of_projects(ws: Workspace, artifact_id: UUID) -> pd.DataFrame:
    return ws.frame(
        select(
            ArtifactUsage.project_id,
            func.min(ArtifactUsage.used_at).label("first_used_at"),
            func.max(ArtifactUsage.used_at).label("last_used_at"),
            func.count().label("uses"),
            func.count(ArtifactUsage.person_id.distinct()).label("people"),
        )
        .where(ArtifactUsage.artifact_id == artifact_id)
        .group_by(ArtifactUsage.project_id)
    )


def _last_versions(ws: Workspace, artifact_id: UUID) -> pd.DataFrame:
    used_at = func.max(ArtifactUsage.used_at).label("used_at")
    used = ws.frame(
        select(ArtifactUsage.project_id, ArtifactVersion.version, used_at)
        .join(ArtifactVersion, ArtifactVersion.id == ArtifactUsage.version_id)
        .where(ArtifactUsage.artifact_id == artifact_id)
        .group_by(ArtifactUsage.project_id, ArtifactVersion.version)
    )
    return used.sort_values("used_at").groupby("project_id", as_index=False).tail(1)[["project_id", "version"]]
