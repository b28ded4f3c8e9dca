"""What depends on one person, and where change gathers: ownership, truck factor, hotspots, co-change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, func, select

from maestro_core.access import Permission
from maestro_core.models import CodeFile, Commit, DataSource, Project, Repository
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.file_rows import (
    active_people,
    file_authors,
    file_changes,
    file_renames,
    keys,
    present_files,
    with_keys,
)
from maestro_core.scoring import hotspots as change
from maestro_core.scoring import ownership
from maestro_core.scoring.code_map import code_map
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.file_history import contributions, of_present_files
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

MOST_ROWS = 300
STILL_HERE = timedelta(days=365)
NO_FILES = "no file of these projects is known to exist now"


class CodeCoverage(Report):
    """Which code the answer rests on, and what it leaves out."""

    repositories: int
    without_repository: list[str]
    refreshed_at: datetime | None
    left_out: int
    """Vendored and generated files."""
    last_changed_at: datetime | None


class Code(Report):
    """Everything the code page shows of some projects: who knows it today, and how it changed over a period.

    `people` are the authors of all files of these projects. With fewer than four, nothing is broken down: `places` is
    empty, and the hotspots do not tell how many people changed them.
    """

    files: Measured[int]
    truck_factor: Measured[int]
    one_author_share: Measured[float]
    knowledge_at_risk: Measured[float]
    knowledge_lost: Measured[float]
    fragmentation: Measured[float]
    change_concentration: Measured[float]
    people: int
    is_broken_down: bool
    places: Frame
    hotspots: Frame
    pairs: Frame
    coverage: CodeCoverage


@report(Permission.VIEW)
def code(ws: Workspace, *, projects: Collection[UUID], period: Period, path: str = "") -> Code:
    """Who knows these projects' files, told of the team, and where and together with what they changed in the period.

    `path`: only files with this in their path.
    """
    mine = select(Repository.id).where(Repository.project_id.in_(projects))
    present = _present(ws, mine)
    files = _chosen(present, path)
    everybody = file_authors(ws, CodeFile.repository_id.in_(mine))
    authors = everybody[everybody["file_id"].isin(files["file_id"])]
    changes = _changes(ws, mine, period, present)
    changes = changes[changes["file_id"].isin(files["file_id"])]
    people = int(everybody["person_id"].nunique())
    is_team = people >= MINIMUM_PEOPLE
    hot = change.hotspots(changes, files[["file_id", "path", "lines"]])
    return Code(
        files=_count(files),
        truck_factor=ownership.truck_factor(authors, files),
        one_author_share=ownership.one_author_share(authors, files),
        knowledge_at_risk=ownership.knowledge_at_risk(authors, files),
        knowledge_lost=ownership.knowledge_lost(authors, files, active=active_people(ws, since=ws.now - STILL_HERE)),
        fragmentation=ownership.fragmentation(ownership.file_summary(contributions(changes))),
        change_concentration=change.change_concentration(hot, files),
        people=people,
        is_broken_down=is_team,
        places=_places(files if is_team else files.head(0), authors),
        hotspots=_hotspots(hot, authors, is_team=is_team),
        pairs=_pairs(change.coupled_files(changes), files),
        coverage=_coverage(ws, projects, present),
    )


def _present(ws: Workspace, repositories: Select[UUID]) -> pd.DataFrame:
    """Every present file, its path with the name of its repository before it where there are several."""
    rows = present_files(ws, CodeFile.repository_id.in_(repositories))
    if rows["repository_id"].nunique() < 2:
        return rows
    told = select(Repository.id, Repository.name).where(Repository.id.in_(repositories))
    names = dict(ws.session.execute(told).tuples().all())
    where = pd.Series(keys(rows["repository_id"]), index=rows.index, dtype=object).map(names)
    return rows.assign(path=where + "/" + rows["path"])


def _chosen(present: pd.DataFrame, path: str) -> pd.DataFrame:
    rows = present[~present["is_left_out"]]
    if not path.strip():
        return rows
    return rows[rows["path"].astype(str).str.contains(path.strip(), case=False, regex=False)]


def _changes(ws: Workspace, repositories: Select[UUID], period: Period, present: pd.DataFrame) -> pd.DataFrame:
    """What the period changed, each under the present name of the file."""
    mine = Commit.repository_id.in_(repositories)
    inside = (Commit.committed_at >= period.start, Commit.committed_at < period.end)
    # A rename after the period still tells what a path of then is called now.
    renames = file_renames(ws, mine, Commit.committed_at >= period.start)
    return of_present_files(file_changes(ws, mine, *inside), renames, pd.Index(present["file_id"]))


def _count(files: pd.DataFrame) -> Measured[int]:
    if files.empty:
        return Measured[int].missing(NO_FILES)
    return Measured[int](value=len(files), sample=len(files))


def _places(files: pd.DataFrame, authors: pd.DataFrame) -> pd.DataFrame:
    return with_keys(code_map(files, authors), "file_id")


def _hotspots(hot: pd.DataFrame, authors: pd.DataFrame, *, is_team: bool) -> pd.DataFrame:
    """The hottest files, with how many know each; without people where there are too few."""
    counts = hot["file_id"].map(authors["file_id"].value_counts()).fillna(0).astype("int64")
    rows = hot.assign(authors=counts).head(MOST_ROWS)
    rows = with_keys(rows, "file_id")
    return rows if is_team else rows.drop(columns=["people", "authors"])


def _pairs(pairs: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    paths = files.set_index("file_id")["path"]
    rows = pairs.head(MOST_ROWS)
    told = rows.assign(path_a=rows["file_a"].map(paths), path_b=rows["file_b"].map(paths))
    return with_keys(told, "file_a", "file_b")


def _coverage(ws: Workspace, projects: Collection[UUID], present: pd.DataFrame) -> CodeCoverage:
    mine = Repository.project_id.in_(projects)
    refreshed = select(func.min(DataSource.refreshed_at)).join(Repository, Repository.source_id == DataSource.id)
    watched = select(Repository.project_id).where(mine)
    unseen = select(Project.name).where(Project.id.in_(projects), Project.id.not_in(watched)).order_by(Project.name)
    last = select(func.max(Commit.committed_at)).join(Repository, Repository.id == Commit.repository_id)
    return CodeCoverage(
        repositories=ws.session.scalar(select(func.count(Repository.id)).where(mine)) or 0,
        without_repository=list(ws.session.scalars(unseen)),
        refreshed_at=ws.session.scalar(refreshed.where(mine)),
        left_out=int(present["is_left_out"].sum()),
        last_changed_at=ws.session.scalar(last.where(mine, Commit.reachable)),
    )
