"""Sums of weeks that the refresh stores: they make the pipelines page fast, and change nothing of what it says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from maestro_core.actions import pipeline_weeks
from maestro_core.actions.delivery_metrics import recount_delivery_days
from maestro_core.actions.derived import derive_project
from maestro_core.actions.forgetting import forget_delivery
from maestro_core.actions.pipeline_weeks import sum_pipeline_weeks
from maestro_core.models import PipelineRun, ProcessMetric
from maestro_core.reports import pipelines, projects
from maestro_core.reports.pipeline_weeks import SUMMED, is_week_sum
from maestro_core.reports.pipelines import Pipelines
from maestro_core.terms import FAILED, Period, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import a_job as a_seen_job
from tests.actions.stored_delivery import a_run as a_seen_run
from tests.actions.stored_delivery import a_source, told
from tests.builders import a_project
from tests.conftest import House
from tests.reports.ci import DAY, a_job, a_run, a_tool

SUCCESS, FAILURE, CANCELLED = PipelineOutcome.SUCCESS, PipelineOutcome.FAILURE, PipelineOutcome.CANCELLED
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
PERIOD = Period(MONDAY - 17.3 * DAY, MONDAY + 16.7 * DAY)

outcomes = st.sampled_from([SUCCESS, SUCCESS, FAILURE, CANCELLED, PipelineOutcome.TIMED_OUT, None])
milliseconds = st.one_of(st.none(), st.integers(-5_000, 10_000_000))


@dataclass(frozen=True)
class Job:
    """A job of a run; one that took no time that is known has no end."""

    name: str
    outcome: PipelineOutcome | None
    took: int | None


@dataclass(frozen=True)
class Run:
    """A run so many hours after the start of the first of two periods."""

    hours: float
    pipeline: str
    sha: str | None
    attempt: int
    outcome: PipelineOutcome | None
    took: int | None
    jobs: Sequence[Job]

    @property
    def at(self) -> datetime:
        return PERIOD.before.start + timedelta(hours=self.hours)


jobs = st.builds(Job, st.sampled_from(["test", "lint"]), outcomes, milliseconds)
runs = st.builds(
    Run,
    hours=st.floats(0, 2 * 34 * 24 - 0.1).map(lambda hours: round(hours, 3)),
    pipeline=st.sampled_from(["ci", 'night "ly"']),
    sha=st.sampled_from(["a" * 40, "b" * 40, None]),
    attempt=st.sampled_from([1, 1, 2]),
    outcome=outcomes,
    took=milliseconds,
    jobs=st.lists(jobs, max_size=3),
)


def stored(ws: Workspace, history: Sequence[Run], *, kind: SourceKind = SourceKind.GITHUB) -> UUID:
    project = a_project(ws)
    tool = a_tool(ws, project, kind=kind)
    for run in history:
        facts: dict[str, Any] = {
            "pipeline": run.pipeline,
            "sha": run.sha,
            "attempt": run.attempt,
            "outcome": run.outcome,
        }
        run_id = a_run(ws, tool, project, at=run.at, started_at=run.at, finished_at=_end(run.at, run.took), **facts)
        for number, job in enumerate(run.jobs):
            facts = {"created_at": run.at + timedelta(seconds=number), "finished_at": _end(run.at, job.took)}
            a_job(ws, run_id, job.name, at=run.at, outcome=job.outcome, **facts)
    return project


def _end(at: datetime, took: int | None) -> datetime | None:
    return None if took is None else at + timedelta(milliseconds=took)


def summed(ws: Workspace, project: UUID) -> int:
    """Sum what is over, as a refresh does; the number of weeks whose sums are stored."""
    moments = ws.session.scalars(select(PipelineRun.created_at).where(PipelineRun.project_id == project))
    recount_delivery_days(ws, project_id=project, days={"pipeline_runs": {moment.date() for moment in moments}})
    sum_pipeline_weeks(ws, project)
    return weeks(ws, project)


def weeks(ws: Workspace, project: UUID) -> int:
    kept = (ProcessMetric.project_id == project, ProcessMetric.measure == SUMMED, ProcessMetric.value > 0)
    return ws.session.scalar(select(func.count()).select_from(ProcessMetric).where(*kept)) or 0


def answer(ws: Workspace, *projects: UUID, **scope: object) -> Pipelines:
    return pipelines.pipelines(ws, projects=projects, **{"period": PERIOD} | scope)  # type: ignore[arg-type]


def same(one: Pipelines, other: Pipelines) -> None:
    for name in Pipelines.model_fields:
        told, again = getattr(one, name), getattr(other, name)
        if isinstance(told, pd.DataFrame):
            pd.testing.assert_frame_equal(told, again)
        else:
            assert told == again


@pytest.fixture
def every_week_is_summed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(pipeline_weeks, "FEWEST_JOBS_TO_A_SUM", 0)
        yield


@pytest.mark.usefixtures("every_week_is_summed")
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(runs, max_size=12), st.sampled_from([SourceKind.GITHUB, SourceKind.GITLAB]))
def test_sums_are_those_of_the_jobs_to_the_last_digit(house: House, told: list[Run], kind: SourceKind) -> None:
    with house.open() as ws:
        project = stored(ws, told, kind=kind)
        chosen: tuple[dict[str, object], ...] = ({}, {"pipelines": ["ci"]})
        read = [answer(ws, project, **scope) for scope in chosen]
        summed(ws, project)
        for scope, former in zip(chosen, read, strict=True):
            same(answer(ws, project, **scope), former)
        _as_defined(read[0], [run for run in told if run.at in PERIOD], kind)


def _as_defined(found: Pipelines, told: list[Run], kind: SourceKind) -> None:
    """The definitions, row by row in Python."""
    minutes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    retried: set[int] = set()
    for run, job in _executed(told):
        parts = minutes[(run.pipeline, job.name)]
        spent = max(job.took or 0, 0)
        is_first = kind is not SourceKind.GITLAB or job is next(
            one for one in run.jobs or [job] if one.name == job.name
        )
        waste = _waste(run) if is_first else "rerun_minutes"
        parts.update({"executions": 1, "measured": job.took is not None, "minutes": spent, waste: spent})
        retried |= {id(run)} if run.attempt > 1 or not is_first else set()
    assert found.now.rerun_rate.value == (len(retried) / len(told) if told else None)
    names = ("executions", "measured", "minutes", "failed_minutes", "cancelled_minutes", "rerun_minutes")
    for row in found.by_job.to_dict("records"):
        parts = minutes.pop((row["pipeline"], row["job"]))
        assert [row[name] for name in names] == [
            parts[name] / 60_000 if "minutes" in name else parts[name] for name in names
        ]
    assert not minutes
    _flaky_as_defined(found, told, kind)


def _waste(run: Run) -> str:
    if run.attempt > 1:
        return "rerun_minutes"
    if run.outcome in FAILED:
        return "failed_minutes"
    return "cancelled_minutes" if run.outcome is CANCELLED else "no waste"


def _executed(told: list[Run]) -> list[tuple[Run, Job]]:
    return [(run, job) for run in told for job in run.jobs or [Job("", run.outcome, run.took)]]


def _flaky_as_defined(found: Pipelines, told: list[Run], kind: SourceKind) -> None:
    tries = defaultdict(list)
    for run in told:
        for name in {job.name for _, job in _executed([run])} if run.sha else ():
            tries[run.pipeline, name, run.sha] += [{job.outcome for _, job in _executed([run]) if job.name == name}]
    failed = [runs for runs in tries.values() if any(ends.intersection(FAILED) for ends in runs)]
    # Jobs of one name in a run are retries in GitLab; elsewhere parts of a matrix, which fails with any of them.
    passes = [
        {SUCCESS in ends and (kind is SourceKind.GITLAB or ends.isdisjoint(FAILED)) for ends in runs} for runs in failed
    ]
    assert found.flakiness.value == (sum(True in passed for passed in passes) / len(failed) if failed else None)
    assert found.causes["failures"].sum() == sum(job.outcome in FAILED for _, job in _executed(told))


@pytest.mark.usefixtures("every_week_is_summed")
def test_what_changes_in_a_summed_week_is_read_again(ws: Workspace) -> None:
    project = stored(ws, [Run(hours, "ci", None, 1, SUCCESS, 1, [Job("test", SUCCESS, 60_000)]) for hours in (1, 999)])
    assert summed(ws, project) == 2
    run = ws.session.scalars(select(PipelineRun).where(PipelineRun.project_id == project)).first()
    assert run is not None
    a_job(ws, run.id, "late", at=run.created_at)
    recount_delivery_days(ws, project_id=project, days={"pipeline_runs": {run.created_at.date()}})
    assert weeks(ws, project) == 1
    everything = {"period": Period(PERIOD.before.start, PERIOD.end)}
    read = answer(ws, project, **everything)
    assert set(read.by_job["job"]) == {"test", "late"}
    derive_project(ws, project)
    assert weeks(ws, project) == 2
    same(answer(ws, project, **everything), read)


def test_a_week_is_summed_when_it_is_over_and_has_many_jobs_to_a_sum(house: House) -> None:
    jobs = [Job("test", SUCCESS, 60_000)] * 40
    with house.open(now=MONDAY + 7 * DAY - timedelta(seconds=1)) as ws:
        few, many = (
            stored(ws, [Run(34 * 24 + 17.3 * 24, "ci", None, 1, SUCCESS, 1, told)]) for told in (jobs[:9], jobs)
        )
        assert (summed(ws, few), summed(ws, many)) == (0, 0)
    with house.open(now=MONDAY + 7 * DAY) as ws:
        derive_project(ws, few)
        derive_project(ws, many)
        assert (weeks(ws, few), weeks(ws, many)) == (0, 1)


@pytest.mark.usefixtures("every_week_is_summed")
def test_projects_with_and_without_sums_are_added_up(ws: Workspace) -> None:
    told = [Run(hours, "ci", "a" * 40, 1, FAILURE, 1, [Job("test", FAILURE, 90_000)]) for hours in range(0, 1600, 100)]
    one, other = stored(ws, told), stored(ws, told)
    read = answer(ws, one, other)
    assert summed(ws, one) > 1
    same(answer(ws, one, other), read)


@pytest.mark.usefixtures("every_week_is_summed")
def test_sums_of_weeks_are_no_activity_of_a_project(ws: Workspace) -> None:
    project = stored(ws, [Run(1, "ci", None, 1, SUCCESS, 1, [])])
    assert summed(ws, project) == 1
    shown = projects.project(ws, project_id=project).activity
    assert set(shown["measure"]) == {"pipeline_runs"}
    assert ws.session.scalar(select(func.count()).select_from(ProcessMetric).where(is_week_sum()))


@pytest.mark.usefixtures("every_week_is_summed")
def test_jobs_that_are_told_after_their_run_are_read_until_the_next_refresh(ws: Workspace) -> None:
    source = a_source(ws)
    told(ws, source, runs=(a_seen_run(),))
    project = source.project_id
    assert project is not None
    sum_pipeline_weeks(ws, project)
    assert weeks(ws, project) == 1
    told(ws, source, jobs=(a_seen_job(),))
    assert weeks(ws, project) == 0
    assert set(answer(ws, project).by_job["job"]) == {a_seen_job().name}
    forget_delivery(ws, source)
    assert not ws.session.scalar(select(func.count()).select_from(ProcessMetric).where(is_week_sum()))


@pytest.mark.usefixtures("every_week_is_summed")
def test_sums_made_in_another_way_are_not_read_and_made_anew_once(ws: Workspace) -> None:
    retried = [Job("test", FAILURE, 60_000), Job("test", SUCCESS, 60_000)]
    history = [Run(hours, "ci", "a" * 40, 1, SUCCESS, 1, retried) for hours in (1, 400, 999)]
    one, other = (stored(ws, history, kind=SourceKind.GITLAB) for _ in range(2))
    read = answer(ws, one, other)
    assert summed(ws, one) == summed(ws, other) == 3
    as_made_before(ws, one)
    same(answer(ws, one, other), read)
    derive_project(ws, one)
    same(answer(ws, one, other), read)
    made = ws.frame(select(ProcessMetric).with_only_columns(ProcessMetric.id).where(is_week_sum()))
    derive_project(ws, one)
    pd.testing.assert_frame_equal(
        ws.frame(select(ProcessMetric).with_only_columns(ProcessMetric.id).where(is_week_sum())), made
    )


def as_made_before(ws: Workspace, project: UUID) -> None:
    """Let the sums of a project be those of a former version, which told no re-runs of GitLab."""
    mine = (ProcessMetric.project_id == project, is_week_sum())
    rows = list(ws.session.scalars(select(ProcessMetric).where(*mine)))
    assert [row.value for row in rows if '["rerun"' in row.measure] == [60_000] * 3
    for row in rows:
        row.value = {SUMMED: 1.0}.get(row.measure, 0.0 if '["rerun"' in row.measure else row.value)
    ws.session.flush()


def test_a_week_with_names_too_long_for_an_index_is_read_from_its_jobs(house: House) -> None:
    name = "".join(f"{number:x}" for number in range(900))[:2_000]  # hardly to be compressed
    run = a_seen_run("1", created_at=MONDAY)
    with house.open(now=MONDAY + 8 * DAY) as ws:
        source = a_source(ws)
        told(ws, source, runs=(run,), jobs=tuple(a_seen_job("1", str(number), name=name) for number in range(200)))
        sum_pipeline_weeks(ws, source.project_id)
        stored = select(ProcessMetric.value).where(ProcessMetric.measure == SUMMED)
        assert ws.session.scalars(stored).all() == [0]
