"""Who did what when, as narrow rows that page after page can afford to read: keys are whole numbers here.

Scoring compares and counts keys all the time, and a UUID costs more to make and compare than all that is measured of
its row. So keys are read as the bytes they are stored as, numbered, and turned back only for the few that are told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Select, cast, extract, false, func, or_, select, true, type_coerce
from sqlalchemy.orm import aliased
from sqlalchemy.types import NullType

from maestro_core.database import is_sqlite
from maestro_core.models import (
    Account,
    CoAuthorship,
    CodeFile,
    Commit,
    FileChange,
    Person,
    PullRequest,
    Repository,
    Review,
)
from maestro_core.workspace import Workspace

Numbers = np.ndarray[Any, np.dtype[np.int64]]

PULL_REQUEST_TIMES = ("created_at", "ready_at", "merged_at", "closed_at")
TIMES = frozenset({"authored_at", "committed_at", "submitted_at", *PULL_REQUEST_TIMES})
TYPES = {
    "is_merge": "bool",
    "is_draft": "bool",
    "state": "object",
    "lines_added": "float64",
    "lines_deleted": "float64",
}
PORTION = 200
"""Rows read at once: more of them outlive Python's young garbage, whose collection then costs more than the reading."""
MISSING = np.iinfo(np.int64).min
"""How numpy writes a time that is not known."""


