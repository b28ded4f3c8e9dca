"""Patterns of working together, one question each: side by side, silos, hours, reviewing, newcomers. Team level.

Each is answered by itself, so that a page asks for what it shows. Below four people nothing is told, and no folder of a
project in which fewer committed.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import func, select, true

from maestro_core.access import Permission
from maestro_core.models import Account, Commit, Person, PullRequest
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.collaboration_coverage import reviewed_projects
from maestro_core.reports.narrow_rows import KeyBytes, Moment, exact_moments, narrow
from maestro_core.reports.review_rows import Query, code_review
from maestro_core.reports.work_rows import Reader
from maestro_core.scoring import git_activity, network, newcomers, patterns
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.git_activity import counted
from maestro_core.scoring.network import person_days
from maestro_core.scoring.reviews import NO_CODE_REVIEW
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

MOST_FOLDERS = 200


class SideBySide(Report):
    """How often people work on the same files at the same time."""

    side_by_side: Measured[float]
    signed_together: Measured[float]
    pairs: Frame
    """person_a, person_b, days, files, signed; in the order of keys, which is none of merit."""


class Silos(Report):
    """What only one person works on, and who shares nothing."""

    files_of_one_author: Measured[float]
    people_apart: Measured[float]
    folders: Frame
    """folder, files, days (person-days), people; those of one person first."""


class PeopleAndCode(Report):
    """Who works in which folder, in shares: how much anybody did is not told."""

    lines: Frame
    """person_id, folder, share (of the work in the folder), people (who work there), of the busiest folders."""


class Hours(Report):
    """When work happens, month by month, on the authors' own clocks."""

    share: Measured[float]
    trend: Measured[float]
    """Of the share, from the first half of the period to the second."""
    by_month: Frame


class Reviewing(Report):
    """How far reviews rest on one person, project by project."""

    busiest_reviewer_share: Measured[float]
    by_project: Frame
    """project, people, reviewers, reviews, share, low, high; the largest share first."""


class Newcomers(Report):
    """The first months of people who are new."""

    days_to_first_merge: Measured[float]
    days_to_tenth: Measured[float]
    staying_share: Measured[float]
    by_quarter: Frame
    """quarter, people, merged, tenth, settled, stayed; quarters of fewer than four people are left out."""


@report(Permission.VIEW)
def side_by_side(ws: Workspace, *, projects: Collection[UUID], period: Period) -> SideBySide:
    """Who works on the same files within days, or signs commits together; people as keys, without an order of merit."""
    reader = Reader(ws, projects)
    rows = _told(reader, period)
    days = person_days(reader.changes(period.start, period.end), rows)
    signed = reader.co_authors(period.start, period.end)
    if rows.empty:
        missing = Measured[float].missing(patterns.TOO_FEW_PEOPLE)
        return SideBySide(side_by_side=missing, signed_together=missing, pairs=_keyed(reader, _no_pairs()))
    return SideBySide(
        side_by_side=patterns.side_by_side(days),
        signed_together=patterns.signed_together(rows, signed, period=period),
        pairs=_keyed(reader, patterns.pairs_side_by_side(days, rows, signed)),
    )


