"""Does artifact impact find what helps where the effects are real? 219 configurations on 418 public data sets.

    python benchmarks/impact_oboe.py [--data FOLDER] [--seeds 100]

The balanced error of every pair is known, so that the true mean effect of a configuration is. Which configurations a
data set "used" is drawn. The matrix is not ours to hand on: put oboe_error_matrix.csv.gz (udellgroup/oboe,
oboe/defaults/Oboe/error_matrix.csv) into a folder, and name it by --data or MAESTRO_BENCHMARK_DATA.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from impact_rivals import RIVALS, UNTIL, Portfolio, judged
from numpy.typing import NDArray

FILE = "oboe_error_matrix.csv.gz"
LEAST_GAIN = 0.05
COVERAGE = (0.85, 0.95)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Errors:
    """What happened on every pair: accuracy in points less the data set's mean, and that mean: how easy it is."""

    effects: Array
    easiness: Array
    algorithms: NDArray[np.str_]

    @property
    def ease(self) -> Array:
        """How easy a data set is, in standard deviations."""
        return (self.easiness - self.easiness.mean()) / self.easiness.std()


@dataclass(frozen=True)
class Design:
    """How projects come to use what they use.

    `confounding`: as in the simulated portfolios, the odds of a use rise by exp(0.8·confounding) per standard
    deviation of easiness and of a configuration's own random leaning. `stated`: how far the stated complexity
    correlates with the true difficulty; what it does not say is hidden from every ranking. `most`: how many a project
    uses at most, of the four to ten it would. `kinds`: whether an algorithm is a kind of artifact, or all are of one.
    """

    confounding: float = 1.0
    stated: float = 1.0
    most: int = 10
    kinds: bool = False


DESIGNS = {
    "confounding 1 (the targets are for this)": Design(),
    "confounding 0": Design(confounding=0.0),
    "confounding 2": Design(confounding=2.0),
    "confounding 1, complexity correlates by 0.8 with difficulty": Design(stated=0.8),
    "confounding 2, complexity correlates by 0.8 with difficulty": Design(confounding=2.0, stated=0.8),
    "confounding 1, complexity says nothing": Design(stated=0.0),
    "confounding 1, three each": Design(most=3),
    "confounding 1, three each, complexity correlates by 0.8": Design(most=3, stated=0.8),
    "confounding 1, one each: success is the accuracy that was measured": Design(most=1),
    "confounding 1, algorithms are kinds": Design(kinds=True),
}


def errors_in(file: Path) -> Errors:
    matrix = pd.read_csv(file, index_col=0)
    accuracy = 100 * (1 - matrix.to_numpy(dtype=float))
    easiness = accuracy.mean(axis=1)
    algorithms = np.array([ast.literal_eval(name)["algorithm"] for name in matrix.columns])
    return Errors(accuracy - easiness[:, None], easiness, algorithms)


def a_portfolio(errors: Errors, design: Design, seed: int) -> Portfolio:
    """Data sets as projects: each ends as easy as it is, plus what the configurations it used really did on it.

    success = mean accuracy on this data set + Σ over what it used (accuracy of this configuration on this data set −
    that mean). So the effect of a configuration is what it does on average of all data sets: the truth. What it does
    on one data set beyond that, a quarter more in standard deviation than what it does on average, is noise that is
    neither normal nor independent. Popularity is as in the simulated portfolios, and so is how many are used.
    """
    chance = np.random.default_rng([20250101, seed])
    uses = _uses(errors, design, chance)
    pairs = uses["project_id"].to_numpy(), uses["artifact_id"].to_numpy()
    success = errors.easiness + np.bincount(pairs[0], errors.effects[pairs], minlength=len(errors.easiness))
    projects = _projects(errors, design, chance).assign(success=success)
    return Portfolio(projects, uses, pd.Series(errors.effects.mean(axis=0)))


def _uses(errors: Errors, design: Design, chance: np.random.Generator) -> pd.DataFrame:
    """Four to ten distinct ones each, drawn by Gumbel's trick; easy projects use a few more."""
    projects, artifacts = errors.effects.shape
    popularity = -0.6 * np.log(6 + chance.permutation(artifacts))
    liking = popularity + 0.8 * design.confounding * np.outer(errors.ease, chance.normal(size=artifacts))
    order = np.argsort(-(liking + chance.gumbel(size=liking.shape)), axis=1)
    number = 6.2 + 0.6 * design.confounding * errors.ease + chance.normal(0, 1.6, projects)
    number = np.minimum(np.clip(np.round(number), 4, 10), design.most)
    rows, places = np.nonzero(np.arange(10) < number[:, None])
    columns = order[rows, places]
    kinds = errors.algorithms[columns] if design.kinds else "model"
    return pd.DataFrame({"project_id": rows, "artifact_id": columns, "kind": kinds})


def _projects(errors: Errors, design: Design, chance: np.random.Generator) -> pd.DataFrame:
    """What is stated of a project before it starts: how complex it is. All else is unknown.

    The matrix knows no time, so all finish on the same day: ages would only take weight from some of them.
    """
    count = len(errors.easiness)
    stated = -design.stated * errors.ease + np.sqrt(1 - design.stated**2) * chance.normal(size=count)
    return pd.DataFrame(
        {
            "project_id": np.arange(count),
            "complexity": np.clip(5.2 + 2.1 * stated, 1, 10).round(1),
            "team_size": np.nan,
            "experience": np.nan,
            "domain": "public",
            "started_at": pd.Timestamp(UNTIL, tz="UTC") - pd.Timedelta(days=120),
            "finished_at": pd.Timestamp(UNTIL, tz="UTC"),
        }
    )


def mean_of(errors: Errors, design: Design, seeds: int) -> pd.DataFrame:
    """NDCG@10 and coverage of each rival, and by how much ours is above it with the standard error of that."""
    runs = {seed: judged(a_portfolio(errors, design, seed)) for seed in range(seeds)}
    every = pd.concat(runs, names=["seed", "rival"])
    ranked = every["NDCG@10"].unstack("rival")
    above = -ranked.sub(ranked["impact"], axis=0)
    means = every.groupby("rival", sort=False).mean()
    return means.assign(above=above.mean(), error=above.sem()).loc[list(RIVALS)]


def targets(table: pd.DataFrame) -> dict[str, bool]:
    gain, covered = float(table.loc["naive mean", "above"]), float(table.loc["impact", "coverage"])
    return {
        f"NDCG@10 above the naive mean by {gain:.3f}, target ≥ {LEAST_GAIN}": gain >= LEAST_GAIN,
        f"coverage {covered:.3f}, target {COVERAGE[0]} to {COVERAGE[1]}": COVERAGE[0] <= covered <= COVERAGE[1],
    }


def main(folder: Path | None, seeds: int) -> int:
    if folder is None or not (folder / FILE).exists():
        print(f"skipped: {FILE} is in no folder named by --data or MAESTRO_BENCHMARK_DATA")
        return 0
    errors = errors_in(folder / FILE)
    tables = {name: mean_of(errors, design, seeds) for name, design in DESIGNS.items()}
    for name, table in tables.items():
        print(f"\n{name}, {seeds} draws")
        print(table.rename(columns={"above": "impact is above by", "error": "±"}).round(3).to_string())
    reached = targets(next(iter(tables.values())))
    print("", *(f"{'reached' if ok else 'MISSED'}: {text}" for text, ok in reached.items()), sep="\n")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("MAESTRO_BENCHMARK_DATA"))
    parser.add_argument("--seeds", type=int, default=100)
    given = parser.parse_args()
    sys.exit(main(given.data and Path(given.data), given.seeds))
