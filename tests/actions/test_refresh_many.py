"""Several sources are read at once by processes of this machine; what they bring is what one process brings."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from maestro_core.actions import crew
from maestro_core.actions.crew import Processes
from maestro_core.actions.lead import Door
from maestro_core.actions.refresh import request_refresh
from maestro_core.actions.refresh_many import ALONE_AFTER, LOOK_SECONDS
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
    the_door,
)
from tests.conftest import House
from tests.repositories import a_lively_repository

COMMITS = 10_000
"""Read in several batches."""
SUCCEEDED = (RunState.SUCCEEDED, None)
# Where one writes at a time; tests/actions/test_refresh_cluster.py does the same on PostgreSQL.
on_sqlite = pytest.mark.parametrize("house", ["sqlite"], indirect=True)


@pytest.fixture
def door(house: House) -> Door:
    return the_door(house)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_directory=tmp_path / "data", workers=2)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read here: others are waited for."""
    monkeypatch.setattr(Processes, "is_here", lambda _self: True)


@pytest.mark.slow
@on_sqlite
@pytest.mark.usefixtures("at_once")
def test_readers_that_are_killed_lose_and_double_nothing(door: Door, settings: Settings, tmp_path: Path) -> None:
    locations = repositories(tmp_path / "repositories", commits=COMMITS)
    runs = queued(door, *locations)
    leading = Leading(door, settings)
    with leading.at_work():
        cut_off = in_the_middle(door, runs[1:], lambda _source_id: kill_readers())
    leading.go_on(runs)
    assert states(door, runs) == [SUCCEEDED] * 3
    assert everything(door) == read_in_turn(tmp_path / "in turn", *locations)
    with door() as ws:
        assert ws.get(RefreshRun, cut_off).attempts > 1
    assert readers() == []


@on_sqlite
@pytest.mark.usefixtures("at_once")
@pytest.mark.slow
def test_a_stop_puts_back_what_others_read_and_ends_them(door: Door, settings: Settings, tmp_path: Path) -> None:
    locations = [a_lively_repository(tmp_path / name).path for name in "ab"]
    runs = queued(door, *locations)
    leading = Leading(door, settings)
    with blocked(locations[0]), blocked(locations[1]), leading.at_work():
        eventually(lambda: states(door, runs) == [(RunState.RUNNING, None)] * 2)
        leading.stopping.set()
    assert readers() == []
    with door() as ws:
        for run in (ws.get(RefreshRun, run_id) for run_id in runs):
            assert (run.state, run.interruptions) == (RunState.QUEUED, 0)
            assert run.message == "Interrupted: goes on from the last stored batch"
    Leading(door, settings).go_on(runs)
    assert states(door, runs) == [SUCCEEDED] * 2


@on_sqlite
@pytest.mark.slow
def test_others_are_called_while_a_long_one_is_read_here_also_for_who_asks_meanwhile(
    door: Door, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "POOL_SECONDS", 0.2)
    long, short, late = (a_lively_repository(tmp_path / name).path for name in ("long", "short", "late"))
    runs = queued(door, long, short)
    with Leading(door, settings).at_work(), blocked(long):
        eventually(lambda: states(door, runs)[1] == SUCCEEDED)
        runs += queued(door, late)
        eventually(lambda: states(door, runs)[2] == SUCCEEDED)
        assert states(door, runs)[0] == (RunState.RUNNING, None)
    assert states(door, runs) == [SUCCEEDED] * 3


@on_sqlite
def test_sources_that_are_read_in_no_time_are_read_here(
    door: Door, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "POOL_SECONDS", 60.0)
    monkeypatch.setattr(Processes, "submit", None)
    runs = queued(door, *(a_lively_repository(tmp_path / name).path for name in "abc"))
    Leading(door, settings).refresh()
    assert states(door, runs) == [SUCCEEDED] * 3


@on_sqlite
def test_a_source_whose_reader_died_again_is_read_when_nobody_else_is(
    door: Door, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What kills its reader, for want of memory, is kept away from the leader, and from what others read."""
    monkeypatch.setattr(crew, "POOL_SECONDS", 60.0)
    suspicious, harmless = (a_lively_repository(tmp_path / name).path for name in ("suspicious", "harmless"))
    runs = queued(door, suspicious, harmless)
    with door() as ws:
        ws.get(RefreshRun, runs[0]).interruptions = ALONE_AFTER
    with Leading(door, settings).at_work(), blocked(suspicious):
        with blocked(harmless):
            eventually(lambda: states(door, runs)[1][0] is RunState.RUNNING)
            assert (states(door, runs)[0][0], readers()) == (RunState.QUEUED, [])
        eventually(lambda: states(door, runs)[0][0] is RunState.RUNNING)
        assert len(readers()) > 0
        runs += queued(door, a_lively_repository(tmp_path / "late").path)
        time.sleep(2 * LOOK_SECONDS)
        assert states(door, runs)[2][0] is RunState.QUEUED
    assert states(door, runs) == [SUCCEEDED] * 3


def test_a_crew_of_which_somebody_was_killed_comes_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "POOL_SECONDS", 0.0)
    processes = Processes(settings, SecretStr("sqlite://"))
    try:
        for _ in range(2):
            eventually(lambda: processes.is_here() and readers())
            assert kill_readers()
            # Whoever is asked next finds them gone.
            processes._arrival = None
    finally:
        processes.dismiss()
    assert not processes.is_here()


@on_sqlite
@pytest.mark.usefixtures("at_once")
def test_what_cannot_be_read_elsewhere_is_told_here(
    door: Door, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where readers cannot decrypt, reach or find something, the run says so; what nobody expected is in our log."""
    locked, open_to_all = (a_lively_repository(tmp_path / name).path for name in ("locked", "open"))
    with door() as ws:
        [source_id] = connect_git(ws, location=str(locked))
        ws.get(DataSource, source_id).credentials = "from another key"
        runs = [request_refresh(ws, source_id=source_id)]
    runs += queued(door, open_to_all)
    (settings.data_directory / "mirrors").parent.mkdir(parents=True)
    (settings.data_directory / "mirrors").write_text("not a folder")
    Leading(door, settings).refresh()
    (first, secret), (second, odd) = states(door, runs)
    assert (first, second) == (RunState.FAILED, RunState.FAILED)
    assert "cannot be read with the present key" in str(secret)
    assert "did not expect" in str(odd)
    assert "NotADirectoryError" in caplog.text


def kill_readers() -> bool:
    """Whether there was anybody to kill."""
    found = readers()
    for process in found:
        os.kill(process, signal.SIGKILL)
    return bool(found)
