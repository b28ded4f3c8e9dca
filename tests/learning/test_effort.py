"""Effort, and from the same draws duration and cost: its priors, its bend that is never downwards, and agreement."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import truncnorm

from maestro_core.learning import team_size
from maestro_core.learning.effort import GROWTH, GROWTH_SPREAD, Effort, learn_effort
from maestro_core.learning.gaussian import Belief
from maestro_core.terms import Target
from tests.learning.past_teams import expected_at, projects

SIZES = np.log(np.arange(1.0, 16.0))


def an_effort(
    n: int = 80, *, growth: float = 0.3, bend: float = 0.0, noise: float = 0.3, alike: bool = False
) -> Effort:
    chance = np.random.default_rng(2)
    log_size = np.full(n, 1.0) if alike else np.log(chance.integers(1, 16, n))
    x = chance.normal(size=(n, 2))
    centred = log_size - log_size.mean()
    log_effort = 4 + 0.3 * x[:, 0] + growth * centred + bend * centred**2 + noise * chance.normal(size=n)
    return learn_effort(log_size=log_size, covariates=x, log_days=log_effort - log_size)


def draws(effort: Effort, count: int = 4000) -> np.ndarray:
    return effort.draws(SIZES, np.zeros((15, 2)), count=count, chance=np.random.default_rng(0))


@settings(max_examples=25)
@given(st.floats(-1, 1), st.floats(-0.5, 0.5), st.floats(0.05, 1))
def test_no_draw_of_effort_bends_downwards(growth, bend, noise) -> None:
    found = draws(an_effort(40, growth=growth, bend=bend, noise=noise), 200)
    slopes = np.diff(found, axis=1) / np.diff(SIZES)
    assert (np.diff(slopes, axis=1) >= -1e-6).all()


def test_the_bend_is_the_truncated_gaussian_of_scipy() -> None:
    belief = Belief(np.array([3.0, 0.25, -0.1]), np.diag([0.1, 0.01, 0.04]), 0.3)
    found = Effort(belief, 1.0).draws(SIZES, np.empty((15, 0)), count=20_000, chance=np.random.default_rng(1))
    bend = np.array([np.polyfit(SIZES, one, 2)[0] for one in found[:4000]])
    expected = truncnorm(0.5, np.inf, loc=-0.1, scale=0.2)
    assert bend.mean() == pytest.approx(expected.mean(), rel=0.03)
    assert bend.std() == pytest.approx(expected.std(), rel=0.05)


def test_teams_of_one_size_leave_the_growth_where_it_was_before() -> None:
    belief = an_effort(alike=True).belief
    assert belief.mean[-2] == pytest.approx(GROWTH, abs=0.01)
    assert np.sqrt(belief.covariance[-2, -2]) == pytest.approx(GROWTH_SPREAD, rel=0.02)


@pytest.mark.parametrize("growth", [0.0, 0.5])
def test_many_projects_tell_the_growth_whatever_was_believed(growth) -> None:
    found = an_effort(2000, growth=growth, noise=0.2)
    assert found.belief.mean[-2] == pytest.approx(growth, abs=0.03)


def test_duration_times_people_is_effort_in_every_draw_and_cost_grows_with_it() -> None:
    expected = expected_at(team_size.fit(projects(80)), 6.0)
    log_effort = expected.draws[Target.DURATION] + np.log(expected.people)
    cost = expected.draws[Target.COST]
    for effort, price in zip(log_effort[:50], cost[:50], strict=True):
        assert np.polyfit(effort, price, 1) == pytest.approx(np.polyfit(effort, price, 2)[1:], abs=1e-6)
    assert (np.sign(np.diff(cost, axis=1)) == np.sign(np.diff(log_effort, axis=1))).mean() > 0.99


def test_the_bands_of_days_hold_what_is_true_of_days() -> None:
    hits = []
    for seed in range(8):
        curves = team_size.summary(expected_at(team_size.fit(projects(80, seed=seed)), 6.0))
        days = curves[(curves["target"] == "duration") & curves["supported"]]
        people = days["team_size"].to_numpy(dtype=float)
        true = np.exp(3 + 0.25 * 6 + 0.3 * np.log(people)) / people
        hits.append(np.mean((days["low"] <= true) & (true <= days["high"])))
    assert np.mean(hits) >= 0.65


def test_effort_survives_json() -> None:
    effort = an_effort()
    again = Effort.from_json(json.loads(json.dumps(effort.to_json())))
    assert np.array_equal(draws(again, 50), draws(effort, 50))
