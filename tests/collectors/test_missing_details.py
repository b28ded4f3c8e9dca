"""One thing that a tool cannot tell more of: all others are told, and it too, without. An outage is another matter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from maestro_core.collectors import Collector
from maestro_core.collectors.github import GitHub
from maestro_core.collectors.gitlab import GitLab
from maestro_core.errors import SourceUnavailable
from tests.collectors.delivery_reading import Watch, batches, oddities, stored
from tests.replay.github import ADA, BOB, START, GitHubRepository
from tests.replay.gitlab import GitLabProject
from tests.replay.server import Replay, Reply, Request, replaying

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFTEN = 50
BROKEN = [Reply({"message": "Server Error"}, 500), Reply({"message": "Forbidden"}, 403)]


@pytest.fixture
def repository() -> GitHubRepository:
    return GitHubRepository()


@pytest.fixture
def server(repository: GitHubRepository) -> Iterator[Replay]:
    with replaying(repository.answer) as replay:
        replay.now = START + 30 * DAY
        yield replay


def github(server: Replay, *, token: str | None = "s3cret") -> Collector:
    secret = SecretStr(token) if token else None
    return GitHub(location=f"{server.url}/team/churn", token=secret, clock=Watch(server.now).clock, pause=0)


def test_many_jobs_that_github_has_not_the_time_for_are_asked_for_in_smaller_pages(
    server: Replay, repository: GitHubRepository
) -> None:
    run = repository.a_run(jobs=[])
    repository.jobs[run["id"]] = [repository.a_job(run, begins=number) for number in range(45)]
    server.instead(*[Reply({}, 502)] * OFTEN, when=("/jobs", "per_page=100"))
    read = list(batches(github(server)))
    assert len(stored(read)["jobs"]) == 45
    assert not oddities(read)


def test_a_run_whose_jobs_are_never_told_is_told_without(server: Replay, repository: GitHubRepository) -> None:
    runs = [repository.a_run(at=START + hour * HOUR) for hour in range(5)]
    server.instead(*[Reply({}, 502)] * OFTEN, when=(f"/actions/runs/{runs[2]['id']}/jobs",))
    read = list(batches(github(server)))
    assert (len(stored(read)["runs"]), len(stored(read)["jobs"])) == (5, 4)
    assert [odd[:2] for odd in oddities(read)] == [("a detail is missing", f"jobs of workflow run {runs[2]['id']}")]
    assert not list(batches(github(server), read[-1].cursor))


def test_an_outage_is_not_taken_for_what_one_run_lacks(server: Replay, repository: GitHubRepository) -> None:
    for hour in range(5):
        repository.a_run(at=START + hour * HOUR)
    server.instead(*[Reply({}, 502)] * OFTEN, when=("/jobs",))
    server.instead(*[Reply({}, 502)] * OFTEN, when=("/team/churn?",), after=1)
    read = []
    with pytest.raises(SourceUnavailable):
        read.extend(batch for batch in batches(github(server)) if not read.append(batch))
    assert not stored(read)["runs"]


def test_details_that_fail_for_all_are_no_matter_of_one(server: Replay, repository: GitHubRepository) -> None:
    for hour in range(5):
        repository.a_run(at=START + hour * HOUR)
    server.instead(*[Reply({}, 502)] * 2 * OFTEN, when=("/jobs",))
    read = []
    with pytest.raises(SourceUnavailable, match="502"):
        read.extend(batch for batch in batches(github(server)) if not read.append(batch))
    assert not stored(read)["runs"]


@pytest.mark.parametrize("fault", BROKEN, ids=["500", "403"])
@pytest.mark.parametrize("words", ["/pulls/2?", "/pulls/2/reviews", "/issues/2/comments", "/pulls/2/commits"])
def test_a_pull_request_that_is_not_told_whole_hides_no_others(
    server: Replay, repository: GitHubRepository, words: str, fault: Reply
) -> None:
    pulls = [repository.a_pull(at=START + hour * HOUR) for hour in range(3)]
    for pull in pulls:
        pull["comments"] = 1
        repository.answer_pull(pull, BOB, "APPROVED", START + DAY)
        repository.answer_pull(pull, ADA, None, START + DAY)
    server.instead(*[fault] * OFTEN, when=(words,))
    read = list(batches(github(server, token=None)))
    told = stored(read)["pull_requests"]
    assert set(told) == {"1", "2", "3"}
    assert (told["1"].added, told["3"].added) == (10, 10)
    assert [(kind, subject.split()[-1]) for kind, subject, _ in oddities(read)] == [("a detail is missing", "2")]


def test_graphql_that_is_busy_once_is_not_left_for_rest(server: Replay, repository: GitHubRepository) -> None:
    for hour in range(60):
        repository.a_pull(at=START + hour * HOUR)
    *_, last = batches(github(server))
    repository.a_pull(at=START + 20 * DAY)
    server.asked.clear()
    server.instead(Reply({}, 502), when=("POST",))
    assert set(stored(batches(github(server), last.cursor))["pull_requests"]) == {"61"}
    assert not server.count("GET", "/pulls")


def test_one_thing_that_graphql_does_not_show_hides_no_others(server: Replay, repository: GitHubRepository) -> None:
    for hour in range(3):
        repository.a_pull(at=START + hour * HOUR)

    def hiding(request: Request) -> Reply:
        reply = repository.answer(request)
        if (
            request.method == "POST"
            and "pullRequests" in request.body["query"]
            and request.body["variables"]["first"] > 1
        ):
            nodes = reply.value["data"]["repository"]["pullRequests"]["nodes"]
            nodes[0], nodes[-1]["user"] = None, None
            paths = (["repository", "pullRequests", "nodes", *rest] for rest in ([0], [len(nodes) - 1, "author"]))
            reply.value["errors"] = [{"type": "FORBIDDEN", "path": path, "message": "SAML"} for path in paths]
        return reply

    server.answering = hiding
    read = list(batches(github(server)))
    assert len(stored(read)["pull_requests"]) == 2
    assert ("cannot be read", "1 of a page of pull requests") in [odd[:2] for odd in oddities(read)]


def test_answers_that_graphql_has_not_the_time_for_are_left_out(server: Replay, repository: GitHubRepository) -> None:
    pull = repository.a_pull()
    for minute in range(80):
        repository.answer_pull(pull, BOB, "COMMENTED", START + timedelta(minutes=minute))
    server.answering = lambda asked: (
        Reply({}, 502) if asked.method == "POST" and "pullRequest(" in asked.body["query"] else repository.answer(asked)
    )
    read = list(batches(github(server)))
    assert (len(stored(read)["pull_requests"]), len(stored(read)["reviews"])) == (1, 50)
    assert oddities(read)[0][:2] == ("a detail is missing", "reviews of pull request 1")


@pytest.mark.parametrize("fault", BROKEN, ids=["500", "403"])
@pytest.mark.parametrize("what", ["commits", "notes"])
def test_a_merge_request_that_is_not_told_whole_hides_no_others(what: str, fault: Reply) -> None:
    project = GitLabProject()
    for hour in range(3):
        project.a_merge_request(at=START + hour * HOUR)
    with replaying(project.answer) as server:
        server.now = START + 30 * DAY
        server.instead(*[fault] * OFTEN, when=(f"/merge_requests/2/{what}",))
        gitlab = GitLab(location=f"{server.url}/group/team/churn", token=SecretStr("x"), clock=Watch(server.now).clock)
        read = list(batches(gitlab))
    assert len(stored(read)["pull_requests"]) == 3
    assert [odd[:2] for odd in oddities(read)] == [("a detail is missing", f"{what} of merge request 2")]


def test_sizes_that_graphql_does_not_tell_stop_nothing() -> None:
    project = GitLabProject()
    project.a_merge_request()
    with replaying(project.answer) as server:
        server.now = START + 30 * DAY
        server.instead(*[Reply({}, 503)] * OFTEN, when=("POST",))
        gitlab = GitLab(location=f"{server.url}/group/team/churn", token=SecretStr("x"), clock=Watch(server.now).clock)
        assert len(stored(batches(gitlab))["pull_requests"]) == 1
