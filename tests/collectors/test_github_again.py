"""Workflow runs of GitHub that are run again at any time within their thirty days, whenever refreshes happen."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from pydantic import SecretStr

from maestro_core.collectors.github import GitHub
from tests.collectors.delivery_reading import Watch, batches, stored
from tests.replay.github import START, GitHubRepository, Row, stamp
from tests.replay.server import Replay, replaying

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def github(server: Replay) -> GitHub:
    clock = Watch(server.now).clock
    return GitHub(location=f"{server.url}/team/churn", token=SecretStr("s3cret"), clock=clock, pause=0)


def run_again(repository: GitHubRepository, run: Row, server: Replay) -> None:
    """A run once more, which has ended just now."""
    repository.attempts[run["id"], run["run_attempt"]] = dict(run)
    moment = stamp(server.now)
    run.update(run_attempt=run["run_attempt"] + 1, run_started_at=moment, updated_at=moment)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_attempt_is_told_whenever_runs_are_run_again_and_refreshed(seed: int) -> None:
    chance, repository, read = Random(seed), GitHubRepository(), []
    cursor: Row = {}
    with replaying(repository.answer) as server:
        server.now = START
        for _ in range(30):
            server.now += timedelta(hours=chance.choice([1, 5, 20, 26, 90, 200]))
            repository.a_run(at=server.now, jobs=[])
            young = [run for run in repository.runs if run["created_at"] >= stamp(server.now - 30 * DAY)]
            for run in chance.sample(young, min(2, len(young))):
                run_again(repository, run, server)
            server.now += HOUR
            read += list(batches(github(server), cursor))
            cursor = dict(read[-1].cursor)
        # What is older than a week is seen within a day.
        server.now += DAY
        read += list(batches(github(server), cursor))
    every = {(str(run["id"]), attempt) for run in repository.runs for attempt in range(1, run["run_attempt"] + 1)}
    assert set(stored(read)["runs"]) == every


def test_a_pass_whose_last_page_holds_nothing_new_is_complete() -> None:
    repository = GitHubRepository()
    with replaying(repository.answer) as server:
        server.now = START
        for hour in range(30):
            repository.a_run(at=START + hour * HOUR, jobs=[])
        server.now = START + 31 * HOUR
        *_, last = read = list(batches(github(server)))
        for _ in range(6):
            server.now += 12 * HOUR
            repository.a_run(at=server.now - HOUR, jobs=[])
            read += list(batches(github(server), last.cursor))
            last = read[-1]
            assert len(stored(read)["runs"]) == len(repository.runs)


@pytest.mark.parametrize("after", [1, 2])
def test_killed_while_the_last_month_is_read_again_nothing_is_lost(after: int) -> None:
    repository = GitHubRepository()
    with replaying(repository.answer) as server:
        server.now = START + 30 * DAY
        for hour in range(0, 28 * 24, 4):
            repository.a_run(at=START + timedelta(hours=hour, days=2), jobs=[])
        *_, last = batches(github(server))
        server.now += 26 * HOUR
        for run in repository.runs[::7]:
            run_again(repository, run, server)
        server.now += HOUR
        told, cursor = [], last.cursor
        for _ in range(20):
            lived = [batch for batch, _ in zip(batches(github(server), cursor), range(after), strict=False)]
            told += lived
            cursor = lived[-1].cursor if lived else cursor
        again = {(str(run["id"]), 2) for run in repository.runs[::7]}
        assert again <= set(stored(told)["runs"])
        assert not list(batches(github(server), cursor))
