"""What depends on one person, and where change gathers: ownership, truck factor, hotspots, co-change."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, func, select

from maestro_core.access import Permission
from maestro_core.models import CodeFile, Commit, Project, Repository
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.coverage import Freshness, freshness
from maestro_core.reports.file_rows import (
    active_people,
    file_authors,
    file_changes,
    file_renames,
    present_files,
    with_keys,
)
from maestro_core.scoring import hotspots as change
from maestro_core.scoring import ownership
from maestro_core.scoring.code_map import code_map
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.file_history import contributions, of_present_files
from maestro_core.scoring.team_rules import busy_files_of_one_author
from maestro_core.terms import Measured, Period, SourceKind
from maestro_core.workspace import Workspace

MOST_ROWS = 300
PER_PROJECT: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Measured[Any]]] = {
    "truck_factor": ownership.truck_factor,
    "one_author_share": ownership.one_author_share,
    "knowledge_at_risk": ownership.knowledge_at_risk,
}
STILL_HERE = timedelta(days=365)


class CodeCoverage(Freshness):
    """Which code the answer rests on, and what it leaves out."""

    repositories: int
    without_repository: list[str]
    left_out: int
    """Vendored and generated files."""
    last_changed_at: datetime | None


class Code(Report):
    """Everything the code page shows of some projects: who knows it today, and how it changed over a period.

    A project that fewer than four people know is not broken down: it has no places on the map, and its hotspots do not
    tell how many people changed or know them.
    """

    lines: Measured[int]
    truck_factor: Measured[int]
    one_author_share: Measured[float]
    knowledge_at_risk: Measured[float]
    knowledge_lost: Measured[float]
    fragmentation: Measured[float]
    change_concentration: Measured[float]
    busy_files_of_one_author: Measured[float]
    is_broken_down: bool
    """Whether any of these projects is."""
    by_project: Frame
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
    teams = _teams(files, everybody.merge(present[["file_id", "project"]], on="file_id"))
    hot = change.hotspots(changes, files[["file_id", "project", "path", "lines"]])
    told = _told(hot, authors, teams)
    return Code(
        lines=_lines(files),
        truck_factor=ownership.truck_factor(authors, files),
        one_author_share=ownership.one_author_share(authors, files),
        knowledge_at_risk=ownership.knowledge_at_risk(authors, files),
        knowledge_lost=ownership.knowledge_lost(authors, files, active=active_people(ws, since=ws.now - STILL_HERE)),
        fragmentation=ownership.fragmentation(ownership.file_summary(contributions(changes))),
        change_concentration=change.change_concentration(hot, files),
        busy_files_of_one_author=busy_files_of_one_author(told),
        is_broken_down=not teams.empty,
        by_project=_by_project(files, authors),
        places=with_keys(code_map(teams, authors), "file_id"),
        hotspots=with_keys(told.head(MOST_ROWS), "file_id"),
        pairs=_pairs(change.coupled_files(changes), files),
        coverage=_coverage(ws, projects, present),
    )


def _present(ws: Workspace, repositories: Select[UUID]) -> pd.DataFrame:
    """Every present file with its project; the name of its repository before its path where there are several."""
    rows = present_files(ws, CodeFile.repository_id.in_(repositories))
    told = select(Repository.id, Repository.name, Project.name).join(Project, Project.id == Repository.project_id)
    names = {key: rest for key, *rest in ws.session.execute(told.where(Repository.id.in_(repositories)))}
    where = with_keys(rows, "repository_id")["repository_id"]
    project = where.map({key: project for key, (_, project) in names.items()})
    rows = rows.assign(project=project.astype(object))
    if where.nunique() < 2:
        return rows
    return rows.assign(path=where.map({key: name for key, (name, _) in names.items()}) + "/" + rows["path"])


def _chosen(present: pd.DataFrame, path: str) -> pd.DataFrame:
    rows = present[~present["is_left_out"]]
    if not path.strip():
        return rows
    return rows[rows["path"].astype(str).str.contains(path.strip(), case=False, regex=False)]


def _changes(ws: Workspace, repositories: Select[UUID], period: Period, present: pd.DataFrame) -> pd.DataFrame:
    """What the period changed, each under the present name of the file."""
    mine = Commit.repository_id.in_(repositories)
    inside = (Commit.committed_at >= period.start, Commit.committed_at < period.end)
    # A rename after the period tells what a path of then is called now; one before it, of what branches that have not
    # seen it still change under the former name.
    renames = file_renames(ws, mine)
    return of_present_files(file_changes(ws, mine, *inside), renames, pd.Index(present["file_id"]))


def _lines(files: pd.DataFrame) -> Measured[int]:
    if files.empty:
        return Measured[int].missing(ownership.NO_FILES)
    return Measured[int](value=int(files["lines"].sum()), sample=len(files))


def _teams(files: pd.DataFrame, authors: pd.DataFrame) -> pd.DataFrame:
    """The files of the projects that at least four people know."""
    people = authors.groupby("project")["person_id"].nunique()
    return files[files["project"].isin(people.index[people >= MINIMUM_PEOPLE])]


def _by_project(files: pd.DataFrame, authors: pd.DataFrame) -> pd.DataFrame:
    """The projects whose files these are, those that depend on the fewest people first."""
    rows = [_of_project(name, part, authors) for name, part in files.groupby("project")]
    frame = pd.DataFrame(rows, columns=["project", "files", "lines", "people", *PER_PROJECT])
    return frame.sort_values([*PER_PROJECT, "project"], ascending=[True, False, False, True], ignore_index=True)


def _of_project(name: object, files: pd.DataFrame, authors: pd.DataFrame) -> tuple[object, ...]:
    mine = authors[authors["file_id"].isin(files["file_id"])]
    told = (measured(mine, files).value for measured in PER_PROJECT.values())
    return (name, len(files), int(files["lines"].sum()), mine["person_id"].nunique(), *told)


def _told(hot: pd.DataFrame, authors: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """The changed files, the hottest first, with how many know and changed each where they are enough."""
    counts = hot["file_id"].map(authors["file_id"].value_counts()).fillna(0.0)
    is_told = hot["file_id"].isin(teams["file_id"])
    return hot.assign(people=hot["people"].where(is_told), authors=counts.where(is_told))


def _pairs(pairs: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    known, rows = files.set_index("file_id"), pairs.head(MOST_ROWS)
    paths = {f"path_{side}": rows[f"file_{side}"].map(known["path"]) for side in ("a", "b")}
    told = rows.assign(project=rows["file_a"].map(known["project"]), **paths)
    return with_keys(told, "file_a", "file_b")


def _coverage(ws: Workspace, projects: Collection[UUID], present: pd.DataFrame) -> CodeCoverage:
    mine = Repository.project_id.in_(projects)
    watched = select(Repository.project_id).where(mine)
    unseen = select(Project.name).where(Project.id.in_(projects), Project.id.not_in(watched)).order_by(Project.name)
    last = select(func.max(Commit.committed_at)).join(Repository, Repository.id == Commit.repository_id)
    return CodeCoverage(
        repositories=ws.session.scalar(select(func.count(Repository.id)).where(mine)) or 0,
        without_repository=list(ws.session.scalars(unseen)),
        left_out=int(present["is_left_out"].sum()),
        last_changed_at=ws.session.scalar(last.where(mine, Commit.reachable)),
        **freshness(ws, projects=projects, kinds=(SourceKind.GIT,)).model_dump(),
    )
