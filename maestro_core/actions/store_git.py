"""Storing what a Git repository gave: in bulk, a few statements per table and batch; telling it twice counts once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnExpressionArgument, delete, select, update

from maestro_core.access import Permission
from maestro_core.actions.derived import derive_project
from maestro_core.actions.git_metrics import recount_days
from maestro_core.actions.git_people import Author, accounts_of
from maestro_core.actions.store_git_files import left_out_among, left_out_lines, store_changes, store_files
from maestro_core.actions.store_git_refs import store_branches, store_tags
from maestro_core.collectors.git import GitBatch
from maestro_core.database import among, chunks, upsert, upsert_columns
from maestro_core.errors import NotNow
from maestro_core.models import (
    CoAuthorship,
    Commit,
    DataQualityIssue,
    DataSource,
    Project,
    Release,
    Repository,
    new_key,
)
from maestro_core.workspace import Workspace

COMMIT_VALUES = (
    "parents",
    "authored_at",
    "utc_offset_minutes",
    "committed_at",
    "subject",
    "is_merge",
    "added",
    "deleted",
    "files",
)
UPDATED = ("account_id", "reachable", "left_out_added", "left_out_deleted", *COMMIT_VALUES)


def store_git(ws: Workspace, source: DataSource, batch: GitBatch) -> int:
    """Store a batch with its cursor; the number of commits, changes, branches and tags told."""
    ws.require(Permission.REFRESH)
    repository = _repository(ws, source)
    changed = _mark_unreachable(ws, repository, batch)
    left_out = left_out_among(ws, [*batch.changes["path"], *batch.renames["came_from"]])
    commits = _store_commits(ws, repository, batch, left_out)
    store_changes(ws, repository, commits, batch=batch, left_out=left_out)
    store_files(ws, repository, batch.files)
    store_branches(ws, repository, batch.branches)
    store_tags(ws, repository, batch.tags)
    _store_issues(ws, source, batch)
    days = changed | {moment.date() for moment in batch.commits["committed_at"]}
    recount_days(ws, project_id=repository.project_id, days=days)
    source.cursor = batch.cursor
    return len(commits) + len(batch.changes["sha"]) + len(batch.branches or ()) + len(batch.tags or ())


def move_repository(ws: Workspace, source: DataSource) -> None:
    """Move what a repository told, if anything, to the project of its source, where it was attached to another."""
    if ws.session.scalar(select(Repository.id).where(Repository.source_id == source.id)):
        _repository(ws, source)


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
    moved = update(Release).where(Release.source_id == repository.source_id)
    ws.session.execute(moved.values(project_id=repository.project_id))
    days = _days(ws, [Commit.repository_id == repository.id])
    for project_id in (former_project, repository.project_id):
        recount_days(ws, project_id=project_id, days=days)
    derive_project(ws, former_project)


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


def _store_commits(ws: Workspace, repository: Repository, batch: GitBatch, left_out: frozenset[str]) -> dict[str, UUID]:
    """The commits' keys by sha; those of a commit that is stored already stay."""
    shas = batch.commits["sha"]
    mine = select(Commit.sha, Commit.id).where(Commit.repository_id == repository.id)
    known: dict[str, UUID] = dict(ws.session.execute(mine.where(among(ws.session, Commit.sha, shas))).all())
    keys = known | {sha: new_key() for sha in shas if sha not in known}
    authors = list(zip(batch.commits["author_name"], batch.commits["author_email"], strict=True))
    together = list(zip(batch.co_authors["name"], batch.co_authors["email"], strict=True))
    accounts = accounts_of(ws, [*authors, *together], former=batch.former)
    columns: dict[str, list[Any]] = {
        "id": [keys[sha] for sha in shas],
        "repository_id": [repository.id] * len(shas),
        "account_id": [accounts[author] for author in authors],
        "sha": shas,
        "reachable": [True] * len(shas),
        **{name: batch.commits[name] for name in COMMIT_VALUES},
        **left_out_lines(batch, left_out),
    }
    # SQLite takes twice as long where a reference may change, and nothing can where no commit is known.
    upsert_columns(ws.session, Commit, columns, on=("repository_id", "sha"), update=UPDATED if known else ())
    written_by = dict(zip(shas, columns["account_id"], strict=True))
    _store_co_authors(ws, known.values(), _co_authorships(batch, keys, accounts, written_by))
    return keys


def _co_authorships(
    batch: GitBatch,
    commits: Mapping[str, UUID],
    accounts: Mapping[Author, UUID],
    written_by: Mapping[str, UUID],
) -> dict[tuple[UUID, UUID], str]:
    """Who is named beside the author, and how, by commit and account."""
    told = zip(*(batch.co_authors[name] for name in ("sha", "name", "email")), strict=True)
    named = [(sha, accounts[name, email], name) for sha, name, email in told]
    return {(commits[sha], account): name for sha, account, name in named if account != written_by[sha]}


def _store_co_authors(ws: Workspace, read_again: Collection[UUID], named: Mapping[tuple[UUID, UUID], str]) -> None:
    for part in chunks(list(read_again)):
        # Another .mailmap may tell others.
        ws.session.execute(delete(CoAuthorship).where(CoAuthorship.commit_id.in_(part)))
    columns: dict[str, list[Any]] = {
        "commit_id": [commit for commit, _ in named],
        "account_id": [account for _, account in named],
        "name": list(named.values()),
    }
    upsert_columns(ws.session, CoAuthorship, columns, on=("commit_id", "account_id"))


def _store_issues(ws: Workspace, source: DataSource, batch: GitBatch) -> None:
    rows = [asdict(issue) | {"source_id": source.id, "found_at": ws.now} for issue in batch.issues]
    upsert(ws.session, DataQualityIssue, rows, on=("source_id", "kind", "subject"), update=("detail",))
