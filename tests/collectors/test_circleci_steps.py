"""Which step of a job of CircleCI failed: asked of version 1.1, within bounds, and unknown where nobody tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from maestro_core.collectors import circleci
from maestro_core.collectors.circleci import CircleCI
from maestro_core.collectors.delivery import SeenPipelineJob
from maestro_core.collectors.pacing import Clock
from maestro_core.errors import AskedToWait
from tests.collectors.circleci_answering import SLUG, START, PretendCircle, a_job, a_step, a_workflow
from tests.collectors.replay_json import Answer, Question, Replay, replaying

STEPS = "/api/v1.1/project/github/team/app/"


@pytest.fixture
def circle() -> PretendCircle:
    return PretendCircle()


@pytest.fixture
def replay(circle: PretendCircle) -> Iterator[Replay]:
    with replaying(circle.answer) as replay:
        yield replay


def jobs(replay: Replay, slug: str = SLUG) -> list[SeenPipelineJob]:
    clock = Clock(lambda: START + timedelta(days=2), lambda _seconds: None)
    batches = CircleCI(location=f"{replay.url}/{slug}", clock=clock).collect({})
    return [job for batch in batches for job in batch.jobs]


def asked(replay: Replay) -> list[str]:
    return [path.removeprefix(STEPS) for path in replay.paths if path.startswith(STEPS)]


def of_jobs(circle: PretendCircle, *statuses: str) -> None:
    """A pipeline with a job of each status, numbered from 1."""
    circle.add(1, "failed")
    (workflow,) = circle.workflows["pipeline-1"]
    circle.jobs[workflow["id"]] = [
        a_job(f"job {number}", START, status, job_number=number) for number, status in enumerate(statuses, 1)
    ]


def test_a_failed_job_names_the_first_step_that_failed(circle: PretendCircle, replay: Replay) -> None:
    of_jobs(circle, "failed", "timedout", "failed")
    circle.steps = {
        1: [a_step("Checkout code", "success"), a_step("tests", "success", "failed"), a_step("Upload", "failed")],
        2: [a_step("Checkout code", "success"), a_step("integration", "timedout")],
        3: [],
    }
    assert [job.failed_step for job in jobs(replay)] == ["tests", "integration", None]


def test_only_failed_jobs_are_asked_for(circle: PretendCircle, replay: Replay) -> None:
    of_jobs(circle, "success", "failed", "canceled", "running", "not_run", "unauthorized")
    circle.steps = {number: [a_step("tests", "failed")] for number in range(1, 7)}
    assert [job.failed_step for job in jobs(replay)] == [None, "tests", None, None, None, None]
    assert asked(replay) == ["2"]


def test_a_job_that_a_re_run_takes_over_is_asked_for_once(circle: PretendCircle, replay: Replay) -> None:
    of_jobs(circle, "failed")
    (first,) = circle.workflows["pipeline-1"]
    second = a_workflow("build", START + timedelta(hours=5))
    circle.workflows["pipeline-1"].append(second)
    circle.jobs[second["id"]] = circle.jobs[first["id"]]
    circle.steps = {1: [a_step("tests", "failed")]}
    assert [job.failed_step for job in jobs(replay)] == ["tests"]
    assert asked(replay) == ["1"]


def test_a_job_that_version_one_does_not_know_has_no_known_step(circle: PretendCircle, replay: Replay) -> None:
    of_jobs(circle, "failed", "failed")
    circle.steps = {2: [a_step("tests", "failed")]}
    assert [job.failed_step for job in jobs(replay)] == [None, "tests"]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_server_without_version_one_tells_all_but_steps_and_is_not_asked_on(
    circle: PretendCircle, status: int
) -> None:
    for number in range(1, 46):
        circle.add(number, "failed")

    def answer(question: Question) -> Answer:
        return Answer({}, status) if question.path.startswith(STEPS) else circle.answer(question)

    with replaying(answer) as replay:
        told = jobs(replay)
        assert (len(told), {job.failed_step for job in told}) == (45, {None})
        assert len(asked(replay)) <= 3


def test_projects_that_version_one_does_not_know_are_not_asked_for_steps(circle: PretendCircle) -> None:
    slug = "circleci/9YytKz/GM1mbr"
    of_jobs(circle, "failed")

    def answer(question: Question) -> Answer:
        path = question.path.replace(slug, SLUG)
        return circle.answer(Question(path, question.query, question.headers))

    with replaying(answer) as replay:
        assert [job.failed_step for job in jobs(replay, slug)] == [None]
        assert not [path for path in replay.paths if "v1.1" in path]


def test_no_more_jobs_are_asked_for_in_a_refresh_than_the_newest_few(
    circle: PretendCircle, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circleci, "MOST_STEPS", 22)
    for number in range(1, 31):
        circle.add(number, "failed")
        (workflow,) = circle.workflows[f"pipeline-{number}"]
        circle.jobs[workflow["id"]] = [a_job(f"job {number}", START, "failed", job_number=number)]
        circle.steps[number] = [a_step("tests", "failed")]
    known = {job.name for job in jobs(replay) if job.failed_step}
    assert known == {f"job {number}" for number in range(9, 31)}


def test_a_wait_that_version_one_asks_for_is_respected(circle: PretendCircle) -> None:
    of_jobs(circle, "failed")

    def answer(question: Question) -> Answer:
        limited = Answer({"message": "Rate limit exceeded"}, 429, {"Retry-After": "900"})
        return limited if question.path.startswith(STEPS) else circle.answer(question)

    with replaying(answer) as replay, pytest.raises(AskedToWait):
        jobs(replay)
