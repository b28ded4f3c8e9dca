"""The past projects most like a planned one, by what is known before the start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.predictors import FEATURES, SKEWED, WORDS
from maestro_core.learning.preparation import UNKNOWN, inputs

ALIKE = 1.0
"""Beyond this distance nothing that is known is alike: a standard deviation in every fact."""

NEAREST = 5

Values = NDArray[np.float64]


def similar(past: pd.DataFrame, planned: pd.DataFrame, *, k: int = NEAREST) -> pd.DataFrame:
    """The k past projects nearest to one planned project, nearest first: project_id, distance.

    distance = √ of the mean of δ² over the features known of the planned project. For a number δ is the difference in
    standard deviations of the past (team size and artifacts as logarithms, log(1 + x)); for a word 0 or 1, same or not.
    A fact that a past project does not tell counts as the average δ² of those that do. 0 is a twin, 1 is as far as a
    standard deviation in every fact. Source: analogies of Shepperd and Schofield (1997), with Gower's (1971) treatment
    of words. No past project, or nothing known of the planned one, gives an empty frame.

    >>> past = pd.DataFrame({"project_id": ["a", "b"], "complexity": [2.0, 8.0], "domain": ["retail", None]})
    >>> similar(past, pd.DataFrame({"complexity": [8.0], "domain": ["retail"]}))["project_id"].tolist()
    ['b', 'a']
    """
    before, now = (inputs(rows, features=FEATURES, words=WORDS) for rows in (past, planned.head(1)))
    known = [name for name in FEATURES if len(now) and _is_known(now[name]).iloc[0]]
    squares = [_squared(before, now, name) for name in known]
    told = [each for each in squares if each is not None]
    if not told:
        return pd.DataFrame({"project_id": past["project_id"].head(0), "distance": pd.Series(dtype=float)})
    distance = np.sqrt(np.mean(told, axis=0))
    found = pd.DataFrame({"project_id": past["project_id"].to_numpy(), "distance": distance})
    return found.sort_values("distance", kind="stable", ignore_index=True).head(k)


def _squared(before: pd.DataFrame, now: pd.DataFrame, name: str) -> Values | None:
    """δ² of one feature for each past project; None where no past project tells it."""
    told = _is_known(before[name]).to_numpy()
    if not told.any():
        return None
    squared = _mismatch(before[name], now[name]) if name in WORDS else _apart(before[name], now[name])
    return np.where(told, squared, squared[told].mean())


def _mismatch(before: pd.Series[str], now: pd.Series[str]) -> Values:
    return np.asarray(before != now.iloc[0], dtype=np.float64)


def _apart(before: pd.Series[float], now: pd.Series[float]) -> Values:
    past, own = (np.asarray(values, dtype=np.float64) for values in (before, now))
    if before.name in SKEWED:
        past, own = np.log1p(past), np.log1p(own)
    spread, difference = float(np.nanstd(past)), past - own[0]
    # Where all past projects are alike, any other value is as strange as a standard deviation.
    squared = (difference / spread) ** 2 if spread > 0 else (difference != 0).astype(np.float64)
    return np.asarray(squared)


def _is_known(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.notna() & (values != UNKNOWN)
