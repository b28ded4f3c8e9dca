"""What the predictors are worth on public effort data, out of sample, against five rivals.

    python benchmarks/prediction_skill.py [--data FOLDER] [--repeats 10] [--fast]

Repeated 10-fold cross-validation of every ARFF file in the folder that tells the effort of projects: standardised
accuracy against the exact error of guessing, and the share of outcomes inside intervals made from the training folds
alone (CV+ nested in each). Exits with 1 where one of WANTED is missed. --fast leaves out the forests and the intervals.

The data are not ours to hand on: put china.arff, desharnais.arff, maxwell.arff and nasa93.arff of the PROMISE
repository into a folder, and others if you like, and name it by --data or MAESTRO_BENCHMARK_DATA.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from effort_data import EffortData, folder
from effort_rivals import RIVALS, ours
from prediction_intervals import covered

from maestro_core.learning import intervals
from maestro_core.learning.skill import standardised_accuracy

WANTED = {"china": 0.48, "desharnais": 0.58, "maxwell": 0.59, "nasa93": 0.68}
SLOW = ("forest", "boosting")
COVER = ("cover 80", "cover 90")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("MAESTRO_BENCHMARK_DATA", "data"))
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--fast", action="store_true")
    asked = parser.parse_args()
    rivals = [name for name in RIVALS if not (asked.fast and name in SLOW)]
    print(f"{asked.repeats} × 10-fold cross-validation; standardised accuracy, exact pairs; cover: nested CV+")
    columns = "".join(f"{name:>10}" for name in (*rivals[1:], *COVER))
    print(f"{'data':<12} {'n':>4} {'ours':>6} {'sd':>6} {'wanted':>7} {'':<8}{columns}")
    missed = [data.name for data in folder(Path(asked.data)) if not _is_met(data, asked.repeats, rivals, asked.fast)]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


def _is_met(data: EffortData, repeats: int, rivals: list[str], fast: bool) -> bool:
    """Print a row; whether the accuracy wanted is reached, where one is."""
    runs = pd.DataFrame(cross_validated(data, rivals, seed=seed, with_intervals=not fast) for seed in range(repeats))
    mean, wanted = runs.mean(), WANTED.get(data.name)
    met = wanted is None or mean["ours"] >= wanted
    told = f"{'' if wanted is None else f'{wanted:.2f}':>7} {'' if wanted is None else 'met' if met else 'NOT MET':<8}"
    others = "".join(f"{_short(mean[name]):>10}" for name in (*rivals[1:], *(COVER if not fast else ())))
    print(
        f"{data.name:<12} {len(data.y):>4} {mean['ours']:>6.3f} {runs['ours'].std():>6.3f} {told}{others}", flush=True
    )
    return met


def cross_validated(data: EffortData, rivals: list[str], *, seed: int, with_intervals: bool) -> dict[str, float | None]:
    """The accuracy of each rival when each project is foretold once, by those of the other folds."""
    X, y, words = data.X, data.y, data.words
    told = {name: np.empty(len(y)) for name in rivals}
    inside = np.full((len(y), len(COVER)), np.nan)
    for train, test in intervals.folds(len(y), seed=seed).split(X):
        for name in rivals:
            told[name][test] = RIVALS[name](X.iloc[train], y[train], X.iloc[test], words)
        if with_intervals:
            log = np.log(y)
            inside[test] = covered(ours(X.iloc[train], words), X.iloc[train], log[train], X.iloc[test], log[test])
    accuracy = {name: standardised_accuracy(np.abs(values - y).mean(), y) for name, values in told.items()}
    return accuracy | dict(zip(COVER, inside.mean(axis=0), strict=True))


def _short(accuracy: float) -> str:
    """Below −1 the digits say nothing: one project was foretold many times too large."""
    return f"{accuracy:.3f}" if accuracy > -1 else "< -1"


if __name__ == "__main__":
    main()
