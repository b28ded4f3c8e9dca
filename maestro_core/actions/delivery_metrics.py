"""Additive counts of reviews and pipelines per project and UTC day, so that pages need not read every row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, cast, delete, exists, func, insert, or_, select

from maestro_core.actions.pipeline_weeks import forget_pipeline_weeks
from maestro_core.database import chunks, is_sqlite
from maestro_core.models import Account, Person, PipelineRun, ProcessMetric, PullRequest, Review
from maestro_core.terms import FAILED, ReviewState
from maestro_core.workspace import Workspace

WIDEST_GAP = timedelta(days=60)

Days = dict[str, set[date]]
"""For each measure, the days that are counted anew."""


def _by_people(account_id: Any) -> ColumnElement[bool]:
    """Somebody whom the tool deleted counts as a person."""
    return ~exists().where(Account.id == account_id, Account.person_id == Person.id, Person.is_bot)


_ACCEPTED = PullRequest.merged_at.is_not(None)
_COUNTED: dict[str, tuple[Any, Any, tuple[ColumnElement[bool], ...]]] = {
    "pull_requests_opened": (PullRequest.created_at, PullRequest.project_id, (_by_people(PullRequest.author_id),)),
    "pull_requests_merged": (
        PullRequest.merged_at,
        PullRequest.project_id,
        (_ACCEPTED, _by_people(PullRequest.author_id)),
    ),
    "reviews": (
        Review.submitted_at,
        PullRequest.project_id,
        (
            Review.pull_request_id == PullRequest.id,
            Review.state != ReviewState.NOTE,
            _by_people(Review.account_id),
        ),
    ),
    "pipeline_runs": (PipelineRun.created_at, PipelineRun.project_id, ()),
    "pipeline_failures": (PipelineRun.created_at, PipelineRun.project_id, (PipelineRun.outcome.in_(FAILED),)),
}
"""The moment, the project and what else must hold of each row that a measure counts."""
_WHO: dict[str, tuple[Any, tuple[ColumnElement[bool], ...]]] = {
    "pull_requests_opened": (PullRequest.author_id, ()),
    "pull_requests_merged": (PullRequest.author_id, ()),
    "reviews": (Review.account_id, (Review.pull_request_id == PullRequest.id,)),
}
"""Whose work a measure counts."""


def recount_delivery_days(ws: Workspace, *, project_id: UUID, days: Mapping[str, Collection[date]]) -> None:
    """Count these days anew over all sources of a project: what people did, without programs, and what ran.

    pull_requests_opened and pull_requests_merged: on the day of either. reviews: without notes. pipeline_runs: every
    attempt, on the day it was created; what their jobs cost is summed anew once all is stored. pipeline_failures: of
    these, failed, timed out or not started.
    """
    forget_pipeline_weeks(ws, project_id, days.get("pipeline_runs", ()))
    for measure, told in days.items():
        for some in chunks(sorted(told)):
            _recount(ws, project_id, measure, some)


def days_of_people(ws: Workspace, person_ids: Collection[UUID]) -> dict[UUID, Days]:
    """By project, the days on which work of these persons is counted, or would be if they were no programs."""
    days: dict[UUID, Days] = {}
    for measure, (account_id, joined) in _WHO.items():
        moment, project, _ = _COUNTED[measure]
        told = select(project, moment).where(*joined, moment.is_not(None), account_id == Account.id)
        for project_id, at in ws.session.execute(told.where(Account.person_id.in_(list(person_ids)))):
            days.setdefault(project_id, {}).setdefault(measure, set()).add(at.date())
    return days


def _recount(ws: Workspace, project_id: UUID, measure: str, days: Collection[date]) -> None:
    counts = [(_day(day), value) for day, value in ws.session.execute(_counts(ws, project_id, measure, days))]
    mine = (ProcessMetric.project_id == project_id, ProcessMetric.measure == measure)
    ws.session.execute(delete(ProcessMetric).where(*mine, ProcessMetric.day.in_(days)))
    rows = [
        {"project_id": project_id, "day": day, "measure": measure, "value": float(value)}
        for day, value in counts
        if day in days
    ]
    if rows:
        ws.session.execute(insert(ProcessMetric), rows)


def _counts(ws: Workspace, project_id: UUID, measure: str, days: Collection[date]) -> Select[Any, int]:
    moment, project, conditions = _COUNTED[measure]
    day = _utc_day(ws, moment)
    return select(day, func.count()).where(project == project_id, *conditions, _within(moment, days)).group_by(day)


def _within(moment: Any, days: Collection[date]) -> ColumnElement[bool]:
    """These days, and some between, as few spans of time that an index serves."""
    return or_(
        *(and_(moment >= _midnight(first), moment < _midnight_after(last)) for first, last in _spans(sorted(days)))
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


def _midnight_after(day: date) -> datetime:
    # A tool may tell the last day that there is.
    return _midnight(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=UTC)


def _utc_day(ws: Workspace, moment: Any) -> ColumnElement[Any]:
    if is_sqlite(ws.session.connection()):
        return func.date(moment)
    return cast(func.timezone("UTC", moment), Date)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
