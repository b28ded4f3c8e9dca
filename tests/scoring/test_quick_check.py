"""DORA's own score: bounded, monotone, and the published means from the published rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.quick_check import MEANS, OVERALL_MEAN, legacy_ladder, quick_check, quick_check_overall
from maestro_core.terms import Measured

TIMES = ("change_lead_time", "failed_deployment_recovery_time")
RATES = ("change_fail_rate", "rework_rate")
LOWER_IS_BETTER = {**dict.fromkeys(TIMES, 20_000.0), **dict.fromkeys(RATES, 1.0)}


def scored(name: str, value: float) -> float:
    found = quick_check(name, Measured[float](value=value, sample=9)).value
    assert found is not None
    return found


def test_the_published_rates_give_the_published_means() -> None:
    assert scored("change_fail_rate", 0.19) == pytest.approx(MEANS["change_fail_rate"])
    assert scored("rework_rate", 0.22) == pytest.approx(MEANS["rework_rate"])
    assert sum(MEANS.values()) / 5 == pytest.approx(OVERALL_MEAN)


@pytest.mark.parametrize(
    ("hours", "score"), [(0.99, 10), (1, 8), (23.9, 8), (24, 6), (167, 6), (168, 4), (730.4, 4), (731, 2), (4383, 0)]
)
def test_times_fall_into_the_bands_of_the_questions(hours: float, score: float) -> None:
    assert scored("change_lead_time", hours) == pytest.approx(score)


@pytest.mark.parametrize(("per_week", "score"), [(14, 10), (7.1, 8), (6.9, 6), (1.1, 6), (0.9, 4), (0.2, 2), (0.03, 0)])
def test_frequency_falls_into_bands_by_the_time_between(per_week: float, score: float) -> None:
    assert scored("deployment_frequency", per_week) == pytest.approx(score)


@given(st.sampled_from(sorted(LOWER_IS_BETTER)), st.floats(0, 1), st.floats(0, 1))
def test_a_score_is_bounded_and_never_grows_with_what_is_worse(name: str, one: float, other: float) -> None:
    low, high = sorted((one * LOWER_IS_BETTER[name], other * LOWER_IS_BETTER[name]))
    assert 10 >= scored(name, low) >= scored(name, high) >= 0


@given(st.floats(0, 500), st.floats(0, 500))
def test_deploying_more_often_never_lowers_the_score(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= scored("deployment_frequency", low) <= scored("deployment_frequency", high) <= 10


def test_without_one_of_the_five_there_is_no_overall_score() -> None:
    scores = {name: Measured[float](value=5.0, sample=1) for name in MEANS}
    assert quick_check_overall(scores).value == 5
    partial = quick_check_overall(scores | {"rework_rate": Measured[float].missing("why")})
    assert (partial.value, partial.reason) == (None, "without rework rate it would not compare")


def test_a_metric_without_a_value_has_no_score_and_keeps_its_reason() -> None:
    assert (
        quick_check("rework_rate", Measured[float].missing("only 4 deployments", sample=4)).reason
        == "only 4 deployments"
    )


def test_the_ladder_of_2023_is_looked_up_metric_by_metric() -> None:
    told = {
        "deployment_frequency": 0.5, "change_lead_time": 12.0, "failed_deployment_recovery_time": 200.0,
        "change_fail_rate": 0.12,
    }  # fmt: skip
    rows = {row.name: row.fitting for row in legacy_ladder({k: Measured[float](value=v) for k, v in told.items()})}
    assert rows == {
        "deployment_frequency": ("medium", "low"),
        "change_lead_time": ("elite",),
        "failed_deployment_recovery_time": (),
        "change_fail_rate": ("high",),
    }
