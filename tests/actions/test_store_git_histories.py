"""Odd histories that grow step by step: refreshed at each step, they leave what one refresh at the end leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.models import CodeFile, Commit, FileChange, Repository
from tests.actions.stored_git import a_source, refresh
from tests.conftest import House
from tests.repositories import HOUR, START, MadeRepository, a_collector, a_repository

LONG = "/".join(["a" * 200] * 5) + "/end.txt"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 9\n"
WHEN = f"{START + 900 * HOUR} +0000"
CONTROL = 'odd\x01\t"\n\\name.txt'


def counted(repository: MadeRepository) -> dict[str, tuple[int, int, int]]:
    """Lines added and deleted, and files, of each commit as `git log --numstat -M` tells; merges have none."""
    told = repository.git_bytes("log", "--all", "--numstat", "-M", "-z", "--format=%x02%H")
    found: dict[str, tuple[int, int, int]] = {}
    for part in told.split(b"\x02")[1:]:
        sha, _, rest = part.partition(b"\0")
        found[sha.decode()] = _sum(rest.lstrip(b"\n"))
    return found


def _sum(rest: bytes) -> tuple[int, int, int]:
    fields = iter(rest.split(b"\0"))
    added = deleted = files = 0
    for each in fields:
        if each.count(b"\t") < 2:
            continue
        more, less, path = each.split(b"\t", 2)
        if not path:
            next(fields), next(fields)
        files += 1
        added += int(more) if more != b"-" else 0
        deleted += int(less) if less != b"-" else 0
    return added, deleted, files


def stored(house: House, source_id: UUID) -> dict[str, tuple[int, int, int]]:
    with house.open(reading=True) as ws:
        columns = (Commit.sha, Commit.added, Commit.deleted, Commit.files, Commit.is_merge)
        mine = select(*columns).join(Repository, Repository.id == Commit.repository_id)
        rows = ws.session.execute(mine.where(Repository.source_id == source_id, Commit.reachable)).all()
        return {row.sha: (row.added, row.deleted, 0 if row.is_merge else row.files) for row in rows}


def files_of(house: House, source_id: UUID) -> tuple[dict[str, int | None], list[Any]]:
    """The files that are there with their lines, and what each commit did to which file."""
    with house.open(reading=True) as ws:
        mine = (
            CodeFile.repository_id == select(Repository.id).where(Repository.source_id == source_id).scalar_subquery()
        )
        there = ws.session.execute(select(CodeFile.path, CodeFile.lines).where(mine, CodeFile.is_present)).all()
        did = select(Commit.sha, CodeFile.path, FileChange.added, FileChange.deleted, FileChange.is_binary)
        did = did.join_from(FileChange, Commit, Commit.id == FileChange.commit_id)
        changes = ws.session.execute(
            did.join(CodeFile, CodeFile.id == FileChange.file_id).where(mine, Commit.reachable)
        )
        return {row.path: row.lines for row in there}, sorted(tuple(row) for row in changes)


def files_by_git(repository: MadeRepository) -> dict[str, int]:
    """The files of the branch that is checked out, with their lines."""
    empty = repository.git("hash-object", "-t", "tree", "/dev/null")
    told = repository.git_bytes("diff-tree", "-r", "--numstat", "-z", empty, "HEAD").decode().split("\0")
    rows = (row.split("\t", 2) for row in told if row)
    return {path: int(added) for added, _, path in rows}


def steps(repository: MadeRepository) -> Iterator[str]:
    """What happens to the repository, and what that is called; the default branch is checked out."""
    yield "empty"
    yield from _odd_files(repository)
    yield from _several_parents(repository)
    yield from _other_default_branches(repository)


def _odd_files(repository: MadeRepository) -> Iterator[str]:
    repository.commit("First", crlf__txt="one\r\ntwo\r\n", tail__txt="no end", run__sh="#!/bin/sh\n")
    yield "filled"
    for name, content in {LONG: "1\n2\n", CONTROL: "3\n", "model.bin": POINTER}.items():
        repository.write(name, content)
    (repository.path / "link").symlink_to("tail.txt")
    repository.commit_all("Odd names")
    yield "odd names"
    (repository.path / "run.sh").chmod(0o755)
    repository.commit_all("Mode only")
    (repository.path / "link").unlink()
    repository.commit("Other ends", crlf__txt="one\ntwo\n", tail__txt="no end\nbut more", link="now\na file\n")
    repository.commit("Future", tail__txt="x\n", date="2099-01-01T00:00:00 +0000")
    yield "changes of type"


def _several_parents(repository: MadeRepository) -> Iterator[str]:
    repository.git("switch", "--quiet", "--orphan", "pages")
    repository.commit("Another root", index__html="<p>\n" * 4)
    yield "another root"
    topics = [f"topic-{number}" for number in range(3)]
    for topic in topics:
        repository.git("switch", "--quiet", "--create", topic, "main")
        repository.commit(topic, **{f"{topic}__py": "pass\n"})
    yield "topics"
    repository.git("switch", "--quiet", "main")
    _merge(repository, *topics)
    yield "an octopus"
    _merge(repository, "--allow-unrelated-histories", "pages")
    yield "one root joins the other"


def _merge(repository: MadeRepository, *what: str) -> None:
    author, dates = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"), ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")
    known = dict(zip(author, ("Ada", "a@example.org"), strict=True)) | dict.fromkeys(dates, WHEN)
    repository.git("merge", "--quiet", "--no-edit", *what, stdin=b"", **known)


def _other_default_branches(repository: MadeRepository) -> Iterator[str]:
    for before, after in ((CONTROL, "plain.txt"), ("run.sh", "walk.sh")):
        repository.git("mv", before, after)
    (repository.path / "link").unlink()
    repository.write("link/inside.txt", "a folder\n")
    repository.commit_all("Renames, and a folder for a file")
    yield "renamed"
    repository.git("branch", "--move", "main", "trunk")
    repository.commit("On trunk", tail__txt="y\n")
    yield "the default branch renamed"
    repository.git("switch", "--quiet", "topic-1")
    repository.git("branch", "--delete", "--force", "trunk")
    yield "the default branch deleted"
    repository.git("switch", "--quiet", "--create", "trunk", "pages")
    repository.commit("Back", index__html="")
    yield "the default branch made anew"


def test_step_by_step_gives_what_git_counts_and_what_one_refresh_gives(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    for name in steps(repository):
        refresh(house, source_id, collector)
        assert stored(house, source_id) == counted(repository), name
        assert files_of(house, source_id)[0] == (files_by_git(repository) if counted(repository) else {}), name
    at_once = a_source(house, "again")
    refresh(house, at_once, a_collector(repository, tmp_path / "again"))
    assert files_of(house, source_id) == files_of(house, at_once)
