"""How teams work together: Git activity, who works with whom, the collaboration score and what stands out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, false, func, select, true

from maestro_core.access import Permission
from maestro_core.models import Account, Branch, Commit, DataSource, FileChange, Person, Project, Repository
from maestro_core.reports import Frame, Report, report
from maestro_core.scoring import collaboration as score
from maestro_core.scoring import git_activity, network
from maestro_core.scoring.collaboration import CollaborationScore, Evidence
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.insights import Insight, insights
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]

SEED = 20_260_101
"""The interval of the score comes from resampling: the same question gets the same answer."""

MINIMUM_PEOPLE = score.MINIMUM_PEOPLE
"""Below this many people, what is broken down would tell of one person."""

TOO_FEW_PEOPLE = f"fewer than {MINIMUM_PEOPLE} people: it would tell of single persons"
BRANCHES_OF_TODAY = "branches are known as they stand today, not as they stood then"
TELLS_OF_PERSONS = frozenset({"night_and_weekend"})


class Activity(Report):
    """The measures of Git activity over one period."""

    commits_per_week: Measured[float]
    contributors: Measured[int]
    code_churn: Measured[int]
    active_branches: Measured[int]
    night_and_weekend_share: Measured[float]
    contributor_absence_factor: Measured[int]


class Coverage(Report):
    """Which code the answer rests on, and which it cannot see."""

    repositories: int
    without_repository: list[str]
    last_commit_at: datetime | None
    refreshed_at: datetime | None


class Collaboration(Report):
    """Everything the collaboration page shows of some projects and a period; people without names or amounts.

    With fewer than four people nothing is broken down: `by_hour`, `people` and `pairs` are then empty.
    """

    now: Activity
    before: Activity
    weekly: Frame
    by_hour: Frame
    score: CollaborationScore
    insights: list[Insight]
    is_broken_down: bool
    people: Frame
    pairs: Frame
    coverage: Coverage


@report(Permission.VIEW)
def collaboration(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Collaboration:
    """How these projects' people worked together over the period, told of the team, never of one person."""
    scored_since = period.end - score.LONG_WINDOW
    commits = ws.frame(_commits(projects, min(period.before.start, scored_since), period.end))
    # Many rows: of the period before, nothing is told that needs them.
    changes = ws.frame(_changes(projects, min(period.start, scored_since), period.end))
    branches = ws.frame(_branches(projects))
    calendar = Calendar(ws.tenant.time_zone, ws.tenant.week_starts_on)
    scored = score.collaboration_score(Evidence(commits, changes), end=period.end, seed=SEED)
    found = insights(commits, changes, branches, period=period, calendar=calendar, score=scored)
    inside = git_activity.counted(commits, period)
    told = inside if _is_a_team(inside) else inside.head(0)
    pairs = network.co_editing(changes[changes["commit_id"].isin(told["commit_id"])], told)
    return Collaboration(
        now=_activity(commits, branches, period, calendar),
        before=_activity(commits, None, period.before, calendar),
        weekly=git_activity.weekly_activity(commits, period=period, calendar=calendar),
        by_hour=git_activity.activity_by_hour(told, period=period),
        score=scored,
        insights=[one for one in found if _is_a_team(inside) or one.name not in TELLS_OF_PERSONS],
        is_broken_down=_is_a_team(inside),
        people=_people(told, pairs),
        pairs=pairs,
        coverage=_coverage(ws, projects),
    )


@report(Permission.VIEW_PEOPLE)
def names(ws: Workspace, *, people: Collection[UUID]) -> dict[UUID, str]:
    """The names of people, for who may see them and asks."""
    rows = ws.frame(select(Person.id, Person.name).where(Person.id.in_(people)))
    return dict(zip(rows["id"], rows["name"], strict=True))


def _activity(commits: pd.DataFrame, branches: pd.DataFrame | None, period: Period, calendar: Calendar) -> Activity:
    return Activity(
        commits_per_week=git_activity.commits_per_week(commits, period=period, calendar=calendar),
        contributors=git_activity.contributors(commits, period=period),
        code_churn=git_activity.code_churn(commits, period=period),
        active_branches=Measured[int].missing(BRANCHES_OF_TODAY)
        if branches is None
        else git_activity.active_branches(branches, period=period),
        night_and_weekend_share=_night_and_weekend(commits, period),
        contributor_absence_factor=git_activity.contributor_absence_factor(commits, period=period),
    )


def _night_and_weekend(commits: pd.DataFrame, period: Period) -> Measured[float]:
    """When one person works is nobody's business: a share of hours is told of four people or more."""
    inside = git_activity.counted(commits, period)
    if len(inside) and not _is_a_team(inside):
        return Measured[float].missing(TOO_FEW_PEOPLE, sample=len(inside))
    return git_activity.night_and_weekend_share(commits, period=period)


def _is_a_team(commits: pd.DataFrame) -> bool:
    return bool(commits["person_id"].nunique() >= MINIMUM_PEOPLE)


def _people(commits: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Who committed, and with how many others each shares a file.

    Ordered by key, which says nothing of how much anybody did: the page numbers people in this order.
    """
    partners = pd.concat([pairs["person_a"], pairs["person_b"]]).value_counts()
    people = pd.DataFrame({"person_id": sorted(commits["person_id"].unique())})
    return people.assign(partners=people["person_id"].map(partners).fillna(0).astype("int64"))


def _coverage(ws: Workspace, projects: Collection[UUID]) -> Coverage:
    last_commit = _reachable(select(func.max(Commit.committed_at)), projects)
    refreshed = select(func.min(DataSource.refreshed_at)).join(Repository, Repository.source_id == DataSource.id)
    watched = select(Repository.project_id).where(_of(projects))
    unseen = select(Project.name).where(Project.id.in_(projects), Project.id.not_in(watched)).order_by(Project.name)
    return Coverage(
        repositories=ws.session.scalar(select(func.count(Repository.id)).where(_of(projects))) or 0,
        without_repository=list(ws.session.scalars(unseen)),
        last_commit_at=ws.session.scalar(last_commit),
        refreshed_at=ws.session.scalar(refreshed.where(_of(projects))),
    )


def _commits(projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    columns = select(
        Commit.id.label("commit_id"),
        Account.person_id,
        *(Commit.authored_at, Commit.committed_at, Commit.utc_offset_minutes),
        *(Commit.is_merge, Commit.added, Commit.deleted),
    )
    return _within(_reachable(columns, projects), start, end)


def _changes(projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    joined = select(FileChange.commit_id, FileChange.file_id).join(Commit, Commit.id == FileChange.commit_id)
    return _within(_reachable(joined, projects), start, end).where(Commit.is_merge == false())


def _reachable(statement: Query, projects: Collection[UUID]) -> Query:
    """The commits that count: of these projects, by people, not left behind by a rewritten history."""
    return (
        statement.join(Repository, Repository.id == Commit.repository_id)
        .join(Account, Account.id == Commit.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(_of(projects), Commit.reachable == true(), Person.is_bot == false())
    )


def _within(statement: Query, start: datetime, end: datetime) -> Query:
    return statement.where(Commit.committed_at >= start, Commit.committed_at < end)


def _branches(projects: Collection[UUID]) -> Query:
    columns = (Branch.repository_id, Branch.name, Branch.last_commit_at, Branch.merged, Branch.is_default)
    return select(*columns).join(Repository, Repository.id == Branch.repository_id).where(_of(projects))


def _of(projects: Collection[UUID]) -> Any:
    return Repository.project_id.in_(projects)
