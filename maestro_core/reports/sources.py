"""The tools that facts come from: how they stand, how their refreshes went, what was odd in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, func, select

from maestro_core.access import Permission
from maestro_core.models import DataQualityIssue, DataSource, Project, RefreshRun, TrackedExperiment
from maestro_core.reports import Frame, Report, report
from maestro_core.terms import RunState, SourceKind
from maestro_core.workspace import Workspace


class Sources(Report):
    """Every source with its last refresh.

    Columns: id, kind, name, location, has_credentials, projects (names, sorted), state (of the last refresh; None
    before the first), message, done, total, rows (stored by the last refresh), error, advice, requested_at,
    refreshed_at (last success), next_due_at (None while one is queued or running, and for what is pushed).
    """

    sources: Frame


class RefreshRuns(Report):
    """Refreshes, newest first.

    Columns: id, source_id, source, kind, state, requested_at, started_at, heartbeat_at, finished_at, message, done,
    total, rows, error, advice, seconds (how long it took).
    """

    runs: Frame


class QualityIssues(Report):
    """Odd things in what sources gave. Columns: source_id, source, kind, subject, detail, found_at; newest first."""

    issues: Frame


@report(Permission.VIEW_SOURCES)
def sources(ws: Workspace, *, refresh_minutes: int = 60) -> Sources:
    """Every source, how its last refresh went, and when the next is due; never a credential."""
    found = ws.frame(_sources_with_last_run()).merge(_projects(ws), on="id", how="left")
    found["projects"] = [names if isinstance(names, list) else [] for names in found["projects"]]
    ended = found["finished_at"].notna()
    due = (found["finished_at"] + timedelta(minutes=refresh_minutes)).where(ended, ws.now)
    waiting = found["state"].isin([RunState.QUEUED, RunState.RUNNING])
    found["next_due_at"] = due.mask(waiting | (found["kind"] == SourceKind.PUSH)).astype("datetime64[us, UTC]")
    return Sources(sources=found.drop(columns="finished_at"))


@report(Permission.VIEW_SOURCES)
def refresh_runs(ws: Workspace, *, source_id: UUID | None = None, limit: int = 50) -> RefreshRuns:
    """The last refreshes, of one source or of all."""
    columns = (
        RefreshRun.id, RefreshRun.source_id, DataSource.name.label("source"), DataSource.kind, RefreshRun.state,
        RefreshRun.requested_at, RefreshRun.started_at, RefreshRun.heartbeat_at, RefreshRun.finished_at,
        RefreshRun.message, RefreshRun.done, RefreshRun.total, RefreshRun.rows, RefreshRun.error, RefreshRun.advice,
    )  # fmt: skip
    query = select(*columns).join(DataSource, DataSource.id == RefreshRun.source_id)
    if source_id:
        query = query.where(RefreshRun.source_id == source_id)
    runs = ws.frame(query.order_by(RefreshRun.requested_at.desc(), RefreshRun.id.desc()).limit(limit))
    seconds = (runs["finished_at"] - runs["started_at"]).dt.total_seconds()
    return RefreshRuns(runs=runs.assign(seconds=seconds))


@report(Permission.VIEW_SOURCES)
def quality_issues(ws: Workspace, *, source_id: UUID | None = None) -> QualityIssues:
    """What was odd in the data, and what Maestro did about it."""
    issue = DataQualityIssue
    columns = (
        issue.source_id,
        DataSource.name.label("source"),
        issue.kind,
        issue.subject,
        issue.detail,
        issue.found_at,
    )
    query = select(*columns).join(DataSource, DataSource.id == issue.source_id)
    if source_id:
        query = query.where(issue.source_id == source_id)
    return QualityIssues(issues=ws.frame(query.order_by(issue.found_at.desc(), issue.id.desc())))


def _sources_with_last_run() -> Select[Any]:
    order = func.row_number().over(
        partition_by=RefreshRun.source_id, order_by=(RefreshRun.requested_at.desc(), RefreshRun.id.desc())
    )
    last = select(RefreshRun, order.label("place")).subquery()
    columns = (
        DataSource.id, DataSource.kind, DataSource.name, DataSource.location,
        DataSource.credentials.is_not(None).label("has_credentials"),
        last.c.state, last.c.message, last.c.done, last.c.total, last.c.rows, last.c.error, last.c.advice,
        last.c.requested_at, DataSource.refreshed_at, last.c.finished_at,
    )  # fmt: skip
    joined = select(*columns).outerjoin(last, (last.c.source_id == DataSource.id) & (last.c.place == 1))
    return joined.order_by(DataSource.kind, DataSource.name, DataSource.id)


def _projects(ws: Workspace) -> pd.DataFrame:
    """The names of the projects that each source tells about."""
    of_source = select(DataSource.id, Project.name).join(Project, Project.id == DataSource.project_id)
    of_experiments = select(TrackedExperiment.source_id.label("id"), Project.name).join(
        Project, Project.id == TrackedExperiment.project_id
    )
    names = pd.concat([ws.frame(of_source), ws.frame(of_experiments)]).drop_duplicates().sort_values("name")
    return names.groupby("id", sort=False)["name"].agg(list).rename("projects").reset_index()
