"""What collecting a Git repository costs, as a ratio to one `git log --numstat` of the same commits, in one run.

    python benchmarks/git_collect.py REPOSITORY       a repository on this machine, bare or not
    python benchmarks/git_collect.py --commits 100000 a made one

Told: commits, people and lines against git's own count; wall time of mirror, collect and store on SQLite; the ratio of
collect and store to git (the mirror is already there, as it is for git); a refresh with 100 new commits; and the peak
memory of our process, children apart. Exits with 1 where the counts differ or memory passes 300 MB.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Engine, func, select

from maestro_core.actions.store_git import store_git
from maestro_core.collectors.git import Git
from maestro_core.database import connect, sqlite_url
from maestro_core.migrations import migrate
from maestro_core.models import Account, Commit, DataSource, Project, new_key
from maestro_core.portfolios import add_tenant
from maestro_core.terms import SourceKind
from maestro_core.vault import Vault
from maestro_core.workspace import open_workspace

MOST_MEMORY_MB = 300
BRANCHES = 10
FILES = 2_000
PEOPLE = 200
START = 1_400_000_000


@dataclass
class Clock:
    """Wall seconds by name."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - started


@dataclass
class Shelf:
    """A fresh SQLite file with one source, and its collector."""

    engine: Engine
    membership_id: object
    source_id: object
    collector: Git
    clock: Clock

    def refresh(self) -> None:
        with open_workspace(self.engine, self.membership_id) as ws:
            cursor = ws.get(DataSource, self.source_id).cursor
        with self.clock.measure("collect and store"):
            for batch in self.collector.collect(cursor):
                with self.clock.measure("of it, store"), open_workspace(self.engine, self.membership_id) as ws:
                    store_git(ws, ws.get(DataSource, self.source_id), batch)

    def counts(self) -> dict[str, int]:
        commits = select(func.count(), func.sum(Commit.added), func.sum(Commit.deleted))
        people = select(func.count(Account.identity.distinct())).join(Commit, Commit.account_id == Account.id)
        with open_workspace(self.engine, self.membership_id, reading=True) as ws:
            values = (*ws.session.execute(commits).one(), ws.session.scalar(people))
        return dict(zip(("commits", "lines added", "lines deleted", "authors"), map(int, values), strict=True))


def a_shelf(folder: Path, repository: Path, clock: Clock) -> Shelf:
    engine = connect(sqlite_url(folder / "maestro.sqlite"), vault=Vault.with_keys([Fernet.generate_key().decode()]))
    migrate(engine)
    with engine.connect() as connection, connection.begin():
        membership_id = add_tenant(connection, "Benchmark", is_sample=False)
    with open_workspace(engine, membership_id) as ws:
        project = Project(id=new_key(), name="benchmark", created_at=ws.now)
        ws.session.add(project)
        ws.session.flush()
        location, kind = str(repository), SourceKind.GIT
        source = DataSource(
            id=new_key(), kind=kind, name="benchmark", location=location, project_id=project.id, created_at=ws.now
        )
        ws.session.add(source)
    collector = Git(str(repository), folder / "mirrors" / "source.git")
    return Shelf(engine, membership_id, source.id, collector, clock)


def git(repository: Path, *arguments: str, stdin: Path | None = None) -> bytes:
    source = stdin.open("rb") if stdin else subprocess.DEVNULL
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], stdin=source, capture_output=True, check=True
    ).stdout


def log_numstat(mirror: Path, target: Path, *options: str) -> None:
    """One `git log --numstat` of all branches, written to a file."""
    with target.open("wb") as file:
        log = ["git", "-C", str(mirror), "log", "--branches", "--numstat", "--format=%x00%aN <%aE>", *options]
        subprocess.run(log, stdout=file, check=True)


def counts_of_git(target: Path) -> dict[str, int]:
    """Counted from git's own output, line by line."""
    commits = added = deleted = 0
    authors = set()
    with target.open("rb") as file:
        for line in file:
            if line.startswith(b"\0"):
                commits += 1
                authors.add(line[1:-1].decode(errors="replace").lower())
            elif line[:1].isdigit():
                numbers = line.split(b"\t", 2)
                added, deleted = added + int(numbers[0]), deleted + int(numbers[1])
    return {"commits": commits, "lines added": added, "lines deleted": deleted, "authors": len(authors)}


