"""Git activity: what is counted, in which week and hour, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring import git_activity
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.git_activity import Calendar, absence_factor
from maestro_core.terms import Measured, Period

# Thursday 1 January 2026 to Thursday 29 January: complete weeks start on Mondays 5, 12 and 19; the edges are cut.
JANUARY = Period.days_between(date(2026, 1, 1), date(2026, 1, 29))
MONDAYS = Calendar()
COLUMNS = [
    "commit_id", "project_id", "repository_id", "person_id", "authored_at", "committed_at",
    "utc_offset_minutes", "is_merge", "added", "deleted",
]  # fmt: skip


def commits(*rows: dict[str, Any]) -> pd.DataFrame:
    """Commits with only what matters spelled out."""
    usual = {
        "project_id": "p", "repository_id": "r", "person_id": "ann", "committed_at": at(13),
        "utc_offset_minutes": 0, "is_merge": False, "added": 1, "deleted": 0,
    }  # fmt: skip
    filled = [{"commit_id": number, **usual, **row} for number, row in enumerate(rows)]
    filled = [{"authored_at": row["committed_at"], **row} for row in filled]
    return pd.DataFrame(filled, columns=COLUMNS)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


MEASURES: dict[str, Callable[[pd.DataFrame], Measured[Any]]] = {
    "commits_per_week": lambda rows: git_activity.commits_per_week(rows, period=JANUARY, calendar=MONDAYS),
    "contributors": lambda rows: git_activity.contributors(rows, period=JANUARY),
    "code_churn": lambda rows: git_activity.code_churn(rows, period=JANUARY),
    "code_churn_rate": lambda rows: git_activity.code_churn_rate(rows, period=JANUARY, lines_at_start=100),
    "night_and_weekend_share": lambda rows: git_activity.night_and_weekend_share(rows, period=JANUARY),
    "contributor_absence_factor": lambda rows: git_activity.contributor_absence_factor(rows, period=JANUARY),
}


@pytest.mark.parametrize("name", MEASURES)
def test_without_a_commit_a_measure_is_missing_and_says_why(name: str) -> None:
    assert MEASURES[name](commits()) == Measured(reason="no commit in the period")


@pytest.mark.parametrize("name", MEASURES)
def test_merges_and_commits_outside_the_period_do_not_count(name: str) -> None:
    inside = commits({}, {"person_id": "bob"})
    more = commits({}, {"person_id": "bob"}, {"is_merge": True, "person_id": "eve"}, {"committed_at": JANUARY.end})
    assert MEASURES[name](more) == MEASURES[name](inside)


@pytest.mark.parametrize("name", [*MEASURES, "active_branches"])
def test_every_measure_is_in_the_catalogue(name: str) -> None:
    entry = CATALOGUE[name]
    assert entry.topic == "git_activity"
    assert entry.title
    assert entry.unit
    assert entry.source
    assert "None" in entry.definition


def test_the_published_absence_factor_is_two() -> None:
    assert absence_factor([1000, 433, 343, 332, 202, 90, 42, 33]) == 2


@given(st.lists(st.integers(0, 10**6), max_size=30))
def test_the_absence_factor_is_the_smallest_group_with_half(contributions: list[int]) -> None:
    k = absence_factor(contributions)
    if not sum(contributions):
        assert k is None
        return
    largest = sorted(contributions, reverse=True)
    assert k is not None
    assert 2 * sum(largest[:k]) >= sum(largest)
    assert 2 * sum(largest[: k - 1]) < sum(largest)


def test_the_absence_factor_counts_commits_per_person() -> None:
    rows = commits({}, {}, {"person_id": "bob"}, {"person_id": "eve"})
    assert git_activity.contributor_absence_factor(rows, period=JANUARY) == Measured(value=1, sample=4)


def test_commits_per_week_is_the_mean_of_complete_weeks_with_the_quiet_ones() -> None:
    rows = commits({"committed_at": at(5, 0)}, {"committed_at": at(11, 23)}, {"committed_at": at(19)})
    assert git_activity.commits_per_week(rows, period=JANUARY, calendar=MONDAYS) == Measured(value=1.0, sample=3)
    weekly = git_activity.weekly_activity(rows, period=JANUARY, calendar=MONDAYS)
    assert [(week.day, n) for week, n in zip(weekly["week"], weekly["commits"], strict=True)] == [
        (5, 2),
        (12, 0),
        (19, 1),
    ]


def test_cut_off_weeks_at_the_edges_are_left_out() -> None:
    rows = commits({"committed_at": at(4, 23, 59)}, {"committed_at": at(26)}, {"committed_at": at(12)})
    assert git_activity.commits_per_week(rows, period=JANUARY, calendar=MONDAYS).value == pytest.approx(1 / 3)


def test_a_period_of_whole_weeks_is_whole() -> None:
    fortnight = Period.days_between(date(2026, 1, 5), date(2026, 1, 19))
    assert len(MONDAYS.week_edges(fortnight)) == 3


def test_a_period_without_a_complete_week_has_no_commits_per_week() -> None:
    short = Period.days_between(date(2026, 1, 6), date(2026, 1, 18))
    assert git_activity.commits_per_week(commits({}), period=short, calendar=MONDAYS).reason == (
        "no complete week in the period"
    )
    assert git_activity.weekly_activity(commits({}), period=short, calendar=MONDAYS).empty


def test_the_organisation_chooses_zone_and_first_weekday() -> None:
    sunday_evening = commits({"committed_at": at(11, 23, 30)})  # already Monday in Berlin

    def week(calendar: Calendar) -> int:
        weekly = git_activity.weekly_activity(sunday_evening, period=JANUARY, calendar=calendar)
        return int(weekly.loc[weekly["commits"] == 1, "week"].item().day)

    assert week(Calendar("UTC", 0)) == 5
    assert week(Calendar("Europe/Berlin", 0)) == 12
    assert week(Calendar("UTC", 6)) == 11


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut"])
def test_weeks_with_a_clock_change_are_still_seven_local_days(zone: str) -> None:
    # São Paulo, Havana and Beirut changed their clocks at midnight: it was missing, or came twice.
    edges = Calendar(zone, 6).week_edges(Period.days_between(date(2017, 1, 1), date(2019, 1, 1)))
    days = pd.Series(edges.tz_localize(None).normalize()).diff().dropna()
    assert (days == timedelta(days=7)).all()
    hours = pd.Series(edges.tz_convert("UTC")).diff().dropna() / pd.Timedelta(hours=1)
    assert set(hours) == {167.0, 168.0, 169.0}


@given(
    st.lists(st.integers(-7 * 86_400, 35 * 86_400).map(lambda s: JANUARY.start + timedelta(seconds=s)), max_size=40),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]),
    st.integers(0, 6),
)
def test_weeks_hold_exactly_the_commits_between_their_edges(times: list[datetime], zone: str, first: int) -> None:
    rows = commits(*({"committed_at": time} for time in times))
    edges = Calendar(zone, first).week_edges(JANUARY)
    weekly = git_activity.weekly_activity(rows, period=JANUARY, calendar=Calendar(zone, first))
    expected = [sum(start <= time < end for time in times) for start, end in pairwise(edges)]
    assert weekly["commits"].tolist() == expected
    alone = git_activity.weekly_commits(rows, period=JANUARY, calendar=Calendar(zone, first))
    assert alone.tolist() == expected


def test_contributors_are_distinct_people() -> None:
    rows = commits({}, {}, {"person_id": "bob"})
    assert git_activity.contributors(rows, period=JANUARY) == Measured(value=2, sample=3)


def test_churn_is_added_and_deleted_lines_and_its_rate_is_relative_per_week() -> None:
    rows = commits({"added": 30, "deleted": 10}, {"added": 0, "deleted": 40})
    assert git_activity.code_churn(rows, period=JANUARY) == Measured(value=80, sample=2)
    rate = git_activity.code_churn_rate(rows, period=JANUARY, lines_at_start=1000)
    assert rate.value == pytest.approx(80 / 1000 / 4)


@pytest.mark.parametrize("lines", [None, 0])
def test_the_churn_rate_of_code_of_unknown_size_is_missing(lines: int | None) -> None:
    rate = git_activity.code_churn_rate(commits({}), period=JANUARY, lines_at_start=lines)
    assert rate == Measured(reason="the size of the code at the start is not known", sample=1)


def test_active_branches_have_unmerged_work_in_the_period() -> None:
    rows = [
        ("new", at(13), False, False),
        ("merged", at(13), True, False),
        ("main", at(13), False, True),
        ("old", JANUARY.start - timedelta(seconds=1), False, False),
        ("later", JANUARY.end, False, False),
    ]
    branches = pd.DataFrame(rows, columns=["name", "last_commit_at", "merged", "is_default"])
    assert git_activity.active_branches(branches, period=JANUARY) == Measured(value=1, sample=5)
    assert git_activity.active_branches(branches.iloc[:0], period=JANUARY).reason == "no branch is known"


def test_hours_are_those_of_the_authors_own_clock() -> None:
    # Sunday 23:30 in UTC is Monday 05:00 in Kolkata and Sunday 15:30 in California.
    rows = commits(
        {"authored_at": at(11, 23, 30), "utc_offset_minutes": 330},
        {"authored_at": at(11, 23, 30), "utc_offset_minutes": -480},
    )
    grid = git_activity.activity_by_hour(rows, period=JANUARY)
    assert grid.shape == (7, 24)
    assert (grid.loc[0, 5], grid.loc[6, 15], grid.to_numpy().sum()) == (1, 1, 2)


def test_no_commit_gives_an_empty_grid() -> None:
    grid = git_activity.activity_by_hour(commits(), period=JANUARY)
    assert grid.shape == (7, 24)
    assert not grid.to_numpy().any()


@pytest.mark.parametrize(
    ("moment", "off"),
    [(at(13, 21, 59), 0), (at(13, 22), 1), (at(13, 5, 59), 1), (at(13, 6), 0), (at(10, 12), 1), (at(11, 12), 1)],
)
def test_night_is_from_22_to_6_and_the_weekend_is_saturday_and_sunday(moment: datetime, off: int) -> None:
    assert git_activity.night_and_weekend_share(commits({"authored_at": moment}), period=JANUARY).value == off


def test_nights_and_weekends_are_settings() -> None:
    friday_early = commits({"authored_at": at(9, 2)})
    share = git_activity.night_and_weekend_share(friday_early, period=JANUARY, night=(0, 1), weekend={0})
    assert share.value == 0
    assert git_activity.night_and_weekend_share(friday_early, period=JANUARY, night=(0, 1), weekend={4}).value == 1


def test_the_share_at_night_carries_wilsons_interval() -> None:
    rows = commits(*({"authored_at": at(13, 23 if number < 10 else 12)} for number in range(100)))
    share = git_activity.night_and_weekend_share(rows, period=JANUARY)
    assert (share.value, share.sample) == (0.1, 100)
    # Wilson 1927 with z = 1.6449: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)
    assert share.low == pytest.approx(0.0607, abs=1e-4)
    assert share.high == pytest.approx(0.1604, abs=1e-4)
