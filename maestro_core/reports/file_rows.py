"""Rows of file histories, read fast: there are hundreds of thousands of them.

Keys are left as the driver gives them, 16 bytes or a UUID, since making as many objects takes longer than reading;
`keys` makes UUIDs of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import InstrumentedAttribute

from maestro_core.database import chunks
from maestro_core.models import (
    Account,
    CodeFile,
    Commit,
    FileAuthor,
    FileChange,
    FileKnowledge,
    FileRename,
    Person,
    Repository,
)
from maestro_core.scoring.file_history import of_present_files
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

COUNTED = (Commit.reachable == true(), Commit.is_merge == false())

ROWS_AT_ONCE = 500
"""So few stay in the processor's cache while columns are made of them, and wake no garbage collector: half the time."""

Query = Select[*tuple[Any, ...]]


def file_changes(ws: Workspace, *conditions: ColumnElement[bool]) -> pd.DataFrame:
    """What people's commits did to files: commit_id, file_id, person_id, changed_at, files (in that commit)."""
    columns = (FileChange.commit_id, FileChange.file_id, Commit.account_id, Commit.committed_at, Commit.files)
    statement = select(*columns).join(Commit, Commit.id == FileChange.commit_id)
    return _by_people(ws, _frame(ws, statement.where(*COUNTED, *conditions)))


def changes_of_present_files(ws: Workspace, repository_id: UUID) -> pd.DataFrame:
    """The same of all files of a repository that exist now, under all their names, in a third of the time: joined here.

    `commit_id` is the commit's place among all in the order of their keys, which numbers tell faster.
    """
    mine = Commit.repository_id == repository_id
    columns = (Commit.id.label("commit_id"), Commit.account_id, Commit.committed_at, Commit.files)
    commits = _by_people(ws, _frame(ws, select(*columns).where(mine, *COUNTED)))
    commit_ids = commits.pop("commit_id").tolist()
    order = sorted(range(len(commits)), key=commit_ids.__getitem__)
    commits = commits.take(order)
    place = {commit_ids[before]: now for now, before in enumerate(order)}
    places, files = array("q"), _Once()
    wanted = FileChange.file_id.in_(_names_of_present_files(repository_id))
    for made, changed in _blocks(ws, select(FileChange.commit_id, FileChange.file_id).where(wanted)):
        places.extend(map(place.get, made, repeat(-1)))
        files.extend(changed)
    at = np.frombuffer(places, dtype=np.int64)
    told = commits.take(at[at >= 0]).reset_index(drop=True)
    return told.assign(commit_id=at[at >= 0], file_id=np.array(files.values, dtype=object)[at >= 0])


def _names_of_present_files(repository_id: UUID) -> Select[tuple[UUID]]:
    """The files that exist now, and all that were renamed to them: often few of those that ever were."""
    present = select(CodeFile.id).where(CodeFile.repository_id == repository_id, CodeFile.is_present == true())
    names = present.cte("names_of_present_files", recursive=True)
    former = select(FileRename.from_id).join(names, FileRename.file_id == names.c.id)
    return select(names.union(former).c.id)


def file_renames(ws: Workspace, *conditions: ColumnElement[bool]) -> pd.DataFrame:
    """Which path became which: file_id, from_id, renamed_at."""
    columns = (FileRename.file_id, FileRename.from_id, Commit.committed_at)
    statement = select(*columns).join(Commit, Commit.id == FileRename.commit_id)
    rows = _frame(ws, statement.where(Commit.reachable == true(), *conditions))
    return rows.assign(renamed_at=_moments(rows.pop("committed_at")))


def present_files(ws: Workspace, *conditions: ColumnElement[bool]) -> pd.DataFrame:
    """The files that exist now: file_id, repository_id, path, lines, is_left_out, and what is known of each.

    changes, people, fragmentation: of its whole history, missing where only bots changed it.
    """
    known = (FileKnowledge.changes, FileKnowledge.people, FileKnowledge.fragmentation)
    columns = (CodeFile.id.label("file_id"), CodeFile.repository_id, CodeFile.path, CodeFile.lines, *known)
    statement = select(*columns, CodeFile.is_left_out)
    joined = statement.outerjoin(FileKnowledge, FileKnowledge.file_id == CodeFile.id)
    rows = _frame(ws, joined.where(CodeFile.is_present == true(), *conditions))
    numbers = {name: rows[name].astype(float) for name in ("lines", "changes", "people", "fragmentation")}
    return rows.assign(**numbers, is_left_out=rows["is_left_out"].astype(bool))


def file_authors(ws: Workspace, *conditions: ColumnElement[bool]) -> pd.DataFrame:
    """Who knows the files that exist now: file_id, person_id, degree."""
    columns = (FileAuthor.file_id, FileAuthor.person_id, FileAuthor.degree)
    statement = select(*columns).join(CodeFile, CodeFile.id == FileAuthor.file_id)
    return _frame(ws, statement.where(CodeFile.is_present == true(), *conditions))


