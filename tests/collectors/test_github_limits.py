"""GitHub asks to wait: in each of its ways, for short and for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from maestro_core.collectors.github import GitHub
from maestro_core.errors import AskedToWait
from tests.collectors.delivery_reading import Watch, batches, stored
from tests.replay.github import START, GitHubRepository
from tests.replay.server import Replay, Reply, replaying

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


def test_a_short_limit_is_waited_for_and_seen(server: Replay, repository: GitHubRepository, watch: Watch) -> None:
    repository.a_pull()
    server.instead(Reply(LIMITED, 429, {"Retry-After": "25"}), when=("POST",), after=1)
    read = list(batches(github(server, watch)))
    assert [batch.message for batch in read[:3]] == [f"GitHub asked to wait: {left} s left" for left in (25, 15, 5)]
    assert watch.slept == [10, 10, 5]
    assert len(stored(read)["pull_requests"]) == 1


def test_a_used_up_allowance_is_waited_for_by_the_clock_of_the_server(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_run()
    server.now += 3 * HOUR  # it is ahead of us by so much
    reset = f"{server.now.timestamp() + 9:.0f}"
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    server.instead(Reply(LIMITED, 403, headers), when=("/jobs",))
    assert len(stored(batches(github(server, watch)))["runs"]) == 1
    assert watch.slept == [10]


def test_a_long_wait_is_left_for_later_and_keeps_what_was_read(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_pull()
    repository.a_run()
    server.instead(Reply(LIMITED, 403, {"Retry-After": "1800"}), when=("/actions/runs",))
    read = []
    with pytest.raises(AskedToWait) as told:
        read += batches(github(server, watch))
        for batch in batches(github(server, watch)):
            read.append(batch)
    assert told.value.until == watch.now + timedelta(seconds=1800)
    assert not watch.slept


def test_what_was_read_before_a_long_wait_is_not_asked_for_again(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_pull()
    repository.a_run()
    server.instead(Reply(SECONDARY, 403, {"Retry-After": "1800"}), when=("/actions/runs",))
    reading, read = batches(github(server, watch)), []
    with pytest.raises(AskedToWait):
        read.extend(batch for batch in reading if not read.append(batch))
    rest = list(batches(github(server, watch), read[-1].cursor))
    assert (len(stored(rest)["pull_requests"]), len(stored(rest)["runs"])) == (0, 1)


def test_killed_while_it_waits_a_page_is_not_taken_as_told(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_pull()
    server.instead(Reply(LIMITED, 429, {"Retry-After": "25"}), when=("/reviews",))
    reading = batches(github(server, watch, token=None))
    waiting = next(batch for batch in reading if "asked to wait" in batch.message)
    assert len(stored(batches(github(server, watch, token=None), waiting.cursor))["pull_requests"]) == 1


def test_a_secondary_limit_without_a_time_waits_a_minute(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_run()
    server.instead(Reply(SECONDARY, 403), when=("/jobs",))
    assert len(stored(batches(github(server, watch)))["runs"]) == 1
    assert sum(watch.slept) == 60


def test_graphql_tells_its_limit_within_a_good_answer(
    server: Replay, repository: GitHubRepository, watch: Watch
) -> None:
    repository.a_pull()
    limited = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{server.now.timestamp() + 4:.0f}"}
    server.instead(Reply(limited, 200, headers), when=("POST",), after=1)
    assert len(stored(batches(github(server, watch)))["pull_requests"]) == 1
    assert watch.slept == [5]
