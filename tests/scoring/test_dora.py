"""The five metrics of software delivery: definitions, gates, bounds and their series."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring import dora
from maestro_core.scoring.dora_series import Step, days_of_weeks, series, span_edges
from maestro_core.scoring.git_activity import Calendar
from maestro_core.terms import Period

JUNE = Period.days_between(date(2026, 6, 1), date(2026, 7, 1))
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=5, max_size=60)
hours = st.lists(st.floats(0, 5000), min_size=1, max_size=80)


def deployments(*failed: bool, rework: tuple[bool, ...] = (), recovered: float | None = None) -> pd.DataFrame:
    """One a day at noon from the first of June; failed ones recover so many hours later."""
    finished = pd.Series([NOON + timedelta(days=day) for day in range(len(failed))], dtype="datetime64[us, UTC]")
    after = pd.to_timedelta(pd.Series([recovered if each else None for each in failed], dtype=float), unit="h")
    return pd.DataFrame(
        {
            "deployment_id": range(len(failed)),
            "finished_at": finished,
            "failed": pd.Series(failed, dtype=bool),
            "is_rework": pd.Series(rework or [False] * len(failed), dtype=bool),
            "recovered_at": finished + after,
        }
    )


def changes(*lead: float) -> pd.DataFrame:
    return pd.DataFrame({"deployment_id": [0] * len(lead), "lead_hours": [float(each) for each in lead]})


FIVE = deployments(False, False, True, True, False, recovered=3)


@pytest.mark.parametrize(
    ("count", "days", "reason"),
    [(0, 90, "no deployment in the period"), (4, 90, "only 4 deployments: 5 are needed"),
     (9, 27.5, "observed for 27 days only: 28 are needed"), (5, 28, None)],
)  # fmt: skip
def test_below_five_deployments_or_four_weeks_nothing_is_said(count: int, days: float, reason: str | None) -> None:
    rows = deployments(*[False] * count)
    assert dora.too_little(rows, days) == reason
    for measured in (
        dora.change_lead_time(changes(1), deployments=rows, days=days),
        dora.deployment_frequency(rows, days=days),
        dora.change_fail_rate(rows, days=days),
        dora.rework_rate(rows, days=days),
    ):
        assert measured.reason == reason


def test_lead_time_is_the_interpolated_median_of_commits() -> None:
    measured = dora.change_lead_time(changes(1, 2, 4, 10), deployments=FIVE, days=30)
    assert (measured.value, measured.sample) == (3, 4)
    assert dora.change_lead_time(changes(1, 2, 4, 10), deployments=FIVE, days=30, quantile=0.75).value == 5.5


def test_lead_time_needs_commits_not_only_deployments() -> None:
    measured = dora.change_lead_time(changes(), deployments=FIVE, days=30)
    assert (measured.value, measured.reason) == (None, "of no deployment the commits are known")
    assert dora.deployment_frequency(FIVE, days=30).value is not None


def test_a_commit_dated_after_its_deployment_waited_for_nothing() -> None:
    moments = pd.Series([NOON, NOON + timedelta(hours=5)], dtype="datetime64[us, UTC]")
    assert list(dora.lead_hours(moments, pd.Series([NOON, NOON], dtype="datetime64[us, UTC]"))) == [0, 0]


def test_frequency_is_per_week() -> None:
    assert dora.deployment_frequency(deployments(*[False] * 8), days=28).value == 2


def test_no_incident_is_a_rate_of_nothing_and_no_source_of_incidents_is_no_rate() -> None:
    calm = deployments(*[False] * 10)
    assert (dora.change_fail_rate(calm, days=30).value, dora.change_fail_rate(calm, days=30).sample) == (0, 10)
    blind = dora.change_fail_rate(calm, days=30, blind="no rule says what an incident is")
    assert (blind.value, blind.reason) == (None, "no rule says what an incident is")


def test_fail_rate_counts_deployments_and_incidents_per_deployment_counts_incidents() -> None:
    assert dora.change_fail_rate(FIVE, days=30).value == 0.4
    opened = pd.DataFrame({"opened_at": [NOON] * 7})
    assert dora.incidents_per_deployment(opened, deployments=FIVE, days=30).value == 1.4


def test_recovery_is_the_median_of_those_that_recovered() -> None:
    rows = FIVE.assign(recovered_at=FIVE["recovered_at"].where(FIVE.index != 3))
    measured = dora.failed_deployment_recovery_time(rows, days=30)
    assert (measured.value, measured.sample) == (3, 1)
    still = dora.failed_deployment_recovery_time(
        FIVE.assign(recovered_at=FIVE["recovered_at"].where(FIVE.index < 0)), days=30
    )
    assert still.reason == "no failed deployment has recovered yet"
    calm = dora.failed_deployment_recovery_time(deployments(*[False] * 5), days=30)
    assert calm.reason == "no deployment failed"


def test_an_incident_resolved_before_its_deployment_ended_tells_no_recovery() -> None:
    rows = FIVE.assign(recovered_at=FIVE["recovered_at"].where(FIVE.index != 3, NOON - timedelta(days=300)))
    measured = dora.failed_deployment_recovery_time(rows, days=30)
    assert (measured.value, measured.sample) == (3, 1)


@given(outcomes)
def test_rates_stay_between_nothing_and_all_inside_their_intervals(told: list[tuple[bool, bool]]) -> None:
    rows = deployments(*[failed for failed, _ in told], rework=tuple(rework for _, rework in told))
    for measured in (dora.change_fail_rate(rows, days=30), dora.rework_rate(rows, days=30)):
        assert measured.value is not None
        assert measured.low is not None
        assert measured.high is not None
        assert 0 <= measured.low <= measured.value <= measured.high <= 1


@given(hours, st.floats(0, 100))
def test_waiting_longer_never_shortens_the_lead_time(lead: list[float], more: float) -> None:
    short = dora.change_lead_time(changes(*lead), deployments=FIVE, days=30)
    long = dora.change_lead_time(changes(*[each + more for each in lead]), deployments=FIVE, days=30)
    assert short.value is not None
    assert long.value is not None
    assert long.value >= short.value
    assert short.low is not None
    assert short.low <= short.value <= (short.high or 0)


def test_stages_follow_a_pull_request_from_its_first_commit_to_production() -> None:
    rows = _pull_requests(
        first_commit_at=[0, 0], created_at=[10, 10], ready_at=[12, None], answered_at=[15, None], merged_at=[20, 20],
        deployed_at=[21, 23],
    )  # fmt: skip
    found = dora.stage_hours(rows).set_index("stage")
    assert found["hours"].to_dict() == {"coding": 11, "pickup": 3, "review": 7.5, "deploy": 2}
    assert found["n"].to_dict() == {"coding": 2, "pickup": 1, "review": 2, "deploy": 2}


def test_an_answer_after_the_merge_is_none() -> None:
    rows = _pull_requests(
        first_commit_at=[0], created_at=[10], ready_at=[None], answered_at=[30], merged_at=[20], deployed_at=[21]
    )
    assert dora.stage_hours(rows).set_index("stage")["n"]["pickup"] == 0


@pytest.mark.parametrize(("ready", "answered"), [(40, 10), (10, 40), (5, 5), (None, 3), (60, 20)])
def test_stages_of_an_answered_pull_request_add_up_to_the_whole(ready: float | None, answered: float) -> None:
    rows = _pull_requests(
        first_commit_at=[0], created_at=[5], ready_at=[ready], answered_at=[answered], merged_at=[50], deployed_at=[70]
    )
    assert dora.stage_hours(rows)["hours"].sum() == 70


def test_an_answer_to_a_draft_leaves_nothing_to_wait_for_once_it_is_ready() -> None:
    rows = _pull_requests(
        first_commit_at=[0], created_at=[5], ready_at=[40], answered_at=[10], merged_at=[50], deployed_at=[70]
    )
    assert list(dora.stage_hours(rows)["hours"]) == [40, 0, 10, 20]


def _pull_requests(**told: list[float | None]) -> pd.DataFrame:
    moments = {
        name: pd.Series([None if each is None else NOON + timedelta(hours=each) for each in column], dtype=object)
        for name, column in told.items()
    }
    return pd.DataFrame({name: pd.to_datetime(column, utc=True) for name, column in moments.items()})


def test_weeks_follow_the_time_zone_and_first_day_of_the_organisation() -> None:
    # 23:30 UTC of a Sunday is Monday in Berlin, and the week there starts on Sunday.
    late = datetime(2026, 6, 7, 23, 30, tzinfo=UTC)
    rows = FIVE.head(1).assign(finished_at=pd.Series([late], dtype="datetime64[us, UTC]"))
    incidents = pd.DataFrame({"opened_at": pd.Series([late], dtype="datetime64[us, UTC]")})
    for calendar, first in ((Calendar(), "2026-06-01"), (Calendar("Europe/Berlin"), "2026-06-08"),
                            (Calendar("Europe/Berlin", 6), "2026-06-07")):  # fmt: skip
        weeks = series(rows, changes(1), incidents, period=JUNE, calendar=calendar, step=Step.WEEK)
        found = weeks[weeks["deployments"] == 1].iloc[0]
        assert str(found["start"].date()) == first
        assert (found["incidents"], found["lead_time"], found["commits"]) == (1, 1, 1)


def test_empty_weeks_are_there_with_counts_of_nothing_and_no_rate() -> None:
    nothing = pd.DataFrame({"opened_at": pd.Series([], dtype="datetime64[us, UTC]")})
    weeks = series(FIVE, changes(1), nothing, period=JUNE, calendar=Calendar(), step=Step.WEEK)
    assert list(weeks["deployments"]) == [5, 0, 0, 0, 0]
    assert list(weeks["change_fail_rate"].notna()) == [True, False, False, False, False]
    assert list(weeks["is_whole"]) == [True, True, True, True, False]
    assert weeks["lead_time"].notna().sum() == 1


def test_months_are_whole_months() -> None:
    quarter = Period.days_between(date(2026, 4, 10), date(2026, 7, 1))
    edges = span_edges(quarter, calendar=Calendar("America/New_York"), step=Step.MONTH)
    assert [str(edge.date()) for edge in edges] == ["2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"]


def test_deployment_days_are_a_median_over_whole_weeks() -> None:
    nothing = pd.DataFrame({"opened_at": pd.Series([], dtype="datetime64[us, UTC]")})
    rows = deployments(*[False] * 10)
    weeks = series(rows, changes(1), nothing, period=JUNE, calendar=Calendar(), step=Step.WEEK)
    measured = dora.deployment_days(weeks, deployments=rows, days=30)
    assert (measured.value, measured.sample) == (1.5, 4)  # 7, 3, 0 and 0


@given(st.lists(st.integers(0, 29 * 24 * 60), min_size=1, max_size=40), st.sampled_from(["UTC", "America/New_York"]))
def test_days_of_weeks_are_those_of_the_weekly_series(minutes: list[int], zone: str) -> None:
    nothing = pd.DataFrame({"opened_at": pd.Series([], dtype="datetime64[us, UTC]")})
    moments = pd.Series([JUNE.start + timedelta(minutes=each) for each in minutes], dtype="datetime64[us, UTC]")
    rows = deployments(*[False] * len(minutes)).assign(finished_at=moments)
    weeks = series(rows, changes(1), nothing, period=JUNE, calendar=Calendar(zone), step=Step.WEEK)
    alone = days_of_weeks(rows, period=JUNE, calendar=Calendar(zone))
    pd.testing.assert_frame_equal(alone, weeks[["is_whole", "days"]])


brought = st.lists(st.tuples(st.integers(0, 40), st.floats(0, 5000)), min_size=1, max_size=900)


@given(brought)
def test_portions_change_nothing_of_what_is_drawn_again(told: list[tuple[int, float]]) -> None:
    rows = pd.DataFrame(told, columns=["deployment_id", "lead_hours"])
    quantiles = (0.5, 0.75, 0.9)
    assert dora.resampled(rows, quantiles) == [change_by_change(rows, quantile) for quantile in quantiles]


def change_by_change(rows: pd.DataFrame, quantile: float) -> tuple[float, float]:
    """The definition: the first of the ordered hours up to which the share of a draw's changes has come."""
    ordered = rows.sort_values("lead_hours")
    codes, names = pd.factorize(ordered["deployment_id"])
    draws = np.random.default_rng(dora.SEED).multinomial(len(names), np.full(len(names), 1 / len(names)), 300)
    come = draws[:, codes].cumsum(axis=1)
    places = (come >= quantile * come[:, -1:]).argmax(axis=1)
    tail = (1 - dora.CONFIDENCE) / 2
    low, high = np.quantile(ordered["lead_hours"].to_numpy()[places], [tail, 1 - tail])
    return float(low), float(high)
