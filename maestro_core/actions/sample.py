"""The sample portfolio: simulated projects in a tenant of their own, to look around in before there is real data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import delete, insert, select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.training import train
from maestro_core.errors import NotNow
from maestro_core.learning.simulation import SimulatedPortfolio, simulate
from maestro_core.models import (
    Account,
    Artifact,
    ArtifactUsage,
    ArtifactVersion,
    Base,
    Branch,
    CodeFile,
    Commit,
    DataSource,
    FileChange,
    Person,
    ProcessMetric,
    Project,
    Repository,
    TeamMember,
    TrainingRun,
    new_key,
)
from maestro_core.portfolios import Portfolio
from maestro_core.reports import records
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace, open_workspace

SEED = 14
FRESH = timedelta(days=1)
"""The sample ends on the day it was made; older than this, it is made anew."""

DAILY = {"commits": "commit_id", "lines_added": "added", "lines_deleted": "deleted", "merges": "is_merge"}
WEEKLY = ("pull_requests_opened", "pull_requests_merged", "reviews", "pipeline_runs", "pipeline_failures")
EMPTIED = (TrainingRun, DataSource, Artifact, Project, Person)


@dataclass(frozen=True)
class Keys:
    """The database's keys for the simulation's numbers, one list for each table."""

    projects: list[UUID]
    people: list[UUID]
    accounts: list[UUID]
    artifacts: list[UUID]
    versions: list[UUID]
    repositories: list[UUID]


def load_sample_if_old(sample: Portfolio, *, older_than: timedelta = FRESH) -> bool:
    """Make the sample where there is none, or where it ends too long ago; whether that was so."""
    with open_workspace(sample.engine, sample.membership_id, reading=True) as ws:
        made_at = ws.session.scalar(select(Project.created_at).order_by(Project.created_at).limit(1))
        is_fresh = made_at is not None and ws.now - made_at < older_than
    return False if is_fresh else load_sample(sample)


def load_sample(sample: Portfolio, *, seed: int = SEED) -> bool:
    """Make the sample anew and learn from it."""
    door: Callable[[], AbstractContextManager[Workspace]] = partial(open_workspace, sample.engine, sample.membership_id)
    with door() as ws:
        make_sample(ws, seed=seed)
    return bool(train(door))


@action(Permission.EDIT_SETTINGS)
def make_sample(ws: Workspace, *, seed: int) -> None:
    """Replace everything in a sample tenant by a simulated portfolio that ends today; refused in a real one."""
    if not ws.tenant.is_sample:
        raise NotNow("A sample is never mixed with an organisation's own projects.")
    for table in EMPTIED:
        ws.session.execute(delete(table))
    portfolio = _committed(simulate(seed, until=ws.now.date()))
    keys = _keys(portfolio)
    _insert_people_and_projects(ws, portfolio, keys)
    _insert_artifacts(ws, portfolio, keys)
    _insert_code(ws, portfolio, keys)
    _insert_metrics(ws, portfolio, keys)


def _committed(portfolio: SimulatedPortfolio) -> SimulatedPortfolio:
    """Simulated authors commit what they write at once."""
    commits = portfolio.commits.assign(committed_at=portfolio.commits["authored_at"])
    return replace(portfolio, commits=commits)


def _keys(portfolio: SimulatedPortfolio) -> Keys:
    counts = (portfolio.projects, portfolio.people, portfolio.people, portfolio.artifacts, portfolio.versions)
    return Keys(*([new_key() for _ in range(len(rows))] for rows in (*counts, portfolio.projects)))


def _insert_people_and_projects(ws: Workspace, portfolio: SimulatedPortfolio, keys: Keys) -> None:
    projects = portfolio.projects[
        [
            *("name", "domain", "problem_type", "complexity", "team_size", "started_at", "finished_at", "outcome"),
            *("compute_cost", "experiments", "model_performance", "business_impact", "delivery"),
        ]
    ]
    _insert(ws, Project, _with(projects, id=keys.projects, created_at=ws.now))
    _insert(ws, Person, _with(portfolio.people[["name"]], id=keys.people, email=None, is_bot=False))
    identities = [f"{name} <sample>".lower() for name in portfolio.people["name"]]
    accounts = pd.DataFrame({"identity": identities})
    _insert(ws, Account, _with(accounts, id=keys.accounts, person_id=keys.people, kind=SourceKind.GIT))
    members = portfolio.members
    _insert(
        ws,
        TeamMember,
        _with(
            members[["role", "experience_years"]],
            project_id=_of(keys.projects, members["project_id"]),
            person_id=_of(keys.people, members["person_id"]),
        ),
    )


def _insert_artifacts(ws: Workspace, portfolio: SimulatedPortfolio, keys: Keys) -> None:
    artifacts, versions, usage = portfolio.artifacts, portfolio.versions, portfolio.usage
    owners = portfolio.people.set_index("person_id")["name"]
    tags = [[domain] if isinstance(domain, str) else [] for domain in artifacts["domain"]]
    named = artifacts[["name", "kind", "created_at"]].assign(owner=artifacts["owner_id"].map(owners))
    _insert(ws, Artifact, _with(named, id=keys.artifacts, tags=tags))
    released = versions[["version"]].assign(created_at=versions["released_at"])
    of_artifact = _of(keys.artifacts, versions["artifact_id"])
    _insert(
        ws,
        ArtifactVersion,
        _with(released, id=keys.versions, artifact_id=of_artifact, tags=[list(row) for row in versions["tags"]]),
    )
    _insert(
        ws,
        ArtifactUsage,
        _with(
            usage[["used_at"]],
            origin=[f"sample:{row}" for row in range(len(usage))],
            artifact_id=_of(keys.artifacts, usage["artifact_id"]),
            project_id=_of(keys.projects, usage["project_id"]),
            person_id=_of(keys.people, usage["person_id"]),
            version_id=[None if pd.isna(row) else keys.versions[int(row)] for row in usage["version_id"]],
        ),
    )


def _insert_code(ws: Workspace, portfolio: SimulatedPortfolio, keys: Keys) -> None:
    names, commits = portfolio.projects[["name"]], portfolio.commits
    sources = [new_key() for _ in range(len(names))]
    locations = [f"sample:{name}" for name in names["name"]]
    source = {"project_id": keys.projects, "location": locations, "created_at": ws.now, "refreshed_at": ws.now}
    _insert(ws, DataSource, _with(names, id=sources, kind=SourceKind.GIT, **source))
    _insert(ws, Repository, _with(names, id=keys.repositories, source_id=sources, project_id=keys.projects))
    files = portfolio.file_changes
    kept = commits[["authored_at", "committed_at", "utc_offset_minutes", "added", "deleted", "is_merge"]].assign(
        subject="", files=commits["commit_id"].map(files["commit_id"].value_counts()).fillna(0).astype("int64")
    )
    commit_keys = [new_key() for _ in range(len(commits))]
    shas = [hashlib.sha1(f"{SEED}:{row}".encode(), usedforsecurity=False).hexdigest() for row in commits["commit_id"]]
    owners = {
        "repository_id": _of(keys.repositories, commits["project_id"]),
        "account_id": _of(keys.accounts, commits["person_id"]),
    }
    _insert(ws, Commit, _with(kept, id=commit_keys, sha=shas, reachable=True, **owners))
    _insert_files(ws, files, keys, dict(zip(commits["commit_id"], commit_keys, strict=True)))
    _insert(ws, Branch, _branches(commits, keys))


def _insert_files(ws: Workspace, changes: pd.DataFrame, keys: Keys, commits: dict[int, UUID]) -> None:
    paths = changes[["project_id", "path"]].drop_duplicates(ignore_index=True)
    file_keys = [new_key() for _ in range(len(paths))]
    _insert(
        ws, CodeFile, _with(paths[["path"]], id=file_keys, repository_id=_of(keys.repositories, paths["project_id"]))
    )
    of_path = dict(zip(zip(paths["project_id"], paths["path"], strict=True), file_keys, strict=True))
    pairs = zip(changes["project_id"], changes["path"], strict=True)
    rows = pd.DataFrame({"added": 0, "deleted": 0}, index=range(len(changes)))
    _insert(
        ws,
        FileChange,
        _with(rows, commit_id=changes["commit_id"].map(commits).tolist(), file_id=[of_path[pair] for pair in pairs]),
    )


def _branches(commits: pd.DataFrame, keys: Keys) -> list[dict[str, Any]]:
    """The last commit of each branch; branch 0 is main, and the others are merged but for the newest."""
    last = commits.groupby(["project_id", "branch"])["committed_at"].max().reset_index()
    newest = last.groupby("project_id")["branch"].transform("max")
    rows = pd.DataFrame(
        {
            "name": ["main" if number == 0 else f"work-{number}" for number in last["branch"]],
            "head_sha": "0" * 40,
            "last_commit_at": last["committed_at"],
            "is_default": last["branch"] == 0,
            "merged": (last["branch"] > 0) & (last["branch"] < newest),
        }
    )
    return _with(rows, repository_id=_of(keys.repositories, last["project_id"]))


def _insert_metrics(ws: Workspace, portfolio: SimulatedPortfolio, keys: Keys) -> None:
    commits = portfolio.commits.assign(day=portfolio.commits["committed_at"].dt.date, commit_id=1)
    changed = commits[~commits["is_merge"]]
    daily = [
        (commits if name == "merges" else changed).groupby(["project_id", "day"])[column].sum().rename(name)
        for name, column in DAILY.items()
    ]
    weekly = portfolio.weekly.assign(day=portfolio.weekly["week"].dt.date)
    other = [weekly.groupby(["project_id", "day"])[name].sum().rename(name) for name in WEEKLY]
    for counts in (*daily, *other):
        rows = counts[counts > 0].reset_index()
        values = rows[["day"]].assign(value=rows[counts.name].astype(float), measure=str(counts.name))
        _insert(ws, ProcessMetric, _with(values, project_id=_of(keys.projects, rows["project_id"])))


def _of(keys: list[UUID], numbers: Iterable[int]) -> list[UUID]:
    return [keys[number] for number in numbers]


def _with(rows: pd.DataFrame, **columns: Any) -> list[dict[str, Any]]:
    """Rows as the database takes them, with more columns: a list gives each row its own value."""
    added = [
        dict(zip(columns, values, strict=True))
        for values in zip(*(_column(value, len(rows)) for value in columns.values()), strict=True)
    ]
    return [row | more for row, more in zip(records(rows), added, strict=True)]


def _column(value: Any, length: int) -> list[Any]:
    return value if isinstance(value, list) else [value] * length


def _insert(ws: Workspace, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        ws.session.execute(insert(table), rows)
