"""Additive counts of Git work per project and UTC day, so that pages need not read every commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, and_, case, cast, delete, func, or_, select

from maestro_core.database import is_sqlite, upsert_columns
from maestro_core.models import Account, Commit, Person, ProcessMetric, Repository, new_key
from maestro_core.workspace import Workspace

MEASURES = ("commits", "lines_added", "lines_deleted", "merges")
WIDEST_GAP = timedelta(days=60)


def recount_days(ws: Workspace, *, project_id: UUID, days: Collection[date]) -> None:
    """Count these days anew over all repositories of a project: what is reachable and written by people.

    commits: without merges, by committer date. lines_added, lines_deleted: without binary files and what is left out.
    merges: apart.
    """
    if not days:
        return
    counted = [row for row in _counts(ws, project_id, days) if _day(row.day) in days]
    counts = ProcessMetric.measure.in_(MEASURES)
    mine = ProcessMetric.project_id == project_id
    ws.session.execute(delete(ProcessMetric).where(mine, counts, ProcessMetric.day.in_(sorted(days))))
    rows = [
        (new_key(), project_id, _day(row.day), measure, value)
        for row in counted
        for measure in MEASURES
        if (value := float(getattr(row, measure)))
    ]
    columns: dict[str, list[Any]] = {
        name: [row[place] for row in rows] for place, name in enumerate(("id", "project_id", "day", "measure", "value"))
    }
    upsert_columns(ws.session, ProcessMetric, columns, on=("id",))


def _counts(ws: Workspace, project_id: UUID, days: Collection[date]) -> list[Row[Any]]:
    merges = func.sum(case((Commit.is_merge, 1), else_=0))
    day = _utc_day(ws)
    repositories = select(Repository.id).where(Repository.project_id == project_id)
    bots = select(Account.id).join(Person, Account.person_id == Person.id).where(Person.is_bot)
    statement = (
        select(
            day.label("day"),
            (func.count() - merges).label("commits"),
            func.sum(Commit.added - Commit.left_out_added).label("lines_added"),
            func.sum(Commit.deleted - Commit.left_out_deleted).label("lines_deleted"),
            merges.label("merges"),
        )
        .where(Commit.repository_id.in_(repositories), Commit.reachable, _within(days))
        # Asked once, not for each commit: hundreds of thousands of them have few authors.
        .where(Commit.account_id.not_in(bots))
        .group_by(day)
    )
    return list(ws.session.execute(statement).all())


def _within(days: Collection[date]) -> ColumnElement[bool]:
    """The commits of these days, and some between, as few spans of time that an index serves."""
    return or_(
        *(
            and_(Commit.committed_at >= _midnight(first), Commit.committed_at < _midnight(last) + timedelta(days=1))
            for first, last in _spans(sorted(days))
        )
    )


def _spans(days: list[date]) -> Iterator[tuple[date, date]]:
    first = last = days[0]
    for day in days[1:]:
        if day - last > WIDEST_GAP:
            yield first, last
            first = day
        last = day
    yield first, last


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _utc_day(ws: Workspace) -> ColumnElement[Any]:
    if is_sqlite(ws.session.connection()):
        return func.date(Commit.committed_at)
    return cast(func.timezone("UTC", Commit.committed_at), Date)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
