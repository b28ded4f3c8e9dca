"""Storing what commits did to files: changes, renames, and which files are there now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from maestro_core.actions.left_out import is_left_out, left_out_patterns
from maestro_core.collectors.git import GitBatch
from maestro_core.collectors.git_files import Files
from maestro_core.database import among, chunks, upsert_columns
from maestro_core.models import CodeFile, FileChange, FileRename, Repository, new_key
from maestro_core.workspace import Workspace

NUMBERS = ("added", "deleted", "is_binary")


def left_out_among(ws: Workspace, paths: Iterable[str]) -> frozenset[str]:
    """Those of these paths that the organisation leaves out of measures of lines."""
    patterns = left_out_patterns(ws.tenant)
    return frozenset(path for path in set(paths) if is_left_out(path, patterns))


def left_out_lines(batch: GitBatch, left_out: frozenset[str]) -> dict[str, list[int]]:
    """Of each commit, the lines added and deleted in files that are left out."""
    added, deleted = Counter[str](), Counter[str]()
    if left_out:
        columns = (batch.changes[name] for name in ("sha", "path", "added", "deleted"))
        for sha, path, more, less in zip(*columns, strict=True):
            if path in left_out:
                added[sha] += more
                deleted[sha] += less
    shas = batch.commits["sha"]
    return {
        "left_out_added": [added[sha] for sha in shas],
        "left_out_deleted": [deleted[sha] for sha in shas],
    }


def store_changes(
    ws: Workspace,
    repository: Repository,
    commits: Mapping[str, UUID],
    *,
    batch: GitBatch,
    left_out: frozenset[str],
) -> None:
    """Store what each commit did to each file, and the files' former names; what was stored before is told anew."""
    changes, renames = batch.changes, batch.renames
    files = _files(ws, repository, [*changes["path"], *renames["came_from"]], left_out)
    told = _without_twins(changes)
    columns: dict[str, list[Any]] = {
        "commit_id": [commits[sha] for sha in told["sha"]],
        "file_id": [files[path] for path in told["path"]],
        **{name: told[name] for name in NUMBERS},
    }
    upsert_columns(ws.session, FileChange, columns, on=("commit_id", "file_id"), update=NUMBERS)
    _store_renames(ws, renames, commits, files)


def store_files(ws: Workspace, repository: Repository, files: Files | None) -> None:
    """Store which files are there now, and their lines."""
    if files is None:
        return
    gone = CodeFile.repository_id == repository.id
    for some in [None] if files.is_whole else chunks(sorted(files.gone)):
        named = CodeFile.is_present if some is None else CodeFile.path.in_(some)
        ws.session.execute(update(CodeFile).where(gone, named).values(is_present=False, lines=None))
    paths = list(files.lines)
    keys = _files(ws, repository, paths, left_out_among(ws, paths))
    columns: dict[str, list[Any]] = {
        "id": [keys[path] for path in paths],
        "repository_id": [repository.id] * len(paths),
        "path": paths,
        "is_present": [True] * len(paths),
        "lines": list(files.lines.values()),
    }
    upsert_columns(ws.session, CodeFile, columns, on=("repository_id", "path"), update=("is_present", "lines"))


def _files(ws: Workspace, repository: Repository, paths: Sequence[str], left_out: frozenset[str]) -> dict[str, UUID]:
    """The files' keys by path; new ones are added."""
    wanted = list(dict.fromkeys(paths))
    known = _known(ws, repository, wanted)
    for is_out in (True, False):
        changed = [key for path, (key, was_out) in known.items() if was_out != is_out and (path in left_out) == is_out]
        for part in chunks(changed):
            ws.session.execute(update(CodeFile).where(CodeFile.id.in_(part)).values(is_left_out=is_out))
    new = [path for path in wanted if path not in known]
    columns: dict[str, list[Any]] = {
        "id": [new_key() for _ in new],
        "repository_id": [repository.id] * len(new),
        "path": new,
        "is_left_out": [path in left_out for path in new],
    }
    upsert_columns(ws.session, CodeFile, columns, on=("repository_id", "path"))
    return {path: key for path, (key, _) in known.items()} | dict(zip(new, columns["id"], strict=True))


def _known(ws: Workspace, repository: Repository, paths: Sequence[str]) -> dict[str, tuple[UUID, bool]]:
    mine = select(CodeFile.path, CodeFile.id, CodeFile.is_left_out).where(CodeFile.repository_id == repository.id)
    rows = ws.session.execute(mine.where(among(ws.session, CodeFile.path, paths)))
    return {path: (key, was_out) for path, key, was_out in rows}


def _without_twins(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """One row for a commit and path: two paths that are no valid text may read the same."""
    keys = list(zip(changes["sha"], changes["path"], strict=True))
    if len(set(keys)) == len(keys):
        return changes
    rows: dict[tuple[str, str], tuple[int, int, bool]] = {}
    for key, added, deleted, is_binary in zip(keys, *(changes[name] for name in NUMBERS), strict=True):
        before = rows.get(key, (0, 0, False))
        rows[key] = (before[0] + added, before[1] + deleted, is_binary)
    told = zip(*((*key, *numbers) for key, numbers in rows.items()), strict=True)
    return {name: list(values) for name, values in zip(("sha", "path", *NUMBERS), told, strict=True)}


def _store_renames(
    ws: Workspace, renames: Mapping[str, list[Any]], commits: Mapping[str, UUID], files: Mapping[str, UUID]
) -> None:
    told = zip(*(renames[name] for name in ("sha", "path", "came_from", "moved")), strict=True)
    rows = {(commits[sha], files[path]): (files[before], moved) for sha, path, before, moved in told}
    different = {key: value for key, value in rows.items() if value[0] != key[1]}
    columns: dict[str, list[Any]] = {
        "commit_id": [commit for commit, _ in different],
        "file_id": [file for _, file in different],
        "from_id": [before for before, _ in different.values()],
        "moved": [moved for _, moved in different.values()],
    }
    upsert_columns(ws.session, FileRename, columns, on=("commit_id", "file_id"), update=("from_id", "moved"))
