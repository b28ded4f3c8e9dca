"""Who did what when, as narrow rows that page after page can afford to read: keys are whole numbers here.

Scoring compares and counts keys all the time, and a UUID costs more to make and compare than all that is measured of
its row. So keys are read as the bytes they are stored as, numbered, and turned back only for the few that are told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Select, cast, extract, false, func, select, true, type_coerce

from maestro_core.database import chunks, is_sqlite
from maestro_core.models import (
    Account,
    CoAuthorship,
    CodeFile,
    Commit,
    FileChange,
    Person,
    Repository,
)
from maestro_core.reports.narrow_rows import PORTION, KeyBytes
from maestro_core.workspace import Workspace

Numbers = np.ndarray[Any, np.dtype[np.int64]]

TIMES = frozenset({"authored_at", "committed_at"})
BOOLEANS = frozenset({"is_merge"})


class Numbering:
    """Whole numbers for keys, in the order in which they are met; a missing key is −1."""

    def __init__(self) -> None:
        self.numbers: dict[bytes | None, int] = defaultdict(count().__next__, {None: -1})

    def of(self, keys: Collection[bytes | None]) -> Numbers:
        """The number of each key; those not met before get new ones."""
        # No line of Python is run for a key.
        return np.fromiter(map(self.numbers.__getitem__, keys), dtype=np.int64, count=len(keys))

    def stored(self) -> list[bytes]:
        """The keys by their numbers, as they are stored."""
        return [key for key in self.numbers if key is not None]

    def keys(self) -> list[UUID]:
        """The keys by their numbers."""
        return [UUID(bytes=bytes(key)) for key in self.stored()]


class Reader:
    """Reads the work of some projects; everything it read shares its numbers."""

    def __init__(self, ws: Workspace, projects: Collection[UUID]) -> None:
        self.ws, self.projects = ws, list(projects)
        self.people, self.files = Numbering(), Numbering()
        self.made = Numbering()
        known = select(Repository.id, Repository.project_id).where(Repository.project_id.in_(self.projects))
        self.project_of: dict[UUID, UUID] = {row.id: row.project_id for row in ws.session.execute(known)}
        self.repositories = list(self.project_of)

    def commits(self, start: datetime, end: datetime) -> pd.DataFrame:
        """commit_id, person_id, project, authored_at, committed_at, utc_offset_minutes, is_merge, added, deleted.

        By people, not by bots; projects are numbered in the order in which they were asked for. Lines of vendored and
        generated files are out, as they are everywhere.
        """
        statement = select(
            KeyBytes(Commit.id).label("commit_id"),
            KeyBytes(Commit.account_id).label("account_id"),
            KeyBytes(Commit.repository_id).label("repository_id"),
            self._seconds(Commit.authored_at).label("authored_at"),
            self._seconds(Commit.committed_at).label("committed_at"),
            *(Commit.utc_offset_minutes, Commit.is_merge),
            (Commit.added - Commit.left_out_added).label("added"),
            (Commit.deleted - Commit.left_out_deleted).label("deleted"),
        ).where(*self._made(start, end))
        accounts, repositories = Numbering(), Numbering()
        rows = self._frame(statement, commit_id=self.made, account_id=accounts, repository_id=repositories)
        rows = rows.rename(columns={"account_id": "person_id", "repository_id": "project"})
        rows["person_id"] = self._people(accounts)[rows["person_id"]]
        rows["project"] = self._projects(repositories)[rows["project"]]
        return rows[rows["person_id"] >= 0].reset_index(drop=True)

    def changes(self, start: datetime, end: datetime) -> pd.DataFrame:
        """commit_id, file_id of what commits without merges changed; vendored and generated files are out."""
        statement = (
            select(KeyBytes(FileChange.commit_id).label("commit_id"), KeyBytes(FileChange.file_id).label("file_id"))
            .join(Commit, Commit.id == FileChange.commit_id)
            .where(Commit.is_merge == false(), *self._made(start, end))
        )
        rows = self._frame(statement, commit_id=self.made, file_id=self.files)
        left_out = select(KeyBytes(CodeFile.id)).where(
            CodeFile.repository_id.in_(self.repositories), CodeFile.is_left_out == true()
        )
        out = self.files.of(list(self.ws.session.scalars(left_out)))
        return rows[~rows["file_id"].isin(out)] if len(out) else rows

    def paths(self) -> list[str]:
        """The paths of the files met so far, by their numbers; below their repository where there are several."""
        found = [""] * len(self.files.stored())
        known = (
            select(KeyBytes(CodeFile.id), CodeFile.path, Repository.name)
            .join(Repository, Repository.id == CodeFile.repository_id)
            .where(CodeFile.repository_id.in_(self.repositories))
        )
        several = len(self.repositories) > 1
        for key, path, repository in self.ws.session.connection().execute(known):
            if (number := self.files.numbers.get(key)) is not None:
                found[number] = f"{repository}/{path}" if several else path
        return found

    def co_authors(self, start: datetime, end: datetime) -> pd.DataFrame:
        """commit_id, person_id of the people whom commits name as co-authors."""
        statement = (
            select(KeyBytes(CoAuthorship.commit_id).label("commit_id"), KeyBytes(Person.id).label("person_id"))
            .join(Commit, Commit.id == CoAuthorship.commit_id)
            .join(Account, Account.id == CoAuthorship.account_id)
            .join(Person, Person.id == Account.person_id)
            .where(Person.is_bot == false(), *self._made(start, end))
        )
        return self._frame(statement, commit_id=self.made, person_id=self.people)

    def numbered(self, people: pd.Series[Any]) -> pd.Series[Any]:
        """People read elsewhere by the bytes of their keys, as the numbers they have here; the unknown stay missing."""
        known = self.people.of(people)
        return pd.Series(known, index=people.index).where(known >= 0)

    def _people(self, accounts: Numbering) -> Numbers:
        """The person of each account, by its number; −1 for a bot. Far fewer are asked for than there are commits."""
        found: dict[bytes, bytes] = {}
        for some in chunks(accounts.keys()):
            theirs = (
                select(KeyBytes(Account.id), KeyBytes(Account.person_id))
                .join(Person, Person.id == Account.person_id)
                .where(Account.id.in_(some), Person.is_bot == false())
            )
            found.update(map(tuple, self.ws.session.connection().execute(theirs)))
        return self.people.of([found.get(account) for account in accounts.stored()])

    def _projects(self, repositories: Numbering) -> Numbers:
        """The project of each repository, by its number."""
        projects = {project: number for number, project in enumerate(self.projects)}
        met = repositories.keys()
        return np.array([projects[self.project_of[repository]] for repository in met], dtype=np.int64)

    def _made(self, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
        """The commits that count: of these projects, in this span, not left behind by a rewritten history."""
        here = Commit.repository_id.in_(self.repositories)
        return here, Commit.reachable == true(), Commit.committed_at >= start, Commit.committed_at < end

    def _seconds(self, moment: Any) -> ColumnElement[Any]:
        """Since 1970: Git keeps no smaller unit, and a number costs less to read than a time."""
        if is_sqlite(self.ws.session.connection()):
            return type_coerce(func.unixepoch(moment), BigInteger())
        return cast(extract("epoch", moment), BigInteger)

    def _frame(self, statement: Select[Any], **numbered: Numbering) -> pd.DataFrame:
        result = self.ws.session.connection().execute(statement)
        names = list(result.keys())
        # From the driver: SQLAlchemy would make a row of its own of each of its tuples.
        read = partial(result.cursor.fetchmany, PORTION)
        portions = [_numbered(portion, names, numbered) for portion in iter(read, [])]
        result.close()
        portions = portions or [_numbered((), names, numbered)]
        columns = {
            name: np.concatenate(values) for name, values in zip(names, zip(*portions, strict=True), strict=True)
        }
        return pd.DataFrame(columns).assign(**{name: _moments(columns[name]) for name in names if name in TIMES})


def _numbered(
    portion: Sequence[Any], names: list[str], numbered: Mapping[str, Numbering]
) -> list[np.ndarray[Any, Any]]:
    """A portion as arrays, a column each."""
    values = list(zip(*portion, strict=True)) or [()] * len(names)
    return [
        numbered[name].of(column) if name in numbered else _typed(name, column)
        for name, column in zip(names, values, strict=True)
    ]


def _typed(name: str, values: Sequence[Any]) -> np.ndarray[Any, Any]:
    return np.fromiter(values, dtype="bool" if name in BOOLEANS else "int64", count=len(values))


def _moments(seconds: np.ndarray[Any, Any]) -> pd.Series[Any]:
    return pd.Series(seconds.view("datetime64[s]")).dt.tz_localize("UTC")
