"""How teams work together: Git activity, who works with whom, the collaboration score and what stands out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, timedelta
from uuid import UUID

import pandas as pd
from sqlalchemy import case, func, select

from maestro_core.access import Permission
from maestro_core.models import Branch, Person, ProcessMetric, Repository
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.collaboration_coverage import Coverage, code_coverage, reviewed_projects
from maestro_core.reports.review_rows import code_review
from maestro_core.reports.work_rows import Reader
from maestro_core.reports.working_hours import hours_of
from maestro_core.scoring import collaboration as score
from maestro_core.scoring import git_activity, network, patterns, review_team
from maestro_core.scoring.chaoss_index import Yardstick, collaboration_index, yardstick
from maestro_core.scoring.collaboration import CollaborationScore, Evidence
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.insight import Insight
from maestro_core.scoring.insights import insights
from maestro_core.scoring.insights_teamwork import Teamwork
from maestro_core.scoring.network import person_days
from maestro_core.scoring.review_flow import lives
from maestro_core.scoring.reviews import NO_CODE_REVIEW
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

SEED = 20_260_101
"""The interval of the score comes from resampling: the same question gets the same answer."""

MINIMUM_PEOPLE = score.MINIMUM_PEOPLE
"""Below this many people, what is broken down would tell of one person."""

TOO_FEW_PEOPLE = f"fewer than {MINIMUM_PEOPLE} people: it would tell of single persons"
BRANCHES_OF_TODAY = "branches are known as they stand today, not as they stood then"
TELLS_OF_PERSONS = frozenset({"night_and_weekend"})
LONGEST_REVIEWS = timedelta(days=366)
"""Insights about reviews look at the period, but no further back: teams change within a year."""
LINES = ("lines_added", "lines_deleted")


class Activity(Report):
    """The measures of Git activity over one period."""

    commits_per_week: Measured[float]
    contributors: Measured[int]
    code_churn: Measured[int]
    code_churn_rate: Measured[float]
    active_branches: Measured[int]
    night_and_weekend_share: Measured[float]
    contributor_absence_factor: Measured[int]


class Beside(Report):
    """What the score is never read without, over its 90 days; and the published model, for reference."""

    rubber_stamps: Measured[float]
    largest_pair_share: Measured[float]
    busiest_reviewer_share: Measured[float]
    collaboration_index: Measured[float]
    yardstick: Yardstick | None


class Collaboration(Report):
    """Everything the collaboration page shows of some projects and a period; people without names or amounts.

    With fewer than four people nothing is broken down: `by_hour` then has no commit, `people` and `pairs` are empty.
    """

    now: Activity
    before: Activity
    weekly: Frame
    by_hour: Frame
    score: CollaborationScore
    beside: Beside
    insights: list[Insight]
    is_broken_down: bool
    people: Frame
    pairs: Frame
    coverage: Coverage


@report(Permission.VIEW)
def collaboration(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Collaboration:
    """How these projects' people worked together over the period, told of the team, never of one person."""
    reader = Reader(ws, projects)
    scored_since = period.end - score.LONG_WINDOW
    commits = reader.commits(min(period.before.start, scored_since), period.end)
    # Many rows: of the period before, nothing is told that needs them.
    changes = reader.changes(min(period.start, scored_since), period.end)
    branches = _branches(ws, projects)
    calendar = _calendar(ws)
    told_reviews = Period(max(period.start, period.end - LONGEST_REVIEWS), period.end)
    reviewed = [reader.projects.index(one) for one in reviewed_projects(ws, projects)]
    evidence = Evidence(commits, changes, *_reviewing(reader, told_reviews, reviewed), hours_of(ws.tenant), reviewed)
    scored = score.collaboration_score(evidence, end=period.end, seed=SEED)
    inside = git_activity.counted(commits, period)
    is_team = _is_a_team(inside)
    told = inside if is_team else inside.head(0)
    days = person_days(changes, told)
    pairs = network.partners(days)
    people = _people(told, pairs)
    followed = _followed(evidence)
    apart = patterns.people_apart(people[people["person_id"].isin(days.people)])
    teamwork = _teamwork(evidence, followed, told_reviews, apart)
    found = insights(commits, days, branches, period=period, calendar=calendar, score=scored, teamwork=teamwork)
    keys = reader.people.keys()
    return Collaboration(
        now=_activity(ws, reader, inside, branches if period.end >= ws.now else None, period),
        before=_activity(ws, reader, git_activity.counted(commits, period.before), None, period.before),
        weekly=git_activity.weekly_activity(inside, period=period, calendar=calendar),
        by_hour=git_activity.activity_by_hour(told, period=period),
        score=scored,
        beside=_beside(evidence, followed, scored.review_period),
        insights=[one for one in found if is_team or one.name not in TELLS_OF_PERSONS],
        is_broken_down=is_team,
        people=_keyed(people, keys, "person_id").sort_values("person_id", ignore_index=True),
        pairs=_keyed(pairs, keys, "person_a", "person_b"),
        coverage=code_coverage(ws, projects),
    )


@report(Permission.VIEW_PEOPLE)
def names(ws: Workspace, *, people: Collection[UUID]) -> dict[UUID, str]:
    """The names of people, for who may see them and asks."""
    rows = ws.frame(select(Person.id, Person.name).where(Person.id.in_(people)))
    return dict(zip(rows["id"], rows["name"], strict=True))


