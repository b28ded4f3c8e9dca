"""Which tools of delivery an answer rests on, how fresh they are, and which projects they cannot see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from maestro_core.models import DataSource, Project, RefreshRun
from maestro_core.reports import Report
from maestro_core.terms import RunState, SourceKind
from maestro_core.workspace import Workspace

STALE_AFTER = timedelta(days=1)
"""A source that has not been refreshed for so long is behind: refreshes run at least daily."""
CODE_REVIEW = (SourceKind.GITHUB, SourceKind.GITLAB)
PIPELINES = (*CODE_REVIEW, SourceKind.JENKINS, SourceKind.CIRCLECI, SourceKind.PUSH)


class Freshness(Report):
    """How old what some sources told is."""

    refreshed_at: datetime | None
    """The last success of the source that is longest without one; None before the first."""
    is_stale: bool
    unread: int
    """Sources that were never read: what they know is missing."""
    failing: int = 0
    """Sources of which a refresh failed, and none succeeded since."""


class Seen(Freshness):
    """What is connected, and when something was last seen there."""

    sources: int
    last_at: datetime | None
    without: list[str]
    """The projects that no such source tells about."""


def seen(
    ws: Workspace,
    *,
    projects: Collection[UUID],
    kinds: Collection[SourceKind],
    last: Select[*tuple[Any, ...]],
    also: Collection[SourceKind] = (),
    known: Collection[UUID] = (),
) -> Seen:
    """The sources of these kinds that tell about these projects; `last` selects when something was last seen.

    Sources of the kinds in `also` are counted beside them, without making a project seen; `known` ones are seen anyhow.
    """
    told = (DataSource.project_id.in_(projects), DataSource.kind.in_({*kinds, *also}))
    watched = select(DataSource.project_id).where(DataSource.project_id.in_(projects), DataSource.kind.in_(kinds))
    unseen = select(Project.name).where(Project.id.in_(set(projects).difference(known)), Project.id.not_in(watched))
    fresh = freshness(ws, projects=projects, kinds={*kinds, *also})
    return Seen(
        sources=ws.session.scalar(select(func.count(DataSource.id)).where(*told)) or 0,
        last_at=ws.session.scalar(last),
        without=list(ws.session.scalars(unseen.order_by(Project.name))),
        **fresh.model_dump(),
    )


def freshness(ws: Workspace, *, projects: Collection[UUID], kinds: Collection[SourceKind]) -> Freshness:
    """How old the sources of these kinds are. What is pushed comes by itself: it counts where nothing else does."""
    mine = DataSource.project_id.in_(projects)
    pulled = select(DataSource.refreshed_at).where(mine, DataSource.kind.in_(set(kinds).difference({SourceKind.PUSH})))
    moments = list(ws.session.scalars(pulled))
    oldest = min((moment for moment in moments if moment), default=None)
    if not moments and SourceKind.PUSH in kinds:
        pushed = select(func.max(DataSource.refreshed_at)).where(mine, DataSource.kind == SourceKind.PUSH)
        return Freshness(refreshed_at=ws.session.scalar(pushed), is_stale=False, unread=0)
    return Freshness(
        refreshed_at=oldest,
        is_stale=is_stale(oldest, now=ws.now),
        unread=moments.count(None),
        failing=_failing(ws, mine & DataSource.kind.in_(kinds)),
    )


def _failing(ws: Workspace, wanted: ColumnElement[bool]) -> int:
    since = or_(DataSource.refreshed_at.is_(None), RefreshRun.requested_at > DataSource.refreshed_at)
    failed = select(func.count(RefreshRun.source_id.distinct())).join(DataSource, DataSource.id == RefreshRun.source_id)
    return ws.session.scalar(failed.where(wanted, RefreshRun.state == RunState.FAILED, since)) or 0


def is_stale(refreshed_at: datetime | None, *, now: datetime) -> bool:
    """Whether what was last refreshed then is behind; what never was is not stale but missing."""
    return refreshed_at is not None and refreshed_at < now - STALE_AFTER
