"""Which artifacts go well together: met more often than by chance, and better together than each alone."""

from __future__ import annotations

import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better

LIFT_PRIOR = 5
"""So many meetings by chance are assumed before any is seen."""

TOGETHER_AT_LEAST = 3
"""Fewer common projects tell nothing of a pair."""

PAIR_AT_LEAST = 10
"""Fewer finished common projects tell nothing of what the pair goes along with."""


@measure(
    "Goes well with",
    unit="times",
    better=Better.HIGHER,
    source="our own definition; lift: Brin et al. 1997, SIGMOD",
)
def shrunk_lift(
    together: pd.Series[float], one: float | pd.Series[float], other: pd.Series[float], *, projects: int
) -> pd.Series[float]:
    """How many times as often an artifact meets each other one as chance would have it, drawn towards 1.

    lift = (n₁₂ + 5) / (n₁·n₂ / P + 5): of P projects that used any artifact, n₁ and n₂ used each and n₁₂ both. The 5
    keep a pair that met three times by luck from leading the list. 1 is chance, above 1 they are found together.

    >>> shrunk_lift(pd.Series([10, 2]), one=10, other=pd.Series([20, 20]), projects=100).round(2).tolist()
    [2.14, 1.0]
    """
    return (together + LIFT_PRIOR) / (one * other / projects + LIFT_PRIOR)
