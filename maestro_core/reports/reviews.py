"""Code reviews: where changes wait, for what, and how a team shares the reading. Team level."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import numpy as np
import pandas as pd

from maestro_core.access import Permission
from maestro_core.reports import Frame, Report, coverage, report
from maestro_core.reports.coverage import Seen, seen
from maestro_core.reports.review_rows import CodeReview, code_review, last_seen, named_rows
from maestro_core.reports.work_rows import Reader
from maestro_core.reports.working_hours import hours_of
from maestro_core.scoring import review_flow as flow
from maestro_core.scoring import review_team as team
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.review_waits import waiting, waiting_ages
from maestro_core.scoring.reviews import active_people
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

MOST_WAITING = 500
MOST_SLOW = 50
MOST_MERGED = 5_000


class ReviewMeasures(Report):
    """What is measured of the code reviews of one period."""

    time_to_first_response: Measured[float]
    review_duration: Measured[float]
    merge_time: Measured[float]
    merge_time_p90: Measured[float]
    closure_ratio: Measured[float]
    pull_request_size: Measured[float]
    review_rounds: Measured[float]
    review_coverage: Measured[float]
    self_merge_rate: Measured[float]
    rubber_stamps: Measured[float]
    review_evenness: Measured[float]
    largest_pair_share: Measured[float]


class Reviews(Report):
    """Everything the reviews page shows of some projects and a period; people without names.

    With fewer than four active people nothing is broken down: `who_reviews_whom` and `load` are then empty.
    """

    now: ReviewMeasures
    before: ReviewMeasures
    weekly: Frame
    """week, opened, merged, closed, response and merge (median hours)."""
    stages: Frame
    """stage, n, median, p90 (hours), share."""
    by_size: Frame
    """size, n, value, low, high (hours to the merge), response (hours), rounds."""
    waiting: Frame
    """The open ones as of now: project, number, title, url, wait, since, waited, age (days), lines."""
    waiting_total: int
    waiting_ages: Frame
    """age, and how many wait that long for what."""
    slowest: Frame
    """Of those opened in the period that waited longest for an answer: project, number, title, url, lines, response."""
    people: int
    is_broken_down: bool
    who_reviews_whom: Frame
    """reviewer, author (keys of people), reviews."""
    load: Frame
    """place, reviews, share."""
    one_pair: float = team.ONE_PAIR
    minimum_people: int = MINIMUM_PEOPLE
    coverage: Seen
    working_hours: WorkingHours | None
    """Which hours each `response` is told in; None: those of the calendar."""


class Merged(Report):
    """The pull requests that were merged in a period: the rows behind what is measured of merged ones."""

    rows: Frame
    """The longest to the merge first: project, number, title, url, and those of `scoring.review_team.merged_rows`."""
    total: int
    unreviewed: int
    self_merged: int
    working_hours: WorkingHours | None
    """Which hours each `response` is told in; None: those of the calendar."""


@report(Permission.VIEW_DELIVERY)
def reviews(ws: Workspace, *, projects: Collection[UUID], period: Period, by_calendar: bool = False) -> Reviews:
    """How pull requests of these projects were reviewed in the period, against the one before; and what waits now.

    First responses are told in the organisation's working hours, where it has some, unless the calendar is asked for.
    """
    reader = Reader(ws, projects)
    found = code_review(reader, Period(period.before.start, max(period.end, ws.now)))
    pulls, given = found.pull_requests, found.reviews
    worked = None if by_calendar else hours_of(ws.tenant)
    rows = flow.lives(pulls, given, working_hours=worked)
    people = len(active_people(pulls, given, period=period))
    waits = waiting(rows, now=ws.now)
    return Reviews(
        now=_measures(rows, pulls, given, period),
        before=_measures(rows, pulls, given, period.before),
        weekly=flow.weekly(rows, period=period, calendar=Calendar(ws.tenant.time_zone, ws.tenant.week_starts_on)),
        stages=flow.stages(rows, period=period),
        by_size=flow.by_size(rows, period=period),
        waiting=_named(ws, waits.head(MOST_WAITING), found, *("wait", "since", "waited", "age", "lines")),
        waiting_total=len(waits),
        waiting_ages=waiting_ages(waits),
        slowest=_named(ws, team.slowest_responses(rows, period=period, most=MOST_SLOW), found, *("lines", "response")),
        people=people,
        is_broken_down=people >= MINIMUM_PEOPLE,
        who_reviews_whom=_by_key(team.who_reviews_whom(pulls, given, period=period), reader),
        load=team.load(pulls, given, period=period),
        coverage=seen(ws, projects=projects, kinds=coverage.CODE_REVIEW, last=last_seen(projects)),
        working_hours=worked,
    )


@report(Permission.VIEW_DELIVERY)
def merged(ws: Workspace, *, projects: Collection[UUID], period: Period, limit: int = MOST_MERGED) -> Merged:
    """Every pull request of these projects that was merged in the period, up to the limit; never of whom."""
    found = code_review(Reader(ws, projects), period)
    worked = hours_of(ws.tenant)
    rows = team.merged_rows(found.pull_requests, found.reviews, period=period, working_hours=worked)
    return Merged(
        rows=_named(ws, rows.head(limit), found, *rows.columns.drop("id")),
        total=len(rows),
        unreviewed=int(rows["is_unreviewed"].sum()),
        self_merged=int(rows["is_self_merged"].sum()),
        working_hours=worked,
    )


def _measures(rows: pd.DataFrame, pulls: pd.DataFrame, given: pd.DataFrame, period: Period) -> ReviewMeasures:
    return ReviewMeasures(
        time_to_first_response=flow.time_to_first_response(rows, period=period),
        review_duration=flow.review_duration(rows, period=period),
        merge_time=flow.merge_time(rows, period=period),
        merge_time_p90=flow.merge_time_p90(rows, period=period),
        closure_ratio=flow.closure_ratio(rows, period=period),
        pull_request_size=flow.pull_request_size(rows, period=period),
        review_rounds=flow.review_rounds(rows, period=period),
        review_coverage=team.review_coverage(pulls, given, period=period),
        self_merge_rate=team.self_merge_rate(pulls, given, period=period),
        rubber_stamps=team.rubber_stamps(rows, period=period),
        review_evenness=team.review_evenness(pulls, given, period=period),
        largest_pair_share=team.largest_pair_share(pulls, given, period=period),
    )


def _named(ws: Workspace, rows: pd.DataFrame, found: CodeReview, *columns: str) -> pd.DataFrame:
    """Pull requests with what is shown of them and these columns, in their order."""
    keys = found.keys(rows["id"])
    # As objects, also where there are none: pandas would take an empty list for numbers.
    rows = rows.assign(id=np.array(keys, dtype="object"))
    named = rows.merge(named_rows(ws, keys=keys), on="id", how="left")
    return named[["project", "number", "title", "url", *columns]]


def _by_key(pairs: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """Pairs of people by their keys, in the order of these, which says nothing of how much anybody did."""
    keys = np.array(reader.people.keys(), dtype="object")
    people = {name: keys[pairs[name].to_numpy("int64")] for name in ("reviewer", "author")}
    return pairs.assign(**people).sort_values(["reviewer", "author"], ignore_index=True)