class Numbering:
    """Whole numbers for keys, in the order in which they are met; a missing key is −1."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}

    def of(self, keys: Iterable[bytes | None]) -> Numbers:
        """The number of each key; those not met before get new ones."""
        numbers = self.numbers
        return np.array([-1 if key is None else numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)

    def keys(self) -> list[UUID]:
        """The keys by their numbers."""
        return [UUID(bytes=bytes(key)) for key in self.numbers]


class Reader:
    """Reads the work of some projects; everything it read shares its numbers."""

    def __init__(self, ws: Workspace, projects: Collection[UUID]) -> None:
        self.ws, self.projects = ws, list(projects)
        self.people, self.files = Numbering(), Numbering()
        self.made, self.asked = Numbering(), Numbering()
        self.repositories = list(
            ws.session.scalars(select(Repository.id).where(Repository.project_id.in_(self.projects)))
        )

    def commits(self, start: datetime, end: datetime) -> pd.DataFrame:
        """commit_id, person_id, authored_at, committed_at, utc_offset_minutes, is_merge, added, deleted, by people."""
        statement = (
            select(
                self._raw(Commit.id).label("commit_id"),
                self._raw(Account.person_id).label("person_id"),
                self._seconds(Commit.authored_at).label("authored_at"),
                self._seconds(Commit.committed_at).label("committed_at"),
                *(Commit.utc_offset_minutes, Commit.is_merge, Commit.added, Commit.deleted),
            )
            .join(Account, Account.id == Commit.account_id)
            .join(Person, Person.id == Account.person_id)
            .where(Person.is_bot == false(), *self._made(start, end))
        )
        return self._frame(statement, commit_id=self.made, person_id=self.people)

    def changes(self, start: datetime, end: datetime) -> pd.DataFrame:
        """commit_id, file_id of what commits without merges changed; vendored and generated files are out."""
        statement = (
            select(self._raw(FileChange.commit_id).label("commit_id"), self._raw(FileChange.file_id).label("file_id"))
            .join(Commit, Commit.id == FileChange.commit_id)
            .where(Commit.is_merge == false(), *self._made(start, end))
        )
        rows = self._frame(statement, commit_id=self.made, file_id=self.files)
        left_out = select(self._raw(CodeFile.id)).where(
            CodeFile.repository_id.in_(self.repositories), CodeFile.is_left_out == true()
        )
        out = self.files.of(list(self.ws.session.scalars(left_out)))
        return rows[~rows["file_id"].isin(out)] if len(out) else rows

    def co_authors(self, start: datetime, end: datetime) -> pd.DataFrame:
        """commit_id, person_id of the people whom commits name as co-authors."""
        statement = (
            select(self._raw(CoAuthorship.commit_id).label("commit_id"), self._raw(Person.id).label("person_id"))
            .join(Commit, Commit.id == CoAuthorship.commit_id)
            .join(Account, Account.id == CoAuthorship.account_id)
            .join(Person, Person.id == Account.person_id)
            .where(Person.is_bot == false(), *self._made(start, end))
        )
        return self._frame(statement, commit_id=self.made, person_id=self.people)

    def pull_requests(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Those that were open at any time then, but not by programs: id, author_id, merged_by_id, sizes and times."""
        author, merger = aliased(Person), aliased(Person)
        opening, merging = aliased(Account), aliased(Account)
        lines = (PullRequest.added.label("lines_added"), PullRequest.deleted.label("lines_deleted"))
        statement = (
            select(
                self._raw(PullRequest.id).label("id"),
                self._raw(author.id).label("author_id"),
                self._raw(merger.id).label("merged_by_id"),
                *(self._seconds(getattr(PullRequest, name)).label(name) for name in PULL_REQUEST_TIMES),
                *(PullRequest.is_draft, *lines),
            )
            .outerjoin(opening, opening.id == PullRequest.author_id)
            .outerjoin(author, author.id == opening.person_id)
            .outerjoin(merging, merging.id == PullRequest.merged_by_id)
            .outerjoin(merger, merger.id == merging.person_id)
            .where(author.is_bot.is_not(True), *self._asked(start, end))
        )
        rows = self._frame(statement, id=self.asked, author_id=self.people, merged_by_id=self.people)
        rows = rows.rename(columns={"lines_added": "added", "lines_deleted": "deleted"})
        return rows.assign(**{name: _known(rows[name]) for name in ("author_id", "merged_by_id")})

    def reviews(self, start: datetime, end: datetime) -> pd.DataFrame:
        """What people answered to the same pull requests: pull_request_id, person_id, state, submitted_at."""
        statement = (
            select(
                self._raw(Review.pull_request_id).label("pull_request_id"),
                self._raw(Person.id).label("person_id"),
                self._seconds(Review.submitted_at).label("submitted_at"),
                Review.state,
            )
            .join(PullRequest, PullRequest.id == Review.pull_request_id)
            .outerjoin(Account, Account.id == Review.account_id)
            .outerjoin(Person, Person.id == Account.person_id)
            .where(Person.is_bot.is_not(True), *self._asked(start, end))
        )
        rows = self._frame(statement, pull_request_id=self.asked, person_id=self.people)
        return rows.assign(person_id=_known(rows["person_id"]))

    def _made(self, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
        """The commits that count: of these projects, in this span, not left behind by a rewritten history."""
        here = Commit.repository_id.in_(self.repositories)
        return here, Commit.reachable == true(), Commit.committed_at >= start, Commit.committed_at < end

    def _asked(self, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
        """The pull requests that were open at any time in this span."""
        open_then = or_(PullRequest.closed_at.is_(None), PullRequest.closed_at >= start)
        return PullRequest.project_id.in_(self.projects), PullRequest.created_at < end, open_then

    def _raw(self, key: Any) -> ColumnElement[Any]:
        if is_sqlite(self.ws.session.connection()):
            return type_coerce(key, NullType())
        return type_coerce(func.uuid_send(key), NullType())

    def _seconds(self, moment: Any) -> ColumnElement[Any]:
        """Since 1970: Git keeps no smaller unit, and a number costs less to read than a time."""
        if is_sqlite(self.ws.session.connection()):
            return type_coerce(func.unixepoch(moment), BigInteger())
        return cast(extract("epoch", moment), BigInteger)

    def _frame(self, statement: Select[Any], **numbered: Numbering) -> pd.DataFrame:
        result = self.ws.session.connection().execute(statement, execution_options={"yield_per": PORTION})
        names = list(result.keys())
        portions = [_numbered(portion, names, numbered) for portion in result.partitions()]
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
    if name in TIMES:
        return np.array([MISSING if value is None else value for value in values], dtype=np.int64)
    return np.array(values, dtype=TYPES.get(name, "int64"))


def _moments(seconds: np.ndarray[Any, Any]) -> pd.Series[Any]:
    return pd.Series(seconds.view("datetime64[s]")).dt.tz_localize("UTC")


def _known(people: pd.Series[Any]) -> pd.Series[Any]:
    return people.where(people >= 0)
