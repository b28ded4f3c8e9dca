"""How good a predictor is at each level of trust, and how sure that is: from projects it had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning import intervals
from maestro_core.learning.coverage import bounds
from maestro_core.learning.predictors import Fitted
from maestro_core.learning.skill import standardised_accuracy
from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""The levels at which the promise of intervals is held against what came."""

DRAWS = 500
SURE = 0.9

Values = NDArray[np.float64]


@dataclass(frozen=True)
class HeldOut:
    """Past projects beside what was said of each without it; all in the target's unit, but for the misses.

    `misses` are on the model's scale (logarithms for duration and cost), where intervals are made.
    """

    project_ids: tuple[object, ...]
    actual: Values
    predicted: Values
    medians: Values
    misses: Values
    seed: int


@dataclass(frozen=True)
class Spread:
    """A value with the range that other past projects like these would leave it in."""

    value: float | None
    low: float | None = None
    high: float | None = None


def held_out(fitted: Fitted) -> HeldOut:
    """What each fold's model said of the projects it had not seen: the same folds as the intervals are made from."""
    from sklearn.model_selection import cross_val_predict

    predictor, past, seed = fitted.predictor, fitted.past, int(fitted.settings.get("seed", 0))
    scale, X = predictor.scale, predictor.inputs(past)
    actual = past[predictor.target].to_numpy(np.float64)
    y, folds = scale.forth(actual), intervals.folds(len(past), seed=seed)
    said = np.asarray(cross_val_predict(predictor.build(), X, y, cv=folds), dtype=np.float64)
    medians = scale.back(intervals.held_out_medians(y, seed=seed))
    return HeldOut(tuple(past["project_id"]), scale.back(y), scale.back(said), medians, np.abs(said - y), seed)


def calibration(judged: HeldOut) -> pd.DataFrame:
    """At each level, how many past projects came inside intervals that were made without them.

    Columns: promised, n, inside, coverage = inside / n, low and high (90 % bounds of Clopper and Pearson 1934). Each
    interval is as wide as the misses of the other folds say. A calibrated predictor has coverage = promised; above it
    intervals are wider than they need to be, below they promise too much.
    """
    inside = [int(intervals.inside(judged.misses, level=level, seed=judged.seed).sum()) for level in LEVELS]
    rows = pd.DataFrame({"promised": LEVELS, "n": len(judged.misses), "inside": inside})
    low, high = bounds(rows["inside"].to_numpy(), rows["n"].to_numpy())
    return rows.assign(coverage=rows["inside"] / rows["n"], low=low, high=high)


@measure("Skill against the median", unit="of 1", better=Better.HIGHER, source="our own, as the standardised accuracy")
def skill_against_median(predicted: Values, medians: Values, actual: Values) -> float | None:
    """1 − error / error of always answering the median of the other past projects: 1 is perfect, 0 as good as that.

    The median is a harder rival than guessing. Below 0 do not plan on the predictor. None where the median makes no
    error: all outcomes are then alike.

    >>> skill_against_median(np.array([50.0, 70.0]), np.array([60.0, 60.0]), np.array([50.0, 80.0]))
    0.6666666666666667
    """
    rival = float(np.mean(np.abs(medians - actual)))
    return 1 - float(np.mean(np.abs(predicted - actual))) / rival if rival > 0 else None


def skills(judged: HeldOut, *, seed: int = 0) -> tuple[Spread, Spread]:
    """Skill against guessing and against the median, with 90 % of 500 resamples of the projects (bootstrap).

    The models are not refitted: the range says how much hangs on which projects there are, not on luck in fitting.
    """
    chance = np.random.default_rng(seed)
    n = len(judged.actual)
    rows = [np.arange(n), *chance.integers(0, n, (DRAWS, n))]
    return _spread([_against_guessing(judged, row) for row in rows]), _spread([_against(judged, row) for row in rows])


def _against_guessing(judged: HeldOut, rows: NDArray[np.int64]) -> float | None:
    actual = judged.actual[rows]
    return standardised_accuracy(float(np.mean(np.abs(judged.predicted[rows] - actual))), actual)


def _against(judged: HeldOut, rows: NDArray[np.int64]) -> float | None:
    return skill_against_median(judged.predicted[rows], judged.medians[rows], judged.actual[rows])


def _spread(values: list[float | None]) -> Spread:
    """The first value, that of the projects as they are, with the range of the others."""
    resampled = [value for value in values[1:] if value is not None]
    if values[0] is None or not resampled:
        return Spread(values[0])
    low, high = np.quantile(resampled, [(1 - SURE) / 2, (1 + SURE) / 2])
    return Spread(values[0], min(float(low), values[0]), max(float(high), values[0]))
