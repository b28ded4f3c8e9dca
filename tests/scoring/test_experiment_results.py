"""What an experiment shows, in every way, and which of these counts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.scoring.effects import Effect, Sample, sequential
from maestro_core.scoring.experiment_metrics import METRICS, per_week
from maestro_core.scoring.experiment_results import (
    ADJUSTED,
    EXACT,
    SHARES,
    WELCH,
    Arm,
    Comparison,
    compare,
    exact_p_value,
    look,
    looks,
    shares,
    units_of,
)
from maestro_core.scoring.experiment_verdict import verdict
from maestro_core.scoring.trials import permutation_p_value
from maestro_core.terms import Better

VALUES = st.lists(st.integers(-50, 50).map(float), min_size=4, max_size=10)


def units(control: list[float], treatment: list[float], **columns: Any) -> pd.DataFrame:
    rows = pd.DataFrame({"value": [*control, *treatment]})
    rows["variant"] = ["a"] * len(control) + ["b"] * len(treatment)
    told: dict[str, Any] = {"unit": [str(number) for number in rows.index], "stratum": "all", "forecast": math.nan}
    return rows.assign(**(told | {"ended_at": range(len(rows))} | columns))


def told_of(rows: pd.DataFrame, **options: Any) -> Comparison:
    return compare(rows, control="a", treatment="b", planned=20, **options)


def normal(seed: int, n: int, mean: float = 0.0) -> list[float]:
    return list(np.random.default_rng(seed).normal(50 + mean, 5, n))


@settings(max_examples=30)
@given(VALUES)
def test_without_strata_the_exact_test_is_the_one_of_all_assignments(values: list[float]) -> None:
    values = values[: len(values) // 2 * 2]
    is_treated = np.arange(len(values)) < len(values) // 2
    array = np.array(values)
    ours = exact_p_value(array, is_treated, ["all"] * len(values))
    assert ours == pytest.approx(permutation_p_value(array[~is_treated], array[is_treated]), abs=1e-9)


def test_forecasts_that_explain_all_of_few_units_adjust_nothing() -> None:
    """What is left of the outcomes has no spread: it would refuse the whole page, or claim what it cannot know."""
    told = told_of(units([1.0, 2.0, 3.0], [5.0, 6.0, 7.0], forecast=[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]))
    assert told.absolute is not None
    assert (told.adjusted, told.forecasts, told.method) == (None, 6, EXACT)


def test_the_exact_test_tries_only_what_the_strata_allow() -> None:
    values = np.array([1.0, 2.0, 11.0, 12.0])
    is_treated = np.array([False, True, False, True])
    # Two strata of two: four assignments, of which this and its mirror are the most extreme.
    assert exact_p_value(values, is_treated, ["low", "low", "high", "high"]) == 0.5
    assert exact_p_value(values, is_treated, ["all"] * 4) == pytest.approx(4 / 6)
    assert exact_p_value(np.zeros(13), np.arange(13) < 6, ["all"] * 13) is None
    assert exact_p_value(np.zeros(4), np.zeros(4, dtype=bool), ["all"] * 4) is None


def test_which_p_value_counts_is_a_rule() -> None:
    few, many = units(normal(1, 6), normal(2, 6)), units(normal(1, 10), normal(2, 10))
    forecast = many["value"] + np.random.default_rng(3).normal(0, 1, 20)
    hits = units([0.0, 1.0] * 5, [1.0] * 9 + [0.0])
    assert told_of(few).method == EXACT
    assert told_of(many).method == WELCH
    assert told_of(many.assign(forecast=forecast)).method == ADJUSTED
    assert told_of(hits, is_share=True).method == SHARES
    for one in (told_of(few), told_of(many)):
        assert one.p_value == (one.exact_p_value or (one.absolute and one.absolute.p_value))


def test_forecasts_of_fewer_than_half_the_units_are_left_out() -> None:
    rows = units(normal(1, 10), normal(2, 10))
    few = rows.assign(forecast=rows["value"].where(rows.index < 9))
    assert (told_of(few).adjusted, told_of(few).forecasts) == (None, 9)
    enough = told_of(rows.assign(forecast=rows["value"].where(rows.index % 4 != 0)))
    assert enough.adjusted
    assert (enough.narrower or 0) > 0.2


def test_a_perfect_forecast_takes_everything_out_but_the_effect() -> None:
    before = normal(1, 10)
    rows = units(before[:5] * 2, [value + 3 for value in before[5:]] * 2, forecast=[*before[:5] * 2, *before[5:] * 2])
    one = told_of(rows.assign(value=rows["value"] + np.random.default_rng(4).normal(0, 0.01, 20)))
    assert one.adjusted
    assert one.adjusted.value == pytest.approx(3, abs=0.05)


def test_where_less_is_better_the_chance_turns_and_the_effect_stays() -> None:
    rows = units(normal(1, 10), normal(2, 10, mean=-8))
    higher, lower = (told_of(rows, better=better).belief for better in (Better.HIGHER, Better.LOWER))
    assert higher
    assert lower
    assert lower.value == pytest.approx(higher.value)
    assert lower.better == pytest.approx(1 - higher.better)
    assert lower.loss_of_treatment == pytest.approx(higher.loss_of_control)
    assert lower.low < lower.value < lower.high


def test_a_prior_of_no_effect_shrinks_it() -> None:
    one = told_of(units(normal(1, 10), normal(2, 10, mean=5)))
    assert one.belief
    assert one.absolute
    assert abs(one.belief.value) < abs(one.absolute.value)


def test_what_cannot_be_told_says_why_and_the_exact_test_stays() -> None:
    one = told_of(units([1.0], [2.0, 3.0]))
    assert one.reason == "A variant needs 2 units with an outcome."
    same = told_of(units([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]))
    assert (same.reason, same.exact_p_value) == (
        "The outcomes do not differ at all: there is no spread to compare with.",
        1.0,
    )
    apart = told_of(units([1.0] * 4, [2.0] * 4))
    assert apart.exact_p_value == pytest.approx(2 / 70)
    assert apart.method == EXACT
    assert told_of(units([], [])).control == Arm(0, None, None)


def test_all_against_none_is_the_clearest_result() -> None:
    one = told_of(units([0.0] * 8, [1.0] * 8), is_share=True)
    assert one.absolute
    assert (one.absolute.value, one.method, one.reason) == (1.0, SHARES, None)
    assert one.absolute.low > 0.5
    assert one.p_value is not None
    assert one.p_value < 0.001
    assert told_of(units([1.0] * 8, [1.0] * 8), is_share=True).reason


def test_all_against_none_has_no_interval_before_the_end_and_says_why() -> None:
    one = told_of(units([0.0] * 8, [1.0] * 8), is_share=True)
    said = verdict(one, METRICS["succeeded"], is_final=False)
    assert said.startswith("Nothing can be said of “b” yet. Within each variant all outcomes are alike")
    assert "(0 % against 100 %): there is no spread" in said
    assert "is better" in verdict(one, METRICS["succeeded"], is_final=True)


def test_without_a_mean_of_the_control_there_is_no_share_of_it() -> None:
    one = told_of(units([-1.0, 1.0], [2.0, 3.0]))
    assert (one.relative, one.looked_relative) == (None, None)
    assert one.absolute


@given(st.integers(2, 40), st.integers(2, 40), st.integers(4, 200))
def test_a_look_is_never_narrower_than_the_published_sequence(first: int, second: int, planned: int) -> None:
    control, treatment = Sample(first, 0.0, 1.0), Sample(second, 1.0, 2.0)
    ours, published = (told(control, treatment, planned=planned) for told in (look, sequential))
    assert ours.low <= published.low
    assert ours.high >= published.high


def test_with_many_units_a_look_is_the_published_sequence() -> None:
    control, treatment = Sample.of_share(1396, 3000), Sample.of_share(2422, 3461)
    ours = look(control, treatment, planned=5000, relative=True)
    assert (round(ours.low, 3), round(ours.high, 3)) == (0.401, 0.607)


def test_looks_begin_with_two_units_in_each_variant() -> None:
    rows = units([1.0, 2.0, 3.0], [4.0, 5.0, 7.0]).assign(ended_at=[1, 2, 3, 4, 5, 6])
    told = looks(rows, control="a", treatment="b", planned=6)
    assert list(told["units"]) == [5, 6]
    assert looks(rows.iloc[:0], control="a", treatment="b", planned=6).empty


def test_shares_agree_with_newcombe() -> None:
    # Newcombe 1998, table II, example (a) 56/70 against 48/80 by method 10.
    effect = shares(np.repeat([1.0, 0.0], [48, 32]), np.repeat([1.0, 0.0], [56, 14]))
    assert (round(effect.low, 4), round(effect.high, 4)) == (0.0524, 0.3339)


def test_a_team_is_one_unit_with_the_mean_of_what_has_ended() -> None:
    rows = pd.DataFrame(
        {
            "project_id": [1, 2, 3],
            "team": ["x", "x", "y"],
            "variant": ["a", "a", "b"],
            "stratum": "all",
            "value": [1.0, 3.0, np.nan],
            "forecast": np.nan,
            "ended_at": [5, 4, 9],
        }
    )
    told = units_of(rows, by_team=True)
    assert told[["unit", "value", "ended_at"]].to_dict("records") == [{"unit": "x", "value": 2.0, "ended_at": 4}]
    assert len(units_of(rows, by_team=False)) == 2
    assert units_of(rows.iloc[2:], by_team=True).empty


def test_a_week_that_is_not_over_tells_no_rate_and_a_count_of_nothing_is_not_zero() -> None:
    day = pd.Timestamp("2026-01-01")
    spans = pd.DataFrame({"project_id": [1, 2, 3], "first": day, "last": day + pd.to_timedelta([13, 3, 13], unit="D")})
    counts = pd.DataFrame({"project_id": [1, 2], "day": [day - pd.Timedelta(days=1), day], "value": [5.0, 5.0]})
    told = per_week(counts, spans)
    assert told[1] == 0
    assert told[[2, 3]].isna().all()


@pytest.mark.parametrize(
    ("metric", "value", "is_final", "told"),
    [
        ("duration", -5.0, False, "“b” is better: −5.0 days (95 % interval −8.0 to −2.0), however often one looks."),
        ("commits", 5.0, False, "“b” is higher: +5.0 per week (95 % interval +2.0 to +8.0), however often one looks."),
        ("cost", -500.0, False, "“b” is better: −500.0 EUR (95 % interval −503.0 to −497.0), however often one looks."),
        ("success", -5.0, True, "“b” is worse: −5.0 points (95 % interval −8.0 to −2.0), p = .010 by Welch."),
    ],
)
def test_the_verdict_says_what_holds_now(metric: str, value: float, is_final: bool, told: str) -> None:
    effect = Effect(value, value - 3, value + 3, 0.01)
    one = Comparison("b", Arm(9, 1, 1), Arm(9, 1, 1), absolute=effect, looked=effect, p_value=0.01, method=WELCH)
    known = replace(METRICS[metric], unit="EUR") if metric == "cost" else METRICS[metric]
    assert verdict(one, known, is_final=is_final) == told


def test_a_verdict_of_outcomes_without_spread_tells_the_means_and_no_interval() -> None:
    one = told_of(units([50.0, 50.0, 50.0], [58.0, 58.0, 58.0]))
    assert one.absolute is None
    said = verdict(one, METRICS["success"], is_final=True)
    assert said == "No difference of “b” is shown: +8 points (no interval), p = .10 by exact permutation."
