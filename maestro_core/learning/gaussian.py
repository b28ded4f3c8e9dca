"""Linear regression with Gaussian priors, in closed form: what to believe of the coefficients after seeing the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import logsumexp

Values = NDArray[np.float64]

NOISE_SHARES = np.geomspace(0.1, 1.2, 12)
"""The candidates for the noise, as shares of the standard deviation of the outcome."""


@dataclass(frozen=True)
class Belief:
    """Coefficients as a Gaussian, by mean and covariance; `noise` is the standard deviation of what they leave over."""

    mean: Values
    covariance: Values
    noise: float

    def at(self, X: Values) -> tuple[Values, Values]:
        """The expected outcome of each row of X, and the covariance of these expectations."""
        return X @ self.mean, X @ self.covariance @ X.T

    def draws(self, count: int, chance: np.random.Generator) -> Values:
        """This many coefficient vectors, one a row.

        Where there are more draws than coefficients, their mean and covariance are exactly the belief's: what is linear
        in the coefficients is then told as in closed form.
        """
        # Cholesky, unlike the default, has no free signs: a last-digit change of the covariance stays one.
        return self.mean + _matched(count, len(self.mean), chance) @ np.linalg.cholesky(self.covariance).T

    def to_json(self) -> dict[str, Any]:
        """The mean, the lower triangle of the covariance row by row, and the noise."""
        triangle = self.covariance[np.tril_indices(len(self.mean))]
        return {"mean": self.mean.tolist(), "covariance": triangle.tolist(), "noise": self.noise}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        mean = np.array(stored["mean"])
        covariance = np.zeros((len(mean), len(mean)))
        covariance[np.tril_indices(len(mean))] = stored["covariance"]
        return cls(mean, covariance + np.tril(covariance, -1).T, stored["noise"])


def learn(X: Values, y: Values, *, mean: Values, spreads: Iterable[Values]) -> Belief:
    """The belief after seeing rows X with outcomes y, from N(mean, diag(spread²)) before.

    Noise and spread are unknown: each candidate pair gets the weight of its evidence, and the answer has the mean and
    the covariance of that mixture, so that not knowing them widens it. Without rows the belief stays the prior.

    >>> belief = learn(np.ones((50, 1)), np.full(50, 3.0), mean=np.zeros(1), spreads=[np.full(1, 10.0)])
    >>> round(float(belief.mean[0]), 3)
    3.0
    """
    scale = max(float(np.std(y)), 1e-3) if len(y) else 1.0
    rows = _Rows.of(X, y - X @ mean)
    found = [_posterior(rows, mean, spread, scale * share) for spread in spreads for share in NOISE_SHARES]
    evidence = np.array([one for one, _ in found])
    weights = np.exp(evidence - logsumexp(evidence))
    return _mixture([belief for _, belief in found], weights)


def _matched(count: int, width: int, chance: np.random.Generator) -> Values:
    """Standard normal numbers, moved and turned until their mean is 0 and their covariance 1, where that can be."""
    normal = chance.standard_normal((count, width))
    if count <= width:
        return normal
    centred = normal - normal.mean(axis=0)
    root = np.linalg.cholesky(centred.T @ centred / count)
    return np.asarray(np.linalg.solve(root, centred.T).T)


@dataclass(frozen=True)
class _Rows:
    """What the rows amount to: their number, X'X, X'r and r'r with r what the prior mean leaves over."""

    n: int
    squares: Values
    pull: Values
    surprise: float

    @classmethod
    def of(cls, X: Values, left: Values) -> Self:
        return cls(len(left), X.T @ X, X.T @ left, float(left @ left))


def _posterior(rows: _Rows, mean: Values, spread: Values, noise: float) -> tuple[float, Belief]:
    factor = cho_factor(rows.squares / noise**2 + np.diag(spread**-2.0), lower=True)
    pull = rows.pull / noise**2
    shift = cho_solve(factor, pull)
    log_determinant = 2 * float(np.sum(np.log(np.diag(factor[0])) + np.log(spread)) + rows.n * np.log(noise))
    evidence = -0.5 * (log_determinant + rows.surprise / noise**2 - float(pull @ shift))
    return evidence, Belief(mean + shift, cho_solve(factor, np.eye(len(mean))), noise)


def _mixture(beliefs: list[Belief], weights: Values) -> Belief:
    means, noises = np.array([b.mean for b in beliefs]), np.array([b.noise for b in beliefs])
    mean = weights @ means
    within = np.tensordot(weights, np.array([b.covariance for b in beliefs]), axes=1)
    between = (means - mean).T @ ((means - mean) * weights[:, None])
    covariance = within + between
    # Solving leaves a last digit of asymmetry, and half a matrix is stored.
    return Belief(mean, (covariance + covariance.T) / 2, float(np.sqrt(weights @ noises**2)))
