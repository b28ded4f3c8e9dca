"""Our truck factor against the published one of the same repository on the same day.

    python benchmarks/truck_factor.py flask=PATH ansible=PATH …       clones on this machine, bare or not

Published: Avelino et al. 2016, the table of 133 repositories that were cloned in February 2015. The history is cut at
the last commit before the 25th of that month. Told with all files and with source files only, as the study takes them,
and with how long the scoring takes. Exits with 1 where, on source files, ours is further than one from the published.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from maestro_core.scoring.file_history import contributions, of_present_files
from maestro_core.scoring.ownership import truck_factor, with_authorship
from maestro_core.terms import Measured

BEFORE = "2015-02-25T00:00:00Z"
PUBLISHED = {"flask": 1, "celery": 1, "ansible": 2, "beets": 2, "thumbor": 2, "backbone": 2, "django-cms": 3}
FURTHEST = 1
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
SOURCE = re.compile(
    r"\.(c|cc|coffee|cpp|cs|css|el|erb|go|groovy|h|haml|hpp|html|java|js|jsx|less|lua|m|mako|mm|php|pl|ps1|py|rb|rs"
    r"|sass|scala|scss|sh|sql|styl|ts|vim|xsl)$"
)
"""Endings of programs, markup and styles, which Linguist, as the study uses it, does not take for prose or data."""
LEFT_OUT = re.compile(r"/(docs?|examples|vendor|node_modules|third_party|_vendor|ckeditor)/|jquery|bootstrap|[.-]min\.")
"""Linguist's documentation, vendored and generated files, as far as they occur here."""


@dataclass(frozen=True)
class History:
    """What of a repository's history is scored: changes, renames, and the files that were there on the day."""

    changes: pd.DataFrame
    renames: pd.DataFrame
    files: pd.DataFrame

    def truck_factor(self, files: pd.DataFrame) -> Measured[int]:
        histories = of_present_files(self.changes, self.renames, pd.Index(files["file_id"]))
        told = with_authorship(contributions(histories))
        return truck_factor(told[told["is_author"]], files)

    @property
    def source_files(self) -> pd.DataFrame:
        return self.files[[is_source(path) for path in self.files["file_id"]]]


def is_source(path: str) -> bool:
    """Whether a file is a program that was written here.

    >>> is_source("flask/app.py"), is_source("docs/api.rst"), is_source("static/jquery.js")
    (True, False, False)
    """
    return bool(SOURCE.search(path)) and not LEFT_OUT.search(f"/{path}")


def history(repository: Path, before: str) -> History:
    head = git(repository, "rev-list", "-1", f"--before={before}", "HEAD").strip()
    rows, renames = [], []
    for commit, who, at, changes in commits(repository, head):
        for path, former in changes:
            rows.append((commit, path, who, at))
            if former:
                renames.append((path, former, at))
    changes = pd.DataFrame(rows, columns=["commit_id", "file_id", "who", "changed_at"])
    changes = changes.assign(person_id=changes["who"].map(people(changes["who"].unique())))
    sizes = git(repository, "diff", "--numstat", "-z", "--no-renames", EMPTY_TREE, head).split("\0")
    present = [line.split("\t", 2) for line in sizes if line]
    files = pd.DataFrame(
        [(path, int(added)) for added, _, path in present if added != "-"], columns=["file_id", "lines"]
    )
    return History(changes, pd.DataFrame(renames, columns=["file_id", "from_id", "renamed_at"]), files)


def commits(repository: Path, head: str) -> Iterator[tuple[str, str, int, list[tuple[str, str | None]]]]:
    """Each commit with its author, its time and the files that it added, changed or renamed from another path."""
    options = ("-M", "-l0", "--diff-filter=AMR", "--name-status", "-z", "--format=%x01%H%x02%aN%x03%aE%x02%ct%x02")
    for block in git(repository, "log", *options, head).split("\1")[1:]:
        commit, who, at, told = block.split("\2", 3)
        yield commit, who.lower(), int(at), list(_changes(told.strip("\0\n").split("\0")))


def _changes(parts: list[str]) -> Iterator[tuple[str, str | None]]:
    told = iter(part for part in parts if part)
    for status in told:
        first = next(told)
        if status.strip().startswith("R"):
            yield next(told), first
        else:
            yield first, None


def people(identities: Iterable[str]) -> dict[str, int]:
    """One number for all identities that share a name or an address, as the study unites them."""
    known = pd.Series(list(identities))
    parts = known.str.split("\3", expand=True)
    edges = [pd.factorize(parts[column])[0] for column in (0, 1)]
    size = len(known) + sum(int(codes.max()) + 1 for codes in edges)
    start = [len(known), len(known) + int(edges[0].max()) + 1]
    columns = [codes + first for codes, first in zip(edges, start, strict=True)]
    rows = list(range(len(known))) * 2
    joined = sparse.coo_array(([1] * len(rows), (rows, [*columns[0], *columns[1]])), shape=(size, size))
    labels = csgraph.connected_components(joined, directed=False)[1]
    return dict(zip(known, labels[: len(known)].tolist(), strict=True))


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode(errors="replace")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", help="name=path, as in flask=/srv/flask.git")
    parser.add_argument("--before", default=BEFORE)
    arguments = parser.parse_args()
    print(
        f"{'repository':14}{'changes':>9}{'files':>7}{'source':>8}{'all':>6}{'ours':>6}{'published':>11}{'seconds':>9}"
    )
    good = True
    for name, _, path in (told.partition("=") for told in arguments.repositories):
        cut = history(Path(path), arguments.before)
        started = time.perf_counter()
        ours = cut.truck_factor(cut.source_files)
        seconds = time.perf_counter() - started
        everything = cut.truck_factor(cut.files)
        published = PUBLISHED.get(name) if arguments.before == BEFORE else None
        print(
            f"{name:14}{len(cut.changes):>9,}{len(cut.files):>7,}{ours.sample:>8,}{everything.value!s:>6}"
            f"{ours.value!s:>6}{published or '–'!s:>11}{seconds:>9.2f}"
        )
        good &= published is None or (ours.value is not None and abs(ours.value - published) <= FURTHEST)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
