"""Jenkins over HTTP: what is new in each job, however it is nested and whatever goes on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from maestro_core.collectors.delivery import DeliveryBatch, SeenPipelineJob, SeenPipelineRun
from maestro_core.collectors.jenkins import Jenkins
from maestro_core.collectors.pacing import Clock
from maestro_core.terms import PipelineOutcome
from tests.collectors.jenkins_answering import FOLDER, MULTIBRANCH, START, PretendJenkins, a_build, a_revision, a_stage
from tests.collectors.replay_json import Replay, replaying

NOW = START + timedelta(days=20)
CLOCK = Clock(lambda: NOW, lambda _seconds: None)
APP = "/job/app"


@pytest.fixture
def pretended() -> PretendJenkins:
    return PretendJenkins()


@pytest.fixture
def replay(pretended: PretendJenkins) -> Iterator[Replay]:
    with replaying(pretended.answer) as replay:
        yield replay


def read(replay: Replay, path: str = APP, cursor: Mapping[str, Any] | None = None) -> list[DeliveryBatch]:
    collector = Jenkins(location=replay.url + path, token=SecretStr("ada:secret"), clock=CLOCK)
    return list(collector.collect(cursor or {}))


def runs(batches: list[DeliveryBatch]) -> dict[str, SeenPipelineRun]:
    return {run.external_id: run for batch in batches for run in batch.runs}


def jobs(batches: list[DeliveryBatch]) -> list[SeenPipelineJob]:
    return [job for batch in batches for job in batch.jobs]


def test_a_build_is_a_run_with_its_commit_and_the_time_it_waited(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.jobs[APP] = [a_build(3)]
    (run,) = runs(read(replay)).values()
    started = START + timedelta(hours=3)
    assert run == SeenPipelineRun(
        external_id="app#3",
        attempt=1,
        pipeline="app",
        url=f"{replay.url}/job/app/3/",
        trigger="manual",
        created_at=started - timedelta(seconds=30),
        started_at=started,
        finished_at=started + timedelta(minutes=10),
        outcome=PipelineOutcome.SUCCESS,
        sha=f"{3:040x}",
        branch="main",
    )
    assert replay.asked[0].headers["authorization"] == "Basic YWRhOnNlY3JldA=="


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("SUCCESS", PipelineOutcome.SUCCESS),
        ("FAILURE", PipelineOutcome.FAILURE),
        ("UNSTABLE", PipelineOutcome.FAILURE),
        ("ABORTED", PipelineOutcome.CANCELLED),
        ("NOT_BUILT", PipelineOutcome.SKIPPED),
        ("SOMETHING_NEW", None),
        (None, None),
    ],
)
def test_a_result_is_an_outcome(
    pretended: PretendJenkins, replay: Replay, result: str | None, outcome: PipelineOutcome | None
) -> None:
    pretended.jobs[APP] = [a_build(1, result)]
    batches = read(replay)
    (run,), (job,) = runs(batches).values(), jobs(batches)
    assert (run.outcome, job.outcome, run.finished_at is None) == (outcome, outcome, outcome is None)
    assert job.failure_reason == ("unstable" if result == "UNSTABLE" else None)


def test_stages_are_jobs(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.jobs[APP] = [a_build(1, "FAILURE")]
    error = {"message": "script returned exit code 1", "type": "hudson.AbortException"}
    pretended.stages[APP, 1] = [
        a_stage("6", "Build"),
        a_stage("11", "Test", "FAILED", error=error),
        a_stage("16", "Lint", "UNSTABLE"),
        a_stage("21", "Deploy", "NOT_EXECUTED"),
    ]
    told = [(job.name, job.outcome, job.failure_reason, job.finished_at) for job in jobs(read(replay))]
    end = START + timedelta(minutes=1)
    assert told == [
        ("Build", PipelineOutcome.SUCCESS, None, end),
        ("Test", PipelineOutcome.FAILURE, "script returned exit code 1", end),
        ("Lint", PipelineOutcome.FAILURE, "unstable", end),
        ("Deploy", PipelineOutcome.SKIPPED, None, None),
    ]


def test_without_the_plugin_stages_are_asked_for_twice_and_builds_are_whole(
    pretended: PretendJenkins, replay: Replay
) -> None:
    pretended.has_plugin = False
    pretended.jobs[APP] = [a_build(number) for number in range(1, 40)]
    assert {job.name for job in jobs(read(replay))} == {"app"}
    assert sum(path.endswith("/wfapi/describe") for path in replay.paths) == 2


def test_more_builds_than_a_page_are_all_read_once_and_only_new_ones_after_that(
    pretended: PretendJenkins, replay: Replay
) -> None:
    pretended.has_plugin = False
    pretended.jobs[APP] = [a_build(number) for number in range(1, 251)]
    first = read(replay)
    assert len(runs(first)) == 250
    pretended.jobs[APP].append(a_build(251))
    asked = len(replay.asked)
    assert set(runs(read(replay, cursor=first[-1].cursor))) == {"app#251"}
    assert len(replay.asked) - asked <= 4


def test_nothing_new_asks_one_question(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.jobs[APP] = [a_build(1)]
    cursor = read(replay)[-1].cursor
    asked = len(replay.asked)
    assert (read(replay, cursor=cursor), len(replay.asked) - asked) == ([], 1)


def test_a_reading_that_is_cut_off_goes_on_where_it_stopped(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.has_plugin = False
    pretended.jobs[APP] = [a_build(number) for number in range(1, 351)]
    collecting = Jenkins(location=replay.url + APP, clock=CLOCK).collect({})
    first = [next(collecting), next(collecting)]
    pretended.jobs[APP] += [a_build(351), a_build(352)]
    second = read(replay, cursor=first[-1].cursor)
    third = read(replay, cursor=second[-1].cursor)
    assert len(runs(first) | runs(second) | runs(third)) == 352
    assert len(runs(second)) < 250
    assert set(runs(third)) == {"app#351", "app#352"}


def test_a_build_that_is_deleted_while_pages_are_read_hides_none(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.has_plugin = False
    pretended.jobs[APP] = [a_build(number) for number in range(1, 201)]
    collecting = Jenkins(location=replay.url + APP, clock=CLOCK).collect({})
    first = [next(collecting)]
    pretended.jobs[APP] = [build for build in pretended.jobs[APP] if build["number"] not in (150, 160)]
    assert len(runs(first) | runs(list(collecting))) == 200


def test_an_unfinished_build_is_asked_for_again_until_it_has_ended(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.jobs[APP] = [a_build(1, None), a_build(2, None), a_build(3)]
    first = read(replay)
    assert [run.outcome for run in runs(first).values()] == [PipelineOutcome.SUCCESS, None, None]
    pretended.jobs[APP] = [a_build(1, "ABORTED"), a_build(3)]  # 2 was deleted
    pretended.stages[APP, 1] = [a_stage("6", "Build", "ABORTED")]
    second = read(replay, cursor=first[-1].cursor)
    assert [run.outcome for run in runs(second).values()] == [PipelineOutcome.CANCELLED]
    assert [job.name for job in jobs(second)] == ["Build"]
    assert read(replay, cursor=second[-1].cursor) == []


def test_a_job_that_was_made_anew_or_lost_its_last_build_is_read_from_its_first_build(
    pretended: PretendJenkins, replay: Replay
) -> None:
    pretended.jobs[APP] = [a_build(number) for number in range(1, 9)]
    cursor = read(replay)[-1].cursor
    pretended.jobs[APP] = [a_build(1, "FAILURE")]
    assert [run.outcome for run in runs(read(replay, cursor=cursor)).values()] == [PipelineOutcome.FAILURE]


def test_jobs_are_found_in_nested_folders_and_branches(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.classes = {"": "hudson.model.Hudson", "/job/team": FOLDER, "/job/team/job/app": MULTIBRANCH}
    pretended.jobs = {
        "/job/tools": [a_build(1)],
        "/job/team/job/empty": [],
        "/job/team/job/app/job/main": [a_build(5)],
        "/job/team/job/app/job/feature%252Fx": [a_build(6)],
    }
    told = runs(read(replay, ""))
    assert {(run.external_id, run.pipeline, run.branch) for run in told.values()} == {
        ("tools#1", "tools", "main"),
        ("team/app/main#5", "team/app", "main"),
        ("team/app/feature/x#6", "team/app", "feature/x"),
    }
    assert told["team/app/feature/x#6"].url == f"{replay.url}/job/team/job/app/job/feature%252Fx/6/"


def test_the_commit_is_that_of_the_branch_not_of_a_library(pretended: PretendJenkins, replay: Replay) -> None:
    app, library = a_revision("a" * 40, "feature"), a_revision("b" * 40, "main")
    pretended.classes = {"/job/app": MULTIBRANCH}
    pretended.jobs = {
        "/job/app/job/feature": [a_build(1, actions=[app, library])],
        "/job/plain": [a_build(1, actions=[library, a_revision("a" * 40, "origin/fix"), None, {}])],
    }
    (of_branch,), (plain,) = runs(read(replay)).values(), runs(read(replay, "/job/plain")).values()
    assert (of_branch.sha, of_branch.branch, plain.sha, plain.branch) == ("a" * 40, "feature", "a" * 40, "fix")


def test_a_build_whose_wait_nobody_tells_is_noted(pretended: PretendJenkins, replay: Replay) -> None:
    pretended.jobs[APP] = [a_build(1, actions=[])]
    (batch,) = read(replay)
    assert [oddity[:2] for oddity in batch.oddities] == [("builds without queue time", "app")]
    assert batch.runs[0].created_at == batch.runs[0].started_at
