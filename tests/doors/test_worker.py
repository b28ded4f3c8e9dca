"""Exactly one worker leads; killing it at any moment loses and doubles nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.worker import Pace, Worker, door_to, start_worker, stop_worker
from maestro_core.actions.collecting import TOOLS
from maestro_core.actions.lead import LEASE
from maestro_core.actions.leases import lease_holder
from maestro_core.actions.refresh import request_refresh
from maestro_core.actions.sources import connect_git
from maestro_core.models import Branch, CodeFile, Commit, FileChange, Person, ProcessMetric, RefreshRun
from maestro_core.portfolios import Portfolio, Portfolios, open_portfolios
from maestro_core.settings import Settings
from maestro_core.terms import RunState, SourceKind
from maestro_core.workspace import Workspace, open_workspace
from tests.actions.numbered import NUMBERED, a_numbered_source, the_sum
from tests.conftest import House

QUICK = Pace(lease=1.5, lead=0.2, refresh=0.1, queue=0.3, train=3600, patience=10)
PATIENT = Pace(lease=3600, lead=0.1, refresh=0.1, queue=3600, train=3600)
PROCESS = """
import sys, threading
from uuid import UUID
from app.worker import Pace, start_worker
from maestro_core.database import connect
from maestro_core.portfolios import Portfolio, Portfolios
from maestro_core.settings import Settings
from maestro_core.vault import open_vault
own = Portfolio(connect(sys.argv[1], vault=open_vault(Settings())), UUID(sys.argv[2]), is_sample=False)
pace = Pace(lease=1.5, lead=0.2, refresh=0.1, queue=3600, train=3600)
start_worker(Portfolios(own, own), Settings(), pace=pace)
threading.Event().wait()
"""
LONGEST_WAIT = 180


def eventually(is_so: Callable[[], Any]) -> Any:
    """What comes true in a while."""
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        if answer := is_so():
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not come true")


def open_own(own: Portfolio) -> AbstractContextManager[Workspace]:
    return open_workspace(own.engine, own.membership_id)


def the_leader(own: Portfolio) -> str | None:
    with open_own(own) as ws:
        return lease_holder(ws, name=LEASE)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_directory=tmp_path / "data")


@contextmanager
def workers(house: House, settings: Settings, count: int, pace: Pace = QUICK) -> Iterator[list[Worker]]:
    portfolios = Portfolios(house.portfolio, house.portfolio)
    started = [start_worker(portfolios, settings, pace=pace) for _ in range(count)]
    try:
        yield started
    finally:
        for worker in started:
            if worker.scheduler.running:
                stop_worker(worker)


def test_of_two_workers_exactly_one_leads(house: House, settings: Settings) -> None:
    with workers(house, settings, 2, PATIENT) as (first, second):
        for _ in range(10):
            time.sleep(0.05)
            assert (first.leads, second.leads) == (True, False)
            assert the_leader(house.portfolio) == first.holder


def test_a_worker_that_stops_hands_over_at_once(house: House, settings: Settings) -> None:
    portfolios = Portfolios(house.portfolio, house.portfolio)
    first, second = (start_worker(portfolios, settings, pace=PATIENT) for _ in range(2))
    assert stop_worker(first)
    eventually(lambda: second.leads)
    assert stop_worker(second)
    assert the_leader(house.portfolio) is None


def test_what_is_queued_or_due_is_refreshed(
    house: House, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOOLS, SourceKind.GIT, NUMBERED)
    with house.open() as ws:
        a_numbered_source(ws, tmp_path / "numbers", 1, 20, 300)

    def summed() -> bool:
        with house.open() as ws:
            return the_sum(ws) == 321

    with workers(house, settings, 2):
        eventually(summed)


def test_a_source_is_not_refreshed_again_before_it_is_due(
    house: House, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOOLS, SourceKind.GIT, NUMBERED)
    with house.open(now=datetime.now(UTC)) as ws:
        a_numbered_source(ws, tmp_path / "numbers", 1)
    with workers(house, settings, 1):
        eventually(lambda: counted_runs(house.portfolio) == 1)
        time.sleep(1)
        assert counted_runs(house.portfolio) == 1


def counted_runs(own: Portfolio) -> int:
    with open_own(own) as ws:
        return ws.session.scalar(select(func.count()).select_from(RefreshRun)) or 0


@contextmanager
def a_process(own: Portfolio, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own; a session of its own too, so that nothing else is killed."""
    url = own.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PROCESS, url, str(own.membership_id)]
    with subprocess.Popen(command, env=environment_of(settings), start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def environment_of(settings: Settings) -> dict[str, str]:
    return os.environ | {"MAESTRO_DATA_DIRECTORY": str(settings.data_directory)}


@pytest.mark.slow
def test_when_the_leader_is_killed_another_process_takes_over(house: House, settings: Settings) -> None:
    own = house.portfolio
    with a_process(own, settings) as one, a_process(own, settings) as other:
        first = eventually(lambda: the_leader(own))
        leader = one if f":{one.pid}:" in first else other
        follower = other if leader is one else one
        leader.send_signal(signal.SIGKILL)
        assert f":{follower.pid}:" in eventually(lambda: (now := the_leader(own)) != first and now)


@pytest.mark.slow
def test_a_terminated_worker_gives_the_lease_back_and_ends_well(settings: Settings) -> None:
    own = open_portfolios(settings).own
    command = [sys.executable, "-m", "app.cli", "worker"]
    with subprocess.Popen(command, env=environment_of(settings)) as process:
        eventually(lambda: the_leader(own))
        process.terminate()
        assert process.wait(LONGEST_WAIT) == 0
        assert the_leader(own) is None


KILLS = 4
COMMITS = 15_000


@pytest.mark.slow
def test_killing_the_worker_again_and_again_loses_and_doubles_nothing(
    house: House, settings: Settings, tmp_path: Path
) -> None:
    own, repository = house.portfolio, a_long_history(tmp_path / "churn")
    run_id = a_requested_run(own, repository)
    cut_off = [kill_in_the_middle(settings, own, run_id, after=0.1 * kill) for kill in range(KILLS)]
    assert sum(cut_off) >= KILLS / 2, "the machine is too fast for this test: it needs a longer history"
    with a_process(own, settings):
        assert eventually(lambda: the_end(own, run_id)) is RunState.SUCCEEDED

    undisturbed = Settings(data_directory=tmp_path / "undisturbed")
    calm = open_portfolios(undisturbed).own
    calm_run_id = a_requested_run(calm, repository)
    worker = Worker(door_to(calm), undisturbed, QUICK)
    worker.lead()
    worker.refresh()
    assert the_progress(own, run_id) == the_progress(calm, calm_run_id)
    assert everything(own) == everything(calm)
    assert len(everything(own)["commits"]) == COMMITS


def a_long_history(path: Path) -> Path:
    """A repository whose history takes several batches to read."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(path)], check=True)
    start = 1_700_000_000
    lines = []
    for number in range(COMMITS):
        person = f"Person {number % 7} <person{number % 7}@example.org> {start + number * 600} +0200"
        lines.append(
            f"commit refs/heads/main\nauthor {person}\ncommitter {person}\ndata <<.\nChange {number}\n.\n"
            f"M 100644 inline file{number % 50}.txt\ndata <<.\n{number}\n.\n"
        )
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input="".join(lines).encode(), check=True)
    return path


def a_requested_run(own: Portfolio, repository: Path) -> UUID:
    with open_own(own) as ws:
        [source_id] = connect_git(ws, location=str(repository))
        return request_refresh(ws, source_id=source_id)


def kill_in_the_middle(settings: Settings, own: Portfolio, run_id: UUID, *, after: float) -> bool:
    """Kill a worker a moment after it stored a batch; where it is by then is up to chance. Whether it was at it."""
    before = the_progress(own, run_id)
    with a_process(own, settings) as process:
        eventually(lambda: the_progress(own, run_id) > before or the_end(own, run_id))
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()
    return the_end(own, run_id) is None


def the_progress(own: Portfolio, run_id: UUID) -> int:
    with open_own(own) as ws:
        return ws.get(RefreshRun, run_id).rows


def the_end(own: Portfolio, run_id: UUID) -> RunState | None:
    with open_own(own) as ws:
        run = ws.get(RefreshRun, run_id)
        return run.state if run.finished_at else None


def everything(own: Portfolio) -> dict[str, list[tuple[Any, ...]]]:
    """All that a Git source brings, without keys."""
    queries = {
        "commits": select(
            Commit.sha, Commit.authored_at, Commit.added, Commit.deleted, Commit.files, Commit.reachable, Commit.subject
        ),
        "changes": select(Commit.sha, CodeFile.path, FileChange.added, FileChange.deleted)
        .join(Commit, FileChange.commit_id == Commit.id)
        .join(CodeFile, FileChange.file_id == CodeFile.id),
        "branches": select(Branch.name, Branch.head_sha, Branch.last_commit_at, Branch.is_default, Branch.merged),
        "people": select(Person.name, Person.email),
        "days": select(ProcessMetric.day, ProcessMetric.measure, ProcessMetric.value),
    }
    with open_own(own) as ws:
        return {name: sorted(map(tuple, ws.session.execute(query))) for name, query in queries.items()}
