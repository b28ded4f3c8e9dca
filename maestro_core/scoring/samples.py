"""What a sample says: a middle, a high value or a share, each with its size and, where it can be had, its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from maestro_core.terms import Measured

FEWEST_FOR_INTERVAL = 5


def median(values: pd.Series[Any], *, nothing: str) -> Measured[float]:
    """The interpolated median with its 90 % interval from order statistics, which needs no shape of distribution.

    Below 5 values there is no interval; without any there is no median, for the reason `nothing`.

    >>> median(pd.Series([1.0, 2.0, 4.0, 8.0]), nothing="no run").value
    3.0
    """
    known = np.sort(values.dropna().to_numpy(np.float64))
    if not len(known):
        return Measured[float].missing(nothing)
    middle = float(np.median(known))
    if len(known) < FEWEST_FOR_INTERVAL:
        return Measured[float](value=middle, sample=len(known))
    outside = int(stats.binom.ppf(0.05, len(known), 0.5))
    low, high = known[outside - 1], known[len(known) - outside]
    return Measured[float](value=middle, sample=len(known), low=float(low), high=float(high))


def percentile_90(values: pd.Series[Any], *, nothing: str) -> Measured[float]:
    """What nine in ten values stay under, interpolated; None without a value, for the reason `nothing`.

    >>> percentile_90(pd.Series(range(11)), nothing="no run").value
    9.0
    """
    known = values.dropna().to_numpy(np.float64)
    if not len(known):
        return Measured[float].missing(nothing)
    return Measured[float](value=float(np.quantile(known, 0.9)), sample=len(known))


def mean(values: pd.Series[Any], *, nothing: str) -> Measured[float]:
    """The mean; None without a value, for the reason `nothing`."""
    known = values.dropna()
    if known.empty:
        return Measured[float].missing(nothing)
    return Measured[float](value=float(known.mean()), sample=len(known))


def share(part: float, whole: float, *, nothing: str) -> Measured[float]:
    """Part of the whole with Wilson's 90 % interval; None where the whole is nothing, for the reason `nothing`.

    >>> share(3, 4, nothing="no run").value, share(0, 0, nothing="no run").reason
    (0.75, 'no run')
    """
    if not whole:
        return Measured[float].missing(nothing)
    low, high = (float(bound) for bound in wilson(np.array([part]), np.array([whole]))[:, 0])
    return Measured[float](value=part / whole, sample=int(whole), low=low, high=high)


def wilson(part: Any, whole: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Wilson's 90 % interval of many shares at once: the low bounds, then the high ones; NaN where there is nothing.

    >>> wilson(np.array([0, 5]), np.array([5, 5])).round(2).tolist()
    [[0.0, 0.65], [0.35, 1.0]]
    """
    hits, n = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    z = float(stats.norm.ppf(0.95))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = hits / n
        middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    # Rounding would leave a share of 0 or 1 just outside its own interval.
    return np.array([np.clip(np.minimum(middle - half, rate), 0, 1), np.clip(np.maximum(middle + half, rate), 0, 1)])
