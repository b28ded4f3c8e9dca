"""Releases of old code, of old days, and by either interface: each is told once, with its commit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.github import GitHub
from maestro_core.collectors.gitlab import GitLab
from tests.collectors.delivery_reading import Watch, batches, stored
from tests.replay.github import START, GitHubRepository, stamp
from tests.replay.gitlab import GitLabProject
from tests.replay.gitlab import stamp as gitlab_stamp
from tests.replay.server import Replay, Reply, replaying

TOKEN = SecretStr("s3cret")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INTERFACES = pytest.mark.parametrize("token", [TOKEN, None], ids=["GraphQL", "REST"])


@pytest.fixture
def repository() -> GitHubRepository:
    return GitHubRepository()


@pytest.fixture
def server(repository: GitHubRepository) -> Iterator[Replay]:
    with replaying(repository.answer) as replay:
        replay.now = START + 400 * DAY
        yield replay


def github(server: Replay, token: SecretStr | None = TOKEN) -> GitHub:
    return GitHub(location=f"{server.url}/team/churn", token=token, clock=Watch(server.now).clock, pause=0)


@INTERFACES
def test_a_release_names_its_commit(server: Replay, repository: GitHubRepository, token: SecretStr | None) -> None:
    repository.a_release("v1")
    (release,) = stored(batches(github(server, token)))["releases"].values()
    assert (release.tag, release.sha) == ("v1", "5" * 40)


@INTERFACES
def test_a_release_of_a_commit_of_last_year_is_seen_within_a_day(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    for number in range(150):
        repository.a_release(f"v{number}", at=START + (200 + number) * DAY)
    *_, last = batches(github(server, token))
    server.now += 25 * HOUR
    repository.a_release("old", at=START, published_at=stamp(server.now - HOUR))
    read = list(batches(github(server, token), last.cursor))
    (release,) = stored(read)["releases"].values()
    assert (release.tag, release.sha, release.released_at) == ("old", "5" * 40, server.now - HOUR)
    server.now += HOUR
    assert not list(batches(github(server, token), read[-1].cursor))


def test_looking_at_all_releases_takes_a_question_for_a_hundred_once_a_day(
    server: Replay, repository: GitHubRepository
) -> None:
    for number in range(250):
        repository.a_release(f"v{number}", at=START + number * DAY)
    *_, last = batches(github(server, None))
    server.now += HOUR
    asked = server.count("/releases")
    *_, last = [last, *batches(github(server, None), last.cursor)]
    assert server.count("/releases") - asked == 1
    server.now += DAY
    asked = server.count("/releases")
    read = list(batches(github(server, None), last.cursor))
    assert server.count("/releases") - asked == 1 + 3
    assert not stored(read)["releases"]


def test_a_release_whose_tag_is_gone_has_no_commit(server: Replay, repository: GitHubRepository) -> None:
    repository.a_release("v1")
    server.instead(Reply([{"name": "v2", "commit": {"sha": "6" * 40}}, {"name": "odd"}]), when=("/tags",))
    (release,) = stored(batches(github(server, None)))["releases"].values()
    assert release.sha is None


def test_gitlab_tells_a_release_of_a_day_long_past_within_a_day() -> None:
    project = GitLabProject()
    with replaying(project.answer) as server:
        server.now = START + 400 * DAY
        project.a_release("v1", at=START + 300 * DAY)
        *_, last = batches(_gitlab(server))
        server.now += 25 * HOUR
        project.a_release("v0", at=START, created_at=gitlab_stamp(server.now - HOUR))
        read = list(batches(_gitlab(server), last.cursor))
        assert list(stored(read)["releases"]) == ["v0"]
        assert not list(batches(_gitlab(server), read[-1].cursor))


def _gitlab(server: Replay) -> GitLab:
    return GitLab(location=f"{server.url}/group/team/churn", token=TOKEN, clock=Watch(server.now).clock)


def test_a_clock_of_ours_that_is_ahead_hides_no_release(server: Replay, repository: GitHubRepository) -> None:
    def reading(cursor: dict[str, Any]) -> list[DeliveryBatch]:
        ahead = GitHub(location=f"{server.url}/team/churn", token=TOKEN, clock=Watch(server.now + HOUR).clock, pause=0)
        return list(batches(ahead, cursor))

    repository.a_release("v2", at=START + 300 * DAY)
    read = reading({})
    repository.a_release("v1.0.1", at=START, published_at=stamp(server.now + 30 * MINUTE))
    for _ in range(3):
        server.now += 26 * HOUR
        read += reading(dict(read[-1].cursor))
    assert {release.tag for release in stored(read)["releases"].values()} == {"v2", "v1.0.1"}
