"""Effects and p-values in words: as many digits as the interval supports, and never another result than the numbers."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maestro_core.scoring.effects import ALPHA, Effect
from maestro_core.scoring.experiment_words import (
    amount_in_words,
    difference_in_words,
    effect_in_words,
    p_in_words,
)

numbers = st.floats(-1e9, 1e9).filter(lambda number: number == 0 or abs(number) > 1e-3)


def read(told: str) -> float:
    return float(told.replace("−", "-").replace("+", "").replace(",", ""))


@given(numbers, st.floats(0.01, 1e6), st.sampled_from(["points", "days", "EUR"]))
def test_an_interval_reads_on_the_side_of_zero_where_it_is(middle: float, half: float, unit: str) -> None:
    low, high = middle - half, middle + half
    said = effect_in_words(Effect(middle, low, high), unit)
    bounds = said.rpartition("(")[2].rstrip(")").split(" to ")
    for told, bound in zip(bounds, (low, high), strict=True):
        # A bound of less than a hundredth of what is rounded to may read as 0, but never as the other side.
        assert read(told) * bound >= 0
        assert read(told) == pytest.approx(bound, abs=0.51)


# Where rounding is at its worst: at .001, .05, .1 and 1.
p_values = st.floats(0, 1) | st.sampled_from([0.001, 0.05, 0.1, 1.0]).flatmap(
    lambda edge: st.floats(0.99 * edge, min(1.01 * edge, 1))
)


@given(p_values)
@example(0.04996)
@example(0.05)
def test_a_p_value_reads_on_the_side_of_five_per_cent_where_it_is(p_value: float) -> None:
    _, sign, number = p_in_words(p_value).split()
    is_below = float(number) <= ALPHA if sign == "<" else float(number) < ALPHA
    assert is_below == (p_value < ALPHA)


@given(p_values)
@example(0.0495)
@example(0.0999)
@example(0.996)
def test_a_p_value_is_told_in_two_digits_or_more_and_never_as_0_or_1(p_value: float) -> None:
    _, sign, number = p_in_words(p_value).split()
    assert 0 < float(number) < 1
    if sign == "=":
        assert float(number) == pytest.approx(p_value, abs=0.0051 if p_value >= 0.0995 else 0.00051)
        # Two digits from .01 on, three only next to .05.
        assert len(number.lstrip(".0")) == 2 or p_value < 0.01 or abs(p_value - ALPHA) < 0.00051
    else:
        assert p_value < float(number) if sign == "<" else p_value > float(number)


def test_all_numbers_of_an_effect_have_the_same_decimals() -> None:
    assert effect_in_words(Effect(8.61, 0.51, 16.7), "points") == "+8.6 points (+0.5 to +16.7)"
    assert effect_in_words(Effect(2.0, 0.04, 3.96), "points") == "+2.00 points (+0.04 to +3.96)"
    assert effect_in_words(Effect(0.0, 0.0, 0.0), "points") == "0 points (0 to 0)"


def test_shares_differ_by_percentage_points_and_amounts_have_no_zeros_behind_them() -> None:
    assert difference_in_words(0.5, "share") == "+50 percentage points"
    assert amount_in_words(8.0, "points") == "8 points"
    assert amount_in_words(1e9, "EUR") == "1,000,000,000 EUR"
    assert amount_in_words(0.0, "points") == "0 points"