def active_people(ws: Workspace, *, since: datetime) -> pd.Index:
    """Who made a commit since then, in whatever project."""
    # Naming every repository, for the index begins with it.
    anywhere = Commit.repository_id.in_(select(Repository.id))
    recent = select(Commit.account_id).where(anywhere, Commit.committed_at >= since, *COUNTED).distinct()
    people = _people(ws)
    found: pd.Index = pd.Index([people[account] for (account,) in read(ws, recent) if account in people], dtype=object)
    return found


def file_histories(ws: Workspace, files: Iterable[UUID]) -> pd.DataFrame:
    """The whole histories of some present files, under all the names that they had: as `file_changes`."""
    wanted = set(files)
    if not wanted:
        return file_changes(ws, false())
    names = former_names(ws, wanted)
    changes = _of_files(names, lambda part: file_changes(ws, FileChange.file_id.in_(part)))
    # A change belongs to what its path became, which may be another file that is present.
    later = later_names(ws, names)
    renames = _of_files(later, lambda part: file_renames(ws, FileRename.from_id.in_(part)))
    present = _of_files(later, lambda part: present_files(ws, CodeFile.id.in_(part)))
    followed = of_present_files(changes, renames, pd.Index(present["file_id"]))
    return followed[pd.Series(keys(followed["file_id"]), index=followed.index, dtype=object).isin(wanted)]


def _of_files(files: Iterable[UUID], read_some: Callable[[Sequence[UUID]], pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([read_some(part) for part in chunks(sorted(files))], ignore_index=True)


def former_names(ws: Workspace, paths: Iterable[UUID]) -> set[UUID]:
    """Paths, and all that were renamed to them."""
    return _along(ws, paths, select(FileRename.from_id), FileRename.file_id)


def later_names(ws: Workspace, paths: Iterable[UUID]) -> set[UUID]:
    """Paths, and all that they were renamed to."""
    return _along(ws, paths, select(FileRename.file_id), FileRename.from_id)


def read(ws: Workspace, statement: Query) -> list[tuple[Any, ...]]:
    """The rows of a query as the driver gives them: SQLAlchemy would make three objects of each."""
    ws.session.flush()
    cursor: Any = ws.session.connection().execute(statement).cursor
    return [*cursor.fetchall()]


def keys(column: Iterable[Any]) -> list[UUID]:
    """Keys as the rest of Maestro knows them: one object for each that is the same."""
    read = list(column)
    known = {one: one if isinstance(one, UUID) else UUID(bytes=one) for one in set(read)}
    return [known[one] for one in read]


def with_keys(rows: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The rows with these columns as UUIDs; what is missing stays missing."""
    for name in names:
        there = rows[name].dropna()
        known = pd.Series(keys(there), index=there.index, dtype=object)
        rows = rows.assign(**{name: known.reindex(rows.index)})
    return rows


def _along(
    ws: Workspace, paths: Iterable[UUID], onwards: Select[UUID], start: InstrumentedAttribute[UUID]
) -> set[UUID]:
    """The paths and all that renames lead to from them, one step at a time."""
    found = fresh = set(paths)
    while fresh:
        steps = (ws.session.scalars(onwards.where(start.in_(part))) for part in chunks(sorted(fresh)))
        fresh = {path for step in steps for path in step} - found
        found = found | fresh
    return found


def _by_people(ws: Workspace, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with whom their account belongs to; what bots did is out."""
    person = rows.pop("account_id").map(_people(ws))
    rows = rows.assign(person_id=person, changed_at=_moments(rows.pop("committed_at")))
    return rows[rows["person_id"].notna()].reset_index(drop=True)


def _people(ws: Workspace) -> dict[Any, Any]:
    accounts = select(Account.id, Account.person_id).join(Person, Person.id == Account.person_id)
    people = accounts.where(Account.kind == SourceKind.GIT, Person.is_bot == false())
    return dict(read(ws, people))


def _frame(ws: Workspace, statement: Query) -> pd.DataFrame:
    """As `read`, by column: what is the same in many rows is one object."""
    columns = {str(column.key): _Once() for column in statement.selected_columns}
    for block in _blocks(ws, statement):
        for column, values in zip(columns.values(), block, strict=True):
            column.extend(values)
    return pd.DataFrame({name: column.values for name, column in columns.items()}, dtype=object)


def _blocks(ws: Workspace, statement: Query) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """What a query gives, some rows at a time, by column."""
    ws.session.flush()
    cursor: Any = ws.session.connection().execute(statement).cursor
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield tuple(zip(*rows, strict=True))


@dataclass
class _Once:
    """A long column: what is the same in many rows is one object."""

    values: list[Any] = field(default_factory=list)
    _known: dict[Any, Any] = field(default_factory=dict)

    def extend(self, more: tuple[Any, ...]) -> None:
        self.values.extend(map(self._known.setdefault, more, more))


def _moments(column: pd.Series[Any]) -> pd.Series[Any]:
    # Hardly two moments are the same: what was read is not remembered.
    return pd.to_datetime(column, utc=True, format="ISO8601", cache=False).astype("datetime64[us, UTC]")
