"""What predictions are compared with: the median, analogies, two forests of trees, and ATLM; used by prediction_skill.

k-NN, random forest and gradient boosting learn the logarithm from the same prepared columns as ours, which helps them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import skew
from sklearn.base import RegressorMixin
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import BayesianRidge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline

from maestro_core.learning.preparation import is_skewed, prepare
from maestro_core.learning.scales import LOGARITHM

Foretell = Callable[[pd.DataFrame, np.ndarray, pd.DataFrame, tuple[str, ...]], np.ndarray]
"""From past features and efforts, and the features of others, their efforts."""


def ours(train: pd.DataFrame, words: tuple[str, ...]) -> Pipeline:
    """The predictors' pipeline for other columns; which are skewed is judged on the training rows alone."""
    return _prepared(BayesianRidge(), train, words)


def medians(X: pd.DataFrame, y: np.ndarray, new: pd.DataFrame, words: tuple[str, ...]) -> np.ndarray:  # noqa: ARG001
    return np.full(len(new), np.median(y))


def atlm(X: pd.DataFrame, y: np.ndarray, new: pd.DataFrame, words: tuple[str, ...]) -> np.ndarray:
    """The automatically transformed linear model (Whigham, Owen and MacDonell 2015).

    Least squares, where each number and the effort is taken as it is, as a logarithm or as a square root, whichever
    is least skewed in the training rows; words are factors. What is missing is the median, which the paper leaves open.
    """
    both = pd.concat([X, new])
    columns = [np.ones((len(both), 1))]
    for name in X:
        if name in words:
            levels = sorted(X[name].unique())[1:]
            columns += [(both[name] == level).to_numpy(float)[:, None] for level in levels]
        else:
            known = both[name].fillna(X[name].median()).fillna(0.0).to_numpy()
            forth, _ = _least_skewed(known[: len(X)])
            columns.append(np.nan_to_num(forth(known))[:, None])
    forth, back = _least_skewed(y)
    design = np.hstack(columns)
    # The tolerance of lm in R, in which the authors wrote theirs: columns that say the same are not told apart.
    weights = np.linalg.lstsq(design[: len(X)], forth(y), rcond=1e-7)[0]
    return back(design[len(X) :] @ weights)


def _least_skewed(values: np.ndarray) -> tuple[Callable, Callable]:
    as_it_is = (lambda v: v, lambda v: v)
    if values.min() < 0:
        return as_it_is
    shift = 1.0 if values.min() == 0 else 0.0
    logarithm = (lambda v: np.log(np.maximum(v + shift, 1e-9)), lambda v: np.exp(np.minimum(v, 700)) - shift)
    root = (lambda v: np.sqrt(np.maximum(v, 0)), lambda v: np.maximum(v, 0) ** 2)
    return min((as_it_is, logarithm, root), key=lambda way: abs(skew(way[0](values))) if np.ptp(values) else 0.0)


def _learned(
    estimator: Callable[[], RegressorMixin], X: pd.DataFrame, y: np.ndarray, new: pd.DataFrame, words: tuple[str, ...]
) -> np.ndarray:
    return LOGARITHM.back(_prepared(estimator(), X, words).fit(X, LOGARITHM.forth(y)).predict(new))


def _prepared(estimator: Any, train: pd.DataFrame, words: tuple[str, ...]) -> Pipeline:
    numbers = [name for name in train if name not in words]
    skewed = [name for name in numbers if is_skewed(train[name])]
    plain = [name for name in numbers if name not in skewed]
    return make_pipeline(prepare(numbers=plain, skewed=skewed, words=words), estimator)


RIVALS: dict[str, Foretell] = {
    "ours": partial(_learned, BayesianRidge),
    "median": medians,
    "k-NN": partial(_learned, partial(KNeighborsRegressor, 3)),
    "forest": partial(_learned, partial(RandomForestRegressor, 200, random_state=0)),
    "boosting": partial(_learned, partial(GradientBoostingRegressor, random_state=0)),
    "ATLM": atlm,
}
