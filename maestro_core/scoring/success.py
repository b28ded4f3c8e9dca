"""The success score: how well a project did, by the organisation's own weights."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields

import numpy as np
import pandas as pd

from maestro_core.errors import InvalidInput
from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better


@dataclass(frozen=True)
class SuccessWeights:
    """What the organisation counts as success; only the proportions matter.

    >>> SuccessWeights().delivery
    0.2
    """

    model_performance: float = 0.4
    business_impact: float = 0.4
    delivery: float = 0.2

    def __post_init__(self) -> None:
        weights = astuple(self)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
            raise InvalidInput("a weight of the success score must be a number that is not negative")
        if not any(weights):
            raise InvalidInput("at least one weight of the success score must be above zero")


PARTS = tuple(field.name for field in fields(SuccessWeights))
"""The parts of the success score, each 0 to 100."""


@measure("Success score", unit="points", better=Better.HIGHER, source="our own definition; weights by the organisation")
def success_scores(projects: pd.DataFrame, weights: SuccessWeights | None = None) -> pd.Series[float]:
    """How well each project did, 0 to 100: the weighted mean of the parts that are known.

    score = Σ weight·part / Σ weight over the known parts among model performance, business impact and delivery,
    each 0 to 100. Weights are the organisation's; by default 0.4, 0.4 and 0.2. A project without an outcome has
    no score, nor has one with an outcome but no known part that carries weight: both are NaN. No rows yield no rows.

    >>> done = {"outcome": ["success", None], "model_performance": [90, 80], "business_impact": [60, 80]}
    >>> success_scores(pd.DataFrame(done | {"delivery": [None, 80]})).tolist()
    [75.0, nan]
    """
    parts = projects[list(PARTS)].apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(parts)
    weight = known * np.array(astuple(weights or SuccessWeights()))
    total = weight.sum(axis=1)
    scored = projects["outcome"].notna().to_numpy() & (total > 0)
    score = np.full(len(projects), np.nan)
    np.divide((weight * np.where(known, parts, 0.0)).sum(axis=1), total, out=score, where=scored)
    return pd.Series(score, index=projects.index, name="success", dtype=float)
