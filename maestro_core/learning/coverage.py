"""Whether intervals keep their promise: predictions beside what became of their projects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from maestro_core.learning.intervals import LEVEL

SURE = 0.9
"""How sure the bounds of a coverage are."""

COLUMNS = ("target", "n", "inside", "coverage", "low", "high", "promised")


def live_coverage(told: pd.DataFrame, *, level: float = LEVEL) -> pd.DataFrame:
    """How many outcomes came to lie inside the interval told before they were known; one row per target.

    `told`: one row per ended project and target with target, value, low, high, outcome and ended_at; give each project
    the last prediction before its end. The answer: target, n, inside, coverage = inside / n, low and high (90 % bounds
    of Clopper and Pearson 1934, wide while n is small) and promised, the level of the intervals. A row without an
    interval or outcome is left out, a target without rows has none. Projects that end soon are judged first: while
    many still run, the coverage is that of the quick ones.

    >>> told = pd.DataFrame({"target": "cost", "value": [5, 5], "low": [4, 4], "high": [6, 6], "outcome": [4, 9]})
    >>> live_coverage(told.assign(ended_at=pd.Timestamp("2026-01-01", tz="UTC"))).round(2).to_dict("records")
    [{'target': 'cost', 'n': 2, 'inside': 1, 'coverage': 0.5, 'low': 0.03, 'high': 0.97, 'promised': 0.8}]
    """
    rows = judged(told)
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    counts = rows.groupby("target", sort=False)["inside"].agg(n="size", inside="sum").reset_index()
    low, high = bounds(counts["inside"].to_numpy(), counts["n"].to_numpy())
    counts = counts.assign(coverage=counts["inside"] / counts["n"], low=low, high=high, promised=level)
    return counts[list(COLUMNS)]


def judged(told: pd.DataFrame) -> pd.DataFrame:
    """The rows that can be judged, oldest end first, with `inside`: whether the outcome is within low and high."""
    rows = told.dropna(subset=["value", "low", "high", "outcome", "ended_at"])
    rows = rows.sort_values("ended_at", kind="stable", ignore_index=True)
    return rows.assign(inside=rows["outcome"].between(rows["low"], rows["high"]))


def bounds(inside: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shares that could well have given `inside` of n: from 0 where none is inside, to 1 where all are.

    >>> [round(float(bound[0]), 3) for bound in bounds(np.array([8]), np.array([10]))]
    [0.493, 0.963]
    """
    tail = (1 - SURE) / 2
    low = np.where(inside > 0, stats.beta.ppf(tail, np.maximum(inside, 1), n - inside + 1), 0.0)
    high = np.where(inside < n, stats.beta.ppf(1 - tail, inside + 1, np.maximum(n - inside, 1)), 1.0)
    return low, high
