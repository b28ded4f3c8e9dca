"""GitHub out of order: faults, broken answers, vanishing pages, other hosts; and what people are told."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from maestro_core.collectors import guarded
from maestro_core.collectors.github import GitHub
from maestro_core.collectors.github_server import repository_address
from maestro_core.errors import InvalidInput, MaestroError, SourceUnavailable
from tests.collectors.delivery_reading import Watch, batches, oddities, stored
from tests.mlflow_server import a_free_port
from tests.replay.github import START, GitHubRepository, stamp
from tests.replay.server import Replay, Reply, Request, replaying

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "ghp_s3cretS3cret"
LIMITED = {"message": "API rate limit exceeded for user ID 1.", "documentation_url": "https://docs.github.com"}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}


@pytest.fixture
def repository() -> GitHubRepository:
    return GitHubRepository()


@pytest.fixture
def server(repository: GitHubRepository) -> Iterator[Replay]:
    with replaying(repository.answer) as replay:
        replay.now = START + 30 * DAY
        yield replay


@pytest.fixture
def watch(server: Replay) -> Watch:
    return Watch(server.now)


def github(server: Replay, watch: Watch, *, token: str | None = SECRET) -> GitHub:
    secret = SecretStr(token) if token else None
    return GitHub(location=f"{server.url}/team/churn", token=secret, clock=watch.clock, pause=0)


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"message": "Server Error"}, 500),
        Reply(raw=b"<html>Unicorn!</html>", status=502),
        Reply(raw=b'{"total_count": 1, "workflow_runs": [{"id": 37'),
        Reply(raw=b'{"total_count"', length=5000),
    ],
    ids=["500", "502", "truncated JSON", "cut off"],
)
def test_a_passing_fault_is_asked_again(
    server: Replay, repository: GitHubRepository, watch: Watch, fault: Reply
) -> None:
    repository.a_run()
    server.instead(fault, fault, when=("/actions/runs?",))
    assert len(stored(batches(github(server, watch)))["runs"]) == 1
    assert watch.slept == [1, 4]


@pytest.mark.parametrize("fault", [Reply({}, 500), Reply(raw=b"{")], ids=["500", "no JSON"])
def test_a_fault_that_stays_is_told_with_advice(
    server: Replay, repository: GitHubRepository, watch: Watch, fault: Reply
) -> None:
    repository.an_issue()
    server.instead(*[fault] * 9, when=("/actions/runs?",))
    read = []
    with pytest.raises(SourceUnavailable) as told:
        read.extend(batch for batch in batches(github(server, watch)) if not read.append(batch))
    assert "GitHub answered" in told.value.message
    assert told.value.advice
    assert len(stored(read)["issues"]) == 1


def test_a_page_that_vanishes_is_read_by_the_next_refresh(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    for hour in range(45):
        repository.a_pull(at=START + hour * HOUR)
    repository.a_release("v1")
    server.instead(Reply({"message": "Not Found"}, 404), when=("/pulls?", "page=3"))
    first = list(batches(github(server, watch, token=None)))
    assert oddities(first)[0][:2] == ("a page vanished", "pull requests")
    assert len(stored(first)["releases"]) == 1
    assert len(stored([*first, *batches(github(server, watch, token=None), first[-1].cursor)])["pull_requests"]) == 45


def test_runs_deleted_while_their_pages_are_read_hide_no_others(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    runs = [repository.a_run(at=START + minute * timedelta(minutes=1), jobs=[]) for minute in range(70)]

    def deleting(request: Request) -> Reply:
        reply = repository.answer(request)
        is_listing = request.path.endswith("/actions/runs") and reply.value["workflow_runs"]
        if is_listing and len(repository.runs) > 55:
            del repository.runs[-5:]
        return reply

    server.answering = deleting
    told = set(stored(batches(github(server, watch)))["runs"])
    assert {(str(run["id"]), 1) for run in runs[:55]} <= told


def test_a_listing_that_never_ends_is_left(server: Replay, repository: GitHubRepository, watch: Watch) -> None:
    repository.an_issue()

    def the_same_again(request: Request) -> Reply:
        reply = repository.answer(replace(request, query={}))
        return Reply(reply.value, headers={"Link": '<x>; rel="next"'}) if request.path.endswith("/issues") else reply

    server.answering = the_same_again
    read = list(batches(github(server, watch, token=None)))
    assert [kind for kind, *_ in oddities(read)] == ["a page comes again and again"]
    assert server.count("/issues") == 2


@pytest.mark.slow
def test_thousands_of_pages_take_as_many_questions_and_little_memory(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    row = repository.an_issue(body="x" * 10_000)

    def endless(request: Request) -> Reply:
        if not request.path.endswith("/issues"):
            return repository.answer(request)
        page = int(request.query["page"])
        rows = [row | {"number": page * 100 + n, "updated_at": stamp(START - page * HOUR)} for n in range(10)]
        return Reply(rows, headers={"Link": '<x>; rel="next"'} if page < 2000 else {})

    server.answering = endless
    reading = batches(github(server, watch, token=None))
    next(reading)
    before = _memory()
    told = 10 + sum(len(batch.issues) for batch in reading)
    # All pages together are 200 MB.
    assert _memory() - before < 50
    assert (told, server.count("/issues")) == (20_000, 2000)


def test_graphql_that_has_not_the_time_is_asked_for_less(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    for hour in range(60):
        repository.a_pull(at=START + hour * HOUR)
    slow = {"errors": [{"message": "Something went wrong while executing your query. This may be a timeout."}]}
    server.instead(Reply({}, 502), Reply(slow), when=("POST",), after=1)
    assert len(stored(batches(github(server, watch)))["pull_requests"]) == 60
    assert [each.body["variables"]["first"] for each in server.asked if each.method == "POST"][:5] == [
        1,
        40,
        20,
        10,
        10,
    ]


def test_one_thing_that_graphql_cannot_find_hides_no_others(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    for hour in range(3):
        repository.a_pull(at=START + hour * HOUR)

    def losing_one(request: Request) -> Reply:
        reply = repository.answer(request)
        if request.method == "POST" and "pullRequests" in request.body["query"]:
            reply.value["data"]["repository"]["pullRequests"]["nodes"][0] = None
            path = ["repository", "pullRequests", "nodes", 0]
            reply.value["errors"] = [{"type": "NOT_FOUND", "path": path, "message": "Could not resolve to a User."}]
        return reply

    server.answering = losing_one
    assert len(stored(batches(github(server, watch)))["pull_requests"]) == 2


def test_a_redirect_to_another_host_is_not_followed(server: Replay, watch: Watch) -> None:
    with replaying(lambda _: Reply({"full_name": "team/churn"})) as elsewhere:
        for status in (301, 302, 307):
            server.instead(Reply(None, status, {"Location": f"{elsewhere.url}/api/v3/repos/team/churn"}), when=("GET",))
            with pytest.raises(MaestroError):
                github(server, watch).check()
        assert not elsewhere.asked


def test_a_renamed_repository_is_read_under_its_new_name(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    for hour in range(45):
        repository.a_run(at=START + hour * HOUR)
    repository.path = "team/renamed"
    server.instead(Reply(None, 301, {"Location": f"{server.url}/api/v3/repos/team/renamed"}), when=("team/churn?",))
    assert len(stored(batches(github(server, watch)))["runs"]) == 45


def test_an_answer_larger_than_makes_sense_is_not_read(
    server: Replay, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "LARGEST_ANSWER", 100_000)
    server.instead(Reply(raw=b" " * 1_000_000))
    with pytest.raises(SourceUnavailable, match="64 MB"):
        github(server, watch).check()


@pytest.mark.parametrize(
    ("reply", "message", "advice"),
    [
        (Reply({"message": "Bad credentials"}, 401), "does not accept the token", "fine-grained"),
        (Reply({"message": "Resource not accessible by personal access token"}, 403), "does not let", "Read access"),
        (Reply({"message": "Not Found"}, 404), "has no repository team/churn", "Check the address"),
        (Reply(raw=b"<html>Welcome</html>"), "not with whole JSON", ""),
        (Reply([1]), "is no GitHub server", "https://github.com"),
    ],
    ids=["401", "403", "404", "a page for people", "a stranger"],
)
def test_a_refusal_says_what_to_do(server: Replay, watch: Watch, reply: Reply, message: str, advice: str) -> None:
    server.instead(*[reply] * 3)
    with pytest.raises(SourceUnavailable) as told:
        github(server, watch).check()
    assert message in told.value.message
    assert advice in told.value.advice


def test_a_server_that_is_down_is_told_without_the_address_twice(watch: Watch) -> None:
    down = GitHub(location=f"http://127.0.0.1:{a_free_port()}/team/churn", clock=watch.clock, pause=0)
    with pytest.raises(SourceUnavailable) as told:
        down.check()
    assert "Connection refused" in told.value.message
    assert "HTTPConnection" not in told.value.message
    assert "HTTPS_PROXY" in told.value.advice


def test_checking_tells_what_is_there_and_what_is_closed(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_pull()
    repository.a_release("v1")
    server.instead(Reply({"message": "Resource not accessible"}, 403), when=("/actions/runs",))
    assert github(server, watch).check() == (
        "GitHub answers: team/churn (public) has pull requests and releases. "
        "Not readable, as switched off or not allowed to this token: workflow runs."
    )


def test_no_log_and_no_error_holds_the_token(
    server: Replay, repository: GitHubRepository, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    repository.a_pull()
    server.instead(*[Reply({"message": "Server Error"}, 500)] * 3, when=("/actions/runs",))
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceUnavailable) as told:
        list(batches(github(server, watch)))
    assert all(each.headers["Authorization"] == f"token {SECRET}" for each in server.asked)
    assert SECRET not in caplog.text + repr(told.value) + told.value.message + repr(github(server, watch))


def test_rows_that_cannot_be_understood_are_odd_and_hide_no_others(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_pull(created_at="yesterday")
    repository.a_pull()
    repository.a_run(id=None)
    repository.a_run()
    repository.an_issue(updated_at="never")
    read = list(batches(github(server, watch, token=None)))
    found = stored(read)
    assert (len(found["pull_requests"]), len(found["runs"])) == (1, 1)
    assert ("pull request cannot be understood", "1") in [odd[:2] for odd in oddities(read)]


@pytest.mark.parametrize(
    "location", ["", "github.com/team", "https://github.com/team", "ftp://github.com/a/b", "/srv/a"]
)
def test_what_is_no_repository_is_refused_with_an_example(location: str) -> None:
    with pytest.raises(InvalidInput) as told:
        repository_address(location)
    assert "https://" in told.value.advice + told.value.message


def test_an_address_with_a_password_is_refused() -> None:
    with pytest.raises(InvalidInput) as told:
        repository_address("https://ada:hunter2@github.com/team/churn")
    assert "hunter2" not in json.dumps([told.value.message, told.value.advice])


def _memory() -> float:
    """What this process holds, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
