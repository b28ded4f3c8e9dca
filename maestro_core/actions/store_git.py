"""Storing what a Git repository gave: in bulk, a few statements per table and batch; telling it twice counts once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnExpressionArgument, Select, delete, insert, select, update

from maestro_core.access import Permission
from maestro_core.actions.git_metrics import recount_days
from maestro_core.actions.git_people import accounts_of
from maestro_core.collectors.git import GitBatch
from maestro_core.database import chunks, upsert
from maestro_core.errors import NotNow
from maestro_core.models import (
    Branch,
    CodeFile,
    Commit,
    DataQualityIssue,
    DataSource,
    FileChange,
    Project,
    Repository,
    new_key,
)
from maestro_core.workspace import Workspace

COMMIT_VALUES = (
    "authored_at",
    "utc_offset_minutes",
    "committed_at",
    "subject",
    "is_merge",
    "added",
    "deleted",
    "files",
)


def store_git(ws: Workspace, source: DataSource, batch: GitBatch) -> int:
    """Store a batch with its cursor; the number of commits, changes and branches told."""
    ws.require(Permission.REFRESH)
    repository = _repository(ws, source)
    changed = _mark_unreachable(ws, repository, batch)
    commits = _store_commits(ws, repository, batch)
    _store_changes(ws, repository, commits, batch)
    _store_branches(ws, repository, batch)
    _store_issues(ws, source, batch)
    days = changed | {moment.date() for moment in batch.commits["committed_at"]}
    recount_days(ws, project_id=repository.project_id, days=days)
    source.cursor = batch.cursor
    return len(commits) + len(batch.changes["sha"]) + len(batch.branches or ())


def _repository(ws: Workspace, source: DataSource) -> Repository:
    if source.project_id is None:
        raise NotNow(f"{source.name} belongs to no project.", advice="Choose the project on the Sources page.")
    # Days are counted over all repositories of a project: two of them must not be stored at the same moment.
    ws.session.execute(select(Project.id).where(Project.id == source.project_id).with_for_update())
    known = ws.session.scalar(select(Repository).where(Repository.source_id == source.id))
    repository = known or Repository(id=new_key(), source_id=source.id)
    moved_from = repository.project_id if known and known.project_id != source.project_id else None
    repository.project_id, repository.name = source.project_id, source.name
    ws.session.add(repository)
    ws.session.flush()
    _recount_move(ws, repository, moved_from)
    return repository


def _recount_move(ws: Workspace, repository: Repository, former_project: UUID | None) -> None:
    """Where the source was attached to another project meanwhile, both count anew."""
    if former_project is None:
        return
    days = _days(ws, [Commit.repository_id == repository.id])
    for project_id in (former_project, repository.project_id):
        recount_days(ws, project_id=project_id, days=days)


def _mark_unreachable(ws: Workspace, repository: Repository, batch: GitBatch) -> set[date]:
    """Take commits that a rewritten history left behind out of every count; the days they were counted on."""
    mine = Commit.repository_id == repository.id
    if batch.starts_over:
        return _mark(ws, [mine])
    return {day for shas in chunks(batch.unreachable) for day in _mark(ws, [mine, Commit.sha.in_(shas)])}


def _mark(ws: Workspace, conditions: Sequence[ColumnExpressionArgument[bool]]) -> set[date]:
    days = _days(ws, [*conditions, Commit.reachable])
    ws.session.execute(update(Commit).where(*conditions, Commit.reachable).values(reachable=False))
    return days


def _days(ws: Workspace, conditions: Sequence[ColumnExpressionArgument[bool]]) -> set[date]:
    return {moment.date() for moment in ws.session.scalars(select(Commit.committed_at).where(*conditions))}


def _store_commits(ws: Workspace, repository: Repository, batch: GitBatch) -> dict[str, UUID]:
    """The commits' keys by sha; those of a commit that is stored already stay."""
    shas = batch.commits["sha"]
    mine = Commit.repository_id == repository.id
    keys = _known(ws, shas, lambda part: select(Commit.sha, Commit.id).where(mine, Commit.sha.in_(part)))
    keys |= {sha: new_key() for sha in shas if sha not in keys}
    authors = list(zip(batch.commits["author_name"], batch.commits["author_email"], strict=True))
    accounts = accounts_of(ws, authors)
    values = zip(*(batch.commits[name] for name in COMMIT_VALUES), strict=True)
    rows = [
        {"id": keys[sha], "repository_id": repository.id, "account_id": accounts[author], "sha": sha, "reachable": True}
        | dict(zip(COMMIT_VALUES, value, strict=True))
        for sha, author, value in zip(shas, authors, values, strict=True)
    ]
    upsert(ws.session, Commit, rows, on=("repository_id", "sha"), update=("account_id", "reachable", *COMMIT_VALUES))
    return keys


def _store_changes(ws: Workspace, repository: Repository, commits: Mapping[str, UUID], batch: GitBatch) -> None:
    files = _files(ws, repository, batch.changes["path"])
    rows: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    columns = (batch.changes[name] for name in ("sha", "path", "added", "deleted", "is_binary"))
    for sha, path, added, deleted, is_binary in zip(*columns, strict=True):
        key = (commits[sha], files[path])
        # Two paths that are no valid text may read the same.
        before = rows.get(key, {"added": 0, "deleted": 0})
        rows[key] = {
            "commit_id": key[0],
            "file_id": key[1],
            "added": before["added"] + added,
            "deleted": before["deleted"] + deleted,
            "is_binary": is_binary,
        }
    upsert(ws.session, FileChange, rows.values(), on=("commit_id", "file_id"))


def _files(ws: Workspace, repository: Repository, paths: Sequence[str]) -> dict[str, UUID]:
    """The files' keys by path; new ones are added."""
    mine = CodeFile.repository_id == repository.id
    wanted = list(dict.fromkeys(paths))
    keys = _known(ws, wanted, lambda part: select(CodeFile.path, CodeFile.id).where(mine, CodeFile.path.in_(part)))
    new = {path: new_key() for path in wanted if path not in keys}
    rows = [{"id": key, "repository_id": repository.id, "path": path} for path, key in new.items()]
    if rows:
        ws.session.execute(insert(CodeFile), rows)
    return keys | new


def _store_branches(ws: Workspace, repository: Repository, batch: GitBatch) -> None:
    if batch.branches is None:
        return
    ws.session.execute(delete(Branch).where(Branch.repository_id == repository.id))
    rows = [asdict(branch) | {"repository_id": repository.id} for branch in batch.branches]
    upsert(ws.session, Branch, rows, on=("repository_id", "name"))


def _store_issues(ws: Workspace, source: DataSource, batch: GitBatch) -> None:
    rows = [asdict(issue) | {"source_id": source.id, "found_at": ws.now} for issue in batch.issues]
    upsert(ws.session, DataQualityIssue, rows, on=("source_id", "kind", "subject"), update=("detail",))


def _known(
    ws: Workspace, values: Sequence[str], query: Callable[[Sequence[str]], Select[str, UUID]]
) -> dict[str, UUID]:
    return {text: key for part in chunks(values) for text, key in ws.session.execute(query(part))}
