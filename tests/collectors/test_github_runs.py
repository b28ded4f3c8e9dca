"""Workflow runs of GitHub: jobs, attempts, windows narrower than the cap, and old runs that are run again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from maestro_core.collectors.github import GitHub
from maestro_core.terms import PipelineOutcome
from tests.collectors.delivery_reading import Watch, batches, oddities, read_killed, stored
from tests.replay.github import START, GitHubRepository, stamp
from tests.replay.server import Replay, Reply, replaying

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def repository() -> GitHubRepository:
    return GitHubRepository()


@pytest.fixture
def server(repository: GitHubRepository) -> Iterator[Replay]:
    with replaying(repository.answer) as replay:
        replay.now = START + 30 * DAY
        yield replay


def github(server: Replay, *, history: timedelta = 365 * DAY) -> GitHub:
    return GitHub(
        location=f"{server.url}/team/churn",
        token=SecretStr("s3cret"),
        clock=Watch(server.now).clock,
        pause=0,
        history=history,
    )


def test_a_run_begins_and_ends_with_its_jobs(server: Replay, repository: GitHubRepository) -> None:
    run = repository.a_run()
    repository.jobs[run["id"]] = [
        repository.a_job(run, begins=30, lasts=60),
        repository.a_job(run, begins=95, lasts=100),
        repository.a_job(run, begins=1, lasts=0, conclusion="skipped"),
    ]
    read = stored(batches(github(server)))
    (told,) = read["runs"].values()
    assert (told.created_at, told.started_at) == (START, START + timedelta(seconds=30))
    assert told.finished_at == START + timedelta(seconds=195)
    assert (told.pipeline, told.trigger, told.branch, told.sha) == ("CI", "push", "main", "c" * 40)
    assert len(read["jobs"]) == 3


def test_a_run_without_jobs_ends_when_it_was_updated(server: Replay, repository: GitHubRepository) -> None:
    repository.a_run(jobs=[], conclusion="startup_failure")
    (told,) = stored(batches(github(server)))["runs"].values()
    assert (told.outcome, told.finished_at) == (PipelineOutcome.STARTUP_FAILURE, START + 5 * MINUTE)


@pytest.mark.parametrize("conclusion", ["neutral", "action_required", "stale", None, "a word of tomorrow"])
def test_what_ended_in_neither_way_is_neutral(
    server: Replay, repository: GitHubRepository, conclusion: str | None
) -> None:
    repository.a_run(conclusion=conclusion)
    (told,) = stored(batches(github(server)))["runs"].values()
    assert told.outcome is PipelineOutcome.NEUTRAL


def test_a_run_that_goes_on_has_no_outcome_and_no_end(server: Replay, repository: GitHubRepository) -> None:
    run = repository.a_run(status="in_progress", conclusion=None)
    repository.jobs[run["id"]] = [
        repository.a_job(run, status="queued", conclusion=None, completed_at=None),
        repository.a_job(run, status="in_progress", conclusion=None, completed_at=None),
    ]
    read = stored(batches(github(server)))
    (told,) = read["runs"].values()
    assert (told.outcome, told.finished_at) == (None, None)
    assert [job.started_at is None for job in read["jobs"].values()] == [True, False]


def test_a_failed_job_names_the_first_step_that_failed(server: Replay, repository: GitHubRepository) -> None:
    run = repository.a_run(conclusion="failure")
    steps = [("Set up job", "success"), ("Run tests", "failure"), ("Upload", "failure"), ("Clean up", "skipped")]
    repository.jobs[run["id"]] = [
        repository.a_job(run, conclusion="failure", steps=[{"name": name, "conclusion": end} for name, end in steps]),
        repository.a_job(run, conclusion="timed_out", steps=None),
    ]
    failed, timed_out = stored(batches(github(server)))["jobs"].values()
    assert (failed.failed_step, failed.outcome) == ("Run tests", PipelineOutcome.FAILURE)
    assert (timed_out.failed_step, timed_out.outcome) == (None, PipelineOutcome.TIMED_OUT)


def test_each_attempt_is_a_run_of_its_own(server: Replay, repository: GitHubRepository) -> None:
    first = repository.a_run(conclusion="failure")
    failed = repository.a_job(first, conclusion="failure")
    passed_before = repository.a_job(first, begins=20, lasts=10)
    repository.attempts[first["id"], 1] = dict(first)
    first |= {"run_attempt": 2, "run_started_at": stamp(START + 2 * HOUR), "conclusion": "success"}
    # GitHub tells a job that is not run again once more, with its old times.
    again = repository.a_job(first) | {"name": failed["name"]}
    copied = passed_before | {"id": passed_before["id"] + 9, "run_attempt": 2}
    repository.jobs[first["id"]] = [failed, passed_before, copied, again]
    read = stored(batches(github(server)))
    runs, jobs = read["runs"], read["jobs"].values()
    assert sorted((job.attempt, job.external_id) for job in jobs) == sorted(
        (attempt, str(job["id"])) for attempt, job in ((1, failed), (1, passed_before), (2, again))
    )
    one, two = (runs[str(first["id"]), attempt] for attempt in (1, 2))
    assert (one.outcome, two.outcome) == (PipelineOutcome.FAILURE, PipelineOutcome.SUCCESS)
    assert (one.created_at, two.created_at) == (START, START + 2 * HOUR)
    assert two.started_at == START + 2 * HOUR + timedelta(seconds=30)


def test_a_run_of_a_deleted_fork_and_without_a_name_is_told(server: Replay, repository: GitHubRepository) -> None:
    repository.a_run(name=None, head_repository=None, head_branch=None)
    (told,) = stored(batches(github(server)))["runs"].values()
    assert (told.pipeline, told.branch) == (".github/workflows/ci.yml", None)


def test_more_runs_than_a_listing_tells_are_all_told(server: Replay, repository: GitHubRepository) -> None:
    for number in range(1300):
        repository.a_run(at=START + number * MINUTE, jobs=[])
    assert len(stored(batches(github(server)))["runs"]) == 1300


def test_runs_are_read_as_far_back_as_is_wanted(server: Replay, repository: GitHubRepository) -> None:
    for days in (1, 20, 29):
        repository.a_run(at=START + days * DAY)
    runs = stored(batches(github(server, history=12 * DAY)))["runs"].values()
    assert {run.created_at for run in runs} == {START + 20 * DAY, START + 29 * DAY}


def test_an_old_run_that_is_run_again_within_a_week_is_seen(server: Replay, repository: GitHubRepository) -> None:
    run, other = repository.a_run(at=server.now - 5 * DAY), repository.a_run(at=server.now - 5 * DAY)
    *_, last = batches(github(server))
    server.now += HOUR
    asked = server.count("/jobs")
    assert not list(batches(github(server), last.cursor))
    assert server.count("/jobs") == asked
    run |= {"conclusion": "failure", "updated_at": stamp(server.now)}
    again = stored(batches(github(server), last.cursor))["runs"]
    assert {key: told.outcome for key, told in again.items()} == {(str(run["id"]), 1): PipelineOutcome.FAILURE}
    assert str(other["id"]) not in dict(again)


def test_a_run_that_is_run_again_within_its_thirty_days_is_seen_within_a_day(
    server: Replay, repository: GitHubRepository
) -> None:
    old = [repository.a_run(at=server.now - days * DAY, conclusion="failure") for days in (29, 12, 12)]
    *_, last = batches(github(server))
    server.now += 25 * HOUR
    for run in old[:2]:
        repository.attempts[run["id"], 1] = dict(run)
        run.update(run_attempt=2, conclusion="success", run_started_at=stamp(server.now - HOUR))
        run.update(updated_at=stamp(server.now - HOUR))
    asked = server.count("/jobs")
    read = list(batches(github(server), last.cursor))
    assert set(stored(read)["runs"]) == {(str(run["id"]), attempt) for run in old[:2] for attempt in (1, 2)}
    assert server.count("/jobs") - asked == 2
    asked = server.count("/actions/runs")
    assert not list(batches(github(server), read[-1].cursor))
    assert server.count("/actions/runs") - asked == 1


def test_what_was_run_again_while_nobody_refreshed_is_seen(server: Replay, repository: GitHubRepository) -> None:
    run = repository.a_run(at=server.now - 20 * DAY, conclusion="failure")
    *_, last = batches(github(server))
    run |= {"conclusion": "success", "updated_at": stamp(server.now + 9 * DAY)}
    server.now += 60 * DAY
    again = stored(batches(github(server), last.cursor))["runs"]
    assert [told.outcome for told in again.values()] == [PipelineOutcome.SUCCESS]


def test_reading_the_last_month_again_takes_a_question_for_a_hundred_runs(
    server: Replay, repository: GitHubRepository
) -> None:
    for number in range(500):
        repository.a_run(at=server.now - 25 * DAY + number * MINUTE, jobs=[])
    *_, last = batches(github(server))
    server.now += DAY
    asked = len(server.asked)
    read = stored(batches(github(server), last.cursor))
    assert not read["runs"] | read["jobs"]
    assert server.count("'created'", "'per_page': '100'") == 5
    assert len(server.asked) - asked <= 15


def test_a_run_that_waits_for_weeks_is_asked_for_until_it_ends(server: Replay, repository: GitHubRepository) -> None:
    run = repository.a_run(at=START, status="waiting", conclusion=None)
    *_, last = batches(github(server))
    server.now += 20 * DAY
    run |= {"status": "completed", "conclusion": "success", "updated_at": stamp(server.now - HOUR)}
    read = list(batches(github(server), last.cursor))
    assert [told.outcome for told in stored(read)["runs"].values()] == [PipelineOutcome.SUCCESS]
    before = server.count(f"/runs/{run['id']}")
    assert not list(batches(github(server), read[-1].cursor))
    assert server.count(f"/runs/{run['id']}") == before


@pytest.mark.parametrize("after", [1, 3])
def test_killed_in_the_middle_of_runs_nothing_is_lost(server: Replay, repository: GitHubRepository, after: int) -> None:
    for number in range(130):
        repository.a_run(at=START + number * HOUR)
    assert read_killed(github(server), after=after) == stored(batches(github(server)))


@pytest.mark.parametrize("status", [404, 403])
def test_a_repository_without_actions_is_normal(server: Replay, repository: GitHubRepository, status: int) -> None:
    repository.an_issue()
    server.instead(*[Reply({"message": "Not Found"}, status)] * 9, when=("/actions/runs",))
    read = list(batches(github(server)))
    assert len(stored(read)["issues"]) == 1
    ((kind, subject, detail),) = oddities(read)
    assert (kind, subject) == ("cannot be read", "workflow runs")
    assert str(status) in detail


def test_a_page_of_runs_that_vanishes_is_read_the_next_time(server: Replay, repository: GitHubRepository) -> None:
    for number in range(90):
        repository.a_run(at=START + number * MINUTE)
    server.instead(Reply({"message": "Not Found"}, 404), when=("/actions/runs?", "page=3"))
    read = list(batches(github(server)))
    assert [kind for kind, *_ in oddities(read)] == ["a page vanished"]
    assert len(stored([*read, *batches(github(server), read[-1].cursor)])["runs"]) == 90


def test_a_run_whose_jobs_are_deleted_is_told_without_them(server: Replay, repository: GitHubRepository) -> None:
    repository.a_run()
    server.instead(Reply({"message": "Not Found"}, 404), when=("/jobs",))
    read = stored(batches(github(server)))
    assert (len(read["runs"]), len(read["jobs"])) == (1, 0)
