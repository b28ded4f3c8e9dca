"""The surface is a Gaussian process: held to scikit-learn's, which knows nothing of waves or coefficients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import PairwiseKernel

from maestro_core.learning import gaussian, response_surface, team_size
from maestro_core.learning.gaussian import Belief
from maestro_core.learning.response_surface import LENGTH, design, learn_surface, seed_rule
from maestro_core.learning.team_size import Plan
from maestro_core.terms import Target
from tests.learning.past_teams import projects

NOISE, AMPLITUDE, OTHERS = 6.0, 3.0, 3


def a_past(n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs (ln T, complexity, two covariates' worth of columns), the model's columns, and outcomes."""
    chance = np.random.default_rng(4)
    log_size, complexity = np.log(chance.integers(1, 16, n)), chance.uniform(1, 10, n)
    covariates = chance.normal(size=(n, 1))
    usual = chance.normal(1, 0.4, n)
    columns = design(log_size=log_size, complexity=complexity, covariates=covariates, usual=usual)
    outcome = 60 + 4 * np.sin(2 * log_size) + 3 * covariates[:, 0] - complexity + NOISE * chance.normal(size=n)
    return np.column_stack([log_size, complexity]), columns, outcome


def kernel(a: np.ndarray, b: np.ndarray, *, gamma: float) -> float:
    """The prior covariance of the surface at two points, in its own words: linear terms and a squared exponential."""
    spreads = [
        response_surface.INTERCEPT_SPREAD,
        response_surface.DOUBLING_SPREAD,
        response_surface.SHIFT_SPREAD,
        *[response_surface.COVARIATE_SPREAD] * OTHERS,
    ]
    linear = float(np.sum(np.square(spreads) * a[2:] * b[2:]))
    away = (a[:2] - b[:2]) / np.array(LENGTH)
    return linear + AMPLITUDE**2 * float(np.exp(-0.5 * away @ away))


def test_mean_and_spread_are_those_of_scikit_learn_with_the_same_kernel(monkeypatch) -> None:
    points, columns, outcome = a_past()
    monkeypatch.setattr(response_surface, "AMPLITUDES", (AMPLITUDE,))
    monkeypatch.setattr(gaussian, "NOISE_SHARES", np.array([NOISE / np.std(outcome)]))
    ours = learn_surface(columns[:45], outcome[:45])
    fixed = columns[:, : 3 + OTHERS]
    inputs = np.hstack([points, fixed])
    prior = outcome[:45].mean() - response_surface.DOUBLING_COSTS * fixed[:, 1]
    theirs = GaussianProcessRegressor(PairwiseKernel(metric=kernel), alpha=NOISE**2, optimizer=None)
    theirs.fit(inputs[:45], (outcome - prior)[:45])
    mean, covariance = theirs.predict(inputs[45:], return_cov=True)
    our_mean, our_covariance = ours.at(columns[45:])
    assert our_mean == pytest.approx(mean + prior[45:], abs=0.05)
    assert our_covariance == pytest.approx(covariance, abs=0.1)


def test_the_waves_are_the_squared_exponential_kernel_wherever_projects_can_be() -> None:
    grid = np.array([[size, hard] for size in np.log(np.arange(1, 16)) for hard in np.linspace(1, 10, 10)])
    flat = design(log_size=grid[:, 0], complexity=grid[:, 1], covariates=np.empty((150, 0)), usual=np.zeros(150))
    scaled = flat[:, 5:] * response_surface._wave_spreads()
    away = (grid[:, None] - grid[None]) / np.array(LENGTH)
    assert scaled @ scaled.T == pytest.approx(np.exp(-0.5 * (away**2).sum(axis=-1)), abs=0.006)


@given(st.floats(1, 10), st.floats(0.1, 4))
def test_twice_or_half_the_rule_is_expected_to_cost_four_to_six_points(complexity, factor) -> None:
    """Before any data: the mean costs 5 per squared doubling, with a standard deviation of 1, on either side."""
    rule = np.log(seed_rule(np.array([complexity])))
    sizes = rule + np.array([0.0, np.log(factor)])
    hard = np.full(2, complexity)
    rows = design(log_size=sizes, complexity=hard, covariates=np.empty((2, 0)), usual=np.zeros(2))
    cost = response_surface.DOUBLING_COSTS * rows[1, 1]
    assert cost == pytest.approx(5 * np.log2(factor) ** 2)
    assert rows[0, 1] == pytest.approx(0)


def test_one_team_size_in_the_past_leaves_the_rule_standing() -> None:
    past = projects(40).assign(team_size=3.0)
    curves = team_size.summary(team_size.expect(team_size.fit(past), Plan(6.85, 3, 5.0, "retail", 4.0)))
    success = curves[curves["target"] == Target.SUCCESS].set_index("team_size")["value"]
    # The rule says 3.5: three people and about six are a doubling apart, on either side of it.
    lost = success[3] - success[7]
    assert 2.5 < lost < 7.5
    assert (success[[8, 10, 12]].diff().dropna() < 0).all()


def test_evidence_chooses_how_far_the_surface_strays() -> None:
    """Data that wave strongly give the large amplitude weight: the surface follows them; the rule alone could not."""
    chance = np.random.default_rng(0)
    log_size, complexity = np.log(chance.integers(1, 16, 300)), chance.uniform(1, 10, 300)
    rows = design(log_size=log_size, complexity=complexity, covariates=np.empty((300, 0)), usual=np.zeros(300))
    wavy = 50 + 12 * np.sin(3 * log_size) + chance.normal(size=300)
    assert np.corrcoef(learn_surface(rows, wavy).at(rows)[0], wavy)[0, 1] > 0.98


def test_a_belief_survives_json() -> None:
    _, columns, outcome = a_past()
    belief = learn_surface(columns, outcome)
    again = Belief.from_json(belief.to_json())
    assert np.array_equal(again.mean, belief.mean)
    assert np.array_equal(again.covariance, belief.covariance)
