"""What Maestro counts of repositories, against git's own counts, to the commit.

    python benchmarks/git_counts.py REPOSITORY…

Per author: commits without merges, against `git shortlog -sne`. Per UTC day: commits, merges and lines of people, bots
and files that are left out by default apart, as they are stored for the charts, against `git log --numstat`. Exits with
1 where one of them differs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from git_collect import Shelf, a_shelf
from sqlalchemy import func, select

from maestro_core.actions.git_people import is_bot
from maestro_core.actions.left_out import is_left_out, left_out_patterns
from maestro_core.models import Account, Commit, ProcessMetric

MEASURES = ("commits", "merges", "lines_added", "lines_deleted")
HEADER = "--format=%x01%ct%x00%P%x00%aN%x00%aE%x00"
Day = tuple[date, str]


def git(mirror: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(mirror), *arguments], capture_output=True, check=True).stdout


def shortlog(mirror: Path) -> Counter[str]:
    """Commits by name and e-mail in lower case, as accounts are told apart."""
    counts: Counter[str] = Counter()
    for line in git(mirror, "shortlog", "-sne", "--no-merges", "--all").decode(errors="replace").splitlines():
        number, author = line.split("\t", 1)
        counts[author.lower()] += int(number)
    return counts


def our_authors(shelf: Shelf) -> Counter[str]:
    counted = select(Account.identity, func.count()).join(Commit, Commit.account_id == Account.id)
    with shelf.door(reading=True) as ws:
        found = counted.where(Commit.reachable, ~Commit.is_merge).group_by(Account.identity)
        return Counter(dict(ws.session.execute(found).all()))


def our_days(shelf: Shelf) -> Counter[Day]:
    columns = select(ProcessMetric.day, ProcessMetric.measure, ProcessMetric.value)
    with shelf.door(reading=True) as ws:
        rows = ws.session.execute(columns.where(ProcessMetric.measure.in_(MEASURES))).all()
    return Counter({(day, measure): round(value) for day, measure, value in rows})


def days_of_git(mirror: Path, shelf: Shelf) -> Counter[Day]:
    with shelf.door(reading=True) as ws:
        patterns = left_out_patterns(ws.tenant)
    days: Counter[Day] = Counter()
    for record in git(mirror, "log", "--all", "--numstat", "-z", "-M", HEADER).split(b"\x01")[1:]:
        moment, parents, name, email, files = record.split(b"\0", 4)
        if is_bot((name.decode(errors="replace"), email.decode(errors="replace"))):
            continue
        day = datetime.fromtimestamp(int(moment), UTC).date()
        days[day, "merges" if b" " in parents else "commits"] += 1
        for added, deleted, path in numbers(files):
            if not is_left_out(path, patterns):
                days[day, "lines_added"] += added
                days[day, "lines_deleted"] += deleted
    return days


def numbers(files: bytes) -> Iterator[tuple[int, int, str]]:
    """Lines and present path of each file of a commit; a renamed one is told as `1\\t2\\t`, old, new."""
    told = iter(files.lstrip(b"\n\0").split(b"\0"))
    for one in told:
        added, deleted, path = [*one.split(b"\t", 2), b"", b""][:3]
        if one and not path:
            next(told)
            path = next(told)
        if added.strip().isdigit():
            yield int(added), int(deleted), path.decode(errors="backslashreplace")


def differ(what: str, ours: Counter[object], theirs: Counter[object]) -> int:
    different = [key for key in ours.keys() | theirs.keys() if ours[key] != theirs[key]]
    print(
        f"{what:44}{len(theirs):>8,} compared, {sum(theirs.values()):>10,} in all, {len(different)} differ", flush=True
    )
    for key in different[:5]:
        print(f"    {key}: ours {ours[key]}, git {theirs[key]}")
    return len(different)


def compare(repository: Path, folder: Path) -> int:
    shelf = a_shelf(folder, repository)
    mirror = shelf.make_mirror()
    shelf.refresh()
    print(f"== {repository.parent.name if repository.name == 'repo' else repository.name}")
    wrong = differ("commits per author, without merges", our_authors(shelf), shortlog(mirror))
    ours, theirs = our_days(shelf), days_of_git(mirror, shelf)
    for measure in MEASURES:
        some = [Counter({key: n for key, n in days.items() if key[1] == measure}) for days in (ours, theirs)]
        wrong += differ(f"{measure.replace('_', ' ')} per day, without bots", *some)
    return wrong


if __name__ == "__main__":
    wrong = 0
    for place in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory(prefix="maestro-benchmark-") as name:
            wrong += compare(place, Path(name))
    sys.exit(1 if wrong else 0)
