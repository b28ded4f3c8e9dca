"""What a team is wanted for: success, time, cost, or any weights over the three; and the size that serves it best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.errors import InvalidInput, NotEnoughData
from maestro_core.learning.team_size_curves import BAND, LEVEL, Draws, Expected, curve, summary, target_curve
from maestro_core.terms import Target

HALVING = 10.0
"""Points that half the time, or half the cost, is worth: as much as ten points of success, by convention."""

AVERAGE = 50.0
"""Points of time, or of cost, of a plan that takes as long, or costs as much, as the median of past projects."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Utility:
    """Weights of success, time and cost; only their proportions matter. Raises InvalidInput below 0 or all 0.

    >>> Utility(2, 1, 1).shares[Target.SUCCESS]
    0.5
    """

    success: float = 0.0
    duration: float = 0.0
    cost: float = 0.0

    def __post_init__(self) -> None:
        weights = (self.success, self.duration, self.cost)
        if not all(np.isfinite(weights)) or min(weights) < 0 or not sum(weights):
            raise InvalidInput("Give success, time or cost a weight above 0, and none below.")

    @classmethod
    def of(cls, target: Target) -> Utility:
        """Only this target counts."""
        return cls(**{target.value: 1.0})

    @property
    def shares(self) -> dict[Target, float]:
        """The weights that are not 0, adding up to 1."""
        weights = {target: float(getattr(self, target.value)) for target in Target}
        return {target: weight / sum(weights.values()) for target, weight in weights.items() if weight > 0}

    @property
    def only(self) -> Target | None:
        """The one target that counts, or None where several do."""
        return next(iter(self.shares)) if len(self.shares) == 1 else None


SUCCESS = Utility(success=1.0)


@dataclass(frozen=True)
class Recommendation:
    """The size to choose, the sizes the past cannot tell from it, and why, in words; no size when none is supported."""

    size: int | None
    sizes: tuple[int, ...]
    reasons: tuple[str, ...]


def points(draws: Draws, utility: Utility, *, typical: dict[str, float]) -> Values:
    """The utility of each draw (rows) of each plan (columns), in points: the mean of three scales by the weights.

    Success counts as it is, 0 to 100. Time and cost count 50 where they are the median of past projects, and 10 more
    for every halving: 50 − 10·log₂(days / median days). Raises NotEnoughData where a target that counts is not learnt.
    """
    absent = [target for target in utility.shares if target not in draws]
    if absent:
        raise NotEnoughData(f"Too few past projects with a known {absent[0]} to weigh it.")
    parts = [share * _scale(target, draws[target], typical) for target, share in utility.shares.items()]
    return np.asarray(np.sum(parts, axis=0))


def utility_curve(expected: Expected, utility: Utility) -> pd.DataFrame:
    """The curve of a utility with the columns of `summary`; value, low, high, behind and contrast from the same draws.

    Where only one target counts it is that target's own curve, in points, days or currency. Else target is "utility",
    in points, and n is the fewest outcomes behind a target that counts. Empty where a target is not learnt.
    """
    if not set(utility.shares) <= set(expected.draws):
        return summary(expected).iloc[:0]
    if utility.only is not None:
        return target_curve(expected, utility.only)
    gain = points(expected.draws, utility, typical=expected.typical)
    low, high = np.quantile(gain, BAND, axis=0)
    rows = curve(expected, "utility", shown=(gain.mean(axis=0), low, high), gain=gain)
    return rows.assign(n=min(expected.known[target] for target in utility.shares))


def recommend(expected: Expected, utility: Utility = SUCCESS) -> Recommendation:
    """The best supported size for a utility, and all supported sizes within one standard deviation of the contrast.

    A size that the past does not support is never recommended.
    """
    asked = utility_curve(expected, utility)
    supported = asked[asked["supported"]]
    if supported.empty:
        return Recommendation(None, (), (_no_size(asked, utility),))
    close = supported[supported["behind"] <= supported["contrast"]]
    best = supported.iloc[int(supported["behind"].argmin())]
    sizes = tuple(int(size) for size in close["team_size"])
    reasons = [
        _best(best),
        *_weights(utility),
        _close(sizes, best, of=len(supported)),
        _expected(best),
        *_unsupported(asked),
    ]
    return Recommendation(int(best["team_size"]), sizes, tuple(reasons))


def _scale(target: Target, draws: Values, typical: dict[str, float]) -> Values:
    if target is Target.SUCCESS:
        return draws
    return np.asarray(AVERAGE - HALVING * (draws - np.log(typical[target])) / np.log(2))


_PROMISE = {
    "success": "{size} promises the most success: {value:.0f} points ({level} interval {low:.0f} to {high:.0f}).",
    "duration": "{size} promises the shortest time: {value:.0f} days ({level} interval {low:.0f} to {high:.0f}).",
    "cost": "{size} promises the least cost: {value:,.0f} ({level} interval {low:,.0f} to {high:,.0f}).",
    "utility": "{size} serves your weights best: {value:.0f} points ({level} interval {low:.0f} to {high:.0f}).",
}
_NAMES = {Target.SUCCESS: "success", Target.DURATION: "time", Target.COST: "cost"}


def _best(best: pd.Series[Any]) -> str:
    promise = _PROMISE[best["target"]].format(
        size=_people(best["team_size"]), level=LEVEL, value=best["value"], low=best["low"], high=best["high"]
    )
    return f"Of the sizes that past projects support, a team of {promise}"


def _weights(utility: Utility) -> list[str]:
    if utility.only is not None:
        return []
    named = ", ".join(f"{_NAMES[target]} {share:.0%}".replace("%", " %") for target, share in utility.shares.items())
    return [f"Weights: {named}. Half the time, or half the cost, is worth {HALVING:.0f} points of success."]


def _close(sizes: tuple[int, ...], best: pd.Series[Any], *, of: int) -> str:
    if of == 1:
        return "It is the only size that past projects support."
    if len(sizes) == 1:
        return f"{best['n']} past outcomes tell it apart from every other supported size."
    return f"{best['n']} past outcomes cannot tell the sizes {', '.join(map(str, sizes))} apart."


def _expected(best: pd.Series[Any]) -> str:
    return f"Projects like this usually had {best['usual']:.1f} people; the rule of thumb says {best['rule']:.1f}."


def _unsupported(asked: pd.DataFrame) -> list[str]:
    sizes = asked.loc[~asked["supported"], "team_size"].tolist()
    return [f"No comparable past project had {_spans(sizes)} people: not recommended."] if sizes else []


def _spans(sizes: list[int]) -> str:
    """Sizes as people read them: three or more in a row are told by their ends.

    >>> _spans([1, 7, 8, 9, 12, 13]), _spans([15])
    ('1, 7 to 9, 12, 13', '15')
    """
    runs: list[list[int]] = []
    for size in sorted(sizes):
        if runs and size == runs[-1][-1] + 1:
            runs[-1].append(size)
        else:
            runs.append([size])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _no_size(asked: pd.DataFrame, utility: Utility) -> str:
    if asked.empty:
        return f"Too few past projects with a known {' and '.join(utility.shares)} to recommend a size."
    return "No comparable past project had any of these sizes."


def _people(size: float) -> str:
    return f"{int(size)} {'person' if size == 1 else 'people'}"
