"""Which inputs past projects had: what may sensibly be changed in a plan, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.covariates import numbers

Values = NDArray[np.float64]

LEVERS = ("team_size", "experience", "artifacts", "complexity")
"""What of a plan can be changed."""

_TOGETHER = ("experience", "artifacts", "complexity")
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Seen:
    """For each lever its range, median and standard deviation in the past; and how far from the middle projects were.

    Team size and artifacts spread as logarithms: from 2 to 4 people is as far as from 4 to 8. `pull` and `farthest`
    are the inverse covariance of experience, artifacts and complexity, and the largest squared Mahalanobis distance of
    a past project: values that are each ordinary can be unheard of together.
    """

    low: dict[str, float]
    high: dict[str, float]
    middle: dict[str, float]
    spread: dict[str, float]
    centre: Values
    pull: Values
    farthest: float

    def within(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each row lies within the ranges, and no farther from the middle than a past project was."""
        filled = self.filled(rows)
        ranges = [filled[name].between(self.low[name], self.high[name]).to_numpy() for name in LEVERS]
        away = np.column_stack([_scaled(name, filled[name]) for name in _TOGETHER]) - self.centre
        distance = np.einsum("ni,ij,nj->n", away, self.pull, away)
        return np.asarray(np.all(ranges, axis=0) & (distance <= self.farthest * (1 + 1e-9)))

    def filled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The levers of each row, what is unknown taken as the past's median."""
        return pd.DataFrame({name: rows[name].astype(float).fillna(self.middle[name]) for name in LEVERS})

    def change(self, rows: pd.DataFrame, start: pd.DataFrame) -> Values:
        """How large a change each row is from the one row of `start`: standard deviations of the past, summed."""
        now, before = self.filled(rows), self.filled(start)
        steps = [np.abs(_scaled(n, now[n]) - _scaled(n, before[n])) / self.spread[n] for n in LEVERS]
        return np.asarray(np.sum(steps, axis=0))

    def to_json(self) -> dict[str, Any]:
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        arrays = {name: np.array(stored[name], dtype=float) for name in ("centre", "pull")}
        return cls(**(stored | arrays))


def learn_seen(past: pd.DataFrame) -> Seen:
    """From past projects; a lever that was never known or never varied can be changed to nothing else."""
    known = pd.DataFrame({name: numbers(past[name]) for name in LEVERS})
    middle = known.median().fillna(0.0)
    filled = known.fillna(middle)
    scaled = pd.DataFrame({name: _scaled(name, filled[name]) for name in LEVERS})
    together = scaled[list(_TOGETHER)]
    centre = together.mean().to_numpy()
    pull = np.asarray(
        np.linalg.inv(np.cov(together.to_numpy().T) + _LEAST_SPREAD * np.eye(len(_TOGETHER))), dtype=float
    )
    away = together.to_numpy() - centre
    return Seen(
        low=_plain(filled.min()),
        high=_plain(filled.max()),
        middle=_plain(middle),
        spread=_plain(scaled.std(ddof=0).clip(lower=_LEAST_SPREAD)),
        centre=centre,
        pull=pull,
        farthest=float(np.einsum("ni,ij,nj->n", away, pull, away).max()),
    )


def _scaled(name: str, values: pd.Series[float]) -> Values:
    plain = values.to_numpy(dtype=float)
    if name == "team_size":
        return np.asarray(np.log(plain))
    return np.asarray(np.log1p(plain) if name == "artifacts" else plain)


def _plain(values: pd.Series[float]) -> dict[str, float]:
    return {str(name): float(value) for name, value in values.items()}
