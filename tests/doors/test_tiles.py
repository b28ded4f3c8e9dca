"""What a tile says beside its number."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.ui.tiles import SAME, change, evidence, signed, span
from maestro_core.terms import Measured


def of(value: float) -> Measured[float]:
    return Measured[float](value=value, sample=9)


@pytest.mark.parametrize(
    ("now", "before", "unit", "said"),
    [
        (45.0, 30.0, "days", "+15 days"),
        (29.0, 30.0, "days", "−1 day"),
        (1200.0, 2500.0, "EUR", "−1,300 EUR"),
        (0.62, 0.5, "share", "+12 points"),
        (7.5, 7.0, "of 10", "+0.5"),
        (0.4, 0.9, "0 to 1", "−0.5"),
        (30.001, 30.0, "days", SAME),
        (0.5, 0.504, "share", SAME),
        (0.5, 0.51, "share", "−1 point"),
        (0.5, 0.3, "share", "+20 points"),
        (3, 3, "people", SAME),
        (3, 5, "people", "−2 people"),
    ],
)
def test_a_change_has_its_unit_unless_that_is_a_place_on_a_scale(
    now: float, before: float, unit: str, said: str
) -> None:
    assert change(of(now), of(before), unit) == said


def test_an_interval_has_its_level() -> None:
    measured = Measured[float](value=4.0, sample=1200, low=2.0, high=6.0)
    assert evidence(measured, "days") == "90 % interval 2 to 6 days · n\xa0=\xa01,200"
    assert evidence(measured, "days", level=0.95).startswith("95 % interval")


def test_a_difference_and_both_its_bounds_are_signed() -> None:
    effect = Measured[float](value=3.0, sample=12, low=-1.0, high=7.0)
    assert signed(effect.value, "points") == "+3 points"
    assert (
        evidence(effect, "points", is_signed=True).replace("\\", "") == "90 % interval −1 to +7 points · n\xa0=\xa012"
    )

    relative = Measured[float](value=0.07, sample=12, low=-0.1, high=0.24)
    assert evidence(relative, "share", is_signed=True).replace("\\", "") == "90 % interval −10 to +24 % · n\xa0=\xa012"


@pytest.mark.parametrize(
    ("low", "high", "unit", "said"),
    [
        (1.0, 6.0, "days", "1 to 6 days"),
        (1.0, 29.4, "days", "1 to 29 days"),
        (0.0, 1.0, "share", "0 to 100 %"),
        (0.02, 0.4, "", "0.02 to 0.4"),
        (0.17, 0.55, "of 1", "0.17 to 0.55"),
        (0.4, 10.6, "points", "0.4 to 10.6 points"),
        (-10.6, -0.4, "points", "−10.6 to −0.4 points"),
        (0.0, 12.2, "points", "0 to 12 points"),
        (0.004, 0.4, "share", "0.4 to 40 %"),
        (-0.004, 0.4, "share", "−0.4 to 40 %"),
        (1e-17, 0.4, "share", "0 to 40 %"),
        (float("nan"), 0.4, "share", "– to 40 %"),
    ],
)
def test_the_ends_of_an_interval_share_one_unit(low: float, high: float, unit: str, said: str) -> None:
    assert span(low, high, unit) == said


@given(st.floats(-50, 50), st.floats(0, 60), st.sampled_from(["points", "share"]), st.booleans())
def test_an_interval_that_leaves_out_zero_reads_so(low: float, width: float, unit: str, is_signed: bool) -> None:
    high = low + width
    assume(min(abs(low), abs(high)) >= 0.001 and (low > 0 or high < 0))
    told = evidence(Measured[float](value=low, sample=9, low=low, high=high), unit, is_signed=is_signed)
    plain = told.replace("\\", "").replace(",", "").replace("−", "-")
    ends = [float(number) for number in re.findall(r"[-+]?[\d.]+", plain)[1:3]]
    assert all((end > 0) == (low > 0) and end for end in ends), told


def test_the_unit_of_an_interval_is_text_and_not_markdown() -> None:
    measured = Measured[float](value=4.0, sample=2, low=2.0, high=6.0)
    assert "*" not in evidence(measured, "*EUR*").replace("\\*", "")
