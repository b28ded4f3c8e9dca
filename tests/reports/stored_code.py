"""Repositories with files and commits as a refresh leaves them, with only what matters spelled out."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import select

from maestro_core.models import (
    Account,
    CodeFile,
    Commit,
    DataSource,
    FileChange,
    FileRename,
    Person,
    Repository,
    new_key,
)
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace
from tests.builders import added
from tests.conftest import NOW

DAY = timedelta(days=1)
_numbers = count(1)


def a_repository(ws: Workspace, project_id: UUID, name: str = "app") -> UUID:
    source = DataSource(
        kind=SourceKind.GIT, name=name, location=f"/{next(_numbers)}", project_id=project_id, created_at=NOW
    )
    return added(ws, Repository(source_id=added(ws, source), project_id=project_id, name=name))


def a_file(ws: Workspace, repository_id: UUID, path: str, *, lines: int | None = 100, **facts: bool) -> UUID:
    told = {"is_present": True, "is_left_out": False} | facts
    return added(ws, CodeFile(repository_id=repository_id, path=path, lines=lines, **told))


def a_person(ws: Workspace, name: str, *, is_bot: bool = False) -> UUID:
    """The account of somebody; the same for the same name."""
    known = ws.session.scalar(select(Account.id).where(Account.identity == name))
    if known:
        return known
    person = added(ws, Person(name=name, is_bot=is_bot))
    return added(ws, Account(person_id=person, kind=SourceKind.GIT, identity=name, name=name))


def a_change(
    ws: Workspace,
    repository_id: UUID,
    by: str,
    *files: UUID,
    at: datetime | None = None,
    was: UUID | None = None,
    key: UUID | None = None,
) -> UUID:
    """A commit that changes files; where `was` is told, it renames that one to the first of them."""
    when = at or NOW - DAY
    told = {"is_merge": False, "added": 2, "deleted": 1, "utc_offset_minutes": 0, "subject": ""}
    commit = Commit(
        id=key or new_key(),
        repository_id=repository_id,
        account_id=a_person(ws, by),
        sha=f"{next(_numbers):040}",
        authored_at=when,
        committed_at=when,
        files=len(files),
        **told,
    )
    key = added(ws, commit)
    ws.session.add_all(FileChange(commit_id=key, file_id=file, added=2, deleted=1) for file in files)
    if was:
        ws.session.add(FileRename(commit_id=key, file_id=files[0], from_id=was, moved=10))
    ws.session.flush()
    return key
