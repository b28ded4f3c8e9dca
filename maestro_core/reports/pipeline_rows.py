"""The rows of CI pipelines that reports measure: narrow where there may be many, the latest with their links."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, literal, null, or_, select, union, union_all
from sqlalchemy.orm import aliased

from maestro_core.database import among
from maestro_core.models import PipelineJob, PipelineRun, Project
from maestro_core.reports.narrow_rows import Seconds, narrow
from maestro_core.reports.pipeline_executions import (
    NO_JOB,
    Query,
    Scope,
    begun,
    executions,
    has_jobs,
    is_of_gitlab,
    told_by,
    word,
)
from maestro_core.terms import FAILED, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace

MOMENTS = ("created_at", "started_at", "finished_at")
JOB_KEYS = ["project", "pipeline", "job", "sha"]
OF_SOMETHING_ELSE = (
    "branch_protection_rule", "check_run", "check_suite", "discussion", "discussion_comment", "issue_comment", "issues",
    "parent_pipeline", "pipeline", "repository_dispatch", "status", "trigger", "workflow_run",
)  # fmt: skip
"""Why GitHub and GitLab run a pipeline of something else than the commit they name: of an event, another repository or
another pipeline. Of these, GitHub names the last commit of the default branch."""
OF_A_MERGE = ("pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_target")
"""Why GitHub runs a pull request merged with its base, and names its last commit."""
ALIKE = ("project_id", "source_id", "pipeline", "sha", "tried")


def run_rows(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """One row for each run: project, pipeline, outcome, rerun, created_at, started_at, finished_at.

    rerun: 1 for a second or later attempt, and where GitLab retried a job within the run; missing of Jenkins, where a
    re-run is a build as any other.
    """
    named = select(Project.name.label("project"), PipelineRun.pipeline, *_run_columns())
    return _runs(ws, named.join(Project, Project.id == PipelineRun.project_id).where(scope.runs))


def nameless_run_rows(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """The same without project and pipeline, where all runs are measured together."""
    return _runs(ws, select(*_run_columns()).where(scope.runs))


def failure_rows(ws: Workspace, scope: Scope) -> pd.DataFrame:
    """One row for each job that failed, see `scoring.pipeline_failures`, with the sha of its commit.

    passed: 1 where the same job passed in the same run of GitLab, which tells so that it ran single jobs again.
    Elsewhere, jobs of one name in a run are parts of a matrix.
    """
    job, run, again = PipelineJob, PipelineRun, aliased(PipelineJob)
    same = and_(again.run_id == job.run_id, again.name == job.name)
    passed = select(again.id).where(same, again.outcome == PipelineOutcome.SUCCESS).exists()
    # Not from all executions: SQLite would put each of them together before it looks at how it ended.
    jobs = select(
        Project.name.label("project"), run.pipeline, job.name.label("job"), job.stage, job.failed_step.label("step"),
        job.failure_reason.label("reason"), word(job.outcome), run.sha, begun(job).label("begun_at"),
        case((is_of_gitlab(), cast(passed, Integer)), else_=0).label("passed"),
    ).join_from(run, job, job.run_id == run.id).where(job.outcome.in_(FAILED))  # fmt: skip
    whole = select(
        Project.name.label("project"), run.pipeline, literal("").label("job"), *NO_JOB, word(run.outcome), run.sha,
        begun(run).label("begun_at"), literal(0).label("passed"),
    ).where(run.outcome.in_(FAILED), ~has_jobs())  # fmt: skip
    arms = (arm.join(Project, Project.id == run.project_id).where(scope.runs) for arm in (jobs, whole))
    failed = union_all(*arms).subquery("failures")
    told = (column for column in failed.c if column.key != "begun_at")
    started = Seconds(failed.c.begun_at).label("started_at")
    return narrow(ws, select(*told, started), moments=("started_at",), numbers=("passed",))


def failed_commit_rows(ws: Workspace, scope: Scope, *, failures: pd.DataFrame) -> pd.DataFrame:
    """Each commit on which a job failed, once: project, pipeline, job, sha, passed (whether it passed there too)."""
    known = failures.dropna(subset="sha")
    failed = known.groupby(JOB_KEYS, sort=False)["passed"].max().astype(bool).reset_index()
    shas = _run_again(ws, scope, known["sha"].unique().tolist())
    if not shas:
        return failed
    joined = failed.merge(ws.frame(_passing(ws, scope, shas)).assign(again=True), on=JOB_KEYS, how="left")
    return joined.assign(passed=joined["passed"] | joined["again"].notna()).drop(columns="again")


def failed_job_rows(ws: Workspace, scope: Scope, *, job: str, step: str | None, limit: int) -> pd.DataFrame:
    """The latest failures of a job, in a step if it is named, with their links."""
    done = executions(scope)
    names = ("project", "pipeline", "job", "step", "outcome", "branch", "sha", "begun_at", "url")
    wanted = (done.c.outcome.in_(FAILED), done.c.job == job, *((done.c.step == step,) if step else ()))
    latest = select(*(done.c[name] for name in names)).where(*wanted).order_by(done.c.begun_at.desc()).limit(limit)
    return ws.frame(latest).rename(columns={"begun_at": "started_at"})


def latest_run_rows(ws: Workspace, scope: Scope, *, outcomes: Collection[PipelineOutcome], limit: int) -> pd.DataFrame:
    """The latest runs, of these outcomes if any are named, with their links.

    attempt: missing of GitLab and Jenkins, which count none. retried: how many executions of jobs came after the first
    of their name, which only GitLab tells within a run; missing where no job is known.
    """
    run = PipelineRun
    columns = (
        run.id.label("run_id"), Project.name.label("project"), run.pipeline, run.branch, run.sha, run.trigger,
        case((~or_(is_of_gitlab(), told_by(SourceKind.JENKINS)), run.attempt)).label("attempt"),
        run.outcome, run.created_at, run.started_at, run.finished_at, run.url,
    )  # fmt: skip
    wanted = (scope.runs, *((run.outcome.in_(outcomes),) if outcomes else ()))
    joined = select(*columns, is_of_gitlab().label("retries")).join(Project, Project.id == run.project_id)
    # Jobs are counted of these only: beside them, SQLite would count those of all runs before it sorts.
    found = joined.where(*wanted).order_by(run.created_at.desc(), run.id).limit(limit).subquery("latest")
    told = [column for column in found.c if column.key != "retries"]
    retried = case((found.c.retries, _retried_jobs(found.c.run_id))).label("retried")
    rows = ws.frame(select(*told, retried).order_by(found.c.created_at.desc(), found.c.run_id))
    return rows.astype({"attempt": "Int64", "retried": "Int64"})


def _run_columns() -> list[ColumnElement[Any]]:
    run = PipelineRun
    return [
        word(run.outcome),
        case(
            (told_by(SourceKind.JENKINS), null()),
            (run.attempt > 1, 1),
            (is_of_gitlab(), _has_retried_jobs()),
            else_=0,
        ).label("rerun"),
        *(Seconds(getattr(run, one)).label(one) for one in MOMENTS),
    ]


def _runs(ws: Workspace, statement: Query) -> pd.DataFrame:
    # Few words, which are looked at again and again.
    return narrow(ws, statement, moments=MOMENTS).astype({"outcome": "category", "rerun": "float64"})


def _retried_jobs(run_id: ColumnElement[Any]) -> ColumnElement[int]:
    job = PipelineJob
    known = func.nullif(func.count(), 0)
    return select(known - func.count(job.name.distinct())).where(job.run_id == run_id).scalar_subquery()


def _has_retried_jobs() -> ColumnElement[int]:
    """1 for a run of GitLab in which jobs share a name, which there only a retry makes."""
    job = PipelineJob
    is_so = func.count() > func.count(job.name.distinct())
    return select(cast(is_so, Integer)).where(job.run_id == PipelineRun.id).scalar_subquery()


def _run_again(ws: Workspace, scope: Scope, shas: Sequence[str]) -> list[str]:
    """Those of these commits on which a pipeline ran more than once."""
    run = PipelineRun
    told = select(run.sha).distinct().where(scope.runs, among(ws.session, run.sha, shas))
    return list(ws.session.scalars(told.group_by(run.project_id, run.pipeline, run.sha).having(func.count() > 1)))


def _passing(ws: Workspace, scope: Scope, shas: Sequence[str]) -> Query:
    """Which jobs failed in one run and passed in another of the same pipeline on one of these commits, once each.

    Where several jobs of a run have one name, as in a matrix, it passed if none of them failed.
    """
    run, job, passed, broken = PipelineRun, PipelineJob, aliased(PipelineJob), aliased(PipelineJob)
    of_pipeline = (run.project_id, run.source_id, run.pipeline)
    columns = (run.id, *of_pipeline, run.sha, _tried(), run.outcome, has_jobs().label("has_jobs"))
    one = select(*columns).where(scope.runs, among(ws.session, run.sha, shas)).cte("one")
    other = one.alias("other")
    alike = and_(*(one.c[name] == other.c[name] for name in ALIKE), one.c.id != other.c.id)
    # Each failure with every other run first: SQLite would rather look at all jobs that passed, or at all other runs.
    failed = (
        select(one.c.project_id, one.c.pipeline, job.name.label("job"), one.c.sha, other.c.id.label("other_id"))
        .join_from(one, job, job.run_id == one.c.id)
        .join(other, alike)
        .where(job.outcome.in_(FAILED))
        .distinct()
        .subquery("failed")
    )
    in_passed, in_broken = (and_(of.run_id == failed.c.other_id, of.name == failed.c.job) for of in (passed, broken))
    passing = select(passed.id).where(in_passed, passed.outcome == PipelineOutcome.SUCCESS).exists()
    failing = select(broken.id).where(in_broken, broken.outcome.in_(FAILED)).exists()
    jobs = select(failed.c.project_id, failed.c.pipeline, failed.c.job, failed.c.sha).where(passing, ~failing)
    whole = (
        select(one.c.project_id, one.c.pipeline, literal("").label("job"), one.c.sha)
        .join_from(one, other, alike)
        .where(one.c.outcome.in_(FAILED), other.c.outcome == PipelineOutcome.SUCCESS)
        .where(~one.c.has_jobs, ~other.c.has_jobs)
    )
    found = union(jobs, whole).subquery("found")
    told = select(Project.name.label("project"), found.c.pipeline, found.c.job, found.c.sha)
    return told.join_from(found, Project, Project.id == found.c.project_id)


def _tried() -> ColumnElement[str]:
    """What a run tried of its commit: only runs that tried the same can tell that a job is flaky."""
    run = PipelineRun
    alone = literal("run ") + run.external_id
    tried = case((run.trigger.in_(OF_SOMETHING_ELSE), alone), (run.trigger.in_(OF_A_MERGE), "merge"), else_="commit")
    return tried.label("tried")
