"""A real Dask cluster reads many repositories; what it brings is what one process brings, whoever of it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from distributed import Client
from pydantic import SecretStr

from maestro_core.actions import crew
from maestro_core.actions.lead import Door
from maestro_core.models import RefreshRun
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from tests.actions.many import (
    Leading,
    everything,
    in_the_middle,
    queued,
    read_in_turn,
    repositories,
    states,
    the_door,
)
from tests.conftest import House
from tests.mlflow_server import a_free_port

COMMITS = 10_000
SUCCEEDED = (RunState.SUCCEEDED, None)
# The workers' own environment tells them where the database is.
on_postgresql = pytest.mark.parametrize("house", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Cluster:
    """A scheduler and two workers, each in a process of its own."""

    address: str

    def kill_reader_of(self, source_id: UUID) -> bool:
        """Kill the worker that holds the mirror of this source; False where nobody holds it just now."""
        with Client(self.address, set_as_default=False) as client:
            at_it = [process for process in client.run(os.getpid).values() if holds_mirror(process, source_id)]
        for process in at_it:
            os.kill(process, signal.SIGKILL)
        return bool(at_it)


@pytest.fixture
def door(house: House) -> Door:
    return the_door(house)


@pytest.fixture
def cluster(house: House, tmp_path: Path) -> Iterator[Cluster]:
    address = f"tcp://127.0.0.1:{a_free_port()}"
    environment = os.environ | {
        "MAESTRO_DATABASE_URL": database_url(house),
        "MAESTRO_DATA_DIRECTORY": str(tmp_path / "elsewhere"),
        "PYTHONPATH": os.getcwd(),
    }
    with (
        dask(os.environ, "scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard"),
        dask(environment, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"),
        dask(environment, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"),
    ):
        yield Cluster(address)


@pytest.mark.slow
@on_postgresql
def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    house: House, door: Door, cluster: Cluster, tmp_path: Path
) -> None:
    locations = repositories(tmp_path / "repositories", commits=COMMITS)
    runs = queued(door, *locations)
    leading = Leading(door, settings_of(house, tmp_path, cluster.address))
    with leading.at_work():
        cut_off = in_the_middle(door, runs[1:], cluster.kill_reader_of)
    leading.go_on(runs)
    assert states(door, runs) == [SUCCEEDED] * 3
    assert everything(door) == read_in_turn(tmp_path / "in turn", *locations)
    assert not (tmp_path / "here" / "mirrors").exists(), "something was read here, not by the cluster"
    with door() as ws:
        assert ws.get(RefreshRun, cut_off).attempts > 1


@on_postgresql
def test_a_cluster_that_does_not_answer_is_said_and_tried_again(
    house: House, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "ANSWER_SECONDS", 0.5)
    runs = queued(door, *repositories(tmp_path / "repositories", commits=1)[:2])
    address = f"tcp://127.0.0.1:{a_free_port()}"
    Leading(door, settings_of(house, tmp_path, address)).refresh()
    with door() as ws:
        for run in (ws.get(RefreshRun, run_id) for run_id in runs):
            assert run.state is RunState.QUEUED
            assert run.message == f"Waiting: The Dask cluster at {address} does not answer."
            assert run.not_before is not None


def holds_mirror(process: int, source_id: UUID) -> bool:
    """Whether a process has the lock of this source's mirror open, which it has from before the first row on."""
    opened = (descriptor for descriptor in Path(f"/proc/{process}/fd").iterdir() if descriptor.is_symlink())
    return any(Path(os.path.realpath(descriptor)).name == f"{source_id}.git.lock" for descriptor in opened)


def database_url(house: House) -> str:
    return house.portfolio.engine.url.render_as_string(hide_password=False)


def settings_of(house: House, tmp_path: Path, address: str) -> Settings:
    return Settings(data_directory=tmp_path / "here", database_url=SecretStr(database_url(house)), dask=address)


@contextmanager
def dask(environment: os._Environ[str] | dict[str, str], *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "dask", *arguments]
    with subprocess.Popen(command, env=dict(environment), stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()
