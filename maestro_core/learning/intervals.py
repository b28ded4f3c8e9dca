"""Prediction intervals by CV+ (Barber et al. 2021): what the model missed on projects it had not seen."""

from __future__ import annotations

from collections.abc import Iterator
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


def conformal(
    estimator: Any, X: pd.DataFrame, y: Values, *, level: float, seed: int
) -> tuple[CrossConformalRegressor, Values]:
    """CV+ with the whole pipeline refitted per fold, and what the fold models said of the projects they had not seen.

    Misses count the same in both directions, because two tails of 10 % want twice the projects.
    """
    from mapie.regression import CrossConformalRegressor

    from maestro_core.learning.held_out import HeldOut

    score = HeldOut()
    regressor = CrossConformalRegressor(
        estimator, confidence_level=level, conformity_score=score, cv=folds(len(y), seed=seed), method="plus", n_jobs=1
    )
    return regressor.fit_conformalize(X, y), score.predicted


def interval(conformal: CrossConformalRegressor, X: pd.DataFrame) -> tuple[Values, Values]:
    """Lower and upper bounds, on the scale that the model was fitted on."""
    bounds = conformal.predict_interval(X, aggregate_point_predictions=None)[1]
    return bounds[:, 0, 0], bounds[:, 1, 0]


def held_out_medians(y: Values, *, seed: int) -> Values:
    """For each project, the median of the other folds: what a cautious guess would have said."""
    medians = np.empty(len(y))
    for train, test in _splits(len(y), seed):
        medians[test] = np.median(y[train])
    return medians


def inside(misses: Values, *, level: float, seed: int) -> NDArray[np.bool_]:
    """Whether each project lies in an interval made without its own fold's misses.

    The width is the conformal quantile, ⌈(m + 1)·level⌉ of m, of the held-out misses of the nine other folds. Those
    models saw this project among their training rows, so that this is a little kinder than a new project: nesting the
    whole CV+ would cost eleven times the fitting. The benchmark prediction_skill nests it.
    """
    answer = np.zeros(len(misses), dtype=bool)
    for train, test in _splits(len(misses), seed):
        answer[test] = misses[test] <= conformal_quantile(misses[train], level)
    return answer


def conformal_quantile(misses: Values, level: float) -> float:
    """The ⌈(m + 1)·level⌉-th smallest of m misses, infinite when there are not so many.

    >>> conformal_quantile(np.array([3.0, 1.0, 2.0, 4.0]), 0.8), conformal_quantile(np.array([3.0, 1.0]), 0.8)
    (4.0, inf)
    """
    rank = int(np.ceil((len(misses) + 1) * level))
    return float(np.sort(misses)[rank - 1]) if rank <= len(misses) else float("inf")


def _splits(n: int, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return cast(Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]], folds(n, seed=seed).split(np.empty(n)))
