"""What the predictors' building blocks are worth on public effort data, out of sample, against naive rivals.

    python benchmarks/prediction_skill.py [--data FOLDER] [--repeats 10] [--scales] [--sizes] [--speed]

Effort data: repeated 10-fold cross-validation, intervals made from the training folds alone (CV+ nested in each).
--scales compares success learnt in points and on a logit, --sizes shows coverage from 15 to 120 projects, --speed times
a refit of all three targets. The data are not ours to hand on: put china.arff, desharnais.arff, maxwell.arff and
nasa93.arff of the PROMISE repository into a folder, and name it by --data or MAESTRO_BENCHMARK_DATA.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import arff
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import Pipeline, make_pipeline

from maestro_core.learning import intervals
from maestro_core.learning.predictors import FEATURES, PREDICTORS, WORDS, fit, ridge
from maestro_core.learning.preparation import inputs, is_skewed, prepare
from maestro_core.learning.scales import LOGARITHM, POINTS
from maestro_core.learning.skill import standardised_accuracy
from maestro_core.terms import Target

LEVELS = (0.8, 0.9)
RATINGS = {"vl": 1, "l": 2, "n": 3, "h": 4, "vh": 5, "xh": 6}
COCOMO = (
    *("rely", "data", "cplx", "time", "stor", "virt", "turn"),
    *("acap", "aexp", "pcap", "vexp", "lexp", "modp", "tool", "sced"),
)
KEYS = ("ID", "Project", "recordnumber")
FROM_EFFORT = ("N_effort", "PDR_AFP", "PDR_UFP", "NPDR_AFP", "NPDU_UFP")
KNOWN_AT_THE_END = ("Duration", "Length")
LEFT_OUT = {*KEYS, *FROM_EFFORT, *KNOWN_AT_THE_END, "Time"}
"""Time is Maxwell's Syear − 84: the same column twice."""


@dataclass(frozen=True)
class EffortData:
    """A public data set: its target, which columns are words, which are ratings, and the accuracy wanted."""

    name: str
    target: str
    words: tuple[str, ...]
    wanted: float
    ratings: tuple[str, ...] = ()


DATA = (
    EffortData("china", "Effort", (), 0.48),
    EffortData("desharnais", "Effort", ("Language",), 0.58),
    EffortData("maxwell", "Effort", ("App", "Har", "Dba", "Ifc", "Source", "Telonuse"), 0.59),
    EffortData("nasa93", "act_effort", ("projectname", "cat2", "forg", "center", "mode"), 0.68, COCOMO),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("MAESTRO_BENCHMARK_DATA", "data"))
    parser.add_argument("--repeats", type=int, default=10)
    for more in ("scales", "sizes", "speed"):
        parser.add_argument(f"--{more}", action="store_true")
    asked = parser.parse_args()
    chosen = [f for name, f in (("scales", scales), ("sizes", sizes), ("speed", speed)) if getattr(asked, name)]
    for benchmark in chosen or [partial(effort, Path(asked.data), asked.repeats)]:
        benchmark()


def effort(folder: Path, repeats: int) -> None:
    """Standardised accuracy and coverage on the public data sets."""
    print(f"{repeats} × 10-fold cross-validation; SA: standardised accuracy, exact pairs; cover 80, 90: nested CV+")
    print(
        f"{'data':<11} {'n':>4} {'SA':>6} {'sd':>6} {'median':>7} {'wanted':>7} {'':<8} {'cover 80':>8} {'cover 90':>8}"
    )
    for data in DATA:
        file = folder / f"{data.name}.arff"
        if not file.exists():
            print(f"{data.name:<11} skipped: no {file}")
            continue
        X, y = read(file, data)
        runs = pd.DataFrame(cross_validated(X, y, data, seed=seed) for seed in range(repeats))
        mean, met = runs.mean(), "met" if runs["accuracy"].mean() >= data.wanted else "NOT MET"
        print(
            f"{data.name:<11} {len(y):>4} {mean['accuracy']:>6.3f} {runs['accuracy'].std():>6.3f} "
            f"{mean['median']:>7.3f} {data.wanted:>7.2f} {met:<8} {mean['80']:>8.3f} {mean['90']:>8.3f}",
            flush=True,
        )


def read(file: Path, data: EffortData) -> tuple[pd.DataFrame, np.ndarray]:
    """The features known before the start, and the effort."""
    frame = pd.DataFrame(arff.loadarff(file)[0])
    for name in frame.columns.difference(frame.select_dtypes("number").columns):
        frame[name] = frame[name].str.decode("utf-8").str.strip()
    for name in data.ratings:
        frame[name] = frame[name].map(RATINGS)
    effort = frame.pop(data.target).to_numpy(float)
    features = [name for name in frame if name not in LEFT_OUT]
    return inputs(frame, features=features, words=data.words), effort


