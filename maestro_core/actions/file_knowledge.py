"""Who knows which file, made from its whole history after a refresh: a page that read that would wait for seconds.

New commits make it anew for the files that they touched. All of it is made anew where a rewritten history took commits
away, or where somebody decided who is who.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import delete, exists, false, select

from maestro_core.database import chunks, upsert_columns
from maestro_core.models import (
    Account,
    CodeFile,
    Commit,
    DataSource,
    FileAuthor,
    FileChange,
    FileKnowledge,
    FileRename,
    Person,
    Repository,
)
from maestro_core.reports.file_rows import (
    changes_of_present_files,
    file_histories,
    file_renames,
    former_names,
    keys,
    later_names,
    present_files,
    read,
)
from maestro_core.scoring.file_history import contributions, of_present_files
from maestro_core.scoring.ownership import file_summary, with_authorship
from maestro_core.workspace import Workspace

MADE = (FileKnowledge, FileAuthor)


def know_files(ws: Workspace, project_id: UUID) -> None:
    """Make anew what is known of the files of a project, as far as what it rests on is new."""
    for repository in ws.session.scalars(select(Repository).where(Repository.project_id == project_id)).all():
        _know(ws, repository)


def _know(ws: Workspace, repository: Repository) -> None:
    known = repository.known_from or {}
    cursor = ws.get(DataSource, repository.source_id).cursor
    read, basis = _digest(cursor), cursor.get("basis", "")
    # Not until the newest commit: the keys of those who wrote it may be newer.
    same_people = "accounts" in known and known["people"] == _people(ws, UUID(known["accounts"]))
    if same_people and known["read"] == read:
        return
    newest, left_behind = _newest(ws, repository), _left_behind(ws, repository)
    # With another .mailmap, or more of a shallow history, older commits are told anew, with the keys they had.
    if same_people and known.get("basis") == basis and known["left_behind"] == left_behind:
        _know_what_changed(ws, repository, since=UUID(known["until"]))
    else:
        _know_all(ws, repository)
    if newest:
        account = ws.session.scalars(select(Account.id).order_by(Account.id.desc()).limit(1)).one()
        people = {"accounts": str(account), "people": _people(ws, account)}
        until = {"until": str(newest), "read": read, "basis": basis, "left_behind": left_behind}
        repository.known_from = {**until, **people}


def _know_all(ws: Workspace, repository: Repository) -> None:
    mine = select(CodeFile.id).where(CodeFile.repository_id == repository.id)
    if repository.known_from:
        _forget(ws, mine)
    changes = changes_of_present_files(ws, repository.id)
    renames = file_renames(ws, FileRename.from_id.in_(mine))
    present = present_files(ws, CodeFile.repository_id == repository.id)["file_id"]
    _store(ws, of_present_files(changes, renames, pd.Index(present)))


def _know_what_changed(ws: Workspace, repository: Repository, *, since: UUID) -> None:
    """The same for the files that newer commits touched, under whatever name, and for those that came by a merge."""
    touched = select(FileChange.file_id).join(Commit, Commit.id == FileChange.commit_id)
    new = touched.where(FileChange.commit_id > since, Commit.repository_id == repository.id)
    there = select(CodeFile.id).where(CodeFile.repository_id == repository.id, CodeFile.is_present)
    # What only bots changed stays unknown, and need not be looked at each time.
    by_people = touched.join(Account, Account.id == Commit.account_id).join(Person, Person.id == Account.person_id)
    changed = by_people.where(FileChange.file_id == CodeFile.id, Person.is_bot == false()).exists()
    renamed = exists().where(FileRename.file_id == CodeFile.id)
    unknown = there.where(~exists().where(FileKnowledge.file_id == CodeFile.id), changed | renamed)
    # A renamed file is told under its new name only: what was known of the former one goes too.
    paths = former_names(ws, later_names(ws, {*ws.session.scalars(new), *ws.session.scalars(unknown)}))
    for part in chunks(sorted(paths)):
        _forget(ws, part)
        present = present_files(ws, CodeFile.id.in_(part))["file_id"]
        _store(ws, file_histories(ws, keys(present)))


def _forget(ws: Workspace, paths: Any) -> None:
    for table in MADE:
        ws.session.execute(delete(table).where(table.file_id.in_(paths)))


def _store(ws: Workspace, histories: pd.DataFrame) -> None:
    if histories.empty:
        return
    told = with_authorship(contributions(histories))
    upsert_columns(ws.session, FileKnowledge, _columns(file_summary(told)), on=("file_id",))
    authors = told.loc[told["is_author"], ["file_id", "person_id", "degree"]]
    upsert_columns(ws.session, FileAuthor, _columns(authors), on=("file_id", "person_id"))


def _columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    return {name: keys(rows[name]) if name.endswith("_id") else rows[name].tolist() for name in rows.columns}


def _newest(ws: Workspace, repository: Repository) -> UUID | None:
    newest = select(Commit.id).where(Commit.repository_id == repository.id).order_by(Commit.id.desc()).limit(1)
    return ws.session.scalar(newest)


def _left_behind(ws: Workspace, repository: Repository) -> str:
    """Which commits a rewritten history took away: as many others may be gone when an older one is back."""
    gone = select(Commit.id).where(Commit.repository_id == repository.id, Commit.reachable == false())
    return _digest(read(ws, gone.order_by(Commit.id)))


def _people(ws: Workspace, until: UUID) -> str:
    """Who is who among the accounts that were there; keys rise with time."""
    accounts = select(Account.id, Account.person_id, Person.is_bot).join(Person, Person.id == Account.person_id)
    return _digest(read(ws, accounts.where(Account.id <= until).order_by(Account.id)))


def _digest(value: Any) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=16).hexdigest()
