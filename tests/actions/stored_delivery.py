"""Batches of tools of delivery made by hand, and what they left in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import select

from maestro_core.actions.store_delivery import store_delivery
from maestro_core.collectors.delivery import (
    DeliveryBatch,
    SeenAccount,
    SeenDeployment,
    SeenIssue,
    SeenPipelineJob,
    SeenPipelineRun,
    SeenPullRequest,
    SeenRelease,
    SeenReview,
)
from maestro_core.models import (
    Account,
    Base,
    DataQualityIssue,
    DataSource,
    DeploymentEvent,
    Issue,
    Person,
    PipelineJob,
    PipelineRun,
    ProcessMetric,
    PullRequest,
    Release,
    Review,
    new_key,
)
from maestro_core.reports.pipeline_weeks import PREFIX
from maestro_core.terms import PipelineOutcome, ReviewState, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
TUESDAY = datetime(2026, 6, 2, 9, tzinfo=UTC)
ADA = SeenAccount(SourceKind.GITHUB, "github.com/1", "ada", "Ada@Example.org")
BOB = SeenAccount(SourceKind.GITHUB, "github.com/2", "bob")
ROBOT = SeenAccount(SourceKind.GITHUB, "github.com/3", "helper", is_bot=True)
TABLES: tuple[type[Base], ...] = (
    *(PullRequest, Review, PipelineRun, PipelineJob, DeploymentEvent, Release, Issue),
    *(Account, Person, ProcessMetric, DataQualityIssue),
)


def a_source(ws: Workspace, kind: SourceKind = SourceKind.GITHUB, **facts: Any) -> DataSource:
    """A source of a project; of a new one where none is told."""
    key = new_key()
    told = {"name": "app", "location": f"https://example.org/{key}", "created_at": ws.now} | facts
    source = DataSource(id=key, kind=kind, cursor={}, **{"project_id": told.get("project_id") or a_project(ws)} | told)
    ws.session.add(source)
    ws.session.flush()
    return source


def told(ws: Workspace, source: DataSource, **rows: Any) -> int:
    return store_delivery(ws, source, DeliveryBatch(cursor={"at": 1}, message="", done=0, total=None, **rows))


def a_pull_request(number: str = "7", **facts: Any) -> SeenPullRequest:
    known = SeenPullRequest(
        external_id=number,
        title="Add a thing",
        url=f"https://example.org/{number}",
        author=ADA,
        created_at=MONDAY,
        updated_at=MONDAY,
        head_branch="thing",
        base_branch="main",
    )
    return replace(known, **facts)


def a_review(pull_request: str = "7", number: str = "70", **facts: Any) -> SeenReview:
    known = SeenReview(
        pull_request=pull_request,
        external_id=number,
        account=BOB,
        state=ReviewState.APPROVED,
        submitted_at=TUESDAY,
    )
    return replace(known, **facts)


def a_run(number: str = "9", **facts: Any) -> SeenPipelineRun:
    known = SeenPipelineRun(
        external_id=number,
        attempt=1,
        pipeline="tests",
        url=f"https://example.org/runs/{number}",
        trigger="push",
        created_at=MONDAY,
        outcome=PipelineOutcome.SUCCESS,
    )
    return replace(known, **facts)


def a_job(run: str = "9", number: str = "90", **facts: Any) -> SeenPipelineJob:
    return replace(SeenPipelineJob(run=run, attempt=1, external_id=number, name="unit", url=""), **facts)


def everything_told() -> dict[str, Any]:
    """One row of each kind."""
    return {
        "pull_requests": (a_pull_request(merged_at=TUESDAY, merged_by=BOB, labels=("bug",)),),
        "reviews": (a_review(),),
        "runs": (a_run(),),
        "jobs": (a_job(),),
        "deployments": (SeenDeployment(external_id="5", environment="production", created_at=MONDAY),),
        "releases": (SeenRelease(external_id="6", tag="v1", released_at=MONDAY),),
        "issues": (SeenIssue(external_id="8", title="Down", created_at=MONDAY, updated_at=MONDAY, labels=("sev1",)),),
    }


def days(ws: Workspace, project_id: UUID | None) -> dict[tuple[str, str], float]:
    columns = select(ProcessMetric.measure, ProcessMetric.day, ProcessMetric.value)
    rows = ws.session.execute(columns.where(ProcessMetric.project_id == project_id))
    return {(measure, str(day)): value for measure, day, value in rows}


def everything(ws: Workspace) -> dict[str, pd.DataFrame]:
    """All that is stored, with the keys, in the order of these."""
    frames = {table.__name__: ws.frame(select(*table.__table__.columns)).astype(str) for table in TABLES}
    return {name: frame.sort_values(list(frame.columns), ignore_index=True) for name, frame in frames.items()}


def without_metric_keys(told: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Days are counted anew, under new keys; weeks are summed in their own time."""
    counted = told["ProcessMetric"]
    days = counted[~counted["measure"].str.startswith(PREFIX)].drop(columns="id")
    return told | {"ProcessMetric": days.sort_values(list(days.columns), ignore_index=True)}
