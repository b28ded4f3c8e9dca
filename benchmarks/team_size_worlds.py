"""Does team sizing choose good sizes? Against the oracle and a random-forest sweep, in worlds whose truth is known.

Run: python benchmarks/team_size_worlds.py [seeds]
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from maestro_core.learning import team_size
from maestro_core.learning.response_surface import seed_rule
from maestro_core.learning.sensitivity import sensitivity
from maestro_core.learning.team_size import SIZES, Plan
from maestro_core.terms import Target

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

NUMBERS = (30, 60, 120, 240)
ASKED = 40
"""New projects of the same world that each fit is asked about."""

MOST_REGRET = {60: 3.0, 120: 1.5, 240: 1.5}
MOST_OF_FOREST = 0.5
LEAST_COVERAGE = 0.85
NOISE = 8.0
YEARS = 7.0
DOMAINS = {"fraud": -3.0, "demand": 0.0, "vision": 2.0, "search": 4.0}


@dataclass(frozen=True)
class World:
    """How teams are staffed and what becomes of them.

    optimum: the best size, as a multiple of the seed rule. usual: the size that projects usually get, likewise.
    scatter: the standard deviation of ln team size around it. hidden: how much a factor that nobody recorded, of
    variance 1, adds to ln team size, and to success in points. too_small, too_large: points lost per squared doubling
    on either side of the best size.
    """

    optimum: float = 1.0
    usual: float = 1.1
    scatter: float = 0.42
    hidden: tuple[float, float] = (0.0, 0.0)
    too_small: float = 5.0
    too_large: float = 5.0


WORLDS = {
    "rule right": World(),
    "optimum × 1.5": World(optimum=1.5),
    "optimum × 2.2": World(optimum=2.2),
    "hidden confounder": World(hidden=(0.3, 4.0), scatter=0.3),
    "poor overlap": World(optimum=1.5, usual=1.2, scatter=0.12),
}


def projects(world: World, n: int, chance: np.random.Generator) -> pd.DataFrame:
    """Finished projects with what is known of them before the start, and their success."""
    complexity, hidden = chance.uniform(1, 10, n), chance.normal(size=n)
    ease = world.scatter * chance.normal(size=n) + world.hidden[0] * hidden
    people = np.clip(np.round(world.usual * seed_rule(complexity) * np.exp(ease)), 1, 15)
    years = np.clip(chance.normal(YEARS, 2.4, n), 0.5, 20)
    rows = pd.DataFrame(
        {
            "complexity": complexity,
            "team_size": people,
            "experience": years,
            "domain": chance.choice(list(DOMAINS), n),
            "artifacts": chance.poisson(5, n).astype(float),
            "duration": np.nan,
            "cost": np.nan,
        }
    )
    success = truth(world, rows, people) + world.hidden[1] * hidden + NOISE * chance.normal(size=n)
    unknown = chance.random(n) < 0.15
    return rows.assign(success=np.clip(success, 0, 100), experience=np.where(unknown, np.nan, years))


def truth(world: World, rows: pd.DataFrame, people: Values) -> Values:
    """Expected success given what is known; unlike our model with kinks, an interaction, and unequal sides."""
    complexity = rows["complexity"].to_numpy()
    years = rows["experience"].fillna(YEARS).to_numpy() - YEARS
    far = np.log2(people / (world.optimum * seed_rule(complexity)))
    lost = np.where(far < 0, world.too_small, world.too_large) * far**2
    level = 65 - 2.2 * (complexity - 5) + 0.27 * years * complexity + rows["domain"].map(DOMAINS).to_numpy()
    return np.asarray(level + 0.5 * (rows["artifacts"].to_numpy() - 5) - lost, dtype=float)


def measured(world: World, n: int, seed: int) -> dict[str, float]:
    """Means over new projects: regret in points of our choice and of others, coverage, and how much is recommended."""
    chance = np.random.default_rng([seed, n])
    steep = dict(zip(("too_small", "too_large"), chance.uniform(4, 6, 2), strict=True))
    drawn = replace(world, **steep)
    past, asked = projects(drawn, n, chance), projects(drawn, ASKED, chance)
    known = np.column_stack([truth(drawn, asked, np.full(ASKED, float(size))) for size in SIZES])
    model, forest = team_size.fit(past), _forest(past, asked)
    seen = (np.array(SIZES) >= past["team_size"].min()) & (np.array(SIZES) <= past["team_size"].max())
    rows = [_judged(model, asked.iloc[place], known[place], forest[place], seen) for place in range(ASKED)]
    return pd.DataFrame(rows).mean().to_dict()


def _judged(
    model: team_size.TeamSizeModel, row: pd.Series[float], known: Values, forest: Values, seen: Flags
) -> dict[str, float]:
    expected = team_size.expect(model, _plan(row))
    advice, inside = team_size.recommend(expected), expected.supported
    sizes = {
        "ours": advice.size or max(1, round(expected.rule)),
        "seed rule": max(1, round(expected.rule)),
        "forest": _best(forest, seen),
        "forest in support": _best(forest, inside if inside.any() else seen),
    }
    regret = {name: float(known.max() - known[size - 1]) for name, size in sizes.items()}
    draws = expected.draws[Target.SUCCESS]
    covered = {f"{level:.0%} band": _coverage(draws, known, inside, level) for level in (0.8, 0.9)}
    return regret | covered | _found(expected, model, best=int(known.argmax()) + 1)


def _found(expected: team_size.Expected, model: team_size.TeamSizeModel, *, best: int) -> dict[str, float]:
    """Whether the best size is advised, how many sizes are, and whether it lies in the hidden factor's range."""
    told = sensitivity(expected, model.hidden)
    sizes = team_size.recommend(expected).sizes
    within = told.size is not None and told.smallest <= best <= told.largest
    return {"advised": float(best in sizes), "sizes": float(len(sizes)), "in hidden range": float(within)}


