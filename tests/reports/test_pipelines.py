"""CI pipelines of projects: which runs count, where minutes and failures go, and which rows stand behind them."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest
from sqlalchemy import select

from maestro_core.models import PipelineRun, Tenant
from maestro_core.reports import pipelines
from maestro_core.reports.pipelines import Pipelines
from maestro_core.scoring.pipelines import NO_RERUN_TOLD, NO_RUN
from maestro_core.terms import Period, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW
from tests.reports.ci import DAY, MINUTE, a_job, a_run, a_tool

PERIOD = Period(NOW - 28 * DAY, NOW)
FAILURE = PipelineOutcome.FAILURE


def asked(ws: Workspace, *projects: object, **scope: object) -> Pipelines:
    return pipelines.pipelines(ws, projects=projects, **{"period": PERIOD} | scope)  # type: ignore[arg-type]


def test_only_the_chosen_projects_pipelines_and_period_count_and_the_one_before_is_told_apart(ws: Workspace) -> None:
    project, other = a_project(ws), a_project(ws)
    tool = a_tool(ws, project)
    for at in (PERIOD.start, PERIOD.start - DAY, PERIOD.before.start, PERIOD.end):
        a_run(ws, tool, project, at=at)
    a_run(ws, tool, project, pipeline="nightly")
    a_run(ws, tool, other)
    answer = asked(ws, project)
    assert (answer.now.runs.value, answer.before.runs.value) == (2, 2)
    assert asked(ws, project, other).now.runs.value == 3
    assert asked(ws, project, pipelines=["nightly"]).now.runs.value == 1
    assert pipelines.names(ws, projects=[project]) == ["ci", "nightly"]


def test_sums_are_not_compared_with_a_period_that_was_seen_in_part(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    for at in (PERIOD.start - 3 * DAY, PERIOD.start + DAY):
        a_run(ws, tool, project, at=at)
    before = asked(ws, project).before
    assert (before.runs.value, before.minutes.value, before.success_rate.value) == (None, None, 1)
    assert str(before.runs.reason).startswith("the first run that is known is of ")
    a_run(ws, tool, project, at=PERIOD.before.start + DAY)
    assert asked(ws, project).before.runs.value == 2


def test_moments_come_back_as_they_were_stored(ws: Workspace) -> None:
    project = a_project(ws)
    a_run(ws, a_tool(ws, project), project, took=12.5)
    answer = asked(ws, project)
    assert answer.now.duration.value == pytest.approx(12.5, abs=1e-3)
    assert answer.now.queue_time.value == pytest.approx(1, abs=1e-3)


def test_minutes_are_those_of_jobs_or_of_the_run_where_no_job_is_known(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    run = a_run(ws, tool, project, took=10)
    a_job(ws, run, "test", took=6)
    a_job(ws, run, "lint", took=7)
    a_run(ws, tool, project, pipeline="whole", took=5)
    a_run(ws, tool, project, at=PERIOD.before.start, took=8)
    answer = asked(ws, project)
    assert answer.before.minutes.value == pytest.approx(8)
    assert answer.now.minutes.value == pytest.approx(18)
    assert dict(zip(answer.by_job["job"], answer.by_job["minutes"].round(3), strict=True)) == {
        "lint": 7, "test": 6, "": 5,
    }  # fmt: skip


def test_each_wasted_minute_is_counted_once(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    facts = [(FAILURE, 1), (FAILURE, 2), (PipelineOutcome.CANCELLED, 1), (PipelineOutcome.SUCCESS, 1)]
    for outcome, attempt in facts:
        a_run(ws, tool, project, outcome=outcome, attempt=attempt, took=10)
    answer = asked(ws, project)
    assert answer.now.wasted.value == pytest.approx(0.75)
    row = answer.by_job.iloc[0]
    assert [round(row[name], 3) for name in ("failed_minutes", "cancelled_minutes", "rerun_minutes")] == [10, 10, 10]


@pytest.mark.parametrize(("kind", "rerun_rate", "wasted"), [(SourceKind.GITLAB, 0.5, 0.3), (SourceKind.GITHUB, 0, 0)])
def test_a_job_that_gitlab_retried_is_a_re_run_of_one_run_and_costs_its_minutes(
    ws: Workspace, kind: SourceKind, rerun_rate: float, wasted: float
) -> None:
    """In other tools jobs of one run may share a name: they are told apart by more than that."""
    project = a_project(ws)
    tool = a_tool(ws, project, kind=kind)
    retried, smooth = a_run(ws, tool, project), a_run(ws, tool, project)
    a_job(ws, retried, took=1, external_id="100", created_at=NOW - DAY + MINUTE)
    a_job(ws, retried, took=4, external_id="99", outcome=FAILURE)
    a_job(ws, retried, took=2, external_id="1000", created_at=NOW - DAY + MINUTE)
    a_job(ws, smooth, took=3)
    answer = asked(ws, project)
    assert (answer.now.runs.value, answer.now.rerun_rate.value, answer.now.rerun_rate.sample) == (2, rerun_rate, 2)
    assert answer.now.wasted.value == pytest.approx(wasted)
    assert answer.by_job["rerun_minutes"].sum() == pytest.approx(wasted * 10)


def test_re_runs_are_measured_of_the_tools_that_tell_them(ws: Workspace) -> None:
    project = a_project(ws)
    jenkins = a_tool(ws, project, kind=SourceKind.JENKINS)
    for number in range(3):
        a_job(ws, a_run(ws, jenkins, project, sha="a" * 40), f"stage {number}")
    rate = asked(ws, project).now.rerun_rate
    assert (rate.value, rate.reason) == (None, NO_RERUN_TOLD)
    github = a_tool(ws, project)
    for attempt in (1, 2):
        a_run(ws, github, project, external_id="7", attempt=attempt)
    rate = asked(ws, project).now.rerun_rate
    assert (rate.value, rate.sample) == (0.5, 2)


def test_whether_a_run_of_jenkins_was_a_re_run_is_not_known(ws: Workspace) -> None:
    project = a_project(ws)
    jenkins = a_tool(ws, project, kind=SourceKind.JENKINS)
    a_run(ws, jenkins, project, attempt=2)
    assert asked(ws, project).now.rerun_rate.reason == NO_RERUN_TOLD
    a_run(ws, a_tool(ws, project), project)
    assert (asked(ws, project).now.rerun_rate.value, asked(ws, project).now.rerun_rate.sample) == (0, 1)


def test_a_job_that_ends_before_it_starts_costs_nothing(ws: Workspace) -> None:
    project = a_project(ws)
    run = a_run(ws, a_tool(ws, project), project)
    a_job(ws, run, took=-3)
    a_job(ws, run, took=4)
    answer = asked(ws, project)
    assert (answer.now.minutes.value, answer.now.minutes.sample) == (pytest.approx(4), 2)


def test_failures_tell_job_step_cause_and_hour(ws: Workspace) -> None:
    project = a_project(ws, "churn")
    tool = a_tool(ws, project)
    run = a_run(ws, tool, project, outcome=FAILURE)
    a_job(ws, run, "unit", outcome=FAILURE, failed_step="Run pytest")
    a_job(ws, run, "lint")
    a_run(ws, tool, project, outcome=PipelineOutcome.STARTUP_FAILURE)
    answer = asked(ws, project)
    told = answer.patterns[["project", "job", "cause"]].to_numpy().tolist()
    assert sorted(told) == [["churn", "", "provider"], ["churn", "unit", "test"]]
    assert answer.failures_by_hour.to_numpy().sum() == 2


def test_hours_are_told_in_the_organisations_zone(ws: Workspace) -> None:
    project = a_project(ws)
    run = a_run(ws, a_tool(ws, project), project, outcome=FAILURE)
    a_job(ws, run, outcome=FAILURE, at=NOW.replace(hour=23) - DAY)
    ws.tenant.time_zone = "Europe/Berlin"
    ws.session.flush()
    assert isinstance(ws.tenant, Tenant)
    grid = asked(ws, project).failures_by_hour
    assert grid.loc[(NOW.replace(hour=23) - DAY + timedelta(hours=2)).weekday(), 1] == 1


@pytest.mark.parametrize("retried_in", ["the same run", "another attempt", "another run"])
def test_a_flaky_job_is_found_wherever_it_was_run_again(ws: Workspace, retried_in: str) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project, kind=SourceKind.GITLAB if retried_in == "the same run" else SourceKind.GITHUB)
    first = a_run(ws, tool, project, outcome=FAILURE, sha="a" * 40, external_id="1")
    facts = {"another attempt": {"external_id": "1", "attempt": 2}, "another run": {"external_id": "2"}}
    again = first if retried_in == "the same run" else a_run(ws, tool, project, sha="a" * 40, **facts[retried_in])
    a_job(ws, first, "unit", outcome=FAILURE)
    a_job(ws, first, "lint", outcome=FAILURE)
    a_job(ws, again, "unit")
    answer = asked(ws, project)
    assert answer.flaky[["job", "flaky", "commits"]].to_numpy().tolist() == [["unit", 1, 1]]
    assert (answer.flaky_jobs.value, answer.flaky_jobs.sample) == (1, 2)


def test_another_commit_another_pipeline_or_an_unknown_commit_makes_no_job_flaky(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    a_job(ws, a_run(ws, tool, project, outcome=FAILURE, sha="a"), outcome=FAILURE)
    a_job(ws, a_run(ws, tool, project, sha="b"))
    a_job(ws, a_run(ws, tool, project, sha="a", pipeline="nightly"))
    a_job(ws, a_run(ws, tool, project, outcome=FAILURE, sha=None), "other", outcome=FAILURE)
    a_job(ws, a_run(ws, tool, project, sha=None), "other")
    answer = asked(ws, project)
    assert answer.flaky.empty
    assert (answer.flaky_jobs.value, answer.flaky_jobs.sample) == (0, 1)


def test_a_whole_run_is_flaky_where_no_job_is_known(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project, kind=SourceKind.JENKINS)
    for outcome in (FAILURE, PipelineOutcome.SUCCESS):
        a_run(ws, tool, project, outcome=outcome, sha="a")
    assert asked(ws, project).flaky[["pipeline", "job"]].to_numpy().tolist() == [["ci", ""]]


def test_the_latest_rows_stand_behind_the_numbers_with_their_links(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    for days in (1, 3, 2):
        run = a_run(ws, tool, project, at=NOW - days * DAY, outcome=FAILURE, url=f"https://ci.example/{days}")
        a_job(ws, run, "unit", at=NOW - days * DAY, outcome=FAILURE, failed_step="pytest", url=f"https://job/{days}")
    a_run(ws, tool, project, url="https://ci.example/fine", at=NOW - 2 * MINUTE)
    rows = pipelines.latest_runs(ws, projects=[project], period=PERIOD, limit=2).rows
    assert list(rows["url"]) == ["https://ci.example/fine", "https://ci.example/1"]
    failed = pipelines.latest_runs(ws, projects=[project], period=PERIOD, outcomes=[FAILURE]).rows
    assert list(failed["url"]) == [f"https://ci.example/{days}" for days in (1, 2, 3)]
    assert failed["minutes"].tolist() == [10] * 3
    jobs = pipelines.failed_jobs(ws, projects=[project], period=PERIOD, job="unit", step="pytest").rows
    assert list(jobs["url"]) == [f"https://job/{days}" for days in (1, 2, 3)]
    assert pipelines.failed_jobs(ws, projects=[project], period=PERIOD, job="unit", step="other").rows.empty


def test_a_failed_job_without_an_address_leads_to_its_run(ws: Workspace) -> None:
    project = a_project(ws)
    run = a_run(ws, a_tool(ws, project), project, outcome=PipelineOutcome.FAILURE)
    a_job(ws, run, "unit", outcome=PipelineOutcome.FAILURE, url="")
    jobs = pipelines.failed_jobs(ws, projects=[project], period=PERIOD, job="unit").rows
    assert jobs["url"].tolist() == list(ws.session.scalars(select(PipelineRun.url)))


def test_an_attempt_is_told_where_the_tool_has_some_and_of_gitlab_how_many_jobs_were_retried(ws: Workspace) -> None:
    project = a_project(ws)
    tools = {
        kind: a_tool(ws, project, kind=kind) for kind in (SourceKind.GITHUB, SourceKind.GITLAB, SourceKind.JENKINS)
    }
    for place, (kind, attempt, names) in enumerate(
        (
            (SourceKind.GITHUB, 2, ("test",)),
            (SourceKind.GITLAB, 1, ("test", "lint", "test", "lint", "test")),
            (SourceKind.GITLAB, 1, ("test", "lint")),
            (SourceKind.GITLAB, 1, ()),
            (SourceKind.JENKINS, 1, ("stage", "stage")),
        )
    ):
        run = a_run(ws, tools[kind], project, attempt=attempt, at=NOW - DAY - place * MINUTE)
        for name in names:
            a_job(ws, run, name)
    told = pipelines.latest_runs(ws, projects=[project], period=PERIOD)
    assert told.rows["attempt"].fillna(0).tolist() == [2, 0, 0, 0, 0]
    assert told.rows["retried"].fillna(-1).tolist() == [-1, 3, 0, -1, -1]
    assert [(row["attempt"], row["retried"]) for row in told.model_dump(mode="json")["rows"][:2]] == [
        (2, None),
        (None, 3),
    ]


def test_without_a_run_there_is_a_reason_and_what_is_connected_is_told(ws: Workspace) -> None:
    project, unseen = a_project(ws), a_project(ws, "unseen")
    a_tool(ws, project, refreshed=NOW - 3 * DAY)
    a_tool(ws, project, kind=SourceKind.GIT)
    answer = asked(ws, project, unseen)
    assert answer.now.success_rate.reason
    assert answer.now.runs.reason == NO_RUN
    assert answer.flaky.empty
    seen = answer.coverage
    assert (seen.sources, seen.is_stale, seen.last_at, seen.without) == (1, True, None, ["unseen"])


def test_the_newest_run_is_one_of_the_chosen_pipelines(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    a_run(ws, tool, project, at=NOW - DAY)
    a_run(ws, tool, project, at=NOW - 60 * DAY, pipeline="nightly")
    assert asked(ws, project).coverage.last_at == NOW - DAY
    assert asked(ws, project, pipelines=["nightly"]).coverage.last_at == NOW - 60 * DAY


def test_an_answer_survives_the_cache_and_becomes_json(ws: Workspace) -> None:
    project = a_project(ws)
    run = a_run(ws, a_tool(ws, project), project, outcome=FAILURE)
    a_job(ws, run, outcome=FAILURE)
    answer = asked(ws, project)
    assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()
