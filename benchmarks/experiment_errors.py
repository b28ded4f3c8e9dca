"""How often do experiments without an effect claim one? Teams as clusters, looks after every unit, and what these cost.

Run: python benchmarks/experiment_errors.py [replications]
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from maestro_core.errors import NotEnoughData
from maestro_core.scoring.effects import Effect, Sample, adjusted, frequentist, sequential
from maestro_core.scoring.experiment_design import detectable_between
from maestro_core.scoring.experiment_results import adjusted_for_few, compare, look, units_of

ALPHA, ICC, PER_TEAM = 0.05, 0.3, 5
TEAMS = (8, 12, 20, 40)
PLANNED = (8, 20, 60)
Outcomes = Callable[[np.random.Generator, int], NDArray[np.float64]]
OUTCOMES: dict[str, Outcomes] = {
    "normal": lambda chance, n: chance.normal(size=n),
    "lognormal": lambda chance, n: chance.lognormal(size=n),
    "yes or no": lambda chance, n: chance.binomial(1, 0.6, n).astype(float),
}
Looking = Callable[[Sample, Sample, int], Effect]
LOOKS: dict[str, Looking] = {
    "ours": lambda control, treatment, planned: look(control, treatment, planned=planned),
    "sequence as published": lambda control, treatment, planned: sequential(control, treatment, planned=planned),
    "naive: Welch at every look": lambda control, treatment, _: frequentist(control, treatment),
}


def main() -> None:
    """All tables; exits with 1 where ours claims more than 5 %, beyond what chance does in one of a thousand runs."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    limit = float(stats.binom.isf(0.001, replications, ALPHA)) / replications
    print(f"{replications} experiments without an effect each; at most {limit:.1%} is 5 % by chance\n")
    claimed = [*clusters(replications), *peeking(replications), *forecasts(replications)]
    price_of_looking(replications)
    missed = [rate for rate in claimed if rate > limit]
    print(f"\n{'missed' if missed else 'met'}: at most 5 % false positives, within the noise of the simulation")
    sys.exit(1 if missed else 0)


def clusters(replications: int) -> list[float]:
    """Whole teams assigned, outcomes alike within teams: counted as teams, and naively as projects."""
    rates = []
    print(f"{'teams':>6} {'ours':>7} {'naive: projects':>16} {'ratio':>6}")
    for teams in TEAMS:
        chance = np.random.default_rng(teams)
        found = np.mean([_claims(chance, teams) for _ in range(replications)], axis=0)
        rates.append(float(found[0]))
        print(f"{teams:>6} {found[0]:>7.1%} {found[1]:>16.1%} {found[0] / found[1]:>6.2f}")
    return rates


def peeking(replications: int) -> list[float]:
    """A look after every unit from two in each variant on, up to the planned number."""
    rates = []
    print(f"\n{'planned':>8} {'outcomes':>10} " + " ".join(f"{name:>26}" for name in LOOKS) + f" {'ratio':>6}")
    for planned in PLANNED:
        for outcomes, draw in OUTCOMES.items():
            chance = np.random.default_rng(planned)
            found = np.mean([_ever_claims(chance, draw, planned) for _ in range(replications)], axis=0)
            rates.append(float(found[0]))
            told = " ".join(f"{rate:>26.1%}" for rate in found)
            ratio = f"{found[0] / found[-1]:.2f}" if found[-1] else "–"
            print(f"{planned:>8} {outcomes:>10} {told} {ratio:>6}")
    return rates


def forecasts(replications: int) -> list[float]:
    """Adjusted by forecasts that explain a third of the spread: with what the slope costs, and naively without."""
    rates = []
    print(f"\n{'units':>6} {'ours':>7} {'naive: CUPED':>13} {'ratio':>6} {'width of Welch kept':>20}")
    for units in (14, 20, 40):
        chance = np.random.default_rng(units)
        found = np.mean([_adjusts(chance, units) for _ in range(replications)], axis=0)
        rates.append(float(found[0]))
        print(f"{units:>6} {found[0]:>7.1%} {found[1]:>13.1%} {found[0] / found[1]:>6.2f} {found[2]:>20.2f}")
    return rates


def _adjusts(chance: np.random.Generator, units: int) -> tuple[float, float, float]:
    told = chance.normal(size=units)
    values = 0.6 * told + 0.8 * chance.normal(size=units)
    treated = chance.permutation(np.repeat([False, True], units // 2))
    ours, naive = (frequentist(*how(values, told, treated)) for how in (adjusted_for_few, adjusted))
    plain = frequentist(Sample.of(values[~treated]), Sample.of(values[treated]))
    claims = [float((effect.p_value or 1.0) < ALPHA) for effect in (ours, naive)]
    return claims[0], claims[1], (ours.high - ours.low) / (plain.high - plain.low)


def price_of_looking(replications: int) -> None:
    """How often a true effect that 80 % of experiments find at the planned end is found while looking."""
    print(f"\n{'planned':>8} {'d':>5} {'Welch at the end':>17} {'ours, while looking':>20} {'ratio':>6}")
    for planned in PLANNED[1:]:
        effect = detectable_between(planned // 2, planned // 2) or 0.0
        chance = np.random.default_rng(planned)
        found = np.mean([_finds(chance, effect, planned) for _ in range(replications)], axis=0)
        print(f"{planned:>8} {effect:>5.2f} {found[0]:>17.1%} {found[1]:>20.1%} {found[1] / found[0]:>6.2f}")


def _finds(chance: np.random.Generator, effect: float, planned: int) -> tuple[bool, bool]:
    treated = chance.permutation(np.repeat([False, True], planned // 2))
    values = chance.normal(size=planned) + effect * treated
    at_the_end = frequentist(Sample.of(values[~treated]), Sample.of(values[treated])).low > 0
    while_looking = False
    for count in range(4, planned + 1):
        arms = [values[:count][treated[:count] == one] for one in (False, True)]
        if min(map(len, arms)) > 1:
            while_looking |= look(Sample.of(arms[0]), Sample.of(arms[1]), planned=planned).low > 0
    return at_the_end, while_looking


def _claims(chance: np.random.Generator, teams: int) -> tuple[bool, bool]:
    of_team = np.repeat(chance.normal(0, np.sqrt(ICC), teams), PER_TEAM)
    team = np.repeat(np.arange(teams), PER_TEAM).astype(str)
    variant = np.repeat(chance.permutation(np.repeat(["a", "b"], teams // 2)), PER_TEAM)
    value = of_team + chance.normal(0, np.sqrt(1 - ICC), len(team))
    rows = pd.DataFrame({"project_id": np.arange(len(team)), "team": team, "variant": variant, "value": value})
    rows = rows.assign(stratum="all", forecast=np.nan, ended_at=0)
    ours, naive = (
        compare(units_of(rows, by_team=by_team), control="a", treatment="b", planned=teams).p_value or 1.0
        for by_team in (True, False)
    )
    return ours < ALPHA, naive < ALPHA


def _ever_claims(chance: np.random.Generator, draw: Outcomes, planned: int) -> list[bool]:
    values = draw(chance, planned)
    treated = chance.permutation(np.repeat([False, True], planned // 2))
    claimed = dict.fromkeys(LOOKS, False)
    for count in range(4, planned + 1):
        try:
            samples = [Sample.of(values[:count][treated[:count] == one]) for one in (False, True)]
            for name, told in LOOKS.items():
                effect = told(samples[0], samples[1], planned)
                claimed[name] |= effect.low > 0 or effect.high < 0
        except NotEnoughData:
            continue
    return list(claimed.values())


if __name__ == "__main__":
    main()
