"""A release of old code, from the tool's answers to its changes and their lead time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from maestro_core.actions.store_delivery import store_delivery
from maestro_core.collectors.github import GitHub
from maestro_core.models import DataSource
from maestro_core.terms import DeploymentOrigin
from maestro_core.workspace import Workspace
from tests.collectors.delivery_reading import Watch
from tests.delivered import MONDAY, Delivered, a_delivered_project, at
from tests.replay.github import GitHubRepository, stamp
from tests.replay.server import Replay, replaying

YEAR, HOUR = 365 * 24, timedelta(hours=1)


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    return a_delivered_project(ws)


@pytest.fixture
def repository() -> GitHubRepository:
    return GitHubRepository(tags={"v1": "a", "v2": "c"})


@pytest.fixture
def server(repository: GitHubRepository) -> Iterator[Replay]:
    with replaying(repository.answer) as replay:
        replay.now = MONDAY
        yield replay


def read(team: Delivered, server: Replay) -> None:
    source: Any = team.ws.get(DataSource, team.source_id)
    clock = Watch(server.now).clock
    for batch in GitHub(location=f"{server.url}/team/churn", clock=clock, pause=0).collect(source.cursor or {}):
        store_delivery(team.ws, source, batch)


def test_a_release_of_last_years_code_brings_its_changes_with_their_whole_lead_time(
    team: Delivered, server: Replay, repository: GitHubRepository
) -> None:
    team.rule(DeploymentOrigin.RELEASE, "")
    team.commits("a", "b<a", "c<b", start=-YEAR)
    repository.a_release("v1", at=at(-YEAR), published_at=stamp(at(-400)))
    repository.a_release("v9-rc1", at=at(-2), prerelease=True)
    read(team, server)
    assert team.brought() == ["?"]
    server.now += 25 * HOUR
    repository.a_release("v2", at=at(2 - YEAR), published_at=stamp(server.now - HOUR))
    read(team, server)
    assert team.brought() == ["?", "bc"]
    finished, began = team.deployments()["finished_at"].iloc[1], team.changes()["started_at"]
    assert [finished - each for each in sorted(began)] == [(YEAR + 23) * HOUR, (YEAR + 22) * HOUR]
