"""The rows of CI pipelines that reports measure: narrow where there may be many, summed where there are more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Float, Select, Subquery, and_, case, func, literal, null, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from maestro_core.models import PipelineJob, PipelineRun, Project
from maestro_core.scoring.pipeline_failures import PATTERN
from maestro_core.scoring.pipelines import FAILED, WASTED
from maestro_core.terms import Period, PipelineOutcome
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]
MOMENTS = ("created_at", "started_at", "finished_at")
JOB_KEYS = ["project", "pipeline", "job", "sha"]


class Seconds(FunctionElement[float]):
    """A moment as seconds since 1970. A hundred thousand of these are read in the time of a few thousand datetimes."""

    inherit_cache = True
    type = Float()


@compiles(Seconds)
def _seconds(element: Seconds, compiler: Any, **options: Any) -> str:
    return f"CAST(EXTRACT(epoch FROM {compiler.process(element.clauses, **options)}) AS DOUBLE PRECISION)"


@compiles(Seconds, "sqlite")
def _seconds_on_sqlite(element: Seconds, compiler: Any, **options: Any) -> str:
    return f"((julianday({compiler.process(element.clauses, **options)}) - 2440587.5) * 86400.0)"


@dataclass(frozen=True)
class Scope:
    """Which runs are looked at; without names of pipelines, all of them."""

    projects: Collection[UUID]
    period: Period
    pipelines: Collection[str] = ()

    @property
    def runs(self) -> ColumnElement[bool]:
        """The condition on a run. It belongs to a period by its creation, which a re-run keeps in most tools."""
        return and_(self.named, PipelineRun.created_at >= self.period.start, PipelineRun.created_at < self.period.end)

    @property
    def named(self) -> ColumnElement[bool]:
        """The same for runs of any time."""
        chosen = (PipelineRun.pipeline.in_(self.pipelines),) if self.pipelines else ()
        return and_(PipelineRun.project_id.in_(self.projects), *chosen)


def run_rows(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """One row for each run: project, pipeline, outcome, attempt, created_at, started_at, finished_at."""
    moments = (Seconds(getattr(PipelineRun, name)).label(name) for name in MOMENTS)
    columns = (Project.name.label("project"), PipelineRun.pipeline, PipelineRun.outcome, PipelineRun.attempt, *moments)
    rows = ws.frame(select(*columns).join(Project, Project.id == PipelineRun.project_id).where(scope.runs))
    return rows.assign(**{name: _moments(rows[name]) for name in MOMENTS})


def minute_rows(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """Minutes summed by job: project, pipeline, job, executions, measured (how many have both times), minutes.

    Of these failed_minutes, cancelled_minutes and rerun_minutes, each minute in one of them at most.
    """
    # The key that tells most apart first: SQLite sorts, and compares half as much.
    return _summed(ws, scope, by=("job", "pipeline", "project"))


def minute_totals(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """The same summed over everything, in one row: without keys to sort by, at a quarter of the cost."""
    return _summed(ws, scope, by=())


def failure_rows(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """One row for each job that failed, see `scoring.pipeline_failures`, with the sha of its commit."""
    done = _executions(scope)
    columns = (*(done.c[name] for name in PATTERN), done.c.sha, Seconds(done.c.begun_at).label("started_at"))
    rows = ws.frame(select(*columns).where(done.c.outcome.in_(FAILED)))
    return rows.assign(started_at=_moments(rows["started_at"]))


def failed_commit_rows(ws: Workspace, scope: Scope, *, failures: pd.DataFrame) -> pd.DataFrame:
    """Each commit on which a job failed, once: project, pipeline, job, sha, passed (whether it passed there too)."""
    failed = failures.dropna(subset="sha")[JOB_KEYS].drop_duplicates()
    passed = ws.frame(_passing(scope)).assign(passed=True)
    joined = failed.merge(passed, on=JOB_KEYS, how="left")
    return joined.assign(passed=joined["passed"].notna())


def failed_job_rows(ws: Workspace, scope: Scope, *, job: str, step: str | None, limit: int) -> pd.DataFrame:
    """The latest failures of a job, in a step if it is named, with their links."""
    done = _executions(scope)
    names = ("project", "pipeline", "job", "step", "outcome", "branch", "sha", "begun_at", "url")
    wanted = (done.c.outcome.in_(FAILED), done.c.job == job, *((done.c.step == step,) if step else ()))
    latest = select(*(done.c[name] for name in names)).where(*wanted).order_by(done.c.begun_at.desc()).limit(limit)
    return ws.frame(latest).rename(columns={"begun_at": "started_at"})


def latest_run_rows(ws: Workspace, scope: Scope, *, outcomes: Collection[PipelineOutcome], limit: int) -> pd.DataFrame:
    """The latest runs, of these outcomes if any are named, with their links."""
    run = PipelineRun
    columns = (
        run.id.label("run_id"), Project.name.label("project"), run.pipeline, run.branch, run.sha, run.trigger,
        run.attempt, run.outcome, run.created_at, run.started_at, run.finished_at, run.url,
    )  # fmt: skip
    wanted = (scope.runs, *((run.outcome.in_(outcomes),) if outcomes else ()))
    joined = select(*columns).join(Project, Project.id == run.project_id).where(*wanted)
    return ws.frame(joined.order_by(run.created_at.desc(), run.id).limit(limit))


def _summed(ws: Workspace, scope: Scope, *, by: Collection[str]) -> pd.DataFrame:
    done = _executions(scope)
    minutes, first = done.c.minutes, done.c.attempt <= 1
    kinds = {
        "failed_minutes": and_(first, done.c.run_outcome.in_(FAILED)),
        "cancelled_minutes": and_(first, done.c.run_outcome == PipelineOutcome.CANCELLED),
        "rerun_minutes": ~first,
    }
    keys = [done.c[name] for name in by]
    sums = (func.sum(case((kind, minutes))).label(name) for name, kind in kinds.items())
    counts = (func.count().label("executions"), func.count(minutes).label("measured"))
    rows = ws.frame(select(*keys, *counts, func.sum(minutes).label("minutes"), *sums).group_by(*keys))
    return rows.fillna(dict.fromkeys(("minutes", *WASTED), 0.0))


def _executions(scope: Scope, *, of: Query | None = None) -> Subquery:
    """What was executed: the jobs of runs, and whole runs where no job is known, as Jenkins tells them.

    `of` selects the keys of the runs to look at, where these are few.
    """
    job, run = PipelineJob, PipelineRun
    of_run = (Project.name.label("project"), run.pipeline, run.sha, run.branch, run.attempt)
    jobs = select(
        *of_run, run.outcome.label("run_outcome"), job.name.label("job"), job.stage, job.failed_step.label("step"),
        job.failure_reason.label("reason"), job.outcome, job.url,
        func.coalesce(job.started_at, job.created_at, run.created_at).label("begun_at"), _minutes(job).label("minutes"),
    ).join_from(run, job, job.run_id == run.id)  # fmt: skip
    nothing = [null().label(name) for name in ("stage", "step", "reason")]
    whole = select(
        *of_run, run.outcome.label("run_outcome"), literal("").label("job"), *nothing, run.outcome, run.url,
        func.coalesce(run.started_at, run.created_at).label("begun_at"), _minutes(run).label("minutes"),
    ).where(~select(job.id).where(job.run_id == run.id).exists())  # fmt: skip
    chosen = (scope.runs, *((run.id.in_(of),) if of is not None else ()))
    arms = (arm.join(Project, Project.id == run.project_id).where(*chosen) for arm in (jobs, whole))
    return union_all(*arms).subquery("executions")


def _failing(scope: Scope) -> CTE:
    done = _executions(scope)
    keys = (done.c[name] for name in JOB_KEYS)
    return select(*keys).where(done.c.outcome.in_(FAILED), done.c.sha.is_not(None)).distinct().cte("failing")


def _passing(scope: Scope) -> Query:
    """Which of the failing passed on the same commit; only the runs of these commits are looked at."""
    failing = _failing(scope)
    shas = select(failing.c.sha)
    done = _executions(scope, of=select(PipelineRun.id).where(scope.runs, PipelineRun.sha.in_(shas)))
    same = and_(*(done.c[name] == failing.c[name] for name in JOB_KEYS))
    keys = (failing.c[name] for name in JOB_KEYS)
    return select(*keys).join_from(failing, done, same).where(done.c.outcome == PipelineOutcome.SUCCESS).distinct()


def _minutes(of: type[PipelineJob] | type[PipelineRun]) -> ColumnElement[Any]:
    """Minutes from start to end, 0 where the end comes first; nothing where either is missing."""
    took = (Seconds(of.finished_at) - Seconds(of.started_at)) / 60
    # Moments are compared as they are stored, which costs less than counting their seconds twice.
    return case((of.finished_at < of.started_at, 0.0), else_=took)


def _moments(seconds: pd.Series[Any]) -> pd.Series[Any]:
    # SQLite counts in whole milliseconds; as fractions of a second they would come back a little off.
    return pd.to_datetime((seconds * 1e3).round(), unit="ms", utc=True).astype("datetime64[us, UTC]")
