"""What a prediction would be if one fact were another: partial dependence, and the same for one project."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from maestro_core.learning.explanations import contributions
from maestro_core.learning.predictors import Fitted

POINTS = 41
"""How many values of a number are asked about."""

BEYOND = 0.15
"""How far the question reaches beyond the range seen, as a share of it, on both sides."""

COLUMNS = ("at", "value", "score", "seen")


def partial_dependence(fitted: Fitted, feature: str, *, also: Any = None) -> pd.DataFrame:
    """The prediction averaged over the past projects, had all of them this value of the feature.

    Columns: `at`, the value asked about; `score`, the average on the model's scale; `value`, the same in the target's
    unit (for duration and cost, learnt as logarithms, the geometric mean); `seen`, whether past projects had such a
    value. Numbers are asked about from 15 % below the range seen, never below 0, to 15 % above it, words one by one;
    `also` adds a value, as that of a planned project. Source: Friedman (2001); since the model is a sum, the average is
    the baseline plus what the value contributes, exactly. A feature that no past project knew gives an empty frame.
    """
    values = _asked(fitted, feature, also)
    return _told(fitted, feature, values, rest=fitted.baseline)


def individual_dependence(fitted: Fitted, feature: str, *, planned: pd.DataFrame) -> pd.DataFrame:
    """The same for one project, all its other facts as they are: what its prediction would be, were only this changed.

    Give a frame of one row. Source: Goldstein et al. (2015), individual conditional expectation.
    """
    own = fitted.predictor.inputs(planned)[feature].iloc[0]
    parts = contributions(fitted, planned).set_index("feature")["contribution"]
    rest = fitted.baseline + float(parts.drop(feature).sum())
    return _told(fitted, feature, _asked(fitted, feature, own), rest=rest)


def _asked(fitted: Fitted, feature: str, also: Any) -> list[Any]:
    """The values to ask about, in their order."""
    seen = list(fitted.seen[feature])
    if not seen:
        return []
    if isinstance(seen[0], str):
        return seen + ([also] if isinstance(also, str) and also not in seen else [])
    low, high = seen
    margin = BEYOND * (high - low)
    grid = {*np.linspace(max(low - margin, min(low, 0.0)), high + margin, POINTS).tolist(), low, high}
    return sorted(grid | ({float(also)} if also is not None and not pd.isna(also) else set()))


def _told(fitted: Fitted, feature: str, values: list[Any], *, rest: float) -> pd.DataFrame:
    if not values:
        return pd.DataFrame(columns=list(COLUMNS))
    asked = pd.DataFrame({"project_id": range(len(values)), feature: values})
    parts = contributions(fitted, asked)
    score = rest + parts.loc[parts["feature"] == feature, "contribution"].to_numpy(np.float64)
    answer = {"at": values, "value": fitted.predictor.scale.back(score), "score": score}
    return pd.DataFrame(answer).assign(seen=[_is_seen(value, fitted.seen[feature]) for value in values])


def _is_seen(value: Any, seen: list[Any]) -> bool:
    return value in seen if isinstance(value, str) else bool(seen[0] <= value <= seen[1])
