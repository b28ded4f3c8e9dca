"""A scenario against a baseline: what changes, with an interval of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.team_size_curves import BAND, draw, middle, told
from maestro_core.learning.team_size_model import TeamSizeModel
from maestro_core.learning.team_size_plan import Plan, as_rows
from maestro_core.terms import Target

Values = NDArray[np.float64]


def difference(model: TeamSizeModel, plan: Plan, baseline: Plan, *, seed: int = 0) -> pd.DataFrame:
    """The plan minus the baseline: one row for each target that could be learnt.

    target, baseline, scenario: expected points, median days and currency. difference, low, high: scenario − baseline
    with the 80 % band of what the past leaves open. Both come from the same draws: what is unknown of both alike, such
    as how hard all projects are, cancels out, so that the band is narrower than two bands side by side suggest.
    ratio, ratio_low, ratio_high: scenario / baseline of days and currency, NaN for points. better: the probability
    that the scenario's expectation is the better one; 0.5 where nothing differs.
    """
    draws = draw(model, as_rows([baseline, plan]), seed=seed)
    return pd.DataFrame([_row(target, both) for target, both in draws.items()])


def _row(target: Target, draws: Values) -> dict[str, object]:
    before, after = middle(target, draws)
    moved = draws[:, 1] - draws[:, 0]
    shown = told(target, draws)
    low, high = np.quantile(shown[:, 1] - shown[:, 0], BAND)
    gain = moved if target is Target.SUCCESS else -moved
    return {
        "target": target.value,
        "baseline": before,
        "scenario": after,
        "difference": after - before,
        "low": min(low, after - before),
        "high": max(high, after - before),
        **_ratio(target, moved),
        "better": float(np.mean(gain > 0) + np.mean(gain == 0) / 2),
    }


def _ratio(target: Target, moved: Values) -> dict[str, float]:
    names = ("ratio", "ratio_low", "ratio_high")
    if target is Target.SUCCESS:
        return dict.fromkeys(names, float("nan"))
    return dict(zip(names, np.exp([moved.mean(), *np.quantile(moved, BAND)]).tolist(), strict=True))
