"""Which artifacts a leaderboard shows, and in which order: searched, filtered and limited by the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, Text, case, cast, func, or_, select

from maestro_core.models import Artifact, ArtifactScore, ArtifactUsage
from maestro_core.terms import ArtifactKind

NEW_FOR = timedelta(days=90)
TREND_OVER = timedelta(days=90)
STALE_AFTER = timedelta(days=180)


class Preset(StrEnum):
    """What a leaderboard is about.

    Top: the best rank; without scores, the most projects. Trending: the growth in projects over the last 90 days
    against the 90 before. New: registered in the last 90 days. Stale: used once, but not for 180 days.
    """

    TOP = "top"
    TRENDING = "trending"
    NEW = "new"
    STALE = "stale"


@dataclass(frozen=True)
class Wanted:
    """Words that must all be found in name, description or tags, and the values that may pass; nothing means all."""

    search: str = ""
    kinds: Collection[ArtifactKind] = ()
    owners: Collection[str] = ()
    tags: Collection[str] = ()

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What a row must meet."""
        yield from (_says(word) for word in self.search.split())
        if self.kinds:
            yield Artifact.kind.in_(self.kinds)
        if self.owners:
            yield Artifact.owner.in_(self.owners)
        if self.tags:
            yield or_(*(_has_tag(tag) for tag in self.tags))


def chosen(preset: Preset, wanted: Wanted, *, as_of: date | None, now: datetime) -> Select[UUID]:
    """The keys of the artifacts of a leaderboard, first one first."""
    statement = select(Artifact.id).where(*wanted.conditions())
    if preset is Preset.NEW:
        return statement.where(Artifact.created_at >= now - NEW_FOR).order_by(Artifact.created_at.desc(), Artifact.id)
    if preset is Preset.TOP and as_of is not None:
        return _best_first(statement, as_of)
    return _by_use(statement, preset, now)


def _best_first(statement: Select[UUID], as_of: date) -> Select[UUID]:
    scored = _of_artifact(ArtifactScore) & (ArtifactScore.as_of == as_of)
    unscored_last = ArtifactScore.rank.is_(None)
    return statement.outerjoin(ArtifactScore, scored).order_by(unscored_last, ArtifactScore.rank, Artifact.name)


def _by_use(statement: Select[UUID], preset: Preset, now: datetime) -> Select[UUID]:
    uses = _uses(now)
    joined = statement.outerjoin(uses, _of_artifact(uses.c))
    if preset is Preset.TRENDING:
        growth = uses.c.recent - uses.c.before
        return joined.where(growth > 0).order_by(growth.desc(), uses.c.recent.desc(), Artifact.name)
    if preset is Preset.STALE:
        joined = joined.where(uses.c.last_used_at < now - STALE_AFTER)
    return joined.order_by(func.coalesce(uses.c.projects, 0).desc(), Artifact.name)


def _of_artifact(rows: Any) -> ColumnElement[bool]:
    # By the whole key: SQLite finds no index for half of it, and would read all artifacts for each row.
    whole: ColumnElement[bool] = (rows.tenant_id == Artifact.tenant_id) & (rows.artifact_id == Artifact.id)
    return whole


def _uses(now: datetime) -> Subquery:
    recent = ArtifactUsage.used_at >= now - TREND_OVER
    before = (ArtifactUsage.used_at >= now - 2 * TREND_OVER) & (ArtifactUsage.used_at < now - TREND_OVER)
    return (
        select(
            ArtifactUsage.tenant_id,
            ArtifactUsage.artifact_id,
            _distinct_projects().label("projects"),
            _distinct_projects(recent).label("recent"),
            _distinct_projects(before).label("before"),
            func.max(ArtifactUsage.used_at).label("last_used_at"),
        )
        .group_by(ArtifactUsage.tenant_id, ArtifactUsage.artifact_id)
        .subquery("uses")
    )


def _distinct_projects(among: ColumnElement[bool] | None = None) -> ColumnElement[int]:
    counted: Any = ArtifactUsage.project_id if among is None else case((among, ArtifactUsage.project_id))
    return func.count(counted.distinct())


def _says(word: str) -> ColumnElement[bool]:
    # SQLite folds the case of ASCII only, so other letters are looked for in the ways they are commonly written.
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.title()}
    tags = cast(Artifact.tags, Text)
    found = (
        column.icontains(text, autoescape=True)
        for spelling in spellings
        for column, text in (
            (Artifact.name, spelling),
            (Artifact.description, spelling),
            *((tags, written[1:-1]) for written in _as_json(spelling)),
        )
    )
    return or_(*found)


def _has_tag(tag: str) -> ColumnElement[bool]:
    # Unlike LIKE, replace() tells upper from lower case on both databases.
    tags = cast(Artifact.tags, Text)
    return or_(*(func.replace(tags, written, "") != tags for written in _as_json(tag)))


def _as_json(text: str) -> set[str]:
    # SQLite keeps JSON as it was written, with escapes beyond ASCII; PostgreSQL decodes them.
    return {json.dumps(text), json.dumps(text, ensure_ascii=False)}
