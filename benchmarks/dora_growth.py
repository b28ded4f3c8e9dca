"""What deployments, incidents and the DORA metrics cost as history grows: 1×, 2× and 4×, up to 50,000 commits.

    python benchmarks/dora_growth.py [--commits 50000] [--deployments 10000]

A made history with branches that live long and merge late, deployed from its trunk to one service, with an incident for
each fifteenth deployment, on SQLite. Told for each size: making all deployments, their changes and incidents by the
rules; the same again where nothing changed, and where one deployment is new; and the answer of the delivery page over
90 days and over all. Exits with 1 where four times the history costs more than six times as much to make anew, or where
nothing new costs more than a fifth of making all.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from maestro_core.actions.deliver import recount_delivery
from maestro_core.models import (
    Account,
    Commit,
    DataSource,
    DeploymentEvent,
    DeploymentRule,
    IncidentRule,
    Issue,
    Person,
    Project,
    Repository,
    new_key,
)
from maestro_core.portfolios import Portfolio, open_portfolios
from maestro_core.reports.delivery import dora_keys
from maestro_core.settings import Settings
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, Period, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace, open_workspace

START = datetime(2020, 1, 1, tzinfo=UTC)
HIGHEST_GROWTH, HIGHEST_IDLE = 6.0, 0.2
OPEN_BRANCHES = 40


@dataclass(frozen=True)
class Made:
    """A project in a portfolio of its own, and when its history ends."""

    portfolio: Portfolio
    project_id: UUID
    source_id: UUID
    tip: str
    end: datetime

    def timed(self, deed: Callable[[Workspace], object]) -> float:
        """The seconds of a deed in a workspace of its own, its commit included."""
        began = time.perf_counter()
        with open_workspace(self.portfolio.engine, self.portfolio.membership_id, now=self.end) as ws:
            deed(ws)
        return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--commits", type=int, default=50_000)
    options.add_argument("--deployments", type=int, default=10_000)
    chosen = options.parse_args()
    print("commits  deployments  make all  nothing new  one new  page 90 days  page all")
    rows = [_measured(chosen.commits // part, chosen.deployments // part) for part in (4, 2, 1)]
    growth, idle = rows[-1][0] / rows[0][0], rows[-1][1] / rows[-1][0]
    print(f"four times the history costs {growth:.1f} times as much; nothing new {idle:.2f} of making all")
    sys.exit(growth > HIGHEST_GROWTH or idle > HIGHEST_IDLE)


def _measured(commits: int, deployments: int) -> tuple[float, ...]:
    with tempfile.TemporaryDirectory() as folder:
        made = _make(Path(folder), commits, deployments)
        again = [made.timed(lambda ws: recount_delivery(ws, made.project_id)) for _ in range(2)]
        made.timed(lambda ws: _deploy(ws, made, [(made.tip, made.end)]))
        one = made.timed(lambda ws: recount_delivery(ws, made.project_id))
        recent, all_of_it = Period(made.end - timedelta(days=90), made.end), Period(START, made.end)
        pages = [made.timed(_page(made, period)) for period in (recent, all_of_it)]
        made.portfolio.engine.dispose()
    row = (*again, one, *pages)
    print(f"{commits:7,}  {deployments:11,}" + "".join(f"{seconds:10.2f} s" for seconds in row))
    return row


def _page(made: Made, period: Period) -> Callable[[Workspace], object]:
    return lambda ws: dora_keys(ws, projects=[made.project_id], period=period)


def _make(folder: Path, commits: int, deployments: int) -> Made:
    portfolio = open_portfolios(Settings(data_directory=folder)).own
    chance = random.Random(1)
    history = list(_history(commits, chance))
    trunk = [(sha, at) for sha, _, at, is_trunk in history if is_trunk]
    chosen = sorted(chance.sample(trunk, min(deployments, len(trunk))), key=lambda each: each[1])
    with open_workspace(portfolio.engine, portfolio.membership_id) as ws:
        made = Made(portfolio, *_project(ws, history), tip=trunk[-1][0], end=history[-1][2] + timedelta(days=1))
        _deploy(ws, made, [(sha, at + timedelta(minutes=40)) for sha, at in chosen])
        _harm(ws, made, [at for _, at in chosen[::15]])
    return made


def _history(count: int, chance: random.Random) -> Iterator[tuple[str, str, datetime, bool]]:
    """Each commit with its parents, its time, and whether it is on the trunk; branches live long."""
    trunk, branches = "", list[str]()
    for number in range(count):
        sha, at = f"{number:040x}", START + timedelta(hours=number)
        place = chance.randrange(len(branches)) if branches else 0
        lot = chance.random()
        if trunk and lot < 0.25 and len(branches) < OPEN_BRANCHES:
            branches.append(sha)
            yield sha, trunk, at, False
        elif branches and lot < 0.65:
            yield sha, branches[place], at, False
            branches[place] = sha
        else:
            merged = [branches.pop(place)] if branches and lot < 0.9 else []
            yield sha, " ".join(filter(None, [trunk, *merged])), at, True
            trunk = sha


def _project(ws: Workspace, history: list[tuple[str, str, datetime, bool]]) -> tuple[UUID, UUID]:
    project = Project(id=new_key(), name="churn", created_at=ws.now)
    person = Person(id=new_key(), name="Ada")
    git, tool = (
        DataSource(id=new_key(), kind=kind, name=kind, location=kind, project_id=project.id, created_at=ws.now)
        for kind in (SourceKind.GIT, SourceKind.GITHUB)
    )
    account = Account(id=new_key(), person_id=person.id, kind=SourceKind.GIT, identity="ada", name="Ada")
    repository = Repository(id=new_key(), source_id=git.id, project_id=project.id, name="churn")
    for row in (project, person, git, tool, account, repository):
        ws.session.add(row)
        ws.session.flush()
    ws.session.add(DeploymentRule(project_id=project.id, origin=DeploymentOrigin.ENVIRONMENT, pattern="production"))
    ws.session.add(IncidentRule(project_id=project.id, origin=IncidentOrigin.LABEL, pattern="incident"))
    shared = {"repository_id": repository.id, "account_id": account.id, "utc_offset_minutes": 0, "files": 1}
    ws.session.execute(insert(Commit), [shared | _commit(*each) for each in history])
    return project.id, tool.id


def _commit(sha: str, parents: str, at: datetime, _is_trunk: bool) -> dict[str, Any]:
    told = {"id": new_key(), "sha": sha, "parents": parents, "authored_at": at, "committed_at": at, "added": 5}
    return told | {"subject": f"Change {sha[-6:]}", "is_merge": " " in parents, "deleted": 2}


def _deploy(ws: Workspace, made: Made, deployed: list[tuple[str, datetime]]) -> None:
    shared = {
        "source_id": made.source_id, "project_id": made.project_id, "environment": "production", "service": "",
        "branch": "main", "description": "", "url": "", "outcome": PipelineOutcome.SUCCESS,
    }  # fmt: skip
    rows = [
        shared | {"id": new_key(), "external_id": f"{sha}-{at}", "sha": sha, "created_at": at, "finished_at": at}
        for sha, at in deployed
    ]
    ws.session.execute(insert(DeploymentEvent), rows)


def _harm(ws: Workspace, made: Made, moments: list[datetime]) -> None:
    rows = [
        {
            "id": new_key(), "source_id": made.source_id, "project_id": made.project_id, "external_id": str(number),
            "title": "Down", "url": "", "labels": ["incident"], "service": "", "created_at": at + timedelta(hours=2),
            "closed_at": at + timedelta(hours=5), "updated_at": at + timedelta(hours=5),
        }
        for number, at in enumerate(moments)
    ]  # fmt: skip
    ws.session.execute(insert(Issue), rows)


if __name__ == "__main__":
    main()
