"""A mixed linear model: many small effects, shrunk together by best linear unbiased prediction (BLUP)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, qr
from scipy.sparse import csr_matrix, eye_array, hstack
from scipy.special import logsumexp

from maestro_core.errors import NotEnoughData

Array = NDArray[np.float64]

SHARES: Array = (np.arange(21) + 0.5) / 21
"""The grid: the share of the effects in the variance of an average row, as heritability is defined.

What the covariates can tell of the effects is not taken out first: where that is nearly all, as of two things that are
always used together, the scale of the effects would be divided by what rounding leaves.
"""

NOTHING_LEFT = 1e-9
"""So little of a sum of squares beside the covariates is rounding."""


GROUP_VARIANCE = 0.1
"""How far the means of groups scatter, as a share of the variance within them.

Tried on simulated portfolios of 80 to 1,000 projects: a free mean for each kind of artifact costs 0.04 of NDCG@10 at 80
projects if kinds are alike, none at all costs 0.03 if they differ by 2 points; these cost less than 0.01 of either."""


class Shrunk(NamedTuple):
    """The effects with their standard errors, how much of each is evidence, and the variances they were shrunk by.

    `tau` is the standard deviation of effects before anything is known of them, within and among groups together.
    """

    effects: Array
    errors: Array
    reliabilities: Array
    tau: float
    sigma: float
    share: float
    share_weights: Array
    covariates: Array


@dataclass(frozen=True)
class _Spectrum:
    """The rows without what the covariates explain, turned so that their covariance is diagonal.

    `outcome` ~ N(0, σ² + τ²·`values`), `use` says how each effect enters, `before` is the variance of each effect
    before anything is known, in units of τ².
    """

    outcome: Array
    values: Array
    use: Array
    before: float


def shrink(
    outcome: Array, fixed: Array, use: Any, *, weights: Array, groups: Any = None, shares: Array = SHARES
) -> Shrunk:
    """Effects b of the columns of the sparse `use` in y = Zγ + Xb + ε, b ~ N(m, τ²), ε ~ N(0, σ²/w).

    The residual likelihood (REML, Patterson and Thompson 1971) of each variance share on the grid weighs the BLUP
    (Henderson 1975) found with it, so that the intervals contain the doubt about the variances as well. All happens
    among the rows: one eigendecomposition serves the whole grid, however many effects there are. `groups` is the
    number of each column's group, whose mean m ~ N(0, `GROUP_VARIANCE`·τ²) is part of the effect; without, m is 0.
    """
    root, parts = np.sqrt(weights), effect_parts(use.shape[1], groups)
    entering = use.multiply(root[:, None]) @ parts
    spectrum = _spectrum(outcome * root, fixed * root[:, None], entering, parts)
    demand_difference(outcome * root, spectrum.outcome)
    ratios = shares / (1 - shares) / average_row(entering, left=float(spectrum.values.sum()))
    likelihood, sigma2 = _residual_likelihood(spectrum, ratios)
    weight = np.exp(likelihood - logsumexp(likelihood))
    effects, errors, reliabilities = _averaged(spectrum, ratios, sigma2=sigma2, weight=weight)
    tau, sigma = np.sqrt(spectrum.before * (weight @ (ratios * sigma2))), np.sqrt(weight @ sigma2)
    covariates = np.linalg.lstsq(fixed * root[:, None], root * (outcome - use @ effects), rcond=None)[0]
    return Shrunk(effects, errors, reliabilities, float(tau), float(sigma), float(weight @ shares), weight, covariates)


def effect_parts(effects: int, groups: Any) -> csr_matrix:
    """What makes effects of independent parts of variance τ²: one of its own each, and one that its group shares."""
    own = eye_array(effects, format="csr")
    if groups is None:
        return csr_matrix(own)
    shared = np.full(effects, np.sqrt(GROUP_VARIANCE))
    return csr_matrix(hstack([own, csr_matrix((shared, (np.arange(effects), groups)))]))


def variance_before(parts: csr_matrix) -> float:
    """Of every effect alike, before anything is known of it, in units of τ²."""
    return float(parts.power(2).sum(axis=1).max())


def average_row(entering: Any, *, left: float) -> float:
    """The mean diagonal of X·Xᵀ, of whose trace the covariates leave `left`: what variance shares are relative to."""
    trace = float(entering.power(2).sum())
    if left <= trace * NOTHING_LEFT:
        raise NotEnoughData(
            "There is nothing to compare: finished projects used one artifact, or all the same ones, or used them "
            "along with what is adjusted for.",
            advice="Record what else projects used: impact compares projects that used different artifacts.",
        )
    return trace / int(entering.shape[0])


def demand_difference(outcome: Array, left: Array) -> None:
    """Outcomes of which the covariates leave nothing but rounding say nothing of effects."""
    if np.linalg.norm(left) <= np.linalg.norm(outcome) * NOTHING_LEFT:
        raise NotEnoughData(
            "There is nothing to compare: all outcomes are alike, or follow from what is adjusted for.",
            advice="Impact shows once outcomes differ.",
        )


def _spectrum(outcome: Array, fixed: Array, use: Any, parts: csr_matrix) -> _Spectrum:
    """Remove the covariates exactly, by a basis of what they cannot reach; then diagonalise X·Xᵀ there."""
    basis, upper, _ = qr(fixed, pivoting=True)
    diagonal = np.abs(np.diag(upper))
    rank = int((diagonal > diagonal[0] * 1e-9).sum())
    rest = basis[:, rank:]
    shared = rest.T @ (use @ (use.T @ rest))
    values, vectors = eigh(shared)
    turned = rest @ vectors
    values = np.clip(values, 0.0, None)
    entering = parts @ (use.T @ turned)
    return _Spectrum(turned.T @ outcome, values, entering, variance_before(parts))


def _residual_likelihood(spectrum: _Spectrum, ratios: Array) -> tuple[Array, Array]:
    """Of each ratio τ²/σ²: the logarithm of the residual likelihood, and the σ² that is best with it."""
    spread = 1 + np.outer(ratios, spectrum.values)
    rows = len(spectrum.outcome)
    sigma2 = (spectrum.outcome**2 / spread).sum(axis=1) / rows
    sigma2 = np.maximum(sigma2, np.finfo(float).tiny)
    return -0.5 * (rows * np.log(sigma2) + np.log(spread).sum(axis=1)), sigma2


def _averaged(spectrum: _Spectrum, ratios: Array, *, sigma2: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Mean and standard deviation of the effects over the grid: spread within each ratio plus between them.

    The third is the reliability, 1 − var(b | data) / var(b) (Henderson 1975), averaged over the grid.
    """
    shrinkage = ratios[:, None] / (1 + np.outer(ratios, spectrum.values))
    each = spectrum.use @ (shrinkage * spectrum.outcome).T
    left = np.clip(spectrum.before - spectrum.use**2 @ shrinkage.T, 0.0, spectrum.before)
    # σ² is itself estimated: the predictive distribution is Student's, wider by n / (n − 2).
    within = left * (ratios * sigma2) * _student(len(spectrum.outcome))
    effects = each @ weight
    between = (each - effects[:, None]) ** 2
    reliabilities = np.clip(1 - left @ weight / spectrum.before, 0.0, 1.0)
    return effects, np.sqrt((within + between) @ weight), reliabilities


def _student(rows: int) -> float:
    return rows / (rows - 2)
