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


def conformal(estimator: Any, X: pd.DataFrame, y: Values, *, level: float, seed: int) -> CrossConformalRegressor:
    """The whole pipeline refitted per fold; symmetric misses, because two tails of 10 % want twice the projects."""
    from mapie.regression import CrossConformalRegressor

    regressor = CrossConformalRegressor(
        estimator, confidence_level=level, method="plus", cv=folds(len(y), seed=seed), n_jobs=1
    )
    return regressor.fit_conformalize(X, y)


def interval(conformal: CrossConformalRegressor, X: pd.DataFrame) -> tuple[Values, Values]:
    """Lower and upper bounds, on the scale that the model was fitted on."""
    bounds = conformal.predict_interval(X, aggregate_point_predictions=None)[1]
    return bounds[:, 0, 0], bounds[:, 1, 0]


def held_out(estimator: Any, X: pd.DataFrame, y: Values, *, seed: int) -> tuple[Values, Values]:
    """For each project, what the model and the median of the other folds would have said."""
    from sklearn.base import clone

    predicted, medians = np.empty(len(y)), np.empty(len(y))
    for train, test in _splits(len(y), seed):
        predicted[test] = clone(estimator).fit(X.iloc[train], y[train]).predict(X.iloc[test])
        medians[test] = np.median(y[train])
    return predicted, medians


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
