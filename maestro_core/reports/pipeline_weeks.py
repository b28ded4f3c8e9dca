"""What CI jobs cost, by job: whole weeks from the sums that the refresh stored, the rest from the jobs themselves.

A sum is a `ProcessMetric` on the Monday of its week in UTC. Its measure is `PREFIX` and, as JSON, what it sums of which
job of which pipeline; that a week was summed is a measure too. A week without is read job by job: sums are never needed
for an answer, only for a fast one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pandas as pd
from sqlalchemy import ColumnElement, func, select

from maestro_core.models import ProcessMetric, Project
from maestro_core.reports.pipeline_executions import SUMS, TIMES, Scope, job_sums
from maestro_core.terms import Period
from maestro_core.workspace import Workspace

PREFIX = "pipeline week "
SUMMED = f"{PREFIX}summed"
"""`MADE` as its value on a week whose sums are stored, 0 on one whose jobs are so few that they are as fast to read."""

MADE = 3
"""How sums are made now. Those made in another way are not read, and made anew at the next refresh of their project."""

WEEK = timedelta(days=7)
KEYS = ["project", "pipeline", "job"]
MINUTE = 60_000


def minute_rows(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """Minutes summed by job: project, pipeline, job, executions, measured (how many have both times), minutes.

    Of these failed_minutes, cancelled_minutes and rerun_minutes, each minute in one of them at most.
    """
    weeks = _summed_weeks(ws, scope)
    parts = (job_sums(ws, part) for part in _unsummed(scope, weeks))
    sums = pd.concat([_stored_sums(ws, scope, weeks), *parts]).groupby(KEYS)[list(SUMS)].sum().reset_index()
    minutes = {"minutes" if kind == "total" else f"{kind}_minutes": sums[kind] / MINUTE for kind in TIMES}
    return sums.drop(columns=list(TIMES)).assign(**minutes)


def sum_of(kind: str, pipeline: str, job: str) -> str:
    """The measure of a sum.

    >>> sum_of("failed", "CI", "test (3.11)")
    'pipeline week ["failed", "CI", "test (3.11)"]'
    """
    return PREFIX + json.dumps([kind, pipeline, job], ensure_ascii=False)


def is_week_sum() -> ColumnElement[bool]:
    """Whether a measure is of a week, and no count of a day."""
    return ProcessMetric.measure.startswith(PREFIX, autoescape=True)


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def week_from(first: date) -> Period:
    start = datetime.combine(first, time(), UTC)
    return Period(start, start + WEEK)


def _summed_weeks(ws: Workspace, scope: Scope) -> dict[UUID, list[date]]:
    """The Mondays of whole weeks in the period whose sums are stored, by project."""
    metric = ProcessMetric
    lasts = (scope.period.end - WEEK).date()
    told = select(metric.project_id, metric.day).where(
        metric.project_id.in_(scope.projects), metric.measure == SUMMED, metric.value == MADE,
        metric.day >= scope.period.start.date(), metric.day <= lasts,
    )  # fmt: skip
    weeks: dict[UUID, list[date]] = {}
    for project_id, first in ws.session.execute(told.order_by(metric.day)):
        if week_from(first).start >= scope.period.start:
            weeks.setdefault(project_id, []).append(first)
    return weeks


def _stored_sums(ws: Workspace, scope: Scope, weeks: dict[UUID, list[date]]) -> pd.DataFrame:
    """What is stored of these weeks: project, pipeline, job and `SUMS`."""
    days = [day for mine in weeks.values() for day in mine] or [date.max]
    metric = ProcessMetric
    told = (
        select(Project.name.label("project"), metric.measure, func.sum(metric.value).label("value"))
        .join(Project, Project.id == metric.project_id)
        .where(metric.project_id.in_(weeks), metric.day >= min(days), metric.day <= max(days))
        .where(is_week_sum(), metric.measure != SUMMED)
        .group_by(Project.name, metric.measure)
    )
    rows = ws.frame(told)
    parts = [json.loads(measure.removeprefix(PREFIX)) for measure in rows["measure"]]
    kinds = pd.DataFrame(parts, columns=["kind", "pipeline", "job"], index=rows.index, dtype=object)
    table = rows.join(kinds)
    chosen = table[table["pipeline"].isin(scope.pipelines)] if scope.pipelines else table
    sums = chosen.pivot_table(index=KEYS, columns="kind", values="value", aggfunc="sum", fill_value=0)
    return sums.reindex(columns=list(SUMS), fill_value=0).astype("int64").reset_index()


def _unsummed(scope: Scope, weeks: dict[UUID, list[date]]) -> Iterator[Scope]:
    """What is left of the period, project by project where they differ."""
    left: dict[tuple[Period, ...], list[UUID]] = {}
    for project_id in scope.projects:
        left.setdefault(tuple(_between(scope.period, weeks.get(project_id, ()))), []).append(project_id)
    return (Scope(mine, scope.period, scope.pipelines, parts) for parts, mine in left.items() if parts)


def _between(period: Period, weeks: Collection[date]) -> Iterator[Period]:
    """The parts of a period outside these weeks, which are in order."""
    start = period.start
    for week in map(week_from, weeks):
        if start < week.start:
            yield Period(start, week.start)
        start = week.end
    if start < period.end:
        yield Period(start, period.end)
