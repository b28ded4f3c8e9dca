"""What is read of a GitLab project: merge requests, notes, pipelines, jobs, deployments, releases, issues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from maestro_core.collectors import gitlab_answers
from maestro_core.collectors.delivery import SeenAccount
from maestro_core.collectors.gitlab import GitLab
from maestro_core.terms import PipelineOutcome, ReviewState, SourceKind
from tests.collectors.delivery_reading import Watch, batches, read_killed, stored
from tests.replay.gitlab import ADA, BOB, GHOST, START, GitLabProject, stamp, user
from tests.replay.server import Replay, Reply, Request, replaying

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TOKEN = SecretStr("glpat-s3cret")


@pytest.fixture
def project() -> GitLabProject:
    return GitLabProject()


@pytest.fixture
def server(project: GitLabProject) -> Iterator[Replay]:
    with replaying(project.answer) as replay:
        replay.now = START + 30 * DAY
        yield replay


def gitlab(server: Replay, *, history: timedelta = 365 * DAY) -> GitLab:
    clock = Watch(server.now).clock
    return GitLab(location=f"{server.url}/group/team/churn/", token=TOKEN, clock=clock, history=history)


def test_a_merge_request_is_told_whole(server: Replay, project: GitLabProject) -> None:
    project.a_merge_request(merged_at=stamp(START + DAY), labels=["bug", "P1"])
    (pull,) = stored(batches(gitlab(server)))["pull_requests"].values()
    assert pull.author == SeenAccount(
        SourceKind.GITLAB, "127.0.0.1/11", "Ada Lovelace", "11-ada.lovelace@users.noreply.127.0.0.1", is_bot=False
    )
    assert (pull.created_at, pull.merged_at, pull.closed_at) == (START, START + DAY, START + DAY)
    assert (pull.head_branch, pull.base_branch, pull.merge_sha) == ("topic-1", "main", f"{1:040x}")
    assert (pull.added, pull.deleted, pull.files, pull.commits) == (10, 3, 2, 2)
    assert pull.first_commit_at == START - 2 * HOUR
    assert pull.labels == ("bug", "P1")
    assert pull.merged_by.identity == "127.0.0.1/12"


def test_a_server_below_a_path_of_its_host_is_found(server: Replay, project: GitLabProject) -> None:
    project.a_merge_request()
    project.a_pipeline()
    below = "/tools/gitlab"

    def answer(asked: Request) -> Reply:
        if asked.path.startswith(f"{below}/api/"):
            return project.answer(replace(asked, path=asked.path.removeprefix(below)))
        # What else a host may say: a page to sign in, or nothing.
        return Reply(raw=b"<html>", status=200 if asked.path.startswith("/tools/api") else 404)

    server.answering = answer
    collector = replace(gitlab(server), location=f"{server.url}{below}/group/team/churn")
    assert collector.check().startswith("GitLab answers: group/team/churn has merge requests and pipelines.")
    read = stored(batches(collector))
    assert (len(read["pull_requests"]), len(read["runs"])) == (1, 1)
    assert next(iter(read["pull_requests"].values())).added == 10, "GraphQL is asked there too"


def test_a_squash_and_a_fast_forward_tell_the_commit_on_the_target(server: Replay, project: GitLabProject) -> None:
    merged = {"merged_at": stamp(START), "merge_commit_sha": None}
    project.a_merge_request(**merged, squash_commit_sha="5" * 40)
    project.a_merge_request(**merged)
    project.a_merge_request()
    squashed, forwarded, opened = stored(batches(gitlab(server)))["pull_requests"].values()
    assert (squashed.merge_sha, forwarded.merge_sha, opened.merge_sha) == ("5" * 40, "8" * 40, None)


def test_approvals_come_from_system_notes_and_comments_on_lines_are_reviews(
    server: Replay, project: GitLabProject
) -> None:
    request = project.a_merge_request()
    project.a_note(request, BOB, "approved this merge request", system=True)
    project.a_note(request, BOB, "unapproved this merge request", system=True)
    project.a_note(request, BOB, "requested changes", system=True)
    project.a_note(request, BOB, "changed target branch from `main` to `next`", system=True)
    project.a_note(request, BOB, "Why not a table?", type="DiffNote")
    project.a_note(request, BOB, "Nice.")
    project.a_note(request, ADA, "Thank you.")
    assert [review.state for review in stored(batches(gitlab(server)))["reviews"].values()] == [
        ReviewState.APPROVED,
        ReviewState.DISMISSED,
        ReviewState.CHANGES_REQUESTED,
        ReviewState.COMMENTED,
        ReviewState.NOTE,
    ]


def test_a_draft_was_ready_when_its_note_says_so(server: Replay, project: GitLabProject) -> None:
    request = project.a_merge_request()
    project.a_note(request, ADA, "marked this merge request as **draft**", system=True, at=START)
    project.a_note(request, ADA, "marked this merge request as **ready**", system=True, at=START + HOUR)
    (pull,) = stored(batches(gitlab(server)))["pull_requests"].values()
    assert pull.ready_at == START + HOUR


def test_deleted_people_are_nobody_and_users_of_tokens_are_programs(server: Replay, project: GitLabProject) -> None:
    project.a_merge_request(author=GHOST)
    project.a_merge_request(author=user("Renovate", 99) | {"username": "project_3_bot_8f7a"})
    deleted, program = stored(batches(gitlab(server)))["pull_requests"].values()
    assert deleted.author is None
    assert program.author.is_bot


@pytest.mark.parametrize("name", ["service_account_group_345_6018816a18e5", "GitLabDuo", "Renovate-Bot"])
def test_service_accounts_are_programs(name: str) -> None:
    account = gitlab_answers.account({"id": 9, "username": name, "name": "Somebody"}, "gitlab.com")
    assert account
    assert account.is_bot


def test_sizes_are_not_known_where_graphql_is_refused(server: Replay, project: GitLabProject) -> None:
    project.speaks_graphql = False
    project.a_merge_request()
    (pull,) = stored(batches(gitlab(server)))["pull_requests"].values()
    assert (pull.added, pull.deleted, pull.files, pull.commits) == (None, None, None, 2)


def test_notes_and_commits_beyond_a_page_are_all_read(server: Replay, project: GitLabProject) -> None:
    request = project.a_merge_request(commits=250)
    for _ in range(230):
        project.a_note(request, BOB, "Nice.")
    read = stored(batches(gitlab(server)))
    (pull,) = read["pull_requests"].values()
    assert (len(read["reviews"]), pull.commits, pull.first_commit_at) == (230, 250, START - 250 * HOUR)


def test_a_pipeline_is_told_by_its_own_page_and_retried_jobs_too(server: Replay, project: GitLabProject) -> None:
    failed = project.a_job(status="failed", failure_reason="script_failure", retried=True)
    project.a_pipeline(jobs=[failed, project.a_job()], name="Nightly", source="schedule")
    read = stored(batches(gitlab(server)))
    (run,) = read["runs"].values()
    assert (run.created_at, run.started_at, run.finished_at) == (
        START,
        START + timedelta(seconds=20),
        START + 5 * MINUTE,
    )
    assert (run.pipeline, run.trigger, run.branch, run.attempt) == ("Nightly", "schedule", "main", 1)
    assert [(job.name, job.outcome, job.failure_reason) for job in read["jobs"].values()] == [
        ("rubocop", PipelineOutcome.FAILURE, "script_failure"),
        ("rubocop", PipelineOutcome.SUCCESS, None),
    ]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("success", PipelineOutcome.SUCCESS),
        ("failed", PipelineOutcome.FAILURE),
        ("canceled", PipelineOutcome.CANCELLED),
        ("skipped", PipelineOutcome.SKIPPED),
        ("manual", None),
        ("waiting_for_resource", None),
        ("a word of tomorrow", PipelineOutcome.NEUTRAL),
    ],
)
def test_outcomes_of_pipelines(
    server: Replay, project: GitLabProject, status: str, outcome: PipelineOutcome | None
) -> None:
    project.a_pipeline(status=status)
    (run,) = stored(batches(gitlab(server)))["runs"].values()
    assert run.outcome is outcome
    assert (run.finished_at is None) == (outcome is None)


def test_what_timed_out_or_never_began_says_so(server: Replay, project: GitLabProject) -> None:
    stuck = project.a_job(status="failed", failure_reason="job_execution_timeout")
    broken = project.a_pipeline(status="failed", jobs=[stuck])
    project.details[broken["id"]] |= {"yaml_errors": "jobs config should contain at least one visible job"}
    read = stored(batches(gitlab(server)))
    assert [run.outcome for run in read["runs"].values()] == [PipelineOutcome.STARTUP_FAILURE]
    assert [job.outcome for job in read["jobs"].values()] == [PipelineOutcome.TIMED_OUT]


def test_pipelines_are_read_as_far_back_as_is_wanted_and_all_else_whole(server: Replay, project: GitLabProject) -> None:
    for days in (0, 25):
        project.a_pipeline(at=START + days * DAY)
        project.an_issue(at=START + days * DAY)
    read = stored(batches(gitlab(server, history=10 * DAY)))
    assert (len(read["runs"]), len(read["issues"])) == (1, 2)


def test_a_deployment_ends_with_its_job(server: Replay, project: GitLabProject) -> None:
    project.a_deployment()
    project.a_deployment(status="running", deployable=None)
    done, running = stored(batches(gitlab(server)))["deployments"].values()
    assert (done.environment, done.outcome) == ("production", PipelineOutcome.SUCCESS)
    assert done.finished_at == START + MINUTE
    assert (running.outcome, running.finished_at, running.url) == (None, None, "https://shop.example.org")


def test_a_pipeline_whose_jobs_are_retried_months_later_is_seen_by_the_next_refresh(
    server: Replay, project: GitLabProject
) -> None:
    old = project.a_pipeline(at=START, status="failed")
    project.a_pipeline(at=START + 60 * DAY)
    server.now = START + 80 * DAY
    *_, last = batches(gitlab(server))
    server.now += HOUR
    old |= {"status": "success", "updated_at": stamp(server.now - MINUTE)}
    again = stored(batches(gitlab(server), last.cursor))["runs"]
    assert {key: run.outcome for key, run in again.items()} == {(str(old["id"]), 1): PipelineOutcome.SUCCESS}


def test_releases_and_incidents(server: Replay, project: GitLabProject) -> None:
    project.a_release("v2", upcoming_release=True, at=START + 90 * DAY)
    project.a_release("v1")
    project.an_issue(issue_type="incident", labels=["P1"], closed_at=stamp(START + DAY))
    read = stored(batches(gitlab(server)))
    assert [(each.tag, each.sha) for each in read["releases"].values()] == [("v1", "5" * 40)]
    (issue,) = read["issues"].values()
    assert (issue.labels, issue.closed_at) == (("P1", "incident"), START + DAY)


def test_only_what_changed_is_told_again(server: Replay, project: GitLabProject) -> None:
    _some_of_everything(project)
    *_, last = batches(gitlab(server))
    before = len(server.asked)
    assert not list(batches(gitlab(server), last.cursor))
    assert len(server.asked) - before == 7
    changed = project.rows["merge_requests"][3]
    changed |= {"title": "Renamed", "updated_at": stamp(START + 9 * DAY)}
    again = stored(batches(gitlab(server), last.cursor))
    assert [pull.title for pull in again["pull_requests"].values()] == ["Renamed"]


@pytest.mark.parametrize("after", [1, 2, 5])
def test_a_killed_refresh_goes_on_where_it_was(server: Replay, project: GitLabProject, after: int) -> None:
    _some_of_everything(project)
    assert read_killed(gitlab(server), after=after) == stored(batches(gitlab(server)))


def test_what_changes_while_it_is_read_hides_no_others(server: Replay, project: GitLabProject) -> None:
    for hour in range(70):
        project.a_merge_request(at=START + hour * HOUR)
    read = []
    for number, batch in enumerate(batches(gitlab(server))):
        read.append(batch)
        if number < 10:
            project.rows["merge_requests"][number]["updated_at"] = stamp(START + 20 * DAY + number * HOUR)
    assert len(stored(read)["pull_requests"]) == 70


def test_more_than_a_page_that_changed_at_one_moment_is_all_told(server: Replay, project: GitLabProject) -> None:
    for _ in range(90):
        project.a_merge_request(at=START)
    project.a_merge_request(at=START + HOUR)
    assert len(stored(batches(gitlab(server)))["pull_requests"]) == 91


def test_more_than_a_page_within_the_last_minute_hides_nothing_that_was_seen_late(
    server: Replay, project: GitLabProject
) -> None:
    for second in range(45):
        project.a_merge_request(at=START + timedelta(seconds=second))
    *_, last = batches(gitlab(server))
    project.a_merge_request(at=START + timedelta(seconds=30), title="Stamped before it could be seen")
    again = stored(batches(gitlab(server), last.cursor))
    assert [pull.title for pull in again["pull_requests"].values()] == ["Stamped before it could be seen"]


@pytest.mark.parametrize("ahead", [40 * DAY, 400 * DAY])
def test_what_is_dated_ahead_hides_nothing(server: Replay, project: GitLabProject, ahead: timedelta) -> None:
    project.a_release("v9", at=START + ahead, upcoming_release=True)
    project.an_issue(at=START + ahead)
    *_, last = batches(gitlab(server))
    project.a_release("v1", at=START + 29 * DAY)
    project.an_issue(at=START + 30 * DAY)
    again = stored(batches(gitlab(server), last.cursor))
    assert (list(again["releases"]), "2" in again["issues"]) == (["v1"], True)


def _some_of_everything(project: GitLabProject) -> None:
    for hour in range(45):
        request = project.a_merge_request(at=START + hour * HOUR)
        project.a_note(request, BOB, "approved this merge request", system=True)
        project.an_issue(at=START + hour * HOUR)
        project.a_pipeline(at=START + hour * HOUR)
        project.a_deployment(at=START + hour * HOUR)
    project.a_release("v1")
