"""What CI pipelines executed: jobs, and whole runs where no job is known, as rows to select from and summed by job."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from maestro_core.models import DataSource, PipelineJob, PipelineRun, Project
from maestro_core.terms import FAILED, Period, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]
TIMES = ("total", "failed", "cancelled", "rerun")
SUMS = ("executions", "measured", *TIMES)
"""How many executions there are, how many of these have both times, and their milliseconds."""
PIPELINES_OF_GITLAB = "/-/pipelines/"
NO_JOB = tuple(null().label(name) for name in ("stage", "step", "reason"))


class Milliseconds(FunctionElement[int]):
    """From one moment to another, as a whole number: these add up to the same in any order."""

    inherit_cache = True
    type = BigInteger()


@compiles(Milliseconds)
def _milliseconds(element: Milliseconds, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(moment, **options) for moment in element.clauses)
    return f"CAST(ROUND(EXTRACT(epoch FROM ({end} - {start})) * 1000) AS BIGINT)"


@compiles(Milliseconds, "sqlite")
def _milliseconds_on_sqlite(element: Milliseconds, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(moment, **options) for moment in element.clauses)
    return f"CAST(ROUND((julianday({end}) - julianday({start})) * 86400000.0) AS INTEGER)"


@dataclass(frozen=True)
class Scope:
    """Which runs are looked at; without names of pipelines, all of them."""

    projects: Collection[UUID]
    period: Period
    pipelines: Collection[str] = ()
    parts: Sequence[Period] = ()
    """Only these parts of the period, where any are told."""

    @property
    def runs(self) -> ColumnElement[bool]:
        """The condition on a run. It belongs to a period by its creation, which a re-run keeps in most tools."""
        return and_(self.named, or_(*(_created_in(part) for part in self.parts or (self.period,))))

    @property
    def named(self) -> ColumnElement[bool]:
        """The same for runs of any time."""
        chosen = (PipelineRun.pipeline.in_(self.pipelines),) if self.pipelines else ()
        return and_(PipelineRun.project_id.in_(self.projects), *chosen)


def job_sums(ws: Workspace, scope: Scope, *, by: Collection[str] = ("job", "pipeline", "project")) -> pd.DataFrame:
    """What was executed, summed by job, or by fewer keys: these, and `SUMS`.

    Each millisecond is in one of failed, cancelled and rerun at most.
    """
    # The key that tells most apart first: SQLite sorts, and compares half as much.
    done = executions(scope)
    took, first = done.c.milliseconds, done.c.rerun == 0
    kinds = (
        took,
        case((and_(first, done.c.run_outcome.in_(FAILED)), took)),
        case((and_(first, done.c.run_outcome == PipelineOutcome.CANCELLED), took)),
        case((~first, took)),
    )
    sums = (func.coalesce(func.sum(kind), 0).label(name) for name, kind in zip(TIMES, kinds, strict=True))
    counts = (func.count().label("executions"), func.count(took).label("measured"))
    keys = [done.c[name] for name in by]
    return ws.frame(select(*keys, *counts, *sums).group_by(*keys)).astype(dict.fromkeys(SUMS, "int64"))


def executions(scope: Scope, *, of: Query | None = None) -> Subquery:
    """What was executed: the jobs of runs, and whole runs where no job is known, as Jenkins tells them.

    `of` selects the keys of the runs to look at, where these are few.
    """
    job, run = PipelineJob, PipelineRun
    of_run = (
        Project.name.label("project"), run.id.label("run_id"), run.pipeline, run.sha, run.branch,
        run.outcome.label("run_outcome"),
    )  # fmt: skip
    jobs = select(
        *of_run, job.name.label("job"), job.stage, job.failed_step.label("step"), job.failure_reason.label("reason"),
        job.outcome, func.coalesce(func.nullif(job.url, ""), run.url).label("url"), begun(job).label("begun_at"),
        _took(job).label("milliseconds"),
        case((run.attempt > 1, 1), (is_of_gitlab(), _ran_before()), else_=0).label("rerun"),
    ).join_from(run, job, job.run_id == run.id)  # fmt: skip
    whole = select(
        *of_run, literal("").label("job"), *NO_JOB, run.outcome, run.url, begun(run).label("begun_at"),
        _took(run).label("milliseconds"), case((run.attempt > 1, 1), else_=0).label("rerun"),
    ).where(~has_jobs())  # fmt: skip
    chosen = (scope.runs, *((run.id.in_(of),) if of is not None else ()))
    arms = (arm.join(Project, Project.id == run.project_id).where(*chosen) for arm in (jobs, whole))
    return union_all(*arms).subquery("executions")


def has_jobs() -> ColumnElement[bool]:
    """Whether the jobs of a run are known."""
    return select(PipelineJob.id).where(PipelineJob.run_id == PipelineRun.id).exists()


def told_by(*kinds: SourceKind) -> ColumnElement[bool]:
    """Whether a run was told by a source of such a kind."""
    return PipelineRun.source_id.in_(select(DataSource.id).where(DataSource.kind.in_(kinds)))


def is_of_gitlab() -> ColumnElement[bool]:
    """Whether GitLab ran it: a pipeline that was read from there, or that one of its webhooks pushed."""
    # Among all that is pushed, only GitLab has such addresses.
    is_pushed = PipelineRun.url.contains(PIPELINES_OF_GITLAB)
    return and_(told_by(SourceKind.GITLAB, SourceKind.PUSH), or_(told_by(SourceKind.GITLAB), is_pushed))


def begun(of: type[PipelineJob] | type[PipelineRun]) -> ColumnElement[Any]:
    """When a job or a run began, as far as is told."""
    told = (of.started_at, of.created_at)
    return func.coalesce(*told, PipelineRun.created_at) if of is PipelineJob else func.coalesce(*told)


def word(outcome: Any) -> ColumnElement[Any]:
    """How something ended, as text: making words of a hundred thousand texts costs more than all that is measured."""
    return type_coerce(outcome, Text).label(outcome.key)


def _ran_before() -> ColumnElement[int]:
    """1 for a job whose run has an earlier one of its name: GitLab retries jobs within a run."""
    job, earlier = PipelineJob, aliased(PipelineJob)
    made, made_earlier = (tuple_(of.created_at, func.length(of.external_id), of.external_id) for of in (job, earlier))
    same = (earlier.run_id == job.run_id, earlier.name == job.name)
    return cast(select(earlier.id).where(*same, made_earlier < made).exists(), Integer)


def _took(of: type[PipelineJob] | type[PipelineRun]) -> ColumnElement[Any]:
    """Milliseconds from start to end, 0 where the end comes first; nothing where either is missing."""
    # Moments are compared as they are stored, which costs less than counting their milliseconds twice.
    return case((of.finished_at < of.started_at, 0), else_=Milliseconds(of.started_at, of.finished_at))


def _created_in(period: Period) -> ColumnElement[bool]:
    return and_(PipelineRun.created_at >= period.start, PipelineRun.created_at < period.end)
