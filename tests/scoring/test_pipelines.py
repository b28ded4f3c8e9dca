"""What CI pipelines do: what counts as a success, how long a run took, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.scoring import pipelines
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.samples import median, share
from maestro_core.terms import Measured, Period, PipelineOutcome

# Monday 5 January 2026: four complete weeks.
JANUARY = Period.days_between(date(2026, 1, 5), date(2026, 2, 2))
AT = datetime(2026, 1, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COLUMNS = ["project", "pipeline", "outcome", "rerun", "created_at", "started_at", "finished_at"]
SUMMED = ["project", "pipeline", "job", "measured", "minutes", "failed_minutes", "cancelled_minutes", "rerun_minutes"]


def runs(*rows: dict[str, Any]) -> pd.DataFrame:
    """Runs with only what matters spelled out: `took` and `waited` in minutes, None where a time is not known."""
    filled = []
    for row in rows:
        told = {"outcome": "success", "rerun": 0.0, "at": AT, "took": 10, "waited": 1, "pipeline": "ci"} | row
        started = None if told["waited"] is None else told["at"] + told["waited"] * MINUTE
        finished = None if started is None or told["took"] is None else started + told["took"] * MINUTE
        outcome = None if told["outcome"] is None else PipelineOutcome(told["outcome"])
        filled.append(("p", told["pipeline"], outcome, told["rerun"], told["at"], started, finished))
    frame = pd.DataFrame(filled, columns=COLUMNS)
    moments = {name: pd.to_datetime(frame[name], utc=True) for name in ("created_at", "started_at", "finished_at")}
    return frame.assign(**moments)


def minutes(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {"project": "p", "pipeline": "ci", "job": "test", "measured": 1, "minutes": 10.0}
    usual |= dict.fromkeys(SUMMED[5:], 0.0)
    return pd.DataFrame([usual | row for row in rows], columns=SUMMED)


OF_RUNS: dict[str, Callable[[pd.DataFrame], Measured[Any]]] = {
    "pipeline_runs": pipelines.pipeline_runs,
    "failed_pipeline_runs": pipelines.failed_pipeline_runs,
    "pipeline_success_rate": pipelines.pipeline_success_rate,
    "pipeline_duration": pipelines.pipeline_duration,
    "mean_pipeline_duration": pipelines.mean_pipeline_duration,
    "pipeline_duration_p90": pipelines.pipeline_duration_p90,
    "pipeline_queue_time": pipelines.pipeline_queue_time,
    "pipeline_rerun_rate": pipelines.pipeline_rerun_rate,
}


@pytest.mark.parametrize("name", OF_RUNS)
def test_without_a_run_a_measure_is_missing_and_says_why(name: str) -> None:
    measured = OF_RUNS[name](runs())
    assert measured.value is None
    assert measured.reason


def test_success_is_counted_among_runs_that_say_something_of_the_code() -> None:
    ended = ["success", "success", "success", "failure", "timed out", "start-up failure"]
    outside = ["cancelled", "skipped", "neutral", None]
    rate = pipelines.pipeline_success_rate(runs(*({"outcome": outcome} for outcome in [*ended, *outside])))
    assert (rate.value, rate.sample) == (0.5, 6)
    assert pipelines.failed_pipeline_runs(runs(*({"outcome": each} for each in [*ended, *outside]))).value == 3


def test_only_cancelled_runs_are_no_success_rate_of_0() -> None:
    rate = pipelines.pipeline_success_rate(runs({"outcome": "cancelled"}))
    assert (rate.value, rate.reason) == (None, pipelines.NONE_DECIDED)


def test_a_rerun_hides_no_failure() -> None:
    rate = pipelines.pipeline_success_rate(runs({"outcome": "failure"}, {"rerun": 1.0}))
    assert (rate.value, rate.sample) == (0.5, 2)
    assert pipelines.pipeline_rerun_rate(runs({"outcome": "failure"}, {"rerun": 1.0})).value == 0.5


def test_runs_of_a_tool_that_tells_no_re_runs_are_outside_and_none_told_is_not_0() -> None:
    rate = pipelines.pipeline_rerun_rate(runs({}, {"rerun": 1.0}, {"rerun": None}, {"rerun": None}))
    assert (rate.value, rate.sample) == (0.5, 2)
    untold = pipelines.pipeline_rerun_rate(runs({"rerun": None}))
    assert (untold.value, untold.reason) == (None, pipelines.NO_RERUN_TOLD)


def test_durations_are_minutes_of_runs_that_succeeded_or_failed() -> None:
    found = runs(*({"took": took} for took in (2, 4, 6, 8)), {"took": 100, "outcome": "cancelled"}, {"took": None})
    assert pipelines.pipeline_duration(found).value == 5
    assert pipelines.mean_pipeline_duration(found).value == 5
    assert pipelines.pipeline_duration_p90(found).value == pytest.approx(7.4)
    assert pipelines.pipeline_duration(found).sample == 4


def test_a_run_created_when_it_started_does_not_tell_how_long_it_waited() -> None:
    found = runs({"waited": 0}, {"waited": 0}, {"waited": 3})
    assert pipelines.pipeline_queue_time(found).value == 3
    assert pipelines.pipeline_queue_time(found.head(2)).value is None


def test_times_that_run_backwards_count_as_nothing_and_are_noted() -> None:
    found = runs({"took": -5}, {"took": 5}, {"waited": -2})
    assert list(pipelines.duration_minutes(found)) == [0, 5, 10]
    assert list(pipelines.queue_minutes(found)) == [1, 1, 0]
    assert pipelines.backwards(found) == 2


def test_a_run_without_a_start_waited_an_unknown_time() -> None:
    waited = pipelines.pipeline_queue_time(runs({"waited": None}, {"waited": 3}))
    assert (waited.value, waited.sample) == (3, 1)


def test_outcomes_are_told_apart_and_an_unfinished_run_has_no_duration() -> None:
    table = pipelines.by_outcome(runs({"took": 4}, {"outcome": "cancelled"}, {"outcome": None, "took": None}))
    assert list(table["outcome"]) == ["success", "cancelled", "unfinished"]
    assert table["median"].tolist()[:2] == [4, 10]
    assert np.isnan(table["median"].iloc[2])


def test_a_quiet_week_has_no_runs_and_no_rate() -> None:
    found = runs({"at": AT, "outcome": "failure"}, {"at": AT}, {"at": AT + timedelta(weeks=2), "took": 30})
    table = pipelines.weekly(found, period=JANUARY, calendar=Calendar())
    assert list(table["succeeded"]) == [1, 0, 1, 0]
    assert list(table["failed"]) == [1, 0, 0, 0]
    assert list(table["value"].isna()) == [False, True, False, True]
    assert table["median"].dropna().tolist() == [10, 30]


def test_weeks_are_those_of_the_organisation() -> None:
    """Sunday 23:30 in London is Monday in Berlin."""
    found = runs({"at": datetime(2026, 1, 11, 23, 30, tzinfo=UTC)})
    in_utc, in_berlin = (
        pipelines.weekly(found, period=JANUARY, calendar=Calendar(z)) for z in ("UTC", "Europe/Berlin")
    )
    assert [str(in_utc.loc[in_utc["succeeded"] == 1, "week"].item().date())] == ["2026-01-05"]
    assert [str(in_berlin.loc[in_berlin["succeeded"] == 1, "week"].item().date())] == ["2026-01-12"]


def test_the_pipeline_with_most_minutes_comes_first_and_one_without_jobs_is_not_lost() -> None:
    found = runs({"pipeline": "fast"}, {"pipeline": "slow"}, {"pipeline": "unmeasured"})
    spent = minutes({"pipeline": "fast", "minutes": 1.0}, {"pipeline": "slow", "minutes": 9.0, "failed_minutes": 3.0})
    table = pipelines.by_pipeline(found, spent)
    assert list(table["pipeline"]) == ["slow", "fast", "unmeasured"]
    assert table["wasted"].iloc[0] == pytest.approx(1 / 3)
    assert table["wasted"].isna().tolist() == [False, False, True]


def test_waste_is_what_failed_was_cancelled_or_ran_again() -> None:
    spent = minutes(
        {"minutes": 60.0, "failed_minutes": 6.0}, {"minutes": 40.0, "rerun_minutes": 3, "cancelled_minutes": 1}
    )
    assert pipelines.pipeline_minutes(spent).value == 100
    assert pipelines.wasted_pipeline_minutes(spent).value == pytest.approx(0.1)


def test_no_measured_minute_is_no_waste_of_0() -> None:
    for spent in (minutes(), minutes({"measured": 0, "minutes": 0.0})):
        assert pipelines.pipeline_minutes(spent).reason == pipelines.NO_MINUTES
        assert pipelines.wasted_pipeline_minutes(spent).reason == pipelines.NO_MINUTES


@settings(deadline=None)
@given(st.lists(st.sampled_from([None, *PipelineOutcome]), min_size=1))
def test_the_success_rate_lies_in_its_interval_and_cancelling_moves_it_not(outcomes: list[PipelineOutcome]) -> None:
    told = runs(*({"outcome": outcome} for outcome in outcomes))
    rate = pipelines.pipeline_success_rate(told)
    with_cancelled = pipelines.pipeline_success_rate(pd.concat([told, runs({"outcome": "cancelled"})]))
    assert rate == with_cancelled
    if rate.value is not None:
        assert 0 <= (rate.low or 0) <= rate.value <= (rate.high or 0) <= 1


@given(st.lists(st.floats(0, 1e6), min_size=5, max_size=60))
def test_the_median_lies_in_its_interval_which_lies_among_the_values(values: list[float]) -> None:
    found = median(pd.Series(values), nothing="none")
    assert found.low is not None
    assert found.high is not None
    assert min(values) <= found.low <= (found.value or 0.0) <= found.high <= max(values)


def test_the_interval_of_a_median_holds_it_nine_times_in_ten() -> None:
    chance = np.random.default_rng(5)
    found = [median(pd.Series(chance.exponential(size=25)), nothing="none") for _ in range(400)]
    held = np.mean([(one.low or 0) <= np.log(2) <= (one.high or 0) for one in found])
    assert 0.87 <= held <= 0.97


def test_wilsons_interval_is_the_published_one() -> None:
    """Newcombe 1998, 81 of 263 at 95 %: 0.2553 to 0.3662; at 90 % it is narrower and has the same centre of mass."""
    rate = share(81, 263, nothing="none")
    assert 0.2553 < (rate.low or 0) < 81 / 263 < (rate.high or 0) < 0.3662
