"""What the collaboration page costs as Git history grows: 1×, 2× and 4×, up to 50,000 commits a year, on SQLite.

    python benchmarks/collaboration_growth.py [--commits 50000]

Two years of commits, each of which changes three files, by 60 people in 8,000 files, with a pull request for each tenth
commit and two answers to each; a year is asked for and compared with the year before. Told for each size, in seconds of
processor: the answer over a year, and over its last 90 days. The exponent says how the answer grows. Exits with 1 where
the largest year takes over half a second.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from maestro_core.models import (
    Account,
    CodeFile,
    Commit,
    DataSource,
    FileChange,
    Person,
    Project,
    PullRequest,
    Repository,
    Review,
    new_key,
)
from maestro_core.portfolios import Portfolio, open_portfolios
from maestro_core.reports.collaboration import collaboration
from maestro_core.settings import Settings
from maestro_core.terms import Period, ReviewState, SourceKind
from maestro_core.workspace import Workspace, open_workspace

END = datetime(2026, 7, 1, tzinfo=UTC)
YEAR, LATELY = Period(END - timedelta(days=365), END), Period(END - timedelta(days=90), END)
START = YEAR.before.start
PEOPLE, FILES, FILES_OF_A_COMMIT, COMMITS_OF_A_REQUEST = 60, 8_000, 3, 10
MOST_SECONDS = 0.5

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Team:
    """Whose history is made, and of what."""

    project: UUID
    source: UUID
    repository: UUID
    accounts: list[UUID]
    files: list[UUID]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--commits", type=int, default=50_000)
    commits = options.parse_args().commits
    print("commits a year     year  90 days")
    years = [_measured(commits // part) for part in (4, 2, 1)]
    print(f"the answer grows with the commits to the power of {math.log(years[-1] / years[0], 4):.2f}")
    sys.exit(years[-1] > MOST_SECONDS)


def _measured(commits: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        portfolio = open_portfolios(Settings(data_directory=Path(folder))).own
        with open_workspace(portfolio.engine, portfolio.membership_id, now=END) as ws:
            project = make(ws, 2 * commits)
        year, lately = (_quickest(portfolio, project, period) for period in (YEAR, LATELY))
        portfolio.engine.dispose()
    print(f"{commits:14,}  {year:5.2f} s  {lately:5.2f} s")
    return year


def _quickest(portfolio: Portfolio, project: UUID, period: Period) -> float:
    """The least seconds of processor of three answers: others use the machine too."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        with open_workspace(portfolio.engine, portfolio.membership_id, reading=True, now=END) as ws:
            collaboration(ws, projects=[project], period=period)
        seconds.append(time.process_time() - began)
    return min(seconds)


def make(ws: Workspace, commits: int) -> UUID:
    """A project whose team made so many commits in two years; its key."""
    team, chance, step = _team(ws), random.Random(1), (END - START) / commits
    made = [(new_key(), number, START + step * number) for number in range(commits)]
    ws.session.execute(insert(Commit), [_commit(team, chance, *each) for each in made])
    ws.session.execute(insert(FileChange), [row for key, _, _ in made for row in _changes(team, chance, key)])
    requests = [_request(team, chance, *each) for each in made[::COMMITS_OF_A_REQUEST]]
    ws.session.execute(insert(PullRequest), requests)
    ws.session.execute(insert(Review), [row for request in requests for row in _answers(team, chance, request)])
    return team.project


def _team(ws: Workspace) -> Team:
    project = Project(id=new_key(), name="made", created_at=ws.now)
    git, tool = (
        DataSource(id=new_key(), kind=kind, name=kind, location=kind, project_id=project.id, created_at=ws.now)
        for kind in (SourceKind.GIT, SourceKind.GITHUB)
    )
    repository = Repository(id=new_key(), source_id=git.id, project_id=project.id, name="made")
    for row in (project, git, tool, repository):
        ws.session.add(row)
        ws.session.flush()
    people: Rows = [{"id": new_key(), "name": f"Person {number}"} for number in range(PEOPLE)]
    accounts: Rows = [
        {"id": new_key(), "person_id": one["id"], "kind": SourceKind.GIT, "identity": one["name"], "name": one["name"]}
        for one in people
    ]
    files: Rows = [
        {"id": new_key(), "repository_id": repository.id, "path": f"folder {number % 97}/{number}.py"}
        for number in range(FILES)
    ]
    for table, rows in ((Person, people), (Account, accounts), (CodeFile, files)):
        ws.session.execute(insert(table), rows)
    return Team(project.id, tool.id, repository.id, [one["id"] for one in accounts], [one["id"] for one in files])


def _commit(team: Team, chance: random.Random, key: UUID, number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": key, "repository_id": team.repository, "account_id": _somebody(team, chance), "sha": f"{number:040x}",
        "authored_at": at - timedelta(minutes=chance.randrange(600)), "committed_at": at, "subject": f"Change {number}",
        "utc_offset_minutes": chance.choice((-300, 0, 120)), "is_merge": chance.random() < 0.05,
        "added": chance.randrange(80), "deleted": chance.randrange(40), "files": FILES_OF_A_COMMIT,
    }  # fmt: skip


def _changes(team: Team, chance: random.Random, commit: UUID) -> Iterator[dict[str, Any]]:
    # Some files are changed far more often than others.
    places = {int(FILES * chance.random() ** 2) for _ in range(FILES_OF_A_COMMIT)}
    return ({"commit_id": commit, "file_id": team.files[place], "added": 5, "deleted": 2} for place in places)


def _request(team: Team, chance: random.Random, _commit_id: UUID, number: int, at: datetime) -> dict[str, Any]:
    merged = at + timedelta(hours=chance.randrange(1, 200))
    return {
        "id": new_key(), "source_id": team.source, "project_id": team.project, "external_id": str(number),
        "title": f"Change {number}", "url": "", "author_id": _somebody(team, chance),
        "merged_by_id": _somebody(team, chance), "created_at": at, "ready_at": None, "merged_at": merged,
        "closed_at": merged, "updated_at": merged, "head_branch": f"change-{number}", "base_branch": "main",
        "merge_sha": None, "first_commit_at": at - timedelta(days=1), "commits": COMMITS_OF_A_REQUEST,
        "added": chance.randrange(400), "deleted": chance.randrange(200), "files": 5,
    }  # fmt: skip


def _answers(team: Team, chance: random.Random, request: dict[str, Any]) -> Rows:
    return [
        {
            "id": new_key(), "pull_request_id": request["id"], "external_id": state,
            "account_id": _somebody(team, chance), "state": state,
            "submitted_at": request["created_at"] + timedelta(hours=chance.randrange(1, 150)),
        }
        for state in (ReviewState.APPROVED, ReviewState.NOTE)
    ]  # fmt: skip


def _somebody(team: Team, chance: random.Random) -> UUID:
    """Some do far more than others."""
    return team.accounts[int(len(team.accounts) * chance.random() ** 2)]


if __name__ == "__main__":
    main()
