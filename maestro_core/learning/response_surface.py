"""Success as a smooth surface over team size and complexity, around a rule that stands until the data bend it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maestro_core.learning.gaussian import Belief, learn

Values = NDArray[np.float64]

RULE_COMPLEXITY = (1.0, 2.5, 6.0, 9.0, 10.0)
RULE_PEOPLE = (1.0, 1.0, 2.5, 6.0, 7.0)

DOUBLING_COSTS, DOUBLING_SPREAD = 5.0, 1.0
"""A team twice or half the size of the rule costs 4 to 6 points."""

SHIFT_SPREAD = 7.0
"""Points per doubling that tell a shifted optimum: 2 · 5 · 0.7, so that 0.6 to 1.6 times the rule is ordinary."""

COVARIATE_SPREAD = 10.0
INTERCEPT_SPREAD = 30.0

# The Gaussian process in its Hilbert-space form (Solin and Särkkä 2020): sines on a box around every sensible project,
# so that the model is a list of coefficients, whatever the number of past projects. The box reaches beyond 15 people
# and complexity 10 by what Riutort-Mayol et al. (2023) ask for these lengths: the kernel is then exact to 0.006.
CENTRE = (float(np.log(4)), 5.5)
HALF_WIDTH = (3.0, 9.75)
LENGTH = (0.8, 3.0)
WAVES = (7, 6)
AMPLITUDES = (1.0, 3.0, 7.0)
"""Candidates for how many points the surface strays from the rule; their weight is the evidence."""


def seed_rule(complexity: Values) -> Values:
    """The team size to start from at a complexity of 1 to 10, linear between five knots; the ends hold outside.

    >>> seed_rule(np.array([1.0, 2.5, 6.0, 9.0, 10.0])).tolist()
    [1.0, 1.0, 2.5, 6.0, 7.0]
    """
    return np.asarray(np.interp(complexity, RULE_COMPLEXITY, RULE_PEOPLE))


def design(*, log_size: Values, complexity: Values, covariates: Values, usual: Values) -> Values:
    """The columns of the model: one row per project or per size asked about.

    1, u², u with u = doublings from the rule, covariates, ê and ê² (what size such projects usually get, which guards
    against stronger teams getting other projects), and the waves of the Gaussian process.
    """
    doublings = (log_size - np.log(seed_rule(complexity))) / np.log(2)
    waves = _waves(np.column_stack([log_size, complexity]))
    return np.column_stack([np.ones_like(doublings), doublings**2, doublings, covariates, usual, usual**2, waves])


def learn_surface(X: Values, success: Values) -> Belief:
    """What past outcomes say, from a prior in which the rule holds; X as `design` makes it."""
    others = X.shape[1] - 3 - WAVES[0] * WAVES[1]
    mean = np.concatenate([[success.mean(), -DOUBLING_COSTS, 0.0], np.zeros(X.shape[1] - 3)])
    fixed = [INTERCEPT_SPREAD, DOUBLING_SPREAD, SHIFT_SPREAD, *[COVARIATE_SPREAD] * others]
    spreads = [np.concatenate([fixed, amplitude * _wave_spreads()]) for amplitude in AMPLITUDES]
    return learn(X, success, mean=mean, spreads=spreads)


def _waves(points: Values) -> Values:
    along = [_sines(points[:, axis], axis) for axis in (0, 1)]
    return np.asarray(np.einsum("ni,nj->nij", *along).reshape(len(points), -1))


def _sines(values: Values, axis: int) -> Values:
    half = HALF_WIDTH[axis]
    inside = np.clip(values - CENTRE[axis], -half, half)
    return np.asarray(np.sin(_frequencies(axis) * (inside[:, None] + half)) / np.sqrt(half))


def _frequencies(axis: int) -> Values:
    return np.asarray(np.pi * np.arange(1, WAVES[axis] + 1) / (2 * HALF_WIDTH[axis]), dtype=np.float64)


def _wave_spreads() -> Values:
    """The square root of the squared-exponential kernel's spectral density at each wave, for an amplitude of 1."""
    along = [np.sqrt(2 * np.pi) * LENGTH[a] * np.exp(-((LENGTH[a] * _frequencies(a)) ** 2) / 2) for a in (0, 1)]
    return np.asarray(np.sqrt(np.outer(*along)).ravel())
