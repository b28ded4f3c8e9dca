"""The mixed model of impact is that of the textbooks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from maestro_core.scoring.impact_model import GROUP_VARIANCE, SHARES, shrink


def a_regression(seed: int, rows: int = 60, effects: int = 25) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    fixed = np.column_stack([np.ones(rows), chance.normal(size=(rows, 3))])
    use = (chance.random((rows, effects)) < 0.15).astype(float)
    outcome = 50 + 3 * fixed[:, 1] + use @ chance.normal(0, 3, effects) + chance.normal(0, 5, rows)
    return outcome, fixed, use, chance.uniform(0.2, 1, rows)


def henderson(
    outcome: np.ndarray, fixed: np.ndarray, use: np.ndarray, weights: np.ndarray, *, tau2: float, sigma2: float
) -> tuple[np.ndarray, np.ndarray]:
    """The mixed model equations as the textbook prints them, solved densely."""
    both = np.column_stack([fixed, use])
    left = both.T @ (both * (weights / sigma2)[:, None])
    start = fixed.shape[1]
    left[start:, start:] += np.eye(use.shape[1]) / tau2
    inverse = np.linalg.inv(left)
    return (inverse @ both.T @ (outcome * weights / sigma2))[start:], np.sqrt(np.diag(inverse)[start:])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_effects_and_errors_solve_hendersons_equations(share: float) -> None:
    outcome, fixed, use, weights = a_regression(3)
    found = shrink(outcome, fixed, csr_matrix(use), weights=weights, shares=np.array([share]))
    effects, errors = henderson(outcome, fixed, use, weights, tau2=found.tau**2, sigma2=found.sigma**2)
    freedom = len(outcome) - fixed.shape[1]
    np.testing.assert_allclose(found.effects, effects, atol=1e-8)
    np.testing.assert_allclose(found.errors, errors * np.sqrt(freedom / (freedom - 2)), rtol=1e-8)


def test_effects_are_a_ridge_regression_with_the_ratio_of_variances_as_penalty() -> None:
    outcome, fixed, use, _ = a_regression(4)
    fixed = fixed[:, :1]
    found = shrink(outcome, fixed, csr_matrix(use), weights=np.ones(len(outcome)), shares=np.array([0.4]))
    ridge = Ridge(alpha=(found.sigma / found.tau) ** 2).fit(use, outcome)
    np.testing.assert_allclose(found.effects, ridge.coef_, atol=1e-8)


def test_the_grid_is_weighted_by_the_residual_likelihood_of_the_textbook() -> None:
    outcome, fixed, use, weights = a_regression(5)
    alone = [shrink(outcome, fixed, csr_matrix(use), weights=weights, shares=np.array([h])) for h in SHARES]
    logs = []
    for one in alone:
        covariance = np.diag(one.sigma**2 / weights) + one.tau**2 * use @ use.T
        inverse = np.linalg.inv(covariance)
        within = fixed.T @ inverse @ fixed
        project = inverse - inverse @ fixed @ np.linalg.solve(within, fixed.T @ inverse)
        logdets = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(within)[1]
        logs.append(-0.5 * (logdets + outcome @ project @ outcome))
    expected = np.exp(np.array(logs) - max(logs))
    averaged = shrink(outcome, fixed, csr_matrix(use), weights=weights)
    np.testing.assert_allclose(averaged.share_weights, expected / expected.sum(), rtol=1e-6)
    np.testing.assert_allclose(
        averaged.effects, np.array([one.effects for one in alone]).T @ averaged.share_weights, atol=1e-9
    )


def test_effects_of_groups_are_generalised_least_squares_with_what_groups_share() -> None:
    outcome, fixed, use, weights = a_regression(7)
    groups = np.arange(use.shape[1]) % 3
    found = shrink(outcome, fixed, csr_matrix(use), weights=weights, groups=groups, shares=np.array([0.4]))
    before = np.eye(len(groups)) + GROUP_VARIANCE * (groups[:, None] == groups)
    before *= found.tau**2 / (1 + GROUP_VARIANCE)
    inverse = np.linalg.inv(np.diag(found.sigma**2 / weights) + use @ before @ use.T)
    project = inverse - inverse @ fixed @ np.linalg.solve(fixed.T @ inverse @ fixed, fixed.T @ inverse)
    left = np.diag(before - before @ use.T @ project @ use @ before)
    freedom = len(outcome) - fixed.shape[1]
    np.testing.assert_allclose(found.effects, before @ use.T @ project @ outcome, atol=1e-8)
    np.testing.assert_allclose(found.errors, np.sqrt(left * freedom / (freedom - 2)), rtol=1e-8)
    np.testing.assert_allclose(found.reliabilities, 1 - left / found.tau**2, rtol=1e-8)


def test_covariates_that_repeat_each_other_change_nothing() -> None:
    outcome, fixed, use, weights = a_regression(6)
    once = shrink(outcome, fixed, csr_matrix(use), weights=weights)
    twice = shrink(outcome, np.column_stack([fixed, fixed[:, 1] * 2]), csr_matrix(use), weights=weights)
    np.testing.assert_allclose(once.effects, twice.effects, atol=1e-8)