def _best(values: Values, possible: Flags) -> int:
    return int(np.where(possible, values, -np.inf).argmax()) + 1


def _coverage(draws: Values, known: Values, inside: Flags, level: float) -> float:
    """The share of supported sizes whose true expectation lies within the band; not a number where none is."""
    if not inside.any():
        return float("nan")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return float(np.mean(((low <= known) & (known <= high))[inside]))


def _plan(row: pd.Series[float]) -> Plan:
    years = None if pd.isna(row["experience"]) else float(row["experience"])
    return Plan(float(row["complexity"]), 1, years, str(row["domain"]), float(row["artifacts"]))


def _forest(past: pd.DataFrame, asked: pd.DataFrame) -> Values:
    """What one does without a model of team size: a random forest of the same columns, asked about each size."""
    model = RandomForestRegressor(200, min_samples_leaf=3, random_state=0).fit(_columns(past), past["success"])
    swept = [model.predict(_columns(asked.assign(team_size=float(size)))) for size in SIZES]
    return np.column_stack(swept)


def _columns(rows: pd.DataFrame) -> Values:
    domains = [(rows["domain"] == name).to_numpy(dtype=float) for name in DOMAINS]
    return np.column_stack([rows[["team_size", "complexity", "experience", "artifacts"]].fillna(YEARS), *domains])


def table(seeds: int) -> pd.DataFrame:
    """One row per world and number of past projects, averaged over seeds."""
    rows = [
        {"world": name, "n": n, "seed": seed, **measured(world, n, seed)}
        for name, world in WORLDS.items()
        for n in NUMBERS
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows).drop(columns="seed").groupby(["world", "n"], sort=False).mean()


def main(seeds: int) -> int:
    begun = time.perf_counter()
    found = table(seeds)
    print(
        f"mean regret in points of success, {seeds} seeds × {ASKED} new projects per world and number of past projects"
    )
    print(found.round(2).to_string(), "\n")
    by_number = found.groupby("n").mean()
    open_worlds = found.drop("hidden confounder", level="world").groupby("n").mean()
    print(by_number.round(2).to_string())
    print(f"{time.perf_counter() - begun:.0f} s")
    reached = {}
    for n in NUMBERS:
        row = by_number.loc[n]
        if n in MOST_REGRET:
            reached[f"n = {n}: regret {row['ours']:.2f}, target ≤ {MOST_REGRET[n]}"] = row["ours"] <= MOST_REGRET[n]
        for forest in ("forest", "forest in support"):
            ratio = row["ours"] / row[forest]
            told = f"n = {n}: {ratio:.2f} of the {row[forest]:.2f} of the {forest}, target ≤ {MOST_OF_FOREST}"
            reached[told] = ratio <= MOST_OF_FOREST
    coverage = float(open_worlds["90% band"].mean())
    reached[f"coverage of 90 % bands {coverage:.3f}, target ≥ {LEAST_COVERAGE}"] = coverage >= LEAST_COVERAGE
    print("", *(f"{'reached' if ok else 'MISSED'}: {text}" for text, ok in reached.items()), sep="\n")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
