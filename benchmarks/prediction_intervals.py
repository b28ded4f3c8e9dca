"""Whether prediction intervals hold what they promise, from 15 to 120 past projects.

    python benchmarks/prediction_intervals.py [--data FOLDER] [--draws 40]

As many past projects are drawn from each data set, and up to 100 others are foretold: 80 % intervals are to cover 78 to
85 %, 90 % intervals 87 to 95 %, over all data sets of a size; exits with 1 where they do not. `simulated` are projects
invented by prediction_scales, learned as Maestro learns a duration. The data are not ours to hand on: see
prediction_skill.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from effort_data import EffortData, folder
from effort_rivals import ours
from prediction_scales import portfolio
from sklearn.pipeline import Pipeline

from maestro_core.learning import intervals
from maestro_core.learning.predictors import FEATURES, WORDS, ridge
from maestro_core.learning.preparation import inputs

SIZES = (15, 30, 60, 120)
WANTED = {0.8: (0.78, 0.85), 0.9: (0.87, 0.95)}
LEVELS = tuple(WANTED)
OTHERS = 30
"""At least so many must be left to be foretold."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("MAESTRO_BENCHMARK_DATA", "data"))
    parser.add_argument("--draws", type=int, default=40)
    asked = parser.parse_args()
    data = list(folder(asked.data))
    print(f"{'data':<12} {'past':>4} {'cover 80':>9} {'cover 90':>9}   {asked.draws} draws each")
    met = [_is_met(n, data, asked.draws) for n in SIZES]
    sys.exit(0 if all(met) else 1)


def _is_met(n: int, data: list[EffortData], draws: int) -> bool:
    """Print the coverage of each data set, and of all; whether that of all is within bounds."""
    shares = []
    for name, share in _of_size(n, data, draws):
        print(f"{name:<12} {n:>4} {share[0]:>9.3f} {share[1]:>9.3f}", flush=True)
        shares.append(share)
    mean = np.mean(shares, axis=0)
    met = [low <= share <= high for share, (low, high) in zip(mean, WANTED.values(), strict=True)]
    print(f"{'all':<12} {n:>4} {mean[0]:>9.3f} {mean[1]:>9.3f}   {'met' if all(met) else 'NOT MET'}", flush=True)
    return all(met)


def _of_size(n: int, data: list[EffortData], draws: int) -> Iterator[tuple[str, np.ndarray]]:
    for one in data:
        if len(one.y) >= n + OTHERS:
            yield one.name, np.mean([_drawn(one, n, seed) for seed in range(draws)], axis=0)
    yield "simulated", np.mean([_simulated(n, seed) for seed in range(draws)], axis=0)


def _drawn(data: EffortData, n: int, seed: int) -> np.ndarray:
    order, log = np.random.default_rng(seed).permutation(len(data.y)), np.log(data.y)
    past, others = order[:n], order[n : n + 100]
    X = data.X.iloc[past]
    return covered(ours(X, data.words), X, log[past], data.X.iloc[others], log[others]).mean(axis=0)


def _simulated(n: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    frame, favourable = portfolio(n + 100, chance)
    X, y = inputs(frame, features=FEATURES, words=WORDS), 4 - favourable + chance.normal(0, 0.4, n + 100)
    return covered(ridge(), X[:n], y[:n], X[n:], y[n:]).mean(axis=0)


def covered(model: Pipeline, X: pd.DataFrame, y: np.ndarray, new: pd.DataFrame, truth: np.ndarray) -> np.ndarray:
    """Whether each truth came inside its interval of each level, made as Maestro makes it."""
    inside = []
    for level in LEVELS:
        low, high = intervals.interval(intervals.conformal(model, X, y, level=level, seed=0)[0], new)
        inside.append((low <= truth) & (truth <= high))
    return np.column_stack(inside)


if __name__ == "__main__":
    main()
