"""The rows behind the numbers of CI pipelines over REST: which pipelines, their latest runs, and failures of a job."""

from __future__ import annotations

from typing import Annotated, TypedDict
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.depends import ForReading, ThePeriod
from app.api.teams import Team, ThesePipelines
from maestro_core.actions.entry_fields import Words
from maestro_core.reports import pipelines as reports
from maestro_core.reports.pipelines import Rows
from maestro_core.terms import Period, PipelineOutcome

router = APIRouter(prefix="/teams/{project_id}", tags=["teams"])

Limit = Annotated[int, Query(ge=1, le=5_000)]


class Asked(TypedDict):
    """Whose runs, from when, and of which pipelines."""

    projects: list[UUID]
    period: Period
    pipelines: list[str]


def _asked(team: Team, period: ThePeriod, pipeline: ThesePipelines = None) -> Asked:
    return Asked(projects=[team], period=period, pipelines=pipeline or [])


These = Annotated[Asked, Depends(_asked)]


@router.get("/pipelines")
def pipelines(ws: ForReading, team: Team) -> list[str]:
    """The names of the pipelines that a project ever ran, to ask for some of them."""
    return reports.names(ws, projects=[team])


@router.get("/pipeline-runs")
def latest_runs(
    ws: ForReading,
    these: These,
    outcome: Annotated[list[PipelineOutcome] | None, Query(description="Only runs that ended so")] = None,
    limit: Limit = 200,
) -> Rows:
    """The latest runs with branch, commit, times in minutes and link."""
    return reports.latest_runs(ws, **these, outcomes=outcome or (), limit=limit)


@router.get("/failed-jobs")
def failed_jobs(
    ws: ForReading,
    these: These,
    job: Annotated[Words, Query(description="Of which job", examples=["lint"])],
    step: Annotated[Words | None, Query(description="In which of its steps; without it, in any")] = None,
    limit: Limit = 100,
) -> Rows:
    """The latest failures of a job, with the step that failed, branch, commit and link."""
    return reports.failed_jobs(ws, **these, job=job, step=step, limit=limit)
