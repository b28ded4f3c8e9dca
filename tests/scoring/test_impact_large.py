"""Impact of many projects: the same answer as the exact one, without ever being dense."""

from __future__ import annotations

import tracemalloc
from datetime import date

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from maestro_core.learning.simulation import simulate_outcomes
from maestro_core.scoring import impact
from maestro_core.scoring.impact import artifact_impact
from maestro_core.scoring.impact_large import shrink_many
from maestro_core.scoring.impact_model import Array, Shrunk, shrink


def _ones(size: int) -> Array:
    return np.ones(size)


def drawn(rows: int, effects: int, *, seed: int, spread: float = 3.0) -> tuple[Array, Array, csr_matrix, Array, Array]:
    """Outcome, covariates, use, weights and the true effects of a made-up history."""
    chance = np.random.default_rng(seed)
    use = csr_matrix(random_array((rows, effects), density=6 / effects, rng=chance, data_sampler=_ones))
    fixed = np.column_stack([np.ones(rows), chance.normal(size=(rows, 4))])
    truth, weights = chance.normal(0, spread, effects), chance.uniform(0.3, 1, rows)
    noise = chance.normal(0, 6, rows) / np.sqrt(weights)
    return fixed @ chance.normal(size=5) + use @ truth + noise, fixed, use, weights, truth


def both(rows: int, effects: int, *, seed: int) -> tuple[Shrunk, Shrunk, Array]:
    outcome, fixed, use, weights, truth = drawn(rows, effects, seed=seed)
    return shrink(outcome, fixed, use, weights=weights), shrink_many(outcome, fixed, use, weights=weights), truth


@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_the_exact_answer(seed: int) -> None:
    exact, many, _ = both(1200, 800, seed=seed)
    assert many.tau == pytest.approx(exact.tau, rel=0.05)
    assert many.sigma == pytest.approx(exact.sigma, rel=0.05)
    np.testing.assert_allclose(many.covariates, exact.covariates, atol=0.05)
    assert np.abs(many.effects - exact.effects).max() < 0.1 * exact.tau
    assert np.median(many.errors / exact.errors) == pytest.approx(1, abs=0.05)


def test_it_agrees_with_the_exact_answer_where_groups_share_a_mean() -> None:
    outcome, fixed, use, weights, _ = drawn(1200, 800, seed=4)
    groups = np.arange(800) % 7
    outcome = outcome + use @ (np.array([3.0, 0, 0, -3, 0, 0, 0])[groups])
    exact, many = (solve(outcome, fixed, use, weights=weights, groups=groups) for solve in (shrink, shrink_many))
    assert many.tau == pytest.approx(exact.tau, rel=0.05)
    assert np.abs(many.effects - exact.effects).max() < 0.1 * exact.tau
    assert np.median(many.errors / exact.errors) == pytest.approx(1, abs=0.05)
    assert many.effects[groups == 0].mean() > many.effects[groups == 3].mean() + 3


def test_a_portfolio_just_too_large_for_the_exact_answer_is_told_nearly_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    until = date(2026, 1, 1)
    world = simulate_outcomes(2, projects=700, artifacts=400, until=until)
    exact = artifact_impact(world.projects, world.uses, as_of=until)
    monkeypatch.setattr(impact, "MOST_EXACT", 100)
    many = artifact_impact(world.projects, world.uses, as_of=until)
    one, other = (each.artifacts.set_index("artifact_id").sort_index() for each in (exact, many))
    assert (one["effect"] - other["effect"]).abs().max() < 0.15 * exact.fit.tau
    assert (other["error"] / one["error"] - 1).abs().quantile(0.9) < 0.1
    assert (one["score"] - other["score"]).abs().median() < 1
    assert many.fit.covariates["artifacts used"] == pytest.approx(exact.fit.covariates["artifacts used"], abs=0.1)


def test_its_intervals_hold_the_truth() -> None:
    _, many, truth = both(1200, 800, seed=7)
    assert 0.85 <= (np.abs(many.effects - truth) <= 1.645 * many.errors).mean() <= 0.95


def test_the_same_rows_give_the_same_numbers() -> None:
    outcome, fixed, use, weights, _ = drawn(300, 200, seed=1)
    first, second = (shrink_many(outcome, fixed, use, weights=weights) for _ in range(2))
    np.testing.assert_array_equal(first.effects, second.effects)
    np.testing.assert_array_equal(first.errors, second.errors)


def test_a_covariate_that_repeats_another_changes_nothing() -> None:
    outcome, fixed, use, weights, _ = drawn(300, 200, seed=2)
    plain = shrink_many(outcome, fixed, use, weights=weights)
    twice = shrink_many(outcome, np.column_stack([fixed, fixed[:, 1]]), use, weights=weights)
    np.testing.assert_allclose(twice.effects, plain.effects, rtol=1e-5, atol=1e-6)


def test_memory_grows_with_the_uses_and_not_with_the_square_of_projects() -> None:
    outcome, fixed, use, weights, _ = drawn(6000, 6000, seed=3)
    tracemalloc.start()
    shrink_many(outcome, fixed, use, weights=weights)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6000 * 6000 * 8 / 4  # a quarter of one dense square
