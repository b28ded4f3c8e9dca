"""What a refresh of a Git repository costs, as a ratio to one `git log --all --numstat --no-renames`, in one run.

    python benchmarks/git_collect.py REPOSITORY         a repository on this machine, bare or not; it is copied first
    python benchmarks/git_collect.py --commits 100000   a made one
    … --peers VENV    PyDriller, git-fame and gitinspector too, where that environment has them
    … --growth        the first quarter and half of the history too
    … --rounds 1      once, rather than three times

Told: commits, people and lines against git's own counts, with renames followed and not; wall time of the first refresh
through the product's own path (collect, parse, store, score) beside git's, in turns; refreshes with nothing and with
100 commits new; and the peak memory of our process, children apart. Exits with 1 where counts differ, the median ratio
passes 0.65 on a history of 50,000 commits or more, or memory passes 300 MB.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from uuid import UUID

from git_repositories import add_commits, make_repository, prefix_of
from sqlalchemy import func, select

from maestro_core.actions.collecting import address_of, collector_for
from maestro_core.actions.lead import LEASE, Lead
from maestro_core.actions.leases import take_lease
from maestro_core.actions.refresh import refresh_queued, request_refresh
from maestro_core.actions.sources import connect_git
from maestro_core.models import Account, Commit, DataSource, FileRename, RefreshRun
from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from maestro_core.workspace import open_workspace

LEAD = Lead("benchmark", seconds=3600)
MOST_MEMORY_MB = 300
HIGHEST_RATIO, LARGE = 0.65, 50_000
LINE = ("--all", "--numstat", "--no-renames")
FOLLOWED, ALONE = "renames followed", "without renames"
LONGEST_PEER_SECONDS = 1_800
NEW_COMMITS = 100
PYDRILLER = """
import sys
from pydriller import Repository
for commit in Repository(sys.argv[1]).traverse_commits():
    commit.insertions
"""
PEERS = {
    "PyDriller": ("python", "-c", PYDRILLER, "{}"),
    "git-fame": ("git-fame", "--silent-progress", "{}"),
    "gitinspector": ("gitinspector", "{}"),
}


@dataclass
class Clock:
    """Wall seconds by name."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        # What was written before is not written to disk at the expense of this.
        os.sync()
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started


@dataclass
class Shelf:
    """A Maestro of its own with one source, refreshed as the worker does."""

    settings: Settings
    door: partial[object]
    source_id: UUID

    def make_mirror(self) -> Path:
        with self.door() as ws:
            address = address_of(ws, ws.get(DataSource, self.source_id), settings=self.settings)
        with collector_for(address, settings=self.settings)._mirror().held() as held:
            held.refresh()
        return address.mirror

    def refresh(self) -> None:
        with self.door() as ws:
            take_lease(ws, name=LEASE, holder=LEAD.holder, seconds=LEAD.seconds)
            run_id = request_refresh(ws, source_id=self.source_id)
        refresh_queued(self.door, settings=self.settings, lead=LEAD)
        with self.door() as ws:
            run = ws.get(RefreshRun, run_id)
            if run.state is not RunState.SUCCEEDED:
                sys.exit(f"the refresh ended as {run.state}: {run.error or run.message}")

    def counts(self) -> dict[str, int]:
        commits = select(func.count(), func.sum(Commit.added), func.sum(Commit.deleted))
        people = select(func.count(Account.identity.distinct())).join(Commit, Commit.account_id == Account.id)
        with self.door(reading=True) as ws:
            values = (*ws.session.execute(commits.where(Commit.reachable)).one(), ws.session.scalar(people))
            moved = ws.session.scalar(select(func.coalesce(func.sum(FileRename.moved), 0)))
        number, added, deleted, authors = map(int, values)
        return {"commits": number, "authors": authors} | {
            f"lines {what}, {how}": lines + kept
            for how, kept in ((FOLLOWED, 0), (ALONE, moved))
            for what, lines in (("added", added), ("deleted", deleted))
        }


def shelf_in(folder: Path, source_id: UUID | None = None, *, location: Path | None = None) -> Shelf:
    """The one whose data are there, or a new one for this location."""
    settings = Settings(data_directory=folder / "data", workers=1)
    own = open_portfolios(settings).own
    door = partial(open_workspace, own.engine, own.membership_id)
    if source_id is None:
        with door() as ws:
            [source_id] = connect_git(ws, location=str(location))
    return Shelf(settings, door, source_id)


def log(mirror: Path, target: Path, *options: str) -> None:
    """One `git log`, written to a file."""
    with target.open("wb") as file:
        subprocess.run(["git", "-C", str(mirror), "log", "--format=%x00%aN <%aE>", *options], stdout=file, check=True)


def counts_of_git(mirror: Path, target: Path) -> dict[str, int]:
    """Counted from git's own output, line by line; of branches and tags, as Maestro reads them."""
    counts: dict[str, int] = {}
    for how, option in ((FOLLOWED, "-M"), (ALONE, "--no-renames")):
        log(mirror, target, "--all", "--numstat", option)
        lines, authors, commits = [0, 0], set(), 0
        for line in target.read_bytes().split(b"\n"):
            if line.startswith(b"\0"):
                commits += 1
                authors.add(line[1:].decode(errors="replace").lower())
            elif line[:1].isdigit():
                lines = [total + int(number) for total, number in zip(lines, line.split(b"\t")[:2], strict=True)]
        counts |= {"commits": commits, "authors": len(authors)}
        counts |= {f"lines added, {how}": lines[0], f"lines deleted, {how}": lines[1]}
    return counts