def make_repository(path: Path, commits: int) -> None:
    """A history on some branches, each merged now and then; the same for the same number."""
    path.mkdir()
    git(path, "init", "--quiet", "--bare", "--initial-branch=main")
    script = path / "history"
    with script.open("w") as file:
        for number in range(1, commits + 1):
            file.writelines(_a_commit(number))
    git(path, "fast-import", "--quiet", stdin=script)
    script.unlink()


def add_commits(path: Path, commits: int) -> None:
    script = path / "more"
    with script.open("w") as file:
        for number in range(commits):
            start = "from refs/heads/main^0\n" if number == 0 else ""
            who = f"New Person <new{number % 5}@example.org> {START + 3_000_000_00 + number * 60} +0100"
            file.write(f"commit refs/heads/main\ncommitter {who}\ndata 3\nnew\n{start}")
            file.write(f"M 100644 inline more/{number}.txt\ndata 6\na\nb\nc\n\n")
    git(path, "fast-import", "--quiet", "--force", stdin=script)
    script.unlink()


def _a_commit(number: int) -> Iterator[str]:
    branch = "main" if number % 7 else f"topic-{number % BRANCHES}"
    person = (number * 7919) % PEOPLE
    yield f"commit refs/heads/{branch}\nmark :{number}\n"
    yield f"committer Person {person} <p{person}@example.org> {START + number * 1_800} +0200\n"
    message = f"Change number {number}"
    yield f"data {len(message)}\n{message}\n"
    if branch != "main" and number <= 7 * BRANCHES:
        yield f"from :{number - 1}\n"
    if branch == "main" and number % 100 == 0:
        yield f"merge refs/heads/topic-{number // 100 % BRANCHES}\n"
    for step in range(3):
        name = (number * 31 + step * 977) % FILES
        content = "".join(f"line {(number * (row + 3)) % 50}\n" for row in range(20))
        yield f"M 100644 inline src/part{name % 40}/file{name}.py\ndata {len(content)}\n{content}\n"


def run(repository: Path, folder: Path, *, may_add: bool) -> bool:
    clock = Clock()
    shelf = a_shelf(folder, repository, clock)
    with clock.measure("mirror"), shelf.collector._mirror().held() as held:
        held.refresh()
    for name, options in (("git log --numstat", ()), ("git log --numstat --no-renames", ("--no-renames",))):
        with clock.measure(name):
            log_numstat(shelf.collector.mirror, folder / name.replace(" ", "_"), *options)
    shelf.refresh()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ours, theirs = shelf.counts(), counts_of_git(folder / "git_log_--numstat")
    _tell(clock, ours, theirs, memory)
    if may_add:
        _refresh_again(repository, shelf)
    return ours == theirs and memory <= MOST_MEMORY_MB


def _tell(clock: Clock, ours: dict[str, int], theirs: dict[str, int], memory: float) -> None:
    for name, count in ours.items():
        equal = "equal" if count == theirs[name] else "NOT EQUAL"
        print(f"{name:32}{count:>12,}   git: {theirs[name]:>12,}   {equal}")
    for name, seconds in clock.seconds.items():
        print(f"{name:32}{seconds:>10.2f} s")
    for name in ("git log --numstat", "git log --numstat --no-renames"):
        print(f"ratio to {name:32}{clock.seconds['collect and store'] / clock.seconds[name]:.2f}")
    print(f"peak memory of our process      {memory:>10.0f} MB (at most {MOST_MEMORY_MB})")


def _refresh_again(repository: Path, shelf: Shelf) -> None:
    for name, commits in (("a refresh with nothing new", 0), ("a refresh with 100 new commits", 100)):
        if commits:
            add_commits(repository, commits)
        again = Clock()
        shelf.clock = again
        shelf.refresh()
        print(f"{name:32}{again.seconds['collect and store']:>10.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", nargs="?", type=Path)
    parser.add_argument("--commits", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="maestro-benchmark-") as name:
        folder = Path(name)
        repository = arguments.repository or folder / "made.git"
        if arguments.repository is None:
            make_repository(repository, arguments.commits)
        good = run(repository.resolve(), folder, may_add=arguments.repository is None)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
