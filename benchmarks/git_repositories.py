"""Repositories for benchmarks: made ones, longer ones, and the beginnings of real ones."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

BRANCHES = 10
FILES = 2_000
PEOPLE = 200
START = 1_400_000_000


def make_repository(path: Path, commits: int) -> None:
    """A history on some branches, each merged now and then; the same for the same number."""
    path.mkdir()
    _git(path, "init", "--quiet", "--bare", "--initial-branch=main")
    script = path / "history"
    with script.open("w") as file:
        for number in range(1, commits + 1):
            file.writelines(_a_commit(number))
    _git(path, "fast-import", "--quiet", stdin=script)
    script.unlink()


def add_commits(path: Path, commits: int) -> None:
    """More commits on the default branch of a bare repository."""
    branch = _git(path, "symbolic-ref", "HEAD").decode().strip()
    script = path / "more"
    with script.open("w") as file:
        for number in range(commits):
            start = f"from {branch}^0\n" if number == 0 else ""
            who = f"New Person <new{number % 5}@example.org> {START + 3_000_000_00 + number * 60} +0100"
            file.write(f"commit {branch}\ncommitter {who}\ndata 3\nnew\n{start}")
            file.write(f"M 100644 inline more/{number}.txt\ndata 6\na\nb\nc\n\n")
    _git(path, "fast-import", "--quiet", "--force", stdin=script)
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


def prefix_of(repository: Path, target: Path, part: int) -> Path:
    """A repository with the first 1/part of the commits of the default branch, or about as many."""
    wanted = int(_git(repository, "rev-list", "--count", "HEAD")) // part
    line = _git(repository, "rev-list", "--first-parent", "--reverse", "HEAD").decode().split()
    low, high = 0, len(line) - 1
    while low < high:
        middle = (low + high) // 2
        enough = int(_git(repository, "rev-list", "--count", line[middle])) >= wanted
        low, high = (low, middle) if enough else (middle + 1, high)
    _git(repository, "update-ref", f"refs/prefix/{part}", line[low])
    target.mkdir()
    _git(target, "init", "--quiet", "--bare", "--initial-branch=main")
    _git(target, "fetch", "--quiet", str(repository), f"refs/prefix/{part}:refs/heads/main")
    return target


def _git(repository: Path, *arguments: str, stdin: Path | None = None) -> bytes:
    command = ["git", "-C", str(repository), *arguments]
    if stdin is None:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    with stdin.open("rb") as file:
        return subprocess.run(command, stdin=file, capture_output=True, check=True).stdout