@dataclass(frozen=True)
class Round:
    """One first refresh, and the line beside it."""

    seconds: dict[str, float]
    source_id: UUID
    mirror: Path
    memory: float
    """The most that the process needed, in MB."""

    @property
    def ratio(self) -> float:
        return self.seconds["refresh"] / self.seconds["git log"]


def measure(repository: Path, folder: Path) -> Round:
    folder.mkdir(parents=True)
    clock, shelf = Clock(), shelf_in(folder, location=repository)
    with clock.measure("mirror"):
        mirror = shelf.make_mirror()
    with clock.measure("git log"):
        log(repository, folder / "log", *LINE)
    with clock.measure("refresh"):
        shelf.refresh()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Round(clock.seconds, shelf.source_id, mirror, memory)


def run(repository: Path, folder: Path, *, rounds: int) -> bool:
    # Each in a process of its own, as `maestro refresh` is: what is left of one would slow the next.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        first, *more = processes.map(partial(measure, repository), [folder / str(number) for number in range(rounds)])
    shelf = shelf_in(folder / "0", first.source_id)
    ours, theirs = shelf.counts(), counts_of_git(first.mirror, folder / "log")
    for name, count in ours.items():
        equal = "equal" if count == theirs[name] else "NOT EQUAL"
        print(f"{name:32}{count:>14,}   git: {theirs[name]:>14,}   {equal}")
    ratio = _tell([first, *more])
    is_whole = _refresh_again(repository, shelf)
    fast = ratio <= HIGHEST_RATIO or ours["commits"] < LARGE
    return is_whole and ours == theirs and fast and first.memory <= MOST_MEMORY_MB


def _tell(rounds: list[Round]) -> float:
    for name in ("mirror", "git log", "refresh"):
        print(f"{name:32}" + " ".join(f"{each.seconds[name]:>7.2f}" for each in rounds) + " s")
    print(f"{'ratio to ' + ' '.join(LINE):46}" + " ".join(f"{each.ratio:.2f}" for each in rounds))
    ratio = median(each.ratio for each in rounds)
    print(f"{'the median of them':46}{ratio:.2f} (at most {HIGHEST_RATIO} from {LARGE:,} commits on)")
    print(f"{'peak memory of our process':32}{rounds[0].memory:>10.0f} MB (at most {MOST_MEMORY_MB})")
    print(f"{'load of the machine':32}{os.getloadavg()[0]:>12.1f} on {os.cpu_count()} cores", flush=True)
    return ratio


def _refresh_again(repository: Path, shelf: Shelf) -> bool:
    """Twice more; whether every commit, and none but these, is still counted."""
    before = shelf.counts()["commits"]
    for name, commits in (
        ("a refresh with nothing new", 0),
        (f"a refresh with {NEW_COMMITS} new commits", NEW_COMMITS),
    ):
        if commits:
            add_commits(repository, commits)
        clock = Clock()
        with clock.measure(name):
            shelf.refresh()
        print(f"{name:32}{clock.seconds[name]:>12.2f} s", flush=True)
    added = shelf.counts()["commits"] - before
    print(f"{'commits added by the last':32}{added:>12}   {'equal' if added == NEW_COMMITS else 'NOT EQUAL'}")
    return added == NEW_COMMITS


def run_peers(repository: Path, environment: Path) -> None:
    """What other tools need for the same history; each does less, or other things, than a refresh."""
    for name, (program, *arguments) in PEERS.items():
        if not (environment / "bin" / program).exists():
            print(f"{name:32}   not installed in {environment}")
            continue
        command = [str(environment / "bin" / program), *(each.format(repository) for each in arguments)]
        print(f"{name:32}{_seconds(command, repository):>14}", flush=True)


def _seconds(command: list[str], repository: Path) -> str:
    started = time.perf_counter()
    try:
        status = subprocess.run(
            command, cwd=repository, capture_output=True, timeout=LONGEST_PEER_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return f"over {LONGEST_PEER_SECONDS} s"
    return "failed" if status else f"{time.perf_counter() - started:.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", nargs="?", type=Path)
    parser.add_argument("--commits", type=int, default=100_000)
    parser.add_argument("--peers", type=Path, metavar="VENV")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="maestro-benchmark-") as name:
        folder, whole = Path(name), Path(name) / "whole.git"
        if arguments.repository is None:
            make_repository(whole, arguments.commits)
        else:
            copy = ["git", "clone", "--quiet", "--bare", str(arguments.repository.resolve()), str(whole)]
            subprocess.run(copy, check=True)
        good = True
        for part in (4, 2, 1) if arguments.growth else (1,):
            print(f"== {'the whole history' if part == 1 else f'the first 1/{part} of the history'}", flush=True)
            repository = whole if part == 1 else prefix_of(whole, folder / f"part{part}.git", part)
            good &= run(repository, folder / f"run{part}", rounds=arguments.rounds)
        if arguments.peers:
            run_peers(whole, arguments.peers.resolve())
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
