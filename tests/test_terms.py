"""The words of the field keep their promises."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.access import GRANTS, Permission
from maestro_core.terms import Measured, Period, Role

ZONES = st.sampled_from([UTC, *(ZoneInfo(name) for name in ("Europe/Berlin", "America/St_Johns", "Pacific/Apia"))])
# Far enough from the first and the last year for a period before, and for any offset.
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=ZONES)  # noqa: DTZ001


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(MOMENTS)
    length = draw(st.timedeltas(timedelta(0), timedelta(days=400)))
    return Period(start, start.astimezone(UTC) + length)


@given(periods())
def test_the_start_is_in_unless_empty_and_the_end_is_out(period: Period) -> None:
    assert (period.start in period) is (period.start < period.end)
    assert period.end not in period


@given(periods(), MOMENTS)
def test_each_moment_is_before_in_or_after(period: Period, moment: datetime) -> None:
    utc = moment.astimezone(UTC)
    assert [utc < period.start, moment in period, utc >= period.end].count(True) == 1 or period.start == period.end


@given(periods())
def test_the_period_before_is_as_long_and_ends_where_this_one_starts(period: Period) -> None:
    assert period.before.end == period.start
    assert period.before.days == period.days
    assert not (period.start < period.end and period.before.start in period)


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 1000))
def test_whole_days_are_counted_as_such(first: date, days: int) -> None:
    period = Period.days_between(first, first + timedelta(days=days))
    assert (period.days, period.weeks) == (days, days / 7)


@given(MOMENTS)
def test_a_period_is_the_same_in_every_zone(start: datetime) -> None:
    end = start.astimezone(UTC) + timedelta(days=2)
    berlin = ZoneInfo("Europe/Berlin")
    assert Period(start, end) == Period(start.astimezone(berlin), end.astimezone(berlin))


def test_the_night_the_clocks_change_is_an_hour_shorter() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = Period(datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 3, 30, tzinfo=berlin))
    assert day.days == 23 / 24


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 1, 1), datetime(2026, 2, 1, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1)),  # noqa: DTZ001
        (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_naive_or_reversed_times_make_no_period(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="period"):
        Period(start, end)


def test_what_is_missing_has_a_reason_and_no_value() -> None:
    missing = Measured[float].missing("no merged pull request", sample=0)
    assert (missing.value, missing.reason, missing.sample) == (None, "no merged pull request", 0)


def test_a_measure_survives_json_with_its_type() -> None:
    measured = Measured[timedelta](value=timedelta(hours=5), sample=3, low=timedelta(hours=4), high=timedelta(hours=9))
    assert Measured[timedelta].model_validate_json(measured.model_dump_json()) == measured


def test_each_role_may_do_all_that_the_next_lower_one_may() -> None:
    ranks = [Role.VIEWER, Role.ANALYST, Role.MANAGER, Role.ADMIN, Role.OWNER]
    assert set(ranks) == set(Role) == set(GRANTS)
    for lower, higher in itertools.pairwise(ranks):
        assert GRANTS[lower] <= GRANTS[higher]
    assert GRANTS[Role.OWNER] == set(Permission)


def test_a_viewer_sees_no_names_sources_or_audit() -> None:
    assert GRANTS[Role.VIEWER] == {Permission.VIEW, Permission.VIEW_DELIVERY, Permission.VIEW_EXPERIMENTS}
