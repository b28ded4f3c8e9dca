"""CircleCI over HTTP: what is new, what ended since, what was run again, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from maestro_core.collectors.circleci import CircleCI
from maestro_core.collectors.circleci_v2 import circleci_location
from maestro_core.collectors.delivery import DeliveryBatch, SeenPipelineJob, SeenPipelineRun
from maestro_core.collectors.pacing import Clock
from maestro_core.errors import AskedToWait, InvalidInput, SourceUnavailable
from maestro_core.terms import PipelineOutcome
from tests.collectors.circleci_answering import SLUG, START, PretendCircle, a_job, a_pipeline, a_workflow
from tests.collectors.replay_json import NOTHING, Answer, Question, Replay, replaying

Runs = dict[tuple[str, int], SeenPipelineRun]


@pytest.fixture
def circle() -> PretendCircle:
    return PretendCircle()


@pytest.fixture
def replay(circle: PretendCircle) -> Iterator[Replay]:
    with replaying(circle.answer) as replay:
        yield replay


def read(
    replay: Replay, cursor: Mapping[str, Any] | None = None, *, now: datetime = START + timedelta(days=2)
) -> list[DeliveryBatch]:
    collector = CircleCI(
        location=f"{replay.url}/{SLUG}", token=SecretStr("s3cret"), clock=Clock(lambda: now, lambda _seconds: None)
    )
    return list(collector.collect(cursor or {}))


def runs(batches: list[DeliveryBatch]) -> Runs:
    return {(run.external_id, run.attempt): run for batch in batches for run in batch.runs}


def jobs(batches: list[DeliveryBatch]) -> list[SeenPipelineJob]:
    return [job for batch in batches for job in batch.jobs]


def test_a_workflow_is_a_run_and_its_jobs_are_jobs(circle: PretendCircle, replay: Replay) -> None:
    circle.add(3)
    batches = read(replay)
    created = START + timedelta(hours=3)
    workflow = circle.workflows["pipeline-3"][0]["id"]
    url = f"{replay.url}/pipelines/{SLUG}/3/workflows/{workflow}"
    assert runs(batches) == {
        ("pipeline-3/build", 1): SeenPipelineRun(
            external_id="pipeline-3/build",
            attempt=1,
            pipeline="build",
            url=url,
            trigger="push",
            created_at=created,
            started_at=created + timedelta(minutes=1),
            finished_at=created + timedelta(minutes=10),
            outcome=PipelineOutcome.SUCCESS,
            sha=f"{3:040x}",
            branch="main",
        )
    }
    (job,) = jobs(batches)
    assert (job.run, job.name, job.url, job.outcome) == (
        "pipeline-3/build",
        "unit",
        f"{url}/jobs/7",
        PipelineOutcome.SUCCESS,
    )
    assert replay.asked[0].headers["circle-token"] == "s3cret"


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        ("success", PipelineOutcome.SUCCESS, None),
        ("failed", PipelineOutcome.FAILURE, None),
        ("infrastructure_fail", PipelineOutcome.FAILURE, "infrastructure_fail"),
        ("timedout", PipelineOutcome.TIMED_OUT, "timedout"),
        ("terminated-unknown", PipelineOutcome.FAILURE, "terminated-unknown"),
        ("canceled", PipelineOutcome.CANCELLED, None),
        ("not_run", PipelineOutcome.SKIPPED, None),
        ("unauthorized", PipelineOutcome.STARTUP_FAILURE, "unauthorized"),
        ("blocked", None, None),
        ("running", None, None),
        ("something new", None, None),
    ],
)
def test_the_status_of_a_job_is_an_outcome(
    circle: PretendCircle, replay: Replay, status: str, outcome: PipelineOutcome | None, reason: str | None
) -> None:
    circle.add(1)
    (workflow,) = circle.workflows["pipeline-1"]
    circle.jobs[workflow["id"]] = [a_job("unit", START, status)]
    (job,) = jobs(read(replay))
    assert (job.outcome, job.failure_reason, job.finished_at is None) == (outcome, reason, outcome is None)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("success", PipelineOutcome.SUCCESS),
        ("failed", PipelineOutcome.FAILURE),
        ("error", PipelineOutcome.STARTUP_FAILURE),
        ("canceled", PipelineOutcome.CANCELLED),
        ("not_run", PipelineOutcome.SKIPPED),
        ("failing", None),
        ("on_hold", None),
        ("running", None),
    ],
)
def test_the_status_of_a_workflow_is_an_outcome(
    circle: PretendCircle, replay: Replay, status: str, outcome: PipelineOutcome | None
) -> None:
    circle.add(1, status)
    (run,) = runs(read(replay)).values()
    assert (run.outcome, run.finished_at is None) == (outcome, outcome is None)


def test_a_configuration_that_cannot_be_run_is_a_failed_start(circle: PretendCircle, replay: Replay) -> None:
    circle.pipelines = [a_pipeline(1, errors=[{"type": "config", "message": "no jobs"}], state="errored")]
    (run,) = runs(read(replay)).values()
    assert (run.pipeline, run.outcome) == ("configuration", PipelineOutcome.STARTUP_FAILURE)


def test_approvals_are_no_jobs_and_a_project_of_the_github_app_tells_git_elsewhere(
    circle: PretendCircle, replay: Replay
) -> None:
    circle.add(1, vcs=None, trigger_parameters={"git": {"branch": "fix", "checkout_sha": "a" * 40}})
    (workflow,) = circle.workflows["pipeline-1"]
    circle.jobs[workflow["id"]].append(a_job("ask", START, "on_hold", type="approval", job_number=None))
    batches = read(replay)
    (run,) = runs(batches).values()
    assert (run.branch, run.sha, [job.name for job in jobs(batches)]) == ("fix", "a" * 40, ["unit"])


def test_a_re_run_is_another_attempt_whose_taken_over_jobs_count_once(circle: PretendCircle, replay: Replay) -> None:
    circle.add(1, "failed")
    (first,) = circle.workflows["pipeline-1"]
    later = START + timedelta(hours=5)
    second = a_workflow("build", later)
    circle.workflows["pipeline-1"] = [second, first]
    taken_over = circle.jobs[first["id"]][0]
    circle.jobs[second["id"]] = [taken_over, a_job("deploy", later - timedelta(minutes=1))]
    batches = read(replay)
    told = {key: (run.outcome, run.started_at) for key, run in runs(batches).items()}
    assert told == {
        ("pipeline-1/build", 1): (PipelineOutcome.FAILURE, START + timedelta(hours=1, minutes=1)),
        # Before it was created: kept as it is told.
        ("pipeline-1/build", 2): (PipelineOutcome.SUCCESS, later - timedelta(minutes=1)),
    }
    assert [(job.attempt, job.name) for job in jobs(batches)] == [(1, "unit"), (2, "deploy")]


def test_all_pages_are_read_once_and_only_what_is_new_after_that(circle: PretendCircle, replay: Replay) -> None:
    for number in range(1, 66):
        circle.add(number, at=START - timedelta(days=90) + timedelta(hours=number))
    first = read(replay)
    assert len(runs(first)) == 65
    circle.add(100)
    asked = len(replay.asked)
    second = read(replay, first[-1].cursor)
    assert set(runs(second)) == {("pipeline-100/build", 1)}
    assert len(replay.asked) - asked <= 5


def test_nothing_new_asks_little_and_tells_nothing(circle: PretendCircle, replay: Replay) -> None:
    circle.add(1)
    cursor = read(replay)[-1].cursor
    asked = len(replay.asked)
    assert read(replay, cursor) == []
    assert len(replay.asked) - asked == 1


def test_a_reading_that_is_cut_off_goes_on_where_it_stopped(circle: PretendCircle, replay: Replay) -> None:
    for number in range(1, 66):
        circle.add(number, at=START - timedelta(days=90) + timedelta(hours=number))
    collector = CircleCI(location=f"{replay.url}/{SLUG}", clock=Clock(lambda: START, lambda _seconds: None))
    first = [next(iter(collector.collect({})))]
    circle.add(66)
    second = read(replay, first[-1].cursor)
    third = read(replay, second[-1].cursor)
    assert len(runs(first) | runs(second) | runs(third)) == 66
    assert len(runs(second)) < 50


def test_a_page_whose_token_is_too_old_begins_anew(circle: PretendCircle, replay: Replay) -> None:
    for number in range(1, 46):
        circle.add(number)
    collector = CircleCI(location=f"{replay.url}/{SLUG}", clock=Clock(lambda: START, lambda _seconds: None))
    cursor = next(iter(collector.collect({}))).cursor
    replay.mishaps = [Answer({"message": "Invalid page token"}, 400)]
    assert len(runs(read(replay, cursor))) >= 25


def test_what_had_not_ended_is_asked_for_again_until_it_has(circle: PretendCircle, replay: Replay) -> None:
    circle.add(1, "running")
    circle.add(2, "running")
    first = read(replay)
    circle.workflows["pipeline-1"][0] |= {"status": "success", "stopped_at": "2026-06-01T12:00:00Z"}
    circle.pipelines = circle.pipelines[:1]  # the other is gone
    second = read(replay, first[-1].cursor)
    assert [run.outcome for run in runs(second).values()] == [PipelineOutcome.SUCCESS]
    assert "unfinished" not in second[-1].cursor
    assert read(replay, second[-1].cursor) == []


def test_a_short_wait_is_seen_and_a_long_one_left_for_later(circle: PretendCircle, replay: Replay) -> None:
    circle.add(1)
    replay.mishaps = [Answer({"message": "Rate limit exceeded"}, 429, {"Retry-After": "5"})]
    batches = read(replay)
    assert (batches[0].message, len(runs(batches))) == ("CircleCI asked to wait: 5 s left", 1)
    replay.mishaps = [Answer({}, 429, {"Retry-After": "900"})]
    with pytest.raises(AskedToWait):
        read(replay)


@pytest.mark.parametrize(
    ("mishap", "said"),
    [
        (Answer({}, 401), "refuses Maestro (401)"),
        (NOTHING, "has no project gh/team/app"),
        (Answer(b'{"items": [', 200), "not with whole JSON"),
        (Answer(b"", 307, {"Location": "http://169.254.169.254/"}), "leads to another place"),
        (Answer(b"<html>", kind="text/html"), "is no CircleCI"),
    ],
)
def test_what_does_not_get_better_is_said_without_the_token(replay: Replay, mishap: Answer, said: str) -> None:
    replay.mishaps = [mishap] * 3
    with pytest.raises(SourceUnavailable) as problem:
        read(replay)
    assert said in problem.value.message
    assert problem.value.advice
    assert "s3cret" not in problem.value.message + problem.value.advice


def test_rows_without_an_id_or_a_time_are_passed_over(circle: PretendCircle) -> None:
    circle.add(1)
    odd: list[Any] = [None, {}, {"id": "x", "created_at": "soon"}]

    def answer(question: Question) -> Answer:
        told = circle.answer(question)
        return Answer(told.body | {"items": [*odd, *told.body["items"]]}) if "items" in told.body else told

    with replaying(answer) as replay:
        batches = read(replay)
    assert (len(runs(batches)), [job.name for job in jobs(batches)]) == (1, ["job", "unit"])


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://app.circleci.com/pipelines/github/team/app?branch=main", "https://circleci.com/gh/team/app"),
        ("https://circleci.com/bb/team/app/", "https://circleci.com/bb/team/app"),
        ("https://app.circleci.com/pipelines/circleci/9YytKz/GM1mbr", "https://circleci.com/circleci/9YytKz/GM1mbr"),
        ("https://CI.example.org:8443/pipelines/gh/team/app/12", "https://ci.example.org:8443/gh/team/app"),
        ("https://circleci.com/gh/team/a%2Fb", "https://circleci.com/gh/team/a%2Fb"),
    ],
)
def test_an_address_as_it_is_pasted_names_a_project(location: str, expected: str) -> None:
    assert circleci_location(location) == expected
    assert circleci_location(expected) == expected


@pytest.mark.parametrize("location", ["gh/team/app", "https://circleci.com/gh/team", "https://x@circleci.com/gh/a/b"])
def test_what_is_no_address_of_a_project_is_refused(location: str) -> None:
    with pytest.raises(InvalidInput):
        circleci_location(location)


def test_a_check_names_the_project(replay: Replay) -> None:
    assert CircleCI(location=f"{replay.url}/{SLUG}").check().endswith("answers; it has the project app.")
    with pytest.raises(SourceUnavailable, match="has no project gh/team/other"):
        CircleCI(location=f"{replay.url}/gh/team/other").check()
