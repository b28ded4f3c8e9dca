"""Prediction intervals by CV+ (Barber et al. 2021): what the model missed on projects it had not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mapie.regression import CrossConformalRegressor
    from sklearn.model_selection import KFold

LEVEL = 0.8
"""The share of outcomes that an interval is to contain."""

MINIMUM_FOR_INTERVALS = 10
"""Below this many known outcomes the 80 % quantile of the misses is their largest, or does not exist."""

Values = NDArray[np.float64]


def folds(n: int, *, seed: int) -> KFold:
    """Ten folds, or one project each when there are fewer than ten; shuffled by the seed alone."""
    from sklearn.model_selection import KFold

    return KFold(min(10, n), shuffle=True, random_state=seed)


@dataclass(frozen=True)
class Conformal:
    """CV+ as it was fitted, and how far the level asked for lies from the lower of two ranks to the upper."""

    regressor: CrossConformalRegressor
    share: float


def conformal(estimator: Any, X: pd.DataFrame, y: Values, *, level: float, seed: int) -> tuple[Conformal, Values]:
    """CV+ with the whole pipeline refitted per fold, and what the fold models said of the projects they had not seen.

    Misses count the same in both directions, because two tails of 10 % want twice the projects. Among n misses the
    level falls between two ranks, level·(n + 1) being no whole number; taking the upper one, as usual, promises more
    than was asked, with 15 projects 94 % instead of 90 %. The interval lies between those of both ranks instead.
    """
    from mapie.regression import CrossConformalRegressor

    from maestro_core.learning.held_out import HeldOut

    score, (ranks, share) = HeldOut(), _ranks(len(y), level)
    # Halfway to the rank before, so that no rounding makes it another rank.
    levels = [(rank - 0.5) / (len(y) + 1) for rank in ranks]
    regressor = CrossConformalRegressor(
        estimator, confidence_level=levels, conformity_score=score, cv=folds(len(y), seed=seed), method="plus", n_jobs=1
    )
    return Conformal(regressor.fit_conformalize(X, y), share), score.predicted


def interval(conformal: Conformal, X: pd.DataFrame) -> tuple[Values, Values]:
    """Lower and upper bounds, on the scale that the model was fitted on."""
    bounds = conformal.regressor.predict_interval(X, aggregate_point_predictions=None)[1]
    between = (1 - conformal.share) * bounds[:, :, 0] + conformal.share * bounds[:, :, -1]
    return between[:, 0], between[:, 1]


def projects_needed(level: float) -> int:
    """How few known outcomes have an interval of this level: ten at least, and so many that it is among the misses.

    >>> projects_needed(0.8), projects_needed(0.9), projects_needed(0.95)
    (10, 10, 19)
    """
    return max(MINIMUM_FOR_INTERVALS, ceil(round(level / (1 - level), 9)))


def held_out_medians(y: Values, *, seed: int) -> Values:
    """For each project, the median of the other folds: what a cautious guess would have said."""
    medians = np.empty(len(y))
    for train, test in _splits(len(y), seed):
        medians[test] = np.median(y[train])
    return medians


def inside(misses: Values, *, level: float, seed: int) -> NDArray[np.bool_]:
    """Whether each project lies in an interval made without its own fold's misses.

    The width is the conformal quantile of the held-out misses of the nine other folds. Those
    models saw this project among their training rows, so that this is a little kinder than a new project: nesting the
    whole CV+ would cost eleven times the fitting. The benchmark prediction_skill nests it.
    """
    answer = np.zeros(len(misses), dtype=bool)
    for train, test in _splits(len(misses), seed):
        answer[test] = misses[test] <= conformal_quantile(misses[train], level)
    return answer


def conformal_quantile(misses: Values, level: float) -> float:
    """The level·(m + 1)-th smallest of m misses, between two of them where that is no whole number.

    Infinite where there are not so many.

    >>> conformal_quantile(np.array([3.0, 1.0, 2.0, 4.0]), 0.8), conformal_quantile(np.array([3.0, 1.0]), 0.8)
    (4.0, inf)
    >>> conformal_quantile(np.arange(1.0, 10.0), 0.75)
    7.5
    """
    (*lower, upper), share = _ranks(len(misses), level)
    if upper > len(misses):
        return float("inf")
    ordered = np.sort(misses)
    return float((1 - share) * ordered[[*lower, upper][0] - 1] + share * ordered[upper - 1])


def _ranks(n: int, level: float) -> tuple[list[int], float]:
    """The whole ranks around level·(n + 1), one where it is whole, and how far it lies between them."""
    rank = round(level * (n + 1), 9)
    lower, upper = max(floor(rank), 1), max(ceil(rank), 1)
    return sorted({lower, upper}), rank - lower if upper > lower else 0.0


def _splits(n: int, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return cast(Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]], folds(n, seed=seed).split(np.empty(n)))
