"""The mixed linear model for many projects: never dense in projects × artifacts, nor in projects × projects.

The likelihood of each variance share comes from stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017), the effects
from conjugate gradients, their uncertainty from random probes (Bekas, Kokiopoulou and Saad 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import logsumexp

from maestro_core.scoring.impact_model import (
    SHARES,
    Array,
    Shrunk,
    average_row,
    demand_difference,
    effect_parts,
    variance_before,
)

STEPS = 25
"""Lanczos steps: the spectrum of what projects share is smooth."""
PROBES = 8
DIAGONAL_PROBES = 32
EXACT, ROUGH = 1e-8, 1e-2
"""What is left of the right-hand side: for the effects, and for probes, which scatter by more than that."""
MOST_ITERATIONS = 500
NEGLIGIBLE = 1e-3
"""Shares of less weight than this do not move the average."""
INDEPENDENT = 1e-12
SEED = 20110107


class _Rows(NamedTuple):
    """The weighted rows: what the covariates span, how the parts of effects enter, and which parts each effect has."""

    basis: Array
    use: Any
    parts: Any

    def rest(self, values: Array) -> Array:
        """Without what the covariates explain."""
        left: Array = values - self.basis @ (self.basis.T @ values)
        return left

    def shared(self, values: Array) -> Array:
        """M·X·Xᵀ·M times some columns that are without the covariates already."""
        return self.rest(self.use @ (self.use.T @ values))

    def between(self, effects: Array) -> Array:
        """Xᵀ·M·X times some columns of parts."""
        product: Array = self.use.T @ self.rest(self.use @ effects)
        return product


@dataclass(frozen=True)
class _Quadrature:
    """Points and weights that stand for the spectrum as a vector sees it, one row for each vector."""

    points: Array
    weights: Array


def shrink_many(
    outcome: Array, fixed: Array, use: Any, *, weights: Array, groups: Any = None, shares: Array = SHARES
) -> Shrunk:
    """As `impact_model.shrink`, in time and memory that grow with the number of uses.

    Deterministic: the probes are drawn from a fixed seed.
    """
    root, parts = np.sqrt(weights), effect_parts(use.shape[1], groups)
    axes = _axes(fixed * root[:, None])
    rows = _Rows(fixed * root[:, None] @ axes, (use.multiply(root[:, None]) @ parts).tocsr(), parts)
    left = rows.rest(root * outcome)
    demand_difference(root * outcome, left)
    free = len(left) - rows.basis.shape[1]
    ratios = shares / (1 - shares) / average_row(rows.use, left=_trace(rows))
    likelihood, sigma2 = _likelihood(rows, left, ratios, free=free)
    weight = np.exp(likelihood - logsumexp(likelihood))
    effects, errors, reliabilities = _averaged(rows, left, ratios, sigma2=sigma2, weight=weight)
    tau, sigma = np.sqrt(variance_before(parts) * (weight @ (ratios * sigma2))), np.sqrt(weight @ sigma2)
    covariates = axes @ (rows.basis.T @ (root * (outcome - use @ effects)))
    return Shrunk(effects, errors, reliabilities, float(tau), float(sigma), float(weight @ shares), weight, covariates)


def _axes(fixed: Array) -> Array:
    """What turns independent covariates into an orthonormal basis: far quicker than a QR of as many rows."""
    values, vectors = np.linalg.eigh(fixed.T @ fixed)
    independent = values > values[-1] * INDEPENDENT
    axes: Array = vectors[:, independent] / np.sqrt(values[independent])
    return axes


def _trace(rows: _Rows) -> float:
    """Of M·X·Xᵀ·M, exactly."""
    explained = rows.basis.T @ rows.use
    return float(rows.use.power(2).sum() - (explained**2).sum())


def _likelihood(rows: _Rows, left: Array, ratios: Array, *, free: int) -> tuple[Array, Array]:
    """Of each ratio τ²/σ²: the logarithm of the residual likelihood, and the σ² that is best with it."""
    chance = np.random.default_rng(SEED)
    probes = rows.rest(chance.choice([-1.0, 1.0], size=(len(left), PROBES)))
    seen = _lanczos(rows, np.column_stack([left, probes]))
    squares = np.concatenate([[left @ left], (probes**2).sum(axis=0)])
    spread = 1 + ratios[:, None, None] * seen.points[None]
    quadratic = squares[0] * (seen.weights[0] / spread[:, 0]).sum(axis=1)
    determinant = (squares[1:] * (seen.weights[1:] * np.log(spread[:, 1:])).sum(axis=2)).mean(axis=1)
    sigma2 = np.maximum(quadratic / free, np.finfo(float).tiny)
    return -0.5 * (free * np.log(sigma2) + determinant), sigma2


def _lanczos(rows: _Rows, start: Array) -> _Quadrature:
    """Gauss quadrature of the spectrum for each column of `start`, all columns in step, fully reorthogonalised."""
    steps = min(STEPS, start.shape[0] - rows.basis.shape[1])
    alphas, betas = np.zeros((steps, start.shape[1])), np.zeros((steps, start.shape[1]))
    present = start / np.linalg.norm(start, axis=0)
    kept: list[Array] = []
    for step in range(steps):
        kept.append(present)
        following = rows.shared(present)
        alphas[step] = (present * following).sum(axis=0)
        for earlier in kept:
            following -= earlier * (earlier * following).sum(axis=0)
        betas[step] = np.linalg.norm(following, axis=0)
        present = following / np.maximum(betas[step], np.finfo(float).tiny)
    found = [eigh_tridiagonal(alphas[:, k], betas[:-1, k]) for k in range(start.shape[1])]
    points = np.array([np.clip(values, 0.0, None) for values, _ in found])
    return _Quadrature(points, np.array([vectors[0] ** 2 for _, vectors in found]))


def _averaged(rows: _Rows, left: Array, ratios: Array, *, sigma2: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Mean, standard deviation and reliability of the effects over the shares that matter.

    With so many rows these lie close together: what is unknown is found once, for their mean.
    """
    matters = weight > NEGLIGIBLE
    share, ratios, sigma2 = weight[matters] / weight[matters].sum(), ratios[matters], sigma2[matters]
    own = _own(rows)
    each = np.array([_effects(rows, left, own, ratio) for ratio in ratios])
    unknown = _unknown(rows, own, float(share @ ratios))
    effects = share @ each
    free = len(left) - rows.basis.shape[1]
    within = unknown * float(share @ (ratios * sigma2)) * free / (free - 2)
    return effects, np.sqrt(within + share @ (each - effects) ** 2), 1 - unknown / variance_before(rows.parts)


