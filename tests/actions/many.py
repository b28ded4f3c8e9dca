"""What tests of many repositories at once share: repositories, who reads them, and all that they brought."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.actions.lead import LEASE, Door, Lead
from maestro_core.actions.leases import take_lease
from maestro_core.actions.refresh import refresh_queued, request_refresh
from maestro_core.actions.refresh_many import refresh_many
from maestro_core.actions.refresh_runs import UNFINISHED
from maestro_core.actions.sources import connect_git
from maestro_core.models import (
    Account,
    Branch,
    CodeFile,
    Commit,
    FileChange,
    Person,
    ProcessMetric,
    Project,
    RefreshRun,
    Repository,
)
from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from maestro_core.workspace import open_workspace
from tests.conftest import House
from tests.repositories import a_lively_repository

HOLDER = "the leader"
LONGEST_WAIT = 60
START = 1_700_000_000


def repositories(folder: Path, *, commits: int) -> list[Path]:
    """Three repositories, two of them long enough to be read in several batches; most people are in all of them."""
    folder.mkdir()
    return [
        a_lively_repository(folder / "lively").path,
        *(_a_long_history(folder / name, commits) for name in ("one", "two")),
    ]


def the_door(house: House) -> Door:
    """Into the house as it is now: a test's own time would stand still, and who waits would wait for ever."""
    return lambda: house.open(now=datetime.now(UTC))


def queued(door: Door, *locations: Path) -> list[UUID]:
    """The runs of these repositories, waiting for whoever leads, which is us."""
    with door() as ws:
        assert take_lease(ws, name=LEASE, holder=HOLDER, seconds=3600)
        sources = [source for location in locations for source in connect_git(ws, location=str(location))]
        return [request_refresh(ws, source_id=source) for source in sources]


def read_in_turn(folder: Path, *locations: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that these repositories bring when one process reads them one after the other."""
    settings = Settings(data_directory=folder)
    own = open_portfolios(settings).own
    door: Door = lambda: open_workspace(own.engine, own.membership_id)  # noqa: E731
    queued(door, *locations)
    refresh_queued(door, settings=settings, lead=Lead(HOLDER))
    return everything(door)


@dataclass
class Leading:
    """A leader at work in a thread, which can be asked to stop."""

    door: Door
    settings: Settings
    stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Do something meanwhile; ends when all that was queued has been tried."""
        thread = threading.Thread(target=self.refresh)
        thread.start()
        try:
            yield
        except BaseException:
            self.stopping.set()
            raise
        finally:
            thread.join(LONGEST_WAIT)
        assert not thread.is_alive()

    def go_on(self, runs: list[UUID]) -> None:
        """Refresh until all have ended, as a worker does: what waits for a killed git to end is tried again."""

        def ended() -> bool:
            self.refresh()
            return not any(state in UNFINISHED for state, _ in states(self.door, runs))

        eventually(ended)

    def refresh(self) -> None:
        lead = Lead(HOLDER, go_on=lambda: not self.stopping.is_set())
        refresh_many(self.door, settings=self.settings, lead=lead)


def eventually(is_so: Callable[[], Any]) -> Any:
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        if answer := is_so():
            return answer
        time.sleep(0.01)
    raise AssertionError("it did not come true")


def readers() -> list[int]:
    """The processes of this machine that read for us."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _is_reader(path)]


def in_the_middle(door: Door, runs: list[UUID], kill: Callable[[UUID], bool]) -> UUID:
    """The run whose reader was killed, half way, at a moment when nobody can store; `kill` takes the source read."""

    def killed() -> UUID | None:
        if not _half_read(door, runs):
            return None
        with door() as ws:
            Lead(HOLDER).prove(ws)
            found = filter(_is_half_read, (ws.get(RefreshRun, run_id) for run_id in runs))
            return next((run.id for run in found if kill(run.source_id)), None)

    run_id: UUID = eventually(killed)
    return run_id


@contextmanager
def blocked(repository: Path) -> Iterator[None]:
    """While this lasts, nobody gets to the end of asking the repository for anything."""
    pipe = repository / ".git" / "packed-refs"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    try:
        yield
    finally:
        # Whoever waits reads that there is nothing.
        end = os.open(pipe, os.O_RDWR)
        pipe.unlink()
        os.close(end)


def states(door: Door, runs: list[UUID]) -> list[tuple[RunState, str | None]]:
    with door() as ws:
        return [(run.state, run.error) for run in (ws.get(RefreshRun, run_id) for run_id in runs)]


def everything(door: Door) -> dict[str, list[tuple[Any, ...]]]:
    """All that Git sources brought, without keys."""
    queries = {
        "commits": select(
            Repository.name, Commit.sha, Account.identity, Commit.authored_at, Commit.added, Commit.deleted,
            Commit.files, Commit.reachable, Commit.subject,
        ).where(Commit.repository_id == Repository.id, Commit.account_id == Account.id),
        "changes": select(Commit.sha, CodeFile.path, FileChange.added, FileChange.deleted)
        .join(Commit, FileChange.commit_id == Commit.id)
        .join(CodeFile, FileChange.file_id == CodeFile.id),
        "branches": select(Repository.name, Branch.name, Branch.head_sha, Branch.is_default, Branch.merged)
        .where(Branch.repository_id == Repository.id),
        "people": select(Person.name, Person.email, Person.is_bot),
        "accounts": select(Account.identity, Person.email).where(Account.person_id == Person.id),
        "days": select(Project.name, ProcessMetric.day, ProcessMetric.measure, ProcessMetric.value)
        .where(ProcessMetric.project_id == Project.id),
    }  # fmt: skip
    with door() as ws:
        return {name: sorted(map(tuple, ws.session.execute(query)), key=repr) for name, query in queries.items()}


def _half_read(door: Door, runs: list[UUID]) -> bool:
    with door() as ws:
        found = [ws.get(RefreshRun, run_id) for run_id in runs]
        assert any(run.finished_at is None for run in found), "too fast for this test: it needs a longer history"
        return any(_is_half_read(run) for run in found)


def _is_half_read(run: RefreshRun) -> bool:
    return run.state is RunState.RUNNING and run.rows > 0


def _is_reader(path: Path) -> bool:
    try:
        parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        return parent == os.getpid() and b"--process-name" in (path / "cmdline").read_bytes()
    except OSError:
        return False


def _a_long_history(path: Path, commits: int) -> Path:
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(path)], check=True)
    lines = []
    for number in range(commits):
        person = f"Person {number % 7} <person{number % 7}@example.org> {START + number * 600} +0200"
        lines.append(
            f"commit refs/heads/main\nauthor {person}\ncommitter {person}\ndata <<.\n{path.name} {number}\n.\n"
            f"M 100644 inline file{number % 50}.txt\ndata <<.\n{number}\n.\n"
        )
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input="".join(lines).encode(), check=True)
    return path
