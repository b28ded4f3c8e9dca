"""Many noisy differences, drawn towards 0 by as much as all of them together say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from maestro_core.scoring.impact_model import SHARES, Array

Z90 = float(norm.ppf(0.95))


class Differences(NamedTuple):
    """What is left of each difference, its standard error, and the standard deviation of the true ones."""

    values: Array
    errors: Array
    tau: float


def shrunk(differences: Array, errors: Array, *, repeated: float = 1.0) -> Differences:
    """Means and errors of δ given d ~ N(δ, s²) and δ ~ N(0, τ²), averaged over what τ may be.

    τ² / (τ² + mean s²) runs over the grid of the impact model, each value weighed by the likelihood of all
    differences together (empirical Bayes: Morris 1983, JASA 78), so that the errors contain the doubt about τ. Where
    each project speaks in `repeated` differences, these say less of τ than as many independent ones: the likelihood
    counts each project once. No difference yields none.

    >>> found = shrunk(np.array([4.0, -4.0, 0.5]), np.array([1.0, 1.0, 1.0]))
    >>> bool(0 < found.values[0] < 4), bool(found.errors[0] < 1.5)
    (True, True)
    """
    if not len(differences):
        return Differences(np.zeros(0), np.zeros(0), 0.0)
    noise = errors**2
    tau2 = SHARES / (1 - SHARES) * float(np.exp(np.log(noise).mean()))
    weight = _likelihood(differences, noise, tau2, repeated=max(repeated, 1.0))
    kept = tau2[:, None] / (tau2[:, None] + noise)
    each = kept * differences
    values = weight @ each
    spread = weight @ (kept * noise + (each - values) ** 2)
    return Differences(values, np.sqrt(spread), float(np.sqrt(weight @ tau2)))


def _likelihood(differences: Array, noise: Array, tau2: Array, *, repeated: float) -> Array:
    """How probable each τ² is, all being as probable before."""
    spread = tau2[:, None] + noise
    likelihood = -0.5 * (np.log(spread) + differences**2 / spread).sum(axis=1) / repeated
    weight: Array = np.exp(likelihood - logsumexp(likelihood))
    return weight