def cross_validated(X: pd.DataFrame, y: np.ndarray, data: EffortData, *, seed: int) -> dict[str, float]:
    predicted, medians, inside = np.empty(len(y)), np.empty(len(y)), np.empty((len(y), len(LEVELS)))
    for train, test in intervals.folds(len(y), seed=seed).split(X):
        build = partial(blocks, X.iloc[train], data.words)
        known = LOGARITHM.forth(y[train])
        predicted[test] = LOGARITHM.back(build().fit(X.iloc[train], known).predict(X.iloc[test]))
        medians[test] = np.median(y[train])
        inside[test] = covered(build(), X.iloc[train], known, X.iloc[test], LOGARITHM.forth(y[test]))
    errors = {"accuracy": np.abs(predicted - y).mean(), "median": np.abs(medians - y).mean()}
    accuracies = {name: standardised_accuracy(error, y) for name, error in errors.items()}
    return accuracies | dict(zip(("80", "90"), inside.mean(axis=0), strict=True))


def blocks(train: pd.DataFrame, words: tuple[str, ...]) -> Pipeline:
    """The predictors' pipeline for other columns; which are skewed is judged on the training rows alone."""
    numbers = [name for name in train if name not in words]
    skewed = [name for name in numbers if is_skewed(train[name])]
    plain = [name for name in numbers if name not in skewed]
    return make_pipeline(prepare(numbers=plain, skewed=skewed, words=words), BayesianRidge())


def covered(model: Pipeline, X: pd.DataFrame, y: np.ndarray, new: pd.DataFrame, truth: np.ndarray) -> np.ndarray:
    conformal, _ = intervals.conformal(model, X, y, level=LEVELS, seed=0)
    bounds = conformal.predict_interval(new, aggregate_point_predictions=None)[1]
    return (bounds[:, 0] <= truth[:, None]) & (truth[:, None] <= bounds[:, 1])


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


def scales() -> None:
    """Success in points, clipped, against a logit of (success + 1) / 102."""
    ways = {
        "points": (POINTS.forth, POINTS.back),
        "logit": (lambda y: np.log((y + 1) / (101 - y)), lambda z: np.clip(102 / (1 + np.exp(-z)) - 1, 0, 100)),
    }
    print(f"{'world':<17} {'n':>4} {'scale':<7} {'error':>6} {'width 80':>9} {'cover 80':>9}   20 seeds, 200 new each")
    for world, n in ((world, n) for world in WORLDS for n in (20, 60, 200)):
        for way, (forth, back) in ways.items():
            rows = np.mean([_judged(world, n, forth, back, seed) for seed in range(20)], axis=0)
            print(f"{world:<17} {n:>4} {way:<7} {rows[0]:>6.2f} {rows[1]:>9.2f} {rows[2]:>9.3f}", flush=True)


def sizes() -> None:
    """Coverage of new projects by the size of the past."""
    print(f"{'n':>4} {'cover 80':>9} {'cover 90':>9}   logarithm of duration, 60 seeds, 100 new projects each")
    for n in (15, 30, 60, 120):
        hits = np.mean([rows for seed in range(60) for rows in _hits(n, seed)], axis=0)
        print(f"{n:>4} {hits[0]:>9.3f} {hits[1]:>9.3f}", flush=True)


def speed() -> None:
    """The time of a refit of all three targets, with skill and intervals; OPENBLAS_NUM_THREADS=1 for one thread."""
    PREDICTORS[Target.COST].build()  # imports scikit-learn, which is not what is timed
    for n in (50, 500, 5000):
        chance = np.random.default_rng(0)
        frame, favourable = portfolio(n, chance)
        outcome = np.exp(4 - favourable + chance.normal(0, 0.4, n))
        frame = frame.assign(success=WORLDS["linear"](favourable, chance), duration=outcome, cost=outcome * 500)
        started, worked = time.perf_counter(), time.process_time()
        for predictor in PREDICTORS.values():
            fit(predictor, frame)
        waited, worked = time.perf_counter() - started, time.process_time() - worked
        print(f"{n:>5} projects: {waited:.2f} s, {worked:.2f} s of processor, {len(PREDICTORS)} targets", flush=True)


def _judged(world: str, n: int, forth: Callable, back: Callable, seed: int) -> tuple[float, float, float]:
    chance = np.random.default_rng(seed)
    frame, favourable = portfolio(n + 200, chance)
    X, y = inputs(frame, features=FEATURES, words=WORDS), WORLDS[world](favourable, chance)
    conformal, _ = intervals.conformal(ridge(), X[:n], forth(y[:n]), level=0.8, seed=0)
    points, bounds = conformal.predict_interval(X[n:], aggregate_point_predictions=None)
    low, high, truth = back(bounds[:, 0, 0]), back(bounds[:, 1, 0]), y[n:]
    inside = (low <= truth) & (truth <= high)
    return np.abs(back(points) - truth).mean(), (high - low).mean(), inside.mean()


def _hits(n: int, seed: int) -> Iterator[np.ndarray]:
    chance = np.random.default_rng(seed)
    frame, favourable = portfolio(n + 100, chance)
    X, y = inputs(frame, features=FEATURES, words=WORDS), 4 - favourable + chance.normal(0, 0.4, n + 100)
    yield from covered(ridge(), X[:n], y[:n], X[n:], y[n:])


if __name__ == "__main__":
    main()
