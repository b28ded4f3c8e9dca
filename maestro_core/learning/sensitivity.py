"""What a factor that nobody recorded could change about a recommended team size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maestro_core.learning.team_size_curves import Expected, best_of
from maestro_core.learning.team_size_hidden import HiddenFactor
from maestro_core.learning.utility import HALVING, SUCCESS, Utility, points, recommend
from maestro_core.terms import Target, percent

Values = NDArray[np.float64]

STRENGTHS = np.arange(1, 100) / 100
"""The shares of size and outcome that are tried for the robustness value."""


@dataclass(frozen=True)
class Sensitivity:
    """What a hidden factor as strong as complexity could do to a recommendation; sizes are None where there is none.

    size: recommended. smallest, largest: the best supported size if the factor made large teams look better, or worse,
    than they are. bias: points of utility by which a doubling of the team is then off. size_share, outcome_share: what
    complexity explains of what is left of team size, and of the outcome that counts most. robustness: the share of both
    that a hidden factor must explain before the best size leaves the recommended ones (Cinelli and Hazlett's robustness
    value, to a hundredth); None where no share does. sentences: the same in words.
    """

    size: int | None
    smallest: int | None
    largest: int | None
    bias: float
    size_share: float
    outcome_share: float
    robustness: float | None
    sentences: tuple[str, ...]


def sensitivity(expected: Expected, hidden: dict[str, HiddenFactor], utility: Utility = SUCCESS) -> Sensitivity:
    """How far the recommendation for this plan rests on what is known of past projects.

    A hidden factor drew projects to larger teams and to better outcomes, or to worse ones; then the curve is tilted by
    the omitted variable bias, around the size that such projects usually had. As strong as complexity means: it
    explains the same shares of what is left of team size and outcome. Cinelli and Hazlett bound by equal variances
    instead, which no factor can have where complexity explains more than half of team size, as it commonly does.
    `hidden` is the model's; with several weights the tilts add up, which is the worst case.
    """
    advice = recommend(expected, utility)
    if advice.size is None:
        return Sensitivity(None, None, None, 0.0, 0.0, 0.0, None, advice.reasons)
    gain = points(expected.draws, utility, typical=expected.typical).mean(axis=0)
    slope = _slope(hidden, utility)
    sizes = [_best(expected, gain, tilt) for tilt in (-slope, slope)]
    first = hidden[max(utility.shares, key=lambda target: utility.shares[target])]
    robustness = _robustness(expected, gain, hidden=hidden, utility=utility, advised=advice.sizes)
    found = Sensitivity(
        size=advice.size,
        smallest=min(*sizes, advice.size),
        largest=max(*sizes, advice.size),
        bias=slope * float(np.log(2)),
        size_share=first.size_share,
        outcome_share=first.outcome_share,
        robustness=robustness,
        sentences=(),
    )
    return Sensitivity(**(vars(found) | {"sentences": _sentences(found, utility, advice.sizes)}))


def _slope(hidden: dict[str, HiddenFactor], utility: Utility, share: float | None = None) -> float:
    """Points of utility per unit of ln team size; `share` instead of complexity's shares."""
    scales = {Target.SUCCESS: 1.0, Target.DURATION: HALVING / np.log(2), Target.COST: HALVING / np.log(2)}
    parts = [
        weight * scales[target] * hidden[target].bias(size_share=share, outcome_share=share)
        for target, weight in utility.shares.items()
    ]
    return float(np.sum(parts))


def _best(expected: Expected, gain: Values, tilt: float) -> int:
    tilted = gain + tilt * (np.log(expected.people) - np.log(expected.usual))
    return int(expected.people[best_of(tilted, expected.supported)])


def _robustness(
    expected: Expected,
    gain: Values,
    *,
    hidden: dict[str, HiddenFactor],
    utility: Utility,
    advised: tuple[int, ...],
) -> float | None:
    for share in STRENGTHS:
        slope = _slope(hidden, utility, float(share))
        if any(_best(expected, gain, tilt) not in advised for tilt in (-slope, slope)):
            return float(share)
    return None


_LEAST_SHARE = 0.005
"""What reads as 0 %: a factor that is as strong as nothing changes nothing, and to say so would only reassure."""

_OUTCOMES = {Target.SUCCESS: "success", Target.DURATION: "duration", Target.COST: "cost"}


def _sentences(found: Sensitivity, utility: Utility, advised: tuple[int, ...]) -> tuple[str, ...]:
    outcome = _OUTCOMES[max(utility.shares, key=lambda target: utility.shares[target])]
    strength = (
        f"Complexity explains {percent(found.size_share)} of what is left of team size and "
        f"{percent(found.outcome_share)} of what is left of {outcome}"
    )
    if min(found.size_share, found.outcome_share) < _LEAST_SHARE:
        return (f"{strength}: it is no yardstick here for what nobody recorded.", _holds(found, advised))
    return (
        f"{strength}.",
        f"A factor nobody recorded that is as strong could make twice the people look {_off(found.bias, utility)} "
        "better or worse than it is.",
        _moved(found),
        _holds(found, advised),
    )


def _off(bias: float, utility: Utility) -> str:
    if utility.only in (Target.DURATION, Target.COST):
        return f"{percent(2 ** (bias / HALVING) - 1)}"
    return f"{bias:.1f} points"


def _moved(found: Sensitivity) -> str:
    if found.smallest == found.largest:
        return f"The best size would stay {found.size}."
    return f"The best size would then lie between {found.smallest} and {found.largest}, not at {found.size}."


def _holds(found: Sensitivity, advised: tuple[int, ...]) -> str:
    sizes = _listed(advised)
    if found.robustness is None:
        return f"No such factor, however strong, would lead away from {sizes}: the past supports no other size."
    return (
        f"The advice of {sizes} holds as long as what is hidden explains less than {percent(found.robustness)} of what "
        f"is left of both."
    )


def _listed(sizes: tuple[int, ...]) -> str:
    """Sizes as people say them.

    >>> _listed((3,)), _listed((3, 4)), _listed((3, 4, 5)), _listed((3, 5, 6))
    ('3', '3 or 4', '3 to 5', '3 or 5 or 6')
    """
    is_row = len(sizes) > 2 and sizes[-1] - sizes[0] == len(sizes) - 1
    return f"{sizes[0]} to {sizes[-1]}" if is_row else " or ".join(map(str, sizes))
