"""How teams work together: Git activity, who works with whom, the collaboration score and what stands out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, false, func, select, true

from maestro_core.access import Permission
from maestro_core.models import Account, Branch, Commit, FileChange, Person, Repository
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


class Activity(Report):
    """The measures of Git activity over one period."""

    commits_per_week: Measured[float]
    contributors: Measured[int]
    code_churn: Measured[int]
    active_branches: Measured[int]
    night_and_weekend_share: Measured[float]
    contributor_absence_factor: Measured[int]


class Collaboration(Report):
    """Everything the collaboration page shows of some projects and a period; people without their names."""

    now: Activity
    before: Activity
    weekly: Frame
    by_hour: Frame
    score: CollaborationScore
    insights: list[Insight]
    people: Frame
    pairs: Frame
    repositories: int


@report(Permission.VIEW)
def collaboration(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Collaboration:
    """How these projects' people worked together over the period, told of the team, never of one person."""
    since = min(period.before.start, period.end - score.LONG_WINDOW)
    commits, branches = ws.frame(_commits(projects, since, period.end)), ws.frame(_branches(projects))
    changes = ws.frame(_changes(projects, since, period.end))
    calendar = Calendar(ws.tenant.time_zone, ws.tenant.week_starts_on)
    scored = score.collaboration_score(Evidence(commits, changes), end=period.end, seed=SEED)
    inside = git_activity.counted(commits, period)
    return Collaboration(
        now=_activity(commits, branches, period, calendar),
        before=_activity(commits, branches, period.before, calendar),
        weekly=git_activity.weekly_activity(commits, period=period, calendar=calendar),
        by_hour=git_activity.activity_by_hour(commits, period=period),
        score=scored,
        insights=insights(commits, changes, branches, period=period, calendar=calendar, score=scored),
        people=_people(inside),
        pairs=network.co_editing(changes[changes["commit_id"].isin(inside["commit_id"])], inside),
        repositories=ws.session.scalar(_repositories(projects)) or 0,
    )


@report(Permission.VIEW_PEOPLE)
def names(ws: Workspace, *, people: Collection[UUID]) -> dict[UUID, str]:
    """The names of people, for who may see them and asks."""
    rows = ws.frame(select(Person.id, Person.name).where(Person.id.in_(people)))
    return dict(zip(rows["id"], rows["name"], strict=True))


def _activity(commits: pd.DataFrame, branches: pd.DataFrame, period: Period, calendar: Calendar) -> Activity:
    return Activity(
        commits_per_week=git_activity.commits_per_week(commits, period=period, calendar=calendar),
        contributors=git_activity.contributors(commits, period=period),
        code_churn=git_activity.code_churn(commits, period=period),
        active_branches=git_activity.active_branches(branches, period=period),
        night_and_weekend_share=git_activity.night_and_weekend_share(commits, period=period),
        contributor_absence_factor=git_activity.contributor_absence_factor(commits, period=period),
    )


def _people(commits: pd.DataFrame) -> pd.DataFrame:
    """Who committed in the period, as keys with the days and commits of each."""
    days = commits.assign(day=commits["committed_at"].dt.floor("D"))
    return (
        days.groupby("person_id")
        .agg(days=("day", "nunique"), commits=("commit_id", "nunique"))
        .reset_index()
        .sort_values(["days", "person_id"], ascending=[False, True], ignore_index=True)
    )


def _commits(projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    return _reachable(
        select(
            Commit.id.label("commit_id"),
            Repository.project_id,
            Commit.repository_id,
            Account.person_id,
            *(Commit.authored_at, Commit.committed_at, Commit.utc_offset_minutes),
            *(Commit.is_merge, Commit.added, Commit.deleted),
        ),
        projects,
        start,
        end,
    )


def _changes(projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    joined = select(FileChange.commit_id, FileChange.file_id).join(Commit, Commit.id == FileChange.commit_id)
    return _reachable(joined, projects, start, end).where(Commit.is_merge == false())


def _reachable(statement: Query, projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    """The commits that count: of these projects, in this time, by people, not left behind by a rewritten history."""
    return (
        statement.join(Repository, Repository.id == Commit.repository_id)
        .join(Account, Account.id == Commit.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Repository.project_id.in_(projects), Commit.committed_at >= start, Commit.committed_at < end)
        .where(Commit.reachable == true(), Person.is_bot == false())
    )


def _branches(projects: Collection[UUID]) -> Query:
    columns = (Branch.repository_id, Branch.name, Branch.last_commit_at, Branch.merged, Branch.is_default)
    return select(*columns).join(Repository, Repository.id == Branch.repository_id).where(_of(projects))


def _repositories(projects: Collection[UUID]) -> Query:
    return select(func.count(Repository.id)).where(_of(projects))


def _of(projects: Collection[UUID]) -> Any:
    return Repository.project_id.in_(projects)
