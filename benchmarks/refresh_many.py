"""What reading several repositories at once saves, as a ratio to reading them one after the other, in one run.

    python benchmarks/refresh_many.py                 8 copies each of a small, a middling and a large made repository
    python benchmarks/refresh_many.py REPOSITORY …    8 copies of each of these, bare or not

Told for each: seconds of the first refresh of all copies, in turn (MAESTRO_WORKERS=1) and at once, the ratio, the same
for a second refresh with nothing new, and the commits stored, which must be equal. Exits with 1 where they are not,
where reading small or middling ones at once takes more than 1.3 × as long, or large ones do not become faster;
repositories that are named are only told.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from maestro_core.actions.lead import LEASE, Lead
from maestro_core.actions.leases import take_lease
from maestro_core.actions.refresh import request_refresh
from maestro_core.actions.refresh_many import refresh_many
from maestro_core.actions.sources import connect_git
from maestro_core.models import Commit, RefreshRun
from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from maestro_core.workspace import open_workspace

COPIES = 8
MADE = {"small": (30, 1.3), "middling": (4_000, 1.3), "large": (20_000, 1.0)}
"""Commits, and the most that reading at once may take of reading in turn."""
HOLDER = "benchmark"
START = 1_400_000_000


@dataclass(frozen=True)
class Measured:
    """Seconds of two refreshes of the same sources, and what they stored."""

    first: float
    again: float
    commits: int


def measured(locations: list[Path], data: Path, workers: int | None) -> Measured:
    settings = Settings(data_directory=data, workers=workers)
    own = open_portfolios(settings).own
    door = partial(open_workspace, own.engine, own.membership_id)
    with door() as ws:
        assert take_lease(ws, name=LEASE, holder=HOLDER, seconds=3600)
        sources = [source for location in locations for source in connect_git(ws, location=str(location))]
    seconds = []
    for _ in ("first", "again"):
        with door() as ws:
            runs = [request_refresh(ws, source_id=source_id) for source_id in sources]
        started = time.perf_counter()
        refresh_many(door, settings=settings, lead=Lead(HOLDER))
        seconds.append(time.perf_counter() - started)
        with door() as ws:
            assert all(ws.get(RefreshRun, run_id).state is RunState.SUCCEEDED for run_id in runs)
    with door() as ws:
        return Measured(*seconds, ws.session.scalar(select(func.count()).select_from(Commit)) or 0)


def compare(name: str, repository: Path, folder: Path, most: float | None) -> bool:
    copies = [folder / f"{name}-{number}.git" for number in range(COPIES)]
    for copy in copies:
        shutil.copytree(repository, copy, symlinks=True)
    in_turn, at_once = (measured(copies, folder / f"{name}-data-{count}", count) for count in (1, None))
    ratio = at_once.first / in_turn.first
    print(f"{COPIES} × {name}: {in_turn.commits:,} commits, at once: {at_once.commits:,}")
    for title, one, other in (
        ("first refresh", in_turn.first, at_once.first),
        ("nothing new", in_turn.again, at_once.again),
    ):
        print(f"  {title:16} in turn {one:7.2f} s   at once {other:7.2f} s   ratio {other / one:.2f}")
    return in_turn.commits == at_once.commits and (most is None or ratio <= most)


def made(path: Path, commits: int) -> Path:
    """A history of one branch, three files a commit; the same for the same number."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    script = "".join(_a_commit(number) for number in range(commits))
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input=script.encode(), check=True)
    return path


def _a_commit(number: int) -> str:
    person = f"Person {number % 40} <p{number % 40}@example.org> {START + number * 1_800} +0200"
    head = f"commit refs/heads/main\nauthor {person}\ncommitter {person}\ndata <<.\nChange {number}\n.\n"
    return head + "".join(_a_file(number, step) for step in range(3))


def _a_file(number: int, step: int) -> str:
    content = "".join(f"line {(number * (row + 3)) % 50}\n" for row in range(20))
    place = (number * 31 + step * 977) % 2_000
    return f"M 100644 inline src/part{place % 40}/file{place}.py\ndata {len(content)}\n{content}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", type=Path)
    chosen = parser.parse_args().repositories
    with tempfile.TemporaryDirectory(prefix="maestro-benchmark-") as name:
        folder = Path(name)
        if chosen:
            good = [compare(path.resolve().name, path.resolve(), folder, None) for path in chosen]
        else:
            good = [
                compare(title, made(folder / f"{title}.git", commits), folder, most)
                for title, (commits, most) in MADE.items()
            ]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
