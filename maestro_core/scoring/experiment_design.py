"""The design of an experiment: strata, the seeded draw and who comes late, and what so many units can find at all.

The draw is made once, from a seed that is kept: whoever has the seed and the units draws the same again. Who comes
after the start takes the next place of a sequence that the same seed deals for the stratum.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd
from scipy import optimize, stats
from statsmodels.stats.power import TTestIndPower

from maestro_core.scoring.trials import ALPHA, FEWEST, MOST_EXACT, POWER, assignment, design_effect

FEWEST_FOR_STRATA = 9
"""With fewer units, strata leave too few assignments for an exact test to find anything: 36 for 8 units in two."""
UNITS_PER_STRATUM = 9
MOST_STRATA = 3
ICC = 0.3
"""How much of the spread lies between teams, where nothing else is known."""
UNKNOWN = "complexity not known"
LARGEST_EFFECT = 20.0
ROUNDS = 2
MANY = 5_000


@dataclass(frozen=True)
class Power:
    """What an experiment of this size can find, before it starts."""

    control: int
    treatment: int
    """Units of the smallest other variant."""
    detectable: float | None
    """The smallest standardised difference (Cohen's d) found with 80 % power; None with fewer than two an arm."""
    detectable_effect: float | None
    """The same in the unit of the metric; None where the spread is not known."""
    spread: float | None
    """The standard deviation of a unit's outcome."""
    of_worthwhile: float | None
    """The power to find the effect that would matter."""
    needed: int | None
    """Units an arm that find the effect that would matter with 80 % power."""
    smallest_p: float | None
    """The smallest p-value that an exact test could give; None with more than twelve units."""
    comparisons: int = 1
    """Treatments, which share the errors."""

    @property
    def is_too_few_to_tell(self) -> bool:
        """Whether even the clearest result of an exact test stays short of 5 %, after correction."""
        return self.smallest_p is not None and self.smallest_p >= ALPHA / self.comparisons


def complexity_cuts(complexities: Sequence[float]) -> list[float]:
    """Where complexity is cut into strata of like size: none below 9 units, one below 18, then two.

    >>> complexity_cuts([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    [5.5]
    """
    known = np.array([value for value in complexities if not math.isnan(value)])
    parts = min(MOST_STRATA, len(known) // UNITS_PER_STRATUM + 1) if len(known) >= FEWEST_FOR_STRATA else 1
    cuts = np.quantile(known, [part / parts for part in range(1, parts)]) if parts > 1 else []
    return sorted({float(cut) for cut in cuts})


def stratum(complexity: float, cuts: Sequence[float]) -> str:
    """What a complexity belongs to.

    >>> stratum(6, [5.5]), stratum(5.5, [5.5]), stratum(4, [])
    ('complexity above 5.5', 'complexity up to 5.5', 'all')
    """
    if not cuts:
        return "all"
    if math.isnan(complexity):
        return UNKNOWN
    above = [cut for cut in cuts if complexity > cut]
    if len(above) == len(cuts):
        return f"complexity above {cuts[-1]:.3g}"
    upper = cuts[len(above)]
    return f"complexity {above[-1]:.3g} to {upper:.3g}" if above else f"complexity up to {upper:.3g}"


def team_block(team: str) -> str:
    """The stratum of a team whose projects are shared out among the variants.

    >>> team_block("Platform")
    'team Platform'
    """
    return f"team {team}"


def draw(units: pd.DataFrame, *, weights: Mapping[str, float], seed: int, by_team: bool) -> pd.DataFrame:
    """The rows with the variant of each: whole teams where `by_team`, else projects, balanced within each team.

    units: project, team, stratum (of complexity). Where projects are drawn, a team with several is a stratum.
    """
    if by_team:
        first = units.groupby("team", sort=True)["stratum"].agg("min").reset_index()
        drawn = assignment(first.rename(columns={"team": "unit"}), weights=weights, seed=seed)
        by = first.set_index("team")["stratum"]
        return units.assign(variant=units["team"].map(drawn), stratum=units["team"].map(by))
    several = units.groupby("team")["project"].transform("size") > 1
    blocks = units["stratum"].mask(several, units["team"].map(team_block))
    drawn = assignment(pd.DataFrame({"unit": units["project"], "stratum": blocks}), weights=weights, seed=seed)
    return units.assign(variant=units["project"].map(drawn), stratum=blocks)


def late_variant(block: str, place: int, *, weights: Mapping[str, float], seed: int) -> str:
    """The variant of who comes to a stratum after the start, as the first (0), second (1) … there.

    Dealt in shuffled rounds from the experiment's seed, so that late units stay balanced too.

    >>> even = {"control": 1, "treatment": 1}
    >>> drawn = [late_variant("all", place, weights=even, seed=7) for place in range(4)]
    >>> drawn.count("control")
    2
    """
    turn, within = divmod(place, ROUNDS * len(weights))
    units = pd.DataFrame({"unit": range(ROUNDS * len(weights)), "stratum": block})
    dealt = assignment(units, weights=weights, seed=crc32(f"{seed}/{turn}/{block}".encode()))
    return str(dealt.iloc[within])


def power_of(
    control: int,
    treatment: int,
    *,
    spread: float | None = None,
    worthwhile: float | None = None,
    comparisons: int = 1,
) -> Power:
    """What so many units can find with a two-sided t-test at 5 %, shared among the comparisons with the control.

    >>> told = power_of(10, 10, spread=10.0, worthwhile=13.2)
    >>> round(told.detectable, 1), round(told.detectable_effect, 1), round(told.of_worthwhile, 1), told.needed
    (1.3, 13.2, 0.8, 11)
    """
    comparisons = max(comparisons, 1)
    alpha = ALPHA / comparisons
    smallest = detectable_between(control, treatment, alpha=alpha)
    size = abs(worthwhile) / spread if worthwhile and spread else None
    return Power(
        control=control,
        treatment=treatment,
        detectable=smallest,
        detectable_effect=None if smallest is None or spread is None else smallest * spread,
        spread=spread,
        of_worthwhile=None if size is None else power_at(size, control, treatment, alpha=alpha),
        needed=None if size is None else _needed(size, alpha),
        smallest_p=smallest_p_value(control, treatment),
        comparisons=comparisons,
    )


def power_at(effect: float, control: int, treatment: int, *, alpha: float = ALPHA) -> float | None:
    """The chance to find a standardised difference; None with fewer than two units an arm."""
    if min(control, treatment) < FEWEST:
        return None
    if effect == 0:
        return alpha
    told = TTestIndPower().power(effect, control, alpha, ratio=treatment / control)
    # With an effect of many deviations, the tail below is no number.
    return 1.0 if math.isnan(float(told)) else float(told)


def detectable_between(control: int, treatment: int, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The smallest standardised difference that two arms of these sizes find; None with fewer than two an arm.

    >>> round(detectable_between(10, 10), 1), detectable_between(1, 5)
    (1.3, None)
    """
    if min(control, treatment) < FEWEST:
        return None

    def short_of(effect: float) -> float:
        return (power_at(effect, control, treatment, alpha=alpha) or 0.0) - power

    if short_of(LARGEST_EFFECT) < 0:
        return None
    return float(optimize.brentq(short_of, 1e-6, LARGEST_EFFECT, xtol=1e-6))


def power_curve(control: int, treatment: int, *, comparisons: int = 1, points: int = 41) -> pd.DataFrame:
    """The chance to find an effect (d) up to twice what is detectable: effect, power; no rows without arms."""
    alpha = ALPHA / max(comparisons, 1)
    smallest = detectable_between(control, treatment, alpha=alpha)
    effects = np.linspace(0, 2 * smallest, points) if smallest else np.array([])
    powers = [power_at(float(effect), control, treatment, alpha=alpha) for effect in effects]
    return pd.DataFrame({"effect": effects, "power": np.array(powers, dtype=float)})


def smallest_p_value(control: int, treatment: int) -> float | None:
    """The p-value of the clearest possible result of an exact test; None where there are too many units for one.

    >>> smallest_p_value(3, 3), round(smallest_p_value(4, 4), 3), smallest_p_value(10, 10)
    (0.1, 0.029, None)
    """
    if control + treatment > MOST_EXACT or min(control, treatment) < 1:
        return None
    sides = 2 if control == treatment else 1
    return sides / math.comb(control + treatment, control)


def fewest_per_arm(comparisons: int) -> int:
    """Units of each variant with which the clearest result is below 5 %, after correction for so many comparisons.

    >>> fewest_per_arm(1), fewest_per_arm(2), fewest_per_arm(7)
    (4, 5, 6)
    """
    alpha = ALPHA / max(comparisons, 1)
    return next(count for count in itertools.count(FEWEST) if (smallest_p_value(count, count) or 0.0) < alpha)


def spread_of_teams(spread: float, per_team: float, *, correlation: float = ICC) -> float:
    """The standard deviation of a team's mean over so many projects, from that of a project.

    σ·√((1 + (m − 1)·ICC) / m): with 30 % of the spread between teams, ten projects tell hardly more than three.

    >>> round(spread_of_teams(10.0, 1), 1), round(spread_of_teams(10.0, 3), 1), round(spread_of_teams(10.0, 10), 1)
    (10.0, 7.3, 6.1)
    """
    return spread * math.sqrt(design_effect(per_team, correlation) / per_team)


def _needed(effect: float, alpha: float) -> int:
    """Units an arm; beyond what anybody has, the normal approximation is exact enough."""
    if (power_at(effect, MANY, MANY, alpha=alpha) or 0) < POWER:
        return math.ceil(2 * (float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(POWER)) / effect) ** 2)
    low, high = FEWEST, MANY
    while low < high:
        middle = (low + high) // 2
        enough = (power_at(effect, middle, middle, alpha=alpha) or 0) >= POWER
        low, high = (low, middle) if enough else (middle + 1, high)
    return low
