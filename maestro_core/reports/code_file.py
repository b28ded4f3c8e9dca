"""One file: its history under all its names, how many know it, and what changes with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.database import chunks
from maestro_core.errors import NotEnoughData
from maestro_core.models import CodeFile, Commit, FileAuthor, FileChange, Person, Project, Repository
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.file_rows import (
    file_changes,
    file_histories,
    file_renames,
    former_names,
    keys,
    present_files,
    with_keys,
)
from maestro_core.scoring import ownership
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.file_history import contributions, of_present_files
from maestro_core.scoring.hotspots import LARGEST_CHANGE_SET, LEAST_SHARED, coupled_files
from maestro_core.terms import Measured
from maestro_core.workspace import Workspace

MOST_COUPLED = 30
TOO_FEW_PEOPLE = f"Fewer than {MINIMUM_PEOPLE} people know this code: it would tell of single persons."


class FileHistory(Report):
    """A file and its whole history, without names of people.

    `authors` and `people` have no value where fewer than four people know the code of the project.
    """

    file_id: UUID
    path: str
    project_id: UUID
    project: str
    repository: str
    is_present: bool
    is_left_out: bool
    lines: int | None
    former_paths: list[str]
    changes: Measured[int]
    authors: Measured[int]
    people: Measured[int]
    fragmentation: Measured[float]
    first_changed_at: datetime | None
    last_changed_at: datetime | None
    by_quarter: Frame
    coupled: Frame


@report(Permission.VIEW)
def file(ws: Workspace, *, file_id: UUID) -> FileHistory:
    """What happened to a file since it was created, and which other files change with it."""
    row = ws.get(CodeFile, file_id)
    repository = ws.get(Repository, row.repository_id)
    history = file_histories(ws, [file_id])
    fragmentation = ownership.fragmentation(ownership.file_summary(contributions(history)))
    known = ws.session.scalar(select(func.count()).where(FileAuthor.file_id == file_id)) or 0
    return FileHistory(
        file_id=file_id,
        path=row.path,
        project_id=repository.project_id,
        project=ws.get(Project, repository.project_id).name,
        repository=repository.name,
        is_present=row.is_present,
        is_left_out=row.is_left_out,
        lines=row.lines,
        former_paths=_former_paths(ws, file_id),
        changes=_count(len(history), len(history)),
        authors=_of_team(ws, repository, _count(known, len(history))),
        people=_of_team(ws, repository, _count(int(history["person_id"].nunique()), len(history))),
        fragmentation=fragmentation.model_copy(update={"sample": len(history)}),
        first_changed_at=history["changed_at"].min() if len(history) else None,
        last_changed_at=history["changed_at"].max() if len(history) else None,
        by_quarter=_by_quarter(history),
        coupled=_coupled(ws, row, history),
    )


@report(Permission.VIEW_PEOPLE)
def authors(ws: Workspace, *, file_id: UUID) -> list[str]:
    """The names of those who know a file, in the order of the alphabet; for who may see them and asks.

    Raises `NotEnoughData` where fewer than four people know the code of the project.
    """
    repository = ws.get(Repository, ws.get(CodeFile, file_id).repository_id)
    if _team(ws, repository) < MINIMUM_PEOPLE:
        raise NotEnoughData(TOO_FEW_PEOPLE)
    named = select(Person.name).join(FileAuthor, FileAuthor.person_id == Person.id)
    return list(ws.session.scalars(named.where(FileAuthor.file_id == file_id).order_by(Person.name)))


def _count(value: int, changes: int) -> Measured[int]:
    if not changes:
        return Measured[int].missing("no change by a person is known of this file")
    return Measured[int](value=value, sample=changes)


def _of_team(ws: Workspace, repository: Repository, measured: Measured[int]) -> Measured[int]:
    if _team(ws, repository) < MINIMUM_PEOPLE:
        return Measured[int].missing(TOO_FEW_PEOPLE, sample=measured.sample)
    return measured


def _team(ws: Workspace, repository: Repository) -> int:
    """How many people know the code of the project."""
    people = select(func.count(FileAuthor.person_id.distinct())).join(CodeFile, CodeFile.id == FileAuthor.file_id)
    mine = select(Repository.id).where(Repository.project_id == repository.project_id)
    return ws.session.scalar(people.where(CodeFile.repository_id.in_(mine), CodeFile.is_present)) or 0


def _former_paths(ws: Workspace, file_id: UUID) -> list[str]:
    former = former_names(ws, [file_id]) - {file_id}
    return list(ws.session.scalars(select(CodeFile.path).where(CodeFile.id.in_(former)).order_by(CodeFile.path)))


def _by_quarter(history: pd.DataFrame) -> pd.DataFrame:
    """Changes in each quarter of a year since the first, quiet ones too: quarter (its first day), changes."""
    quarters = history["changed_at"].dt.tz_localize(None).dt.to_period("Q")
    counts = quarters.value_counts()
    if len(counts):
        counts = counts.reindex(pd.period_range(counts.index.min(), counts.index.max(), freq="Q"), fill_value=0)
    return pd.DataFrame({"quarter": counts.index.to_timestamp(), "changes": counts.to_numpy(dtype="int64")})


def _coupled(ws: Workspace, row: CodeFile, history: pd.DataFrame) -> pd.DataFrame:
    """The files that change with it: file_id, path, shared, revisions, coupling; the strongest first."""
    found = _partners(ws, row, keys(history.loc[history["files"] <= LARGEST_CHANGE_SET, "commit_id"]))
    pairs = coupled_files(file_histories(ws, [row.id, *found]))
    pairs = with_keys(pairs, "file_a", "file_b")
    mine = pairs[(pairs["file_a"] == row.id) | (pairs["file_b"] == row.id)].head(MOST_COUPLED)
    other = mine["file_a"].where(mine["file_a"] != row.id, mine["file_b"])
    return mine.assign(file_id=other, path=other.map(found))[["file_id", "path", "shared", "revisions", "coupling"]]


def _partners(ws: Workspace, row: CodeFile, commits: list[UUID]) -> dict[UUID, str]:
    """The present files that were in at least five of these commits, whatever they were called, with their paths."""
    of_repository = CodeFile.repository_id == row.repository_id
    present = present_files(ws, of_repository)
    renames = file_renames(ws, Commit.repository_id == row.repository_id)
    parts = [file_changes(ws, FileChange.commit_id.in_(part)) for part in chunks(commits)]
    if not parts:
        return {}
    counts = of_present_files(pd.concat(parts, ignore_index=True), renames, pd.Index(present["file_id"]))[
        "file_id"
    ].value_counts()
    often = present[present["file_id"].isin(counts.index[counts >= LEAST_SHARED])]
    return {key: path for key, path in zip(keys(often["file_id"]), often["path"], strict=True) if key != row.id}
