"""CI pipelines: where minutes and failures go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.models import PipelineRun
from maestro_core.reports import Frame, Report, coverage, report
from maestro_core.reports.coverage import Seen, seen
from maestro_core.reports.pipeline_executions import Scope
from maestro_core.reports.pipeline_rows import (
    failed_commit_rows,
    failed_job_rows,
    failure_rows,
    latest_run_rows,
    nameless_run_rows,
    run_rows,
)
from maestro_core.reports.pipeline_weeks import minute_rows
from maestro_core.scoring import pipeline_failures as failing
from maestro_core.scoring import pipelines as scoring
from maestro_core.scoring.git_activity import Calendar
from maestro_core.terms import Measured, Period, PipelineOutcome
from maestro_core.workspace import Workspace

QUIET = timedelta(days=0.1)
"""So long, for each day of a period, may pass until its first run: a quiet start is no missing one."""


class RunMeasures(Report):
    """What is measured of the runs of one period, and what they cost."""

    success_rate: Measured[float]
    duration: Measured[float]
    mean_duration: Measured[float]
    duration_p90: Measured[float]
    queue_time: Measured[float]
    runs: Measured[int]
    failed_runs: Measured[int]
    rerun_rate: Measured[float]
    minutes: Measured[float]
    wasted: Measured[float]


class Pipelines(Report):
    """Everything the pipelines page shows of some projects, a period and some of their pipelines."""

    now: RunMeasures
    before: RunMeasures
    """Of a period that began before the first run that is known, what adds up is missing: it would be of less time."""
    flaky_jobs: Measured[int]
    flakiness: Measured[float]
    by_outcome: Frame
    """outcome, runs, mean, median, p90 (minutes)."""
    weekly: Frame
    """See `scoring.pipelines.weekly`."""
    by_pipeline: Frame
    """See `scoring.pipelines.by_pipeline`."""
    by_job: Frame
    """project, pipeline, job, executions, measured, minutes, failed_minutes, cancelled_minutes, rerun_minutes."""
    patterns: Frame
    """Failures that look alike: project, pipeline, job, step, cause, rule, failures, last_at."""
    causes: Frame
    """cause, failures, share."""
    failures_by_hour: Frame
    """7 weekdays × 24 hours, in the organisation's time zone."""
    flaky: Frame
    """project, pipeline, job, flaky, commits, value, low, high (flakiness)."""
    backwards: int
    """Runs whose times run backwards, which count as 0 minutes."""
    time_zone: str
    coverage: Seen


class Rows(Report):
    """Rows behind a number, the latest first."""

    rows: Frame


@report(Permission.VIEW_DELIVERY)
def pipelines(
    ws: Workspace, *, projects: Collection[UUID], period: Period, pipelines: Collection[str] = ()
) -> Pipelines:
    """How the CI pipelines of these projects did in the period, against the one before; without names, all of them."""
    scope, earlier = (Scope(projects, span, pipelines) for span in (period, period.before))
    runs, minutes, failures = run_rows(ws, scope), minute_rows(ws, scope), failure_rows(ws, scope)
    commits, found = failed_commit_rows(ws, scope, failures=failures), failing.patterns(failures)
    zone = ws.tenant.time_zone
    return Pipelines(
        now=_measures(runs, minutes),
        before=_seen_whole(ws, earlier, _measures(nameless_run_rows(ws, earlier), minute_rows(ws, earlier))),
        flaky_jobs=failing.flaky_jobs(commits),
        flakiness=failing.flakiness(commits),
        by_outcome=scoring.by_outcome(runs),
        weekly=scoring.weekly(runs, period=period, calendar=Calendar(zone, ws.tenant.week_starts_on)),
        by_pipeline=scoring.by_pipeline(runs, minutes),
        by_job=minutes.sort_values("minutes", ascending=False, kind="stable", ignore_index=True),
        patterns=found,
        causes=failing.causes(found),
        failures_by_hour=failing.failures_by_hour(failures, zone=zone),
        flaky=failing.flaky_table(commits),
        backwards=scoring.backwards(runs),
        time_zone=zone,
        coverage=_coverage(ws, projects, pipelines),
    )


@report(Permission.VIEW_DELIVERY)
def names(ws: Workspace, *, projects: Collection[UUID]) -> list[str]:
    """The names of the pipelines that these projects ever ran, sorted."""
    named = select(PipelineRun.pipeline).where(PipelineRun.project_id.in_(projects)).distinct()
    return sorted(ws.session.scalars(named), key=str.casefold)


@report(Permission.VIEW_DELIVERY)
def latest_runs(
    ws: Workspace,
    *,
    projects: Collection[UUID],
    period: Period,
    pipelines: Collection[str] = (),
    outcomes: Collection[PipelineOutcome] = (),
    limit: int = 200,
) -> Rows:
    """The latest runs, of these outcomes if any are named.

    run_id, project, pipeline, branch, sha, trigger, attempt, retried, outcome, created_at, minutes, queue (minutes),
    url. attempt is missing where the tool counts none; retried: how often GitLab ran jobs again within the run.
    """
    rows = latest_run_rows(ws, Scope(projects, period, pipelines), outcomes=outcomes, limit=limit)
    rows = rows.assign(minutes=scoring.duration_minutes(rows), queue=scoring.queue_minutes(rows))
    return Rows(rows=rows.drop(columns=["started_at", "finished_at"]))


@report(Permission.VIEW_DELIVERY)
def failed_jobs(
    ws: Workspace,
    *,
    projects: Collection[UUID],
    period: Period,
    pipelines: Collection[str] = (),
    job: str,
    step: str | None = None,
    limit: int = 100,
) -> Rows:
    """The latest failures of a job, in one of its steps if that is named.

    project, pipeline, job, step, outcome, branch, sha, started_at, url.
    """
    return Rows(rows=failed_job_rows(ws, Scope(projects, period, pipelines), job=job, step=step, limit=limit))


def _measures(runs: pd.DataFrame, minutes: pd.DataFrame) -> RunMeasures:
    return RunMeasures(
        success_rate=scoring.pipeline_success_rate(runs),
        duration=scoring.pipeline_duration(runs),
        mean_duration=scoring.mean_pipeline_duration(runs),
        duration_p90=scoring.pipeline_duration_p90(runs),
        queue_time=scoring.pipeline_queue_time(runs),
        runs=scoring.pipeline_runs(runs),
        failed_runs=scoring.failed_pipeline_runs(runs),
        rerun_rate=scoring.pipeline_rerun_rate(runs),
        minutes=scoring.pipeline_minutes(minutes),
        wasted=scoring.wasted_pipeline_minutes(minutes),
    )


def _seen_whole(ws: Workspace, scope: Scope, measured: RunMeasures) -> RunMeasures:
    """The measures of a period; without its sums, where the tools told of runs only from later on."""
    first = ws.session.scalar(select(func.min(PipelineRun.created_at)).where(scope.named))
    if first is None or first <= scope.period.start + QUIET * scope.period.days:
        return measured
    missing = f"the first run that is known is of {first:%-d %B %Y}"
    return measured.model_copy(
        update={name: type(getattr(measured, name)).missing(missing) for name in ("runs", "failed_runs", "minutes")}
    )


def _coverage(ws: Workspace, projects: Collection[UUID], pipelines: Collection[str]) -> Seen:
    last = select(func.max(PipelineRun.created_at)).where(PipelineRun.project_id.in_(projects))
    last = last.where(PipelineRun.pipeline.in_(pipelines)) if pipelines else last
    return seen(ws, projects=projects, kinds=coverage.PIPELINES, last=last)
