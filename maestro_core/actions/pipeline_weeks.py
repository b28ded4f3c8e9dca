"""Summing what CI jobs cost by week, so that pages need not read every job: see `reports.pipeline_weeks`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select

from maestro_core.database import chunks
from maestro_core.models import ProcessMetric, Project
from maestro_core.reports.pipeline_executions import SUMS, Scope, job_sums
from maestro_core.reports.pipeline_weeks import MADE, SUMMED, WEEK, is_week_sum, monday, sum_of, week_from
from maestro_core.workspace import Workspace

FEWEST_JOBS_TO_A_SUM = 10
"""Below, the jobs of a week are as fast to read as their sums, and these would fill the database."""

LONGEST_MEASURE = 2_000
"""In bytes: an index entry of PostgreSQL holds 2,704, and names of jobs may be longer."""


def sum_pipeline_weeks(ws: Workspace, project_id: UUID) -> None:
    """Sum the weeks of a project that are over, where their runs or the way to sum changed since they were summed."""
    if not _unsummed(ws, project_id):
        return
    # What is pushed into one of these weeks waits, and then forgets its sums.
    ws.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    unsummed = _unsummed(ws, project_id)
    forget_pipeline_weeks(ws, project_id, unsummed)
    for first in unsummed:
        rows = list(_sums(ws, project_id, first))
        ws.session.execute(insert(ProcessMetric), [{"project_id": project_id, "day": first} | row for row in rows])


def forget_pipeline_weeks(ws: Workspace, project_id: UUID, days: Collection[date]) -> None:
    """Forget the sums of the weeks of these days, whose runs or jobs change."""
    mine = (ProcessMetric.project_id == project_id, is_week_sum())
    for some in chunks(sorted({monday(day) for day in days})):
        ws.session.execute(delete(ProcessMetric).where(*mine, ProcessMetric.day.in_(some)))


def _unsummed(ws: Workspace, project_id: UUID) -> list[date]:
    """The Mondays of weeks with runs that are over and have no sums."""
    with_runs = {monday(day) for day in _days(ws, project_id, "pipeline_runs")}
    # Clocks of tools may stand at the end of all days, behind which no week ends.
    over = {first for first in with_runs if first <= (ws.now - WEEK).date()}
    # A week of few jobs is read from these, however sums are made.
    return sorted(over - set(_days(ws, project_id, SUMMED, ProcessMetric.value.in_((0, MADE)))))


def _days(ws: Workspace, project_id: UUID, measure: str, *conditions: ColumnElement[bool]) -> Iterator[date]:
    counted = select(ProcessMetric.day).where(ProcessMetric.project_id == project_id, ProcessMetric.measure == measure)
    return iter(ws.session.scalars(counted.where(*conditions)))


def _sums(ws: Workspace, project_id: UUID, first: date) -> Iterator[dict[str, Any]]:
    """The measures of a week and their values: that it was summed, and its sums where they save reading jobs."""
    sums = job_sums(ws, Scope([project_id], week_from(first)), by=("job", "pipeline"))
    long = sums.melt(id_vars=["pipeline", "job"], value_vars=list(SUMS), var_name="kind")
    long = long[long["value"] != 0]
    measures = list(map(sum_of, long["kind"], long["pipeline"], long["job"]))
    is_worth_it = sums["executions"].sum() >= FEWEST_JOBS_TO_A_SUM * len(long)
    is_stored = is_worth_it and all(len(measure.encode()) <= LONGEST_MEASURE for measure in measures)
    yield {"measure": SUMMED, "value": float(MADE if is_stored else 0)}
    if is_stored:
        yield from (
            {"measure": name, "value": float(value)} for name, value in zip(measures, long["value"], strict=True)
        )
