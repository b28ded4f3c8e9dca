"""On which scale success is learned: in points, clipped, or on a logit that keeps it between 0 and 100.

    python benchmarks/prediction_scales.py [--seeds 20]

Four simulated worlds, in which success is linear, linear with many projects at 0 or 100, a logit, or a logit near 100.
Each rival learns from the same past projects and foretells the same new ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd

from maestro_core.learning import intervals
from maestro_core.learning.predictors import FEATURES, WORDS, ridge
from maestro_core.learning.preparation import inputs
from maestro_core.learning.scales import POINTS

World = Callable[[np.ndarray, np.random.Generator], np.ndarray]

WORLDS: dict[str, World] = {
    "logit": lambda x, chance: 100 / (1 + np.exp(-(1.0 + x + chance.normal(0, 0.8, len(x))))),
    "logit near 100": lambda x, chance: 100 / (1 + np.exp(-(2.2 + x + chance.normal(0, 1.0, len(x))))),
    "linear": lambda x, chance: np.clip(65 + 15 * x + chance.normal(0, 13, len(x)), 0, 100),
    "many at 0 or 100": lambda x, chance: np.clip(80 + 25 * x + chance.normal(0, 20, len(x)), 0, 100),
}


def portfolio(n: int, chance: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Invented projects, and how favourable their circumstances are."""
    frame = pd.DataFrame(
        {
            "project_id": np.arange(n),
            "complexity": chance.uniform(1, 10, n),
            "team_size": chance.poisson(4, n) + 1.0,
            "experience": chance.uniform(0, 10, n),
            "artifacts": chance.poisson(5, n).astype(float),
            "domain": chance.choice(list("abcdefg"), n),
            "problem_type": chance.choice(list("xyz"), n),
        }
    )
    domains = dict(zip("abcdefg", chance.normal(0, 0.4, 7), strict=True))
    favourable = 0.12 * (frame["experience"] - 5) + 0.1 * (frame["artifacts"] - 5) - 0.25 * (frame["complexity"] - 5)
    frame["experience"] = frame["experience"].mask(chance.random(n) < 0.2)
    return frame, (favourable + frame["domain"].map(domains)).to_numpy()


WAYS: dict[str, tuple[Callable, Callable]] = {
    "points": (POINTS.forth, POINTS.back),
    "logit": (lambda y: np.log((y + 1) / (101 - y)), lambda z: np.clip(102 / (1 + np.exp(-z)) - 1, 0, 100)),
}
"""In points, clipped; and as the logit of (success + 1) / 102, which 0 and 100 have too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    print(f"{seeds} seeds, 200 new projects each; ratio: error of the logit / error in points")
    print(f"{'world':<17} {'past':>4} {'scale':<7} {'error':>6} {'ratio':>6} {'width 80':>9} {'cover 80':>9}")
    for world, n in ((world, n) for world in WORLDS for n in (20, 60, 200)):
        rows = {way: np.mean([_judged(world, n, way, seed) for seed in range(seeds)], axis=0) for way in WAYS}
        for way, (error, width, cover) in rows.items():
            ratio = error / rows["points"][0]
            print(f"{world:<17} {n:>4} {way:<7} {error:>6.2f} {ratio:>6.3f} {width:>9.2f} {cover:>9.3f}", flush=True)


def _judged(world: str, n: int, way: str, seed: int) -> tuple[float, float, float]:
    forth, back = WAYS[way]
    chance = np.random.default_rng(seed)
    frame, favourable = portfolio(n + 200, chance)
    X, y = inputs(frame, features=FEATURES, words=WORDS), WORLDS[world](favourable, chance)
    conformal, _ = intervals.conformal(ridge(), X[:n], forth(y[:n]), level=0.8, seed=0)
    low, high = (back(bound) for bound in intervals.interval(conformal, X[n:]))
    told, truth = back(ridge().fit(X[:n], forth(y[:n])).predict(X[n:])), y[n:]
    inside = (low <= truth) & (truth <= high)
    return np.abs(told - truth).mean(), (high - low).mean(), inside.mean()


if __name__ == "__main__":
    main()
