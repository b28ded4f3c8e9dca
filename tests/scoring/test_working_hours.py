"""Time within working hours: never longer than the calendar's, and adding up, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.errors import InvalidInput
from maestro_core.scoring.reviews import estimates, hours_between
from maestro_core.scoring.working_hours import WorkingHours
from tests.scoring.pull_requests import HOUR, JANUARY, frames, opened, review

WEEK = (0, 1, 2, 3, 4)
BERLIN = WorkingHours(WEEK, 9, 17, "Europe/Berlin")
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut"])
MOMENTS = st.datetimes(datetime(2011, 11, 1), datetime(2012, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def working_hours(draw: st.DrawFn) -> WorkingHours:
    opens = draw(st.integers(0, 16))
    closes = draw(st.integers(opens + 8, 24))
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    return WorkingHours(tuple(sorted(days)), opens, closes, draw(ZONES))


def hours(worked: WorkingHours | None, start: datetime | str, end: datetime | str) -> float:
    first, last = (pd.Series([pd.Timestamp(at)]).dt.tz_convert("UTC") for at in (start, end))
    return float(hours_between(first, last, worked).iloc[0])


@given(working_hours(), MOMENTS, MOMENTS)
def test_they_are_never_longer_than_the_calendar_and_never_below_0(
    worked: WorkingHours, one: datetime, other: datetime
) -> None:
    start, end = sorted([one, other])
    assert 0 <= hours(worked, start, end) <= hours(None, start, end) + 1e-6


@given(ZONES, MOMENTS, MOMENTS)
def test_those_of_the_whole_week_are_the_calendar(zone: str, start: datetime, end: datetime) -> None:
    always = WorkingHours(tuple(range(7)), 0, 24, zone)
    assert hours(always, start, end) == pytest.approx(hours(None, start, end), abs=1e-6)


@given(working_hours(), MOMENTS, MOMENTS, MOMENTS)
def test_they_grow_with_the_end_and_add_up_over_a_moment_between(
    worked: WorkingHours, one: datetime, two: datetime, three: datetime
) -> None:
    start, middle, end = sorted([one, two, three])
    parts = hours(worked, start, middle), hours(worked, middle, end)
    assert hours(worked, start, end) == pytest.approx(sum(parts), abs=1e-6)
    assert hours(worked, start, end) >= parts[0] - 1e-6


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        ("2026-06-06T08:00Z", "2026-06-07T20:00Z", 0),  # Saturday to Sunday
        ("2026-06-05T22:00Z", "2026-06-08T08:00Z", 1),  # Friday night to Monday at 10
        ("2026-06-01T03:00Z", "2026-06-01T23:00Z", 8),  # before work to after it
        ("2026-03-27T08:00Z", "2026-03-30T08:00Z", 9),  # at 9, and at 10: the clocks went forward between
    ],
)
def test_what_passes_outside_of_them_does_not_count(start: str, end: str, passed: float) -> None:
    assert hours(BERLIN, start, end) == pytest.approx(passed)


@pytest.mark.parametrize(
    ("day", "opens", "passed"),
    [("2026-03-29", 0, 7), ("2026-10-25", 0, 9), ("2026-10-25", 2, 9)],  # two o'clock comes twice: from the first
)
def test_a_shift_in_which_clocks_change_has_the_hours_that_really_pass(day: str, opens: int, passed: float) -> None:
    start = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=UTC) - timedelta(hours=6)
    assert hours(WorkingHours((6,), opens, opens + 8, "Europe/Berlin"), start, start + timedelta(hours=20)) == passed


def test_nothing_answered_yet_has_no_hours() -> None:
    at = pd.Series(pd.to_datetime(["2026-06-01T10:00Z", "2026-06-01T10:00Z"], utc=True), index=[7, 3])
    told = BERLIN.between(at, at.where(at.index == 7) + HOUR)
    assert told.isna().tolist() == [False, True]
    assert told.index.tolist() == [7, 3]
    assert BERLIN.between(at[:0], at[:0]).empty


@pytest.mark.parametrize(
    ("days", "opens", "closes"), [((), 9, 17), ((7,), 9, 17), (WEEK, 17, 9), (WEEK, 9, 25), ((0,), 9, 16)]
)
def test_a_week_without_work_or_too_little_of_it_is_refused(days: tuple[int, ...], opens: int, closes: int) -> None:
    with pytest.raises(InvalidInput):
        WorkingHours(days, opens, closes, "UTC")


@pytest.mark.parametrize(
    ("answered", "worked", "part"),
    [(12, None, "less"), (12, BERLIN, "all"), (7 * 24, None, "none"), (7 * 24, BERLIN, "none")],
)
def test_a_prompt_answer_takes_four_hours_and_a_late_one_a_week_of_work(
    answered: int, worked: WorkingHours | None, part: str
) -> None:
    afternoon = datetime(2026, 1, 6, 15, tzinfo=UTC)  # 16 in Berlin: an hour before the end of work
    pulls, given_reviews = frames(opened(at=afternoon, reviews=[review("bob", answered)]))
    parts = estimates(pulls, given_reviews, period=JANUARY, people=4, working_hours=worked)
    numerator, denominator = parts["first_response"](np.ones(4))
    share = numerator / denominator
    assert {"all": share == 1, "none": share == 0, "less": 0 < share < 1}[part]
