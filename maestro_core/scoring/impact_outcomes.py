"""The three outcomes on which artifacts are compared, each on a scale on which more is better."""

from __future__ import annotations

import numpy as np
import pandas as pd

from maestro_core.terms import Target


def on_scale(projects: pd.DataFrame, target: Target) -> pd.Series[float]:
    """Success as it is, 0 to 100; duration and cost as −ln, so that a difference is a ratio and more is better.

    What is not above 0 has no logarithm and counts as unknown.

    >>> on_scale(pd.DataFrame({"cost": [1.0, 0.0]}), Target.COST).tolist()
    [-0.0, nan]
    """
    values = pd.to_numeric(projects[str(target)]).astype(float)
    if target is Target.SUCCESS:
        return values
    return pd.Series(-np.log(values.where(values > 0)), index=values.index, dtype=float)


def saved(difference: float | None) -> float | None:
    """A difference of −ln as a share of duration or cost that is saved: 1 − exp(−difference); below 0, added.

    >>> round(saved(0.25), 2), round(saved(-0.25), 2), saved(None)
    (0.22, -0.28, None)
    """
    return None if difference is None else float(1 - np.exp(-difference))
