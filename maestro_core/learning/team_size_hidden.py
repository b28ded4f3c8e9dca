"""How strongly complexity draws both team size and outcome: the yardstick for what nobody recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.response_surface import seed_rule

Values = NDArray[np.float64]

_HARDNESS = 2
"""The first columns of the covariates are complexity and complexity²."""

_MOST = 0.99


@dataclass(frozen=True)
class HiddenFactor:
    """Complexity as a measure of strength, given all else that is known of projects.

    size_share: the share of what is left of ln team size that complexity explains (partial R²). outcome_share: the same
    of the outcome, given the size too. size_scatter, outcome_scatter: the standard deviations that are left then.
    """

    size_share: float
    outcome_share: float
    size_scatter: float
    outcome_scatter: float

    def bias(self, *, size_share: float | None = None, outcome_share: float | None = None) -> float:
        """By how much the outcome per unit of ln team size is off where a hidden factor explains these shares.

        Omitted variable bias of Cinelli and Hazlett (2020, equation 8): σ_Y/σ_T · √(R²_Y·R²_T / (1 − R²_T)). Left out,
        the shares are those of complexity. 0 where team sizes leave nothing to explain.

        >>> round(HiddenFactor(0.5, 0.2, size_scatter=0.5, outcome_scatter=10.0).bias(), 3)
        8.944
        """
        of_size = min(self.size_share if size_share is None else size_share, _MOST)
        of_outcome = self.outcome_share if outcome_share is None else outcome_share
        if self.size_scatter <= 0:
            return 0.0
        return float(self.outcome_scatter / self.size_scatter * np.sqrt(of_outcome * of_size / (1 - of_size)))

    def to_json(self) -> dict[str, float]:
        return dict(vars(self))


def learn_hidden(past: pd.DataFrame, covariates: Values, outcome: Values) -> HiddenFactor:
    """From past projects with a known outcome; shares are adjusted for the number of columns, and never below 0."""
    known = np.isfinite(outcome)
    x, log_size = covariates[known], np.log(past["team_size"].to_numpy()[known])
    rule = np.log(seed_rule(past["complexity"].to_numpy()[known]))
    one = np.ones((len(x), 1))
    full, reduced = np.hstack([one, x]), np.hstack([one, x[:, _HARDNESS:]])
    bend = np.column_stack([log_size, (log_size - rule) ** 2])
    y = outcome[known]
    return HiddenFactor(
        size_share=_share(_left(reduced, log_size), _left(full, log_size)),
        outcome_share=_share(_left(np.hstack([reduced, bend]), y), _left(np.hstack([full, bend]), y)),
        size_scatter=float(np.sqrt(_left(full, log_size))),
        outcome_scatter=float(np.sqrt(_left(np.hstack([full, bend]), y))),
    )


def _left(X: Values, y: Values) -> float:
    """The variance of y that is left by least squares, per degree of freedom."""
    coefficients, _, rank, _ = np.linalg.lstsq(X, y, rcond=None)
    left = y - X @ coefficients
    variance = float(left @ left) / max(len(y) - int(rank), 1)
    return variance if variance > 1e-12 * (1 + float(np.var(y))) else 0.0


def _share(without: float, with_it: float) -> float:
    return max(0.0, 1 - with_it / without) if without > 0 else 0.0
