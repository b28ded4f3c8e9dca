"""Several sources are read at once by processes of this machine; what they bring is what one process brings."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from maestro_core.actions.crew import Processes
from maestro_core.actions.refresh import request_refresh
from maestro_core.actions.sources import connect_git
from maestro_core.models import DataSource, RefreshRun
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from tests.actions.many import (
    Leading,
    blocked,
    eventually,
    everything,
    in_the_middle,
    queued,
    read_in_turn,
    readers,
    repositories,
    states,
)
from tests.conftest import House
from tests.repositories import a_lively_repository

COMMITS = 2_500
"""Read in several batches."""
SUCCEEDED = (RunState.SUCCEEDED, None)
# Where one writes at a time; tests/actions/test_refresh_cluster.py does the same on PostgreSQL.
on_sqlite = pytest.mark.parametrize("house", ["sqlite"], indirect=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_directory=tmp_path / "data", workers=2)


@pytest.mark.slow
@on_sqlite
def test_readers_that_are_killed_lose_and_double_nothing(house: House, settings: Settings, tmp_path: Path) -> None:
    locations = repositories(tmp_path / "repositories", commits=COMMITS)
    runs = queued(house.open, *locations)
    leading = Leading(house.open, settings)
    with leading.at_work():
        in_the_middle(house.open, runs, kill_readers)
    assert states(house.open, runs) == [SUCCEEDED] * 3
    assert everything(house.open) == read_in_turn(tmp_path / "in turn", *locations)
    with house.open() as ws:
        assert sum(ws.get(RefreshRun, run_id).attempts for run_id in runs) > len(runs)
    assert readers() == []


@on_sqlite
def test_a_stop_puts_back_what_others_read_and_ends_them(house: House, settings: Settings, tmp_path: Path) -> None:
    locations = [a_lively_repository(tmp_path / name).path for name in "ab"]
    runs = queued(house.open, *locations)
    leading = Leading(house.open, settings)
    with blocked(locations[0]), blocked(locations[1]), leading.at_work():
        eventually(lambda: states(house.open, runs) == [(RunState.RUNNING, None)] * 2)
        leading.stopping.set()
    assert readers() == []
    with house.open() as ws:
        for run in (ws.get(RefreshRun, run_id) for run_id in runs):
            assert (run.state, run.interruptions) == (RunState.QUEUED, 0)
            assert run.message == "Interrupted: goes on from the last stored batch"
    Leading(house.open, settings).refresh()
    assert states(house.open, runs) == [SUCCEEDED] * 2


@on_sqlite
def test_who_asks_meanwhile_does_not_wait_for_the_long_ones(house: House, settings: Settings, tmp_path: Path) -> None:
    long, short, late = (a_lively_repository(tmp_path / name).path for name in ("long", "short", "late"))
    runs = queued(house.open, long, short)
    with Leading(house.open, settings).at_work(), blocked(long):
        eventually(lambda: states(house.open, runs)[1] == SUCCEEDED)
        runs += queued(house.open, late)
        eventually(lambda: states(house.open, runs)[2] == SUCCEEDED)
        assert states(house.open, runs)[0] == (RunState.RUNNING, None)
    assert states(house.open, runs) == [SUCCEEDED] * 3


@on_sqlite
def test_sources_that_are_read_in_no_time_are_read_here(
    house: House, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called(_self: Processes) -> object:
        raise AssertionError("processes were started for next to nothing")

    monkeypatch.setattr(Processes, "_start", called)
    leading = Leading(house.open, settings)
    runs = []
    for name in "ab":
        runs += queued(house.open, a_lively_repository(tmp_path / name).path)
        leading.refresh()
    assert states(house.open, runs) == [SUCCEEDED] * 2
    with house.open() as ws:
        again = [request_refresh(ws, source_id=ws.get(RefreshRun, run_id).source_id) for run_id in runs]
    leading.refresh()
    assert states(house.open, again) == [SUCCEEDED] * 2


@on_sqlite
def test_what_cannot_be_read_elsewhere_is_told_here(
    house: House, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where readers cannot decrypt, reach or find something, the run says so; what nobody expected is in our log."""
    locked, open_to_all = (a_lively_repository(tmp_path / name).path for name in ("locked", "open"))
    with house.open() as ws:
        [source_id] = connect_git(ws, location=str(locked))
        ws.get(DataSource, source_id).credentials = "from another key"
        runs = [request_refresh(ws, source_id=source_id)]
    runs += queued(house.open, open_to_all)
    (settings.data_directory / "mirrors").parent.mkdir(parents=True)
    (settings.data_directory / "mirrors").write_text("not a folder")
    Leading(house.open, settings).refresh()
    (first, secret), (second, odd) = states(house.open, runs)
    assert (first, second) == (RunState.FAILED, RunState.FAILED)
    assert "cannot be read with the present key" in str(secret)
    assert "did not expect" in str(odd)
    assert "NotADirectoryError" in caplog.text


def kill_readers() -> None:
    for process in readers():
        os.kill(process, signal.SIGKILL)