def _activity(
    ws: Workspace, reader: Reader, commits: pd.DataFrame, branches: pd.DataFrame | None, period: Period
) -> Activity:
    calendar, lines = _calendar(ws), _lines_at_start(ws, reader.projects, period)
    return Activity(
        commits_per_week=git_activity.commits_per_week(commits, period=period, calendar=calendar),
        contributors=git_activity.contributors(commits, period=period),
        code_churn=git_activity.code_churn(commits, period=period),
        code_churn_rate=git_activity.code_churn_rate(commits, period=period, lines_at_start=lines),
        active_branches=Measured[int].missing(BRANCHES_OF_TODAY)
        if branches is None
        else git_activity.active_branches(branches, period=period),
        night_and_weekend_share=_night_and_weekend(commits, period),
        contributor_absence_factor=git_activity.contributor_absence_factor(commits, period=period),
    )


def _calendar(ws: Workspace) -> Calendar:
    return Calendar(ws.tenant.time_zone, ws.tenant.week_starts_on)


def _lines_at_start(ws: Workspace, projects: Collection[UUID], period: Period) -> int | None:
    """The lines added less those deleted on all days (of UTC) before the period; None where that leaves nothing."""
    metric = ProcessMetric
    signed = case((metric.measure == "lines_added", metric.value), else_=-metric.value)
    before = metric.day < period.start.astimezone(UTC).date()
    mine = (metric.project_id.in_(projects), metric.measure.in_(LINES))
    lines = ws.session.scalar(select(func.sum(signed)).where(*mine, before))
    return int(lines) if lines and lines > 0 else None


def _night_and_weekend(commits: pd.DataFrame, period: Period) -> Measured[float]:
    """When one person works is nobody's business: a share of hours is told of four people or more."""
    inside = git_activity.counted(commits, period)
    if len(inside) and not _is_a_team(inside):
        return Measured[float].missing(TOO_FEW_PEOPLE, sample=len(inside))
    return git_activity.night_and_weekend_share(commits, period=period)


def _is_a_team(commits: pd.DataFrame) -> bool:
    return bool(commits["person_id"].nunique() >= MINIMUM_PEOPLE)


def _reviewing(
    reader: Reader, told: Period, reviewed: Collection[int]
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Pull requests and reviews of what is told and scored, with the same numbers for people; None without a tool."""
    if not reviewed:
        return None, None
    found = code_review(reader, Period(min(told.start, told.end - score.WINDOW), told.end))
    return found.pull_requests, found.reviews


def _reviewing_by_project(evidence: Evidence, period: Period) -> pd.DataFrame:
    asked, given = evidence.pull_requests, evidence.reviews
    if asked is None or given is None:
        return pd.DataFrame({"low": []})
    ended = asked["closed_at"].fillna(asked["merged_at"])
    alive = asked[(asked["created_at"] < period.end) & (ended.isna() | (ended >= period.start))]
    return patterns.reviewing_by_project(alive, given, period=period)


def _followed(evidence: Evidence) -> pd.DataFrame | None:
    """Pull requests with what happened to them: joined once, however many spans are asked for."""
    asked, given = evidence.pull_requests, evidence.reviews
    return None if asked is None or given is None else lives(asked, given)


def _teamwork(
    evidence: Evidence, followed: pd.DataFrame | None, period: Period, people_apart: Measured[float]
) -> Teamwork:
    stamps, pair = _stamps_and_pair(evidence, followed, period)
    return Teamwork(_reviewing_by_project(evidence, period), stamps, pair, people_apart)


def _stamps_and_pair(
    evidence: Evidence, followed: pd.DataFrame | None, period: Period
) -> tuple[Measured[float], Measured[float]]:
    asked, given = evidence.pull_requests, evidence.reviews
    if followed is None or asked is None or given is None:
        missing = Measured[float].missing(NO_CODE_REVIEW)
        return missing, missing
    return (
        review_team.rubber_stamps(followed, period=period),
        review_team.largest_pair_share(asked, given, period=period),
    )


def _beside(evidence: Evidence, followed: pd.DataFrame | None, period: Period) -> Beside:
    asked, given = evidence.pull_requests, evidence.reviews
    stamps, pair = _stamps_and_pair(evidence, followed, period)
    return Beside(
        rubber_stamps=stamps,
        largest_pair_share=pair,
        busiest_reviewer_share=Measured[float].missing(NO_CODE_REVIEW)
        if asked is None or given is None
        else patterns.busiest_reviewer_share(asked, given, period=period),
        collaboration_index=collaboration_index(evidence.commits, asked, given, period=period),
        yardstick=yardstick(evidence.commits, asked, given, period=period),
    )


def _people(commits: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Who committed, and with how many others each shares a file."""
    partners = pd.concat([pairs["person_a"], pairs["person_b"]]).value_counts()
    people = pd.DataFrame({"person_id": sorted(commits["person_id"].unique())})
    return people.assign(partners=people["person_id"].map(partners).fillna(0).astype("int64"))


def _keyed(rows: pd.DataFrame, keys: list[UUID], *columns: str) -> pd.DataFrame:
    """Keys for numbers of people. They say nothing of how much anybody did: the page orders people by them."""
    return rows.assign(**{name: [keys[number] for number in rows[name]] for name in columns})


def _branches(ws: Workspace, projects: Collection[UUID]) -> pd.DataFrame:
    """Branches as they stand; below the name of their repository where there are several."""
    columns = (Branch.repository_id, Branch.name, Branch.last_commit_at, Branch.merged, Branch.is_default)
    named = select(*columns, Repository.name.label("repository"))
    rows = ws.frame(
        named.join(Repository, Repository.id == Branch.repository_id).where(Repository.project_id.in_(projects))
    )
    return rows.assign(name=rows["repository"] + "/" + rows["name"]) if rows["repository_id"].nunique() > 1 else rows