def _own(rows: _Rows) -> Array:
    """The diagonal of XᵀMX."""
    explained = rows.basis.T @ rows.use
    own: Array = np.asarray(rows.use.power(2).sum(axis=0)).ravel() - (explained**2).sum(axis=0)
    return np.clip(own, 0.0, None)


def _effects(rows: _Rows, left: Array, own: Array, ratio: float) -> Array:
    """The best linear unbiased predictions for one ratio."""
    wanted = (rows.use.T @ left)[:, None]
    found = _conjugate_gradients(rows, wanted, own + 1 / ratio, ridge=1 / ratio, enough=EXACT)[:, 0]
    return np.asarray(rows.parts @ found, dtype=float)


def _unknown(rows: _Rows, own: Array, ratio: float) -> Array:
    """What is left of the variance of each effect in units of τ²: the diagonal of S·(XᵀMX + I/ratio)⁻¹·Sᵀ / ratio.

    Only the part that each effect has of its own is left to probes, with the groups' means as if they were known.
    What these add is found exactly: among many that share a mean it would drown in the probes' scatter.
    """
    effects = rows.parts.shape[0]
    alone, diagonal = rows._replace(use=rows.use[:, :effects]), own[:effects] + 1 / ratio
    probes = np.random.default_rng(SEED).choice([-1.0, 1.0], size=(effects, DIAGONAL_PROBES))
    solved = _conjugate_gradients(alone, probes, diagonal, ridge=1 / ratio, enough=ROUGH)
    # At least what is left when all other effects are known, and at most what it was before.
    unknown = np.clip((probes * solved).mean(axis=1) / ratio, 1 / (diagonal * ratio), 1.0)
    left: Array = np.minimum(unknown + _unknown_means(rows, alone, diagonal, ratio), variance_before(rows.parts))
    return left


def _unknown_means(rows: _Rows, alone: _Rows, diagonal: Array, ratio: float) -> Array:
    """What not knowing the groups' means adds: the Schur complement of the inverse above."""
    effects = len(diagonal)
    means = rows.rest(rows.use[:, effects:].toarray())
    across = np.asarray(alone.use.T @ means)
    answered = _conjugate_gradients(alone, across, diagonal, ridge=1 / ratio, enough=EXACT)
    inner = means.T @ means + np.eye(means.shape[1]) / ratio - across.T @ answered
    far = rows.parts[:, effects:].toarray() - answered
    return np.asarray((far * np.linalg.solve(inner, far.T).T).sum(axis=1) / ratio, dtype=float)


def _conjugate_gradients(rows: _Rows, wanted: Array, diagonal: Array, *, ridge: float, enough: float) -> Array:
    """(XᵀMX + ridge·I)⁻¹ times some columns, by conjugate gradients in step, preconditioned by the diagonal."""
    found, remaining = np.zeros_like(wanted), wanted.copy()
    scaled = remaining / diagonal[:, None]
    direction, energy = scaled.copy(), (remaining * scaled).sum(axis=0)
    limit = enough * np.linalg.norm(wanted, axis=0)
    for _ in range(MOST_ITERATIONS):
        if (np.linalg.norm(remaining, axis=0) <= limit).all():
            break
        product = rows.between(direction) + ridge * direction
        step = energy / np.maximum((direction * product).sum(axis=0), np.finfo(float).tiny)
        found += step * direction
        remaining -= step * product
        scaled = remaining / diagonal[:, None]
        former, energy = energy, (remaining * scaled).sum(axis=0)
        direction = scaled + energy / np.maximum(former, np.finfo(float).tiny) * direction
    return found
