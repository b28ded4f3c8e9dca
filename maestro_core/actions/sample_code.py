"""The code of the sample: repositories, commits with their history, files as they are now, branches, daily counts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.actions.sample_rows import Keys, having, new_keys, of, put
from maestro_core.learning.simulation import SimulatedPortfolio
from maestro_core.learning.simulation_delivery import SimulatedDelivery
from maestro_core.models import (
    Branch,
    CoAuthorship,
    CodeFile,
    Commit,
    DataSource,
    FileChange,
    FileRename,
    ProcessMetric,
    Repository,
)
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

DAILY = {"commits": "commit_id", "lines_added": "added", "lines_deleted": "deleted", "merges": "is_merge"}


def insert_code(ws: Workspace, portfolio: SimulatedPortfolio, told: SimulatedDelivery, keys: Keys) -> None:
    """Everything that Git would tell."""
    names = portfolio.projects[["name"]]
    locations = [f"sample:{name}" for name in names["name"]]
    source = {"project_id": keys.projects, "location": locations, "created_at": ws.now, "refreshed_at": ws.now}
    put(ws, DataSource, having(names, id=keys.sources, kind=SourceKind.GIT, cursor={}, **source))
    owners = {"source_id": keys.sources, "project_id": keys.projects}
    put(ws, Repository, having(names, id=keys.repositories, **owners))
    _insert_commits(ws, told, keys)
    _insert_files(ws, told, keys)
    _insert_co_authors(ws, portfolio, told, keys)
    put(ws, Branch, _branches(told.commits, keys))
    _insert_daily(ws, told.commits, keys)


def _insert_commits(ws: Workspace, told: SimulatedDelivery, keys: Keys) -> None:
    commits = told.commits
    kept = commits[["authored_at", "committed_at", "utc_offset_minutes", "added", "deleted", "is_merge"]].assign(
        **{name: commits[name] for name in ("sha", "parents", "subject")},
        files=commits["commit_id"].map(told.file_changes["commit_id"].value_counts()).fillna(0).astype("int64"),
    )
    owners = {
        "repository_id": of(keys.repositories, commits["project_id"]),
        "account_id": of(keys.accounts, commits["person_id"]),
    }
    put(ws, Commit, having(kept, id=of(keys.commits, commits["commit_id"]), reachable=True, **owners))


def _insert_files(ws: Workspace, told: SimulatedDelivery, keys: Keys) -> None:
    files, changes, renames = told.files, told.file_changes, told.renames
    found = dict(zip(_paths(files), new_keys(len(files)), strict=True))
    kept = files[["path", "is_present", "lines", "is_left_out"]]
    owners = of(keys.repositories, files["project_id"])
    put(ws, CodeFile, having(kept, id=list(found.values()), repository_id=owners))
    of_change = {"commit_id": of(keys.commits, changes["commit_id"]), "file_id": _found(found, changes)}
    put(ws, FileChange, having(changes[["added", "deleted"]], **of_change))
    of_rename = {"commit_id": of(keys.commits, renames["commit_id"]), "file_id": _found(found, renames)}
    before = _found(found, renames.assign(path=renames["from_path"]))
    put(ws, FileRename, having(renames[["moved"]], from_id=before, **of_rename))


def _insert_co_authors(ws: Workspace, portfolio: SimulatedPortfolio, told: SimulatedDelivery, keys: Keys) -> None:
    signed = told.co_authors
    names = signed[["person_id"]].merge(portfolio.people, on="person_id")[["name"]]
    owners = {"commit_id": of(keys.commits, signed["commit_id"]), "account_id": of(keys.accounts, signed["person_id"])}
    put(ws, CoAuthorship, having(names, **owners))


def _paths(rows: pd.DataFrame) -> list[tuple[int, str]]:
    return list(zip(rows["project_id"].tolist(), rows["path"].tolist(), strict=True))


def _found(files: dict[tuple[int, str], UUID], rows: pd.DataFrame) -> list[UUID]:
    return [files[path] for path in _paths(rows)]


def _branches(commits: pd.DataFrame, keys: Keys) -> list[dict[str, Any]]:
    """The last commit of each branch; branch 0 is main, and the others are merged but for the newest."""
    last = commits.sort_values("committed_at").groupby(["project_id", "branch"]).tail(1)
    newest = last.groupby("project_id")["branch"].transform("max")
    rows = pd.DataFrame(
        {
            "name": ["main" if number == 0 else f"work-{number}" for number in last["branch"]],
            "head_sha": last["sha"],
            "last_commit_at": last["committed_at"],
            "is_default": last["branch"] == 0,
            "merged": (last["branch"] > 0) & (last["branch"] < newest),
        }
    )
    return having(rows, repository_id=of(keys.repositories, last["project_id"]))


def _insert_daily(ws: Workspace, commits: pd.DataFrame, keys: Keys) -> None:
    dated = commits.assign(day=commits["committed_at"].dt.date, commit_id=1)
    changed = dated[~dated["is_merge"]]
    for measure, column in DAILY.items():
        counts = (dated if measure == "merges" else changed).groupby(["project_id", "day"])[column].sum()
        rows = counts[counts > 0].rename("value").astype(float).reset_index()
        owners = of(keys.projects, rows["project_id"])
        put(ws, ProcessMetric, having(rows[["day", "value"]], measure=measure, project_id=owners))
