"""Effects of experiments, held to GrowthBook's published numbers and to what intervals promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.errors import NotEnoughData
from maestro_core.scoring.effects import (
    Effect,
    Prior,
    Sample,
    adjusted,
    bayesian,
    frequentist,
    sample_ratio_p_value,
    sequential,
)

REVENUE = Sample.of_sums(3407, 1396.87, 52377.9767), Sample.of_sums(3461, 2422.7, 134698.29)
# Each is as certain as the vectors are exact: to the last digit that was published.
HALF_A_DIGIT = 5.1e-6


def near(value: float, published: float, digits: float = HALF_A_DIGIT) -> bool:
    return abs(value - published) <= digits


def told(effect: Effect) -> tuple[float, float, float]:
    return effect.value, effect.low, effect.high


def test_a_flat_prior_over_shares_agrees_with_the_published_numbers() -> None:
    belief = bayesian(Sample.of_share(49, 100), Sample.of_share(51, 100), relative=True)
    published = (0.04082, -0.24779, 0.32943, 0.60918, 0.08140, 0.04058)
    ours = (belief.value, belief.low, belief.high, belief.better, belief.loss_of_control, belief.loss_of_treatment)
    assert all(near(*pair) for pair in zip(ours, published, strict=True))


def test_a_flat_prior_over_means_agrees_with_the_published_numbers() -> None:
    belief = bayesian(Sample.of_sums(10, 100, 1002.25), Sample.of_sums(10, 105, 1111.5), relative=True)
    assert near(belief.better, 0.91923)
    assert (round(belief.value, 3), round(belief.low, 3), round(belief.high, 3)) == (0.05, -0.02, 0.12)


def test_relative_and_absolute_effects_agree_with_the_published_numbers() -> None:
    relative, absolute = frequentist(*REVENUE, relative=True), frequentist(*REVENUE)
    assert all(near(*pair) for pair in zip(told(relative), (0.70732, -0.03526, 1.44989), strict=True))
    assert all(near(*pair) for pair in zip(told(absolute), (0.29, 0.04538, 0.53462), strict=True))
    assert near(relative.p_value or 0, 0.06191)
    assert near(absolute.p_value or 0, 0.02016)


def test_small_shares_agree_with_the_published_numbers() -> None:
    effect = frequentist(Sample.of_share(14, 28), Sample.of_share(16, 30), relative=True)
    assert all(near(*pair) for pair in zip(told(effect), (0.06667, -0.47767, 0.61101), strict=True))
    assert near(effect.p_value or 0, 0.80707)


def test_the_sequential_interval_agrees_with_the_published_numbers() -> None:
    effect = sequential(Sample.of_share(1396, 3000), Sample.of_share(2422, 3461), planned=5000, relative=True)
    assert near(effect.low, 0.40098)
    assert near(effect.high, 0.60675)


def test_broken_assignment_is_told_apart_from_chance() -> None:
    assert near(sample_ratio_p_value([44_000, 45_000], [1, 1]), 0.0008, 5e-5)
    assert sample_ratio_p_value([50, 51], [1, 1]) > 0.9


def test_a_sceptical_prior_pulls_the_effect_to_itself() -> None:
    flat = bayesian(*REVENUE)
    sceptical = bayesian(*REVENUE, prior=Prior(0.0, 0.01))
    assert 0 < sceptical.value < flat.value
    assert sceptical.high - sceptical.low < flat.high - flat.low


def test_no_spread_and_no_units_are_no_evidence() -> None:
    same = Sample(5, 1.0, 0.0)
    with pytest.raises(NotEnoughData):
        frequentist(same, same)
    with pytest.raises(NotEnoughData):
        frequentist(Sample(5, 0.0, 1.0), Sample(5, 1.0, 1.0), relative=True)
    with pytest.raises(NotEnoughData):
        Sample.of(np.array([1.0]))


def test_a_good_forecast_makes_the_interval_narrower_and_moves_nothing() -> None:
    chance = np.random.default_rng(1)
    forecasts = chance.normal(60, 10, 400)
    is_treated = np.arange(400) % 2 == 0
    outcomes = forecasts + 3.0 * is_treated + chance.normal(0, 3, 400)
    raw = frequentist(Sample.of(outcomes[~is_treated]), Sample.of(outcomes[is_treated]))
    better = frequentist(*adjusted(outcomes, forecasts, is_treated))
    assert better.high - better.low < 0.5 * (raw.high - raw.low)
    assert better.low < 3.0 < better.high


def test_a_forecast_that_does_not_vary_changes_nothing() -> None:
    outcomes, is_treated = np.array([1.0, 2.0, 4.0, 7.0]), np.array([False, False, True, True])
    plain = frequentist(Sample.of(outcomes[:2]), Sample.of(outcomes[2:]))
    assert told(frequentist(*adjusted(outcomes, np.full(4, 9.0), is_treated))) == told(plain)


def test_looking_at_every_unit_keeps_false_positives_at_five_per_cent() -> None:
    chance = np.random.default_rng(2)
    fooled = sum(peeked(chance.normal(size=(2, 400))) for _ in range(300))
    assert fooled / 300 <= 0.05


def peeked(outcomes: np.ndarray) -> bool:
    """Whether any of many looks at two equal variants finds a difference."""
    looks = (sequential(Sample.of(outcomes[0, :n]), Sample.of(outcomes[1, :n]), planned=400) for n in range(20, 401, 5))
    return any(look.low > 0 or look.high < 0 for look in looks)


def test_teams_as_units_keep_false_positives_where_projects_would_not() -> None:
    chance = np.random.default_rng(3)
    as_teams, as_projects = np.mean([clustered(chance) for _ in range(400)], axis=0)
    assert as_teams <= 0.075  # 5 %, and three standard errors of 400 draws
    assert as_projects > 0.10


def clustered(chance: np.random.Generator) -> tuple[bool, bool]:
    """Ten teams an arm of five projects, ICC .3, no effect: found with teams as units, and with projects."""
    teams = chance.normal(0, np.sqrt(0.3), (2, 10, 1))
    outcomes = teams + chance.normal(0, np.sqrt(0.7), (2, 10, 5))
    means = frequentist(*(Sample.of(arm.mean(axis=1)) for arm in outcomes)).p_value or 0
    every = frequentist(*(Sample.of(arm.ravel()) for arm in outcomes)).p_value or 0
    return means < 0.05, every < 0.05


SAMPLES = st.builds(Sample, n=st.integers(2, 1000), mean=st.floats(0.1, 100), variance=st.floats(0.01, 1000))


@given(SAMPLES, SAMPLES)
def test_swapping_the_variants_turns_the_effect_round(control: Sample, treatment: Sample) -> None:
    there, back = frequentist(control, treatment), frequentist(treatment, control)
    assert told(there) == pytest.approx((-back.value, -back.high, -back.low))
    belief, other = bayesian(control, treatment), bayesian(treatment, control)
    assert belief.better == pytest.approx(1 - other.better)
    assert belief.loss_of_control == pytest.approx(other.loss_of_treatment, abs=1e-9)


@given(SAMPLES, SAMPLES, st.integers(10, 10_000))
def test_what_may_be_looked_at_any_time_is_wider_than_what_is_looked_at_once(
    control: Sample, treatment: Sample, planned: int
) -> None:
    once = bayesian(control, treatment)
    always = sequential(control, treatment, planned=planned)
    assert always.low < once.low < once.high < always.high
