"""Which tools of delivery an answer rests on, how fresh they are, and which projects they cannot see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from maestro_core.models import DataSource, Project
from maestro_core.reports import Report
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

STALE_AFTER = timedelta(days=1)
"""A source that has not been refreshed for so long is behind: refreshes run at least daily."""
CODE_REVIEW = (SourceKind.GITHUB, SourceKind.GITLAB)
PIPELINES = (*CODE_REVIEW, SourceKind.JENKINS, SourceKind.CIRCLECI, SourceKind.PUSH)


class Seen(Report):
    """What is connected, and when something was last seen there."""

    sources: int
    refreshed_at: datetime | None
    """The last success of the source that is longest without one; None before the first."""
    is_stale: bool
    last_at: datetime | None
    without: list[str]
    """The projects that no such source tells about."""


def seen(
    ws: Workspace,
    *,
    projects: Collection[UUID],
    kinds: Collection[SourceKind],
    last: Select[*tuple[Any, ...]],
) -> Seen:
    """The sources of these kinds that tell about these projects; `last` selects when something was last seen."""
    told = (DataSource.project_id.in_(projects), DataSource.kind.in_(kinds))
    watched = select(DataSource.project_id).where(*told)
    unseen = select(Project.name).where(Project.id.in_(projects), Project.id.not_in(watched)).order_by(Project.name)
    oldest = ws.session.scalar(select(func.min(DataSource.refreshed_at)).where(*told))
    return Seen(
        sources=ws.session.scalar(select(func.count(DataSource.id)).where(*told)) or 0,
        refreshed_at=oldest,
        is_stale=is_stale(oldest, now=ws.now),
        last_at=ws.session.scalar(last),
        without=list(ws.session.scalars(unseen)),
    )


def is_stale(refreshed_at: datetime | None, *, now: datetime) -> bool:
    """Whether what was last refreshed then is behind; what never was is not stale but missing."""
    return refreshed_at is not None and refreshed_at < now - STALE_AFTER
