"""Effort, and from the same draws duration and cost, so that the curves of a team-size question agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

from maestro_core.learning.gaussian import Belief, learn

Values = NDArray[np.float64]

GROWTH, GROWTH_SPREAD = 0.25, 0.15
"""A team twice as large needs 2^0.25 = 1.19 times the effort: coordination; the data may say otherwise."""

BEND_SPREAD = 0.15
COST_POWER, COST_POWER_SPREAD = 1.0, 0.25


@dataclass(frozen=True)
class Effort:
    """ln E = α + x'β + φ·(ln T − m₀) + κ·(ln T − m₀)², in person-days; φ ~ N(0.25, 0.15²), κ ≥ 0; m₀ = mean ln T."""

    belief: Belief
    middle: float

    def draws(self, log_sizes: Values, covariates: Values, *, count: int, chance: np.random.Generator) -> Values:
        """The logarithm of effort for each draw (rows) and each project (columns), of these sizes and covariates."""
        coefficients = _bent_upwards(self.belief.draws(count, chance), self.belief, chance)
        return np.asarray(coefficients @ _design(log_sizes - self.middle, covariates).T)

    def to_json(self) -> dict[str, Any]:
        return {"belief": self.belief.to_json(), "middle": self.middle}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(Belief.from_json(stored["belief"]), stored["middle"])


def learn_effort(*, log_size: Values, covariates: Values, log_days: Values) -> Effort:
    """From past projects with a known duration in days: effort is duration × team size."""
    log_effort, middle = log_days + log_size, float(log_size.mean())
    X = _design(log_size - middle, covariates)
    mean = np.array([log_effort.mean(), *[0.0] * covariates.shape[1], GROWTH, 0.0])
    spread = np.array([3.0, *[1.0] * covariates.shape[1], GROWTH_SPREAD, BEND_SPREAD])
    return Effort(learn(X, log_effort, mean=mean, spreads=[spread]), middle)


def learn_price(*, log_effort: Values, complexity: Values, log_cost: Values) -> Belief:
    """What past effort came to in the organisation's currency: ln cost = a + b·ln E + c·complexity, b ~ N(1, 0.25²)."""
    X = price_design(log_effort, complexity)
    rate = float(np.mean(log_cost - log_effort))
    return learn(X, log_cost, mean=np.array([rate, COST_POWER, 0.0]), spreads=[np.array([3.0, COST_POWER_SPREAD, 0.5])])


def price_design(log_effort: Values, complexity: Values) -> Values:
    return np.column_stack([np.ones_like(log_effort), log_effort, complexity])


def _design(centred: Values, covariates: Values) -> Values:
    return np.column_stack([np.ones_like(centred), covariates, centred, centred**2])


def _bent_upwards(draws: Values, belief: Belief, chance: np.random.Generator) -> Values:
    """The draws given κ ≥ 0: κ from its truncated Gaussian, the other coefficients moved along with it."""
    variance = belief.covariance[-1, -1]
    mean, spread = belief.mean[-1], float(np.sqrt(variance))
    # From the upper tail and in logarithms, which also holds where the data all but rule κ ≥ 0 out.
    tail = log_ndtr(mean / spread) + np.log1p(-chance.uniform(size=len(draws)))
    bend = mean - spread * ndtri_exp(tail)
    return np.asarray(draws + np.outer(np.maximum(bend, 0.0) - draws[:, -1], belief.covariance[-1] / variance))