@report(Permission.VIEW)
def silos(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Silos:
    """Files and folders that one person alone works on, and people who share no file with anybody."""
    reader = Reader(ws, projects)
    rows = _told(reader, period)
    changes = reader.changes(period.start, period.end)
    days = person_days(changes, rows)
    pairs = network.partners(days)
    partners = pd.concat([pairs["person_a"], pairs["person_b"]]).value_counts()
    people = pd.DataFrame({"person_id": days.people})
    people = people.assign(partners=people["person_id"].map(partners).fillna(0))
    few = Measured[float].missing(patterns.TOO_FEW_PEOPLE)
    return Silos(
        files_of_one_author=few if rows.empty else patterns.files_of_one_author(days),
        people_apart=patterns.people_apart(people),
        folders=_silos(reader, changes, rows).head(MOST_FOLDERS),
    )


@report(Permission.VIEW)
def people_and_code(ws: Workspace, *, projects: Collection[UUID], period: Period) -> PeopleAndCode:
    """The busiest folders and who works in them; people as keys, without an order of merit."""
    reader = Reader(ws, projects)
    rows = patterns.of_teams(_told(reader, period))
    changes = reader.changes(period.start, period.end)
    lines = patterns.people_and_folders(person_days(changes, rows), _folders(reader, changes, rows))
    keys = reader.people.keys()
    return PeopleAndCode(lines=lines.assign(person_id=[keys[number] for number in lines["person_id"]]))


@report(Permission.VIEW)
def hours(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Hours:
    """How much is done at night and at weekends by the authors' own clocks, and whether that changes."""
    rows = _told(Reader(ws, projects), period)
    if rows.empty:
        few = Measured[float].missing(patterns.TOO_FEW_PEOPLE)
        return Hours(share=few, trend=few, by_month=patterns.hours_by_month(rows, period=period))
    return Hours(
        share=git_activity.night_and_weekend_share(rows, period=period),
        trend=patterns.trend_of_hours(rows, period=period),
        by_month=patterns.hours_by_month(rows, period=period),
    )


@report(Permission.VIEW)
def reviewing(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Reviewing:
    """Whether one person reviews for all, in these projects together and in each."""
    found = code_review(Reader(ws, projects), period)
    busiest = patterns.busiest_reviewer_share(found.pull_requests, found.reviews, period=period)
    return Reviewing(
        busiest_reviewer_share=busiest if reviewed_projects(ws, projects) else Measured.missing(NO_CODE_REVIEW),
        by_project=patterns.reviewing_by_project(found.pull_requests, found.reviews, period=period),
    )


@report(Permission.VIEW)
def arriving(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Newcomers:
    """How soon the work of people who are new to these projects gets in, and who stays; of a year up to the end."""
    reader = Reader(ws, projects)
    since = period.end - newcomers.LOOKS_BACK
    asked = code_review(reader, Period(since, period.end)).pull_requests
    rows = newcomers.arrivals(reader.commits(since, period.end), asked, _first_seen(reader), end=period.end)
    return Newcomers(
        days_to_first_merge=newcomers.days_to_first_merge(rows, end=period.end),
        days_to_tenth=newcomers.days_to_tenth(rows, end=period.end),
        staying_share=newcomers.staying_share(rows),
        by_quarter=newcomers.by_quarter(rows),
    )


def _told(reader: Reader, period: Period) -> pd.DataFrame:
    """The commits of the period; none where fewer than four people made them."""
    rows = counted(reader.commits(period.start, period.end), period)
    return rows if rows["person_id"].nunique() >= MINIMUM_PEOPLE else rows.head(0)


def _silos(reader: Reader, changes: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The folders of projects with enough people, those of one person first."""
    of_teams = patterns.of_teams(rows)
    return patterns.folders(person_days(changes, of_teams), _folders(reader, changes, of_teams))


def _no_pairs() -> pd.DataFrame:
    return pd.DataFrame(
        {name: np.zeros(0, dtype=np.int64) for name in ("person_a", "person_b", "days", "files", "signed")}
    )


def _keyed(reader: Reader, pairs: pd.DataFrame) -> pd.DataFrame:
    """Keys for numbers, the lower one of each pair first, in their order."""
    keys = reader.people.keys()
    both = [sorted((keys[one], keys[other])) for one, other in zip(pairs["person_a"], pairs["person_b"], strict=True)]
    named = pairs.assign(person_a=[pair[0] for pair in both], person_b=[pair[1] for pair in both])
    return named.sort_values(["person_a", "person_b"], ignore_index=True)


def _folders(reader: Reader, changes: pd.DataFrame, rows: pd.DataFrame) -> pd.Series[str]:
    """The folder of each file, in the order in which `person_days` numbers files."""
    paths = reader.paths()
    met = changes.loc[changes["commit_id"].isin(rows["commit_id"]), "file_id"].unique()
    return pd.Series([paths[number].rpartition("/")[0] or "." for number in met], dtype="object")


def _first_seen(reader: Reader) -> pd.Series[pd.Timestamp]:
    """The first commit or pull request ever of each person in these projects, by number."""
    first = pd.concat([_first(reader, _first_commits(reader)), _first(reader, _first_asked(reader))])
    return first.groupby(level=0).min()


def _first(reader: Reader, statement: Query) -> pd.Series[pd.Timestamp]:
    rows = narrow(reader.ws, statement)
    first: pd.Series[pd.Timestamp] = exact_moments(rows["at"]).set_axis(reader.people.of(rows["person_id"]))
    return first


def _first_asked(reader: Reader) -> Query:
    asked = Moment(func.min(PullRequest.created_at)).label("at")
    return (
        select(KeyBytes(Account.person_id).label("person_id"), asked)
        .join(Account, Account.id == PullRequest.author_id)
        .join(Person, Person.id == Account.person_id)
        .where(PullRequest.project_id.in_(reader.projects), ~Person.is_bot)
        .group_by(Account.person_id)
    )


def _first_commits(reader: Reader) -> Query:
    return (
        select(KeyBytes(Account.person_id).label("person_id"), Moment(func.min(Commit.committed_at)).label("at"))
        .join(Account, Account.id == Commit.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Commit.repository_id.in_(reader.repositories), Commit.reachable == true(), ~Person.is_bot)
        .where(~Commit.is_merge)
        .group_by(Account.person_id)
    )
