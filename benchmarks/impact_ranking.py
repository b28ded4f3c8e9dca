"""Does artifact impact find the artifacts that help? Against the naive mean, on portfolios whose truth is known.

Run: python benchmarks/impact_ranking.py [seeds]
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from maestro_core.learning.simulation import World, simulate_outcomes
from maestro_core.scoring.impact import artifact_impact

UNTIL = date(2026, 1, 1)
PROJECTS, ARTIFACTS = 300, 600
TOP = 10
LEAST_GAIN = 0.15
COVERAGE = (0.85, 0.95)

Ranking = Callable[[World], "pd.Series[float]"]


def impact(world: World) -> pd.Series[float]:
    """Our effect per artifact."""
    return artifact_impact(world.projects, world.uses, as_of=UNTIL).artifacts.set_index("artifact_id")["effect"]


def naive_mean(world: World, *, least: int = 1) -> pd.Series[float]:
    """Mean success of the finished projects that used an artifact; with fewer than `least`, ranked last."""
    uses = world.uses.merge(world.projects[["project_id", "success"]].dropna(), on="project_id")
    by_artifact = uses.groupby("artifact_id")["success"].agg(["mean", "size"])
    return by_artifact["mean"].where(by_artifact["size"] >= least, -np.inf)


def ndcg(scores: pd.Series[float], truth: pd.Series[float]) -> float:
    """NDCG@10 among the artifacts that a finished project used; what is gained is the true effect, at least 0."""
    gain = truth.loc[scores.index].clip(lower=0)
    discount = 1 / np.log2(np.arange(2, TOP + 2))
    found = gain.loc[scores.sort_values(ascending=False, kind="stable").index[:TOP]]
    return float((found.to_numpy() * discount).sum() / (gain.nlargest(TOP).to_numpy() * discount).sum())


def coverage(world: World) -> float:
    """The share of artifacts whose true effect lies in the 90 % interval."""
    scored = artifact_impact(world.projects, world.uses, as_of=UNTIL).artifacts.merge(
        world.truth, on="artifact_id", suffixes=("", "_true")
    )
    return float(scored["effect_true"].between(scored["low"], scored["high"]).mean())


RANKINGS: dict[str, Ranking] = {
    "impact": impact,
    "naive": naive_mean,
    "naive, 2+ projects": lambda world: naive_mean(world, least=2),
    "naive, 4+ projects": lambda world: naive_mean(world, least=4),
}


def measured(seed: int, *, confounding: float) -> dict[str, float]:
    world = simulate_outcomes(seed, projects=PROJECTS, artifacts=ARTIFACTS, confounding=confounding, until=UNTIL)
    truth = world.truth.set_index("artifact_id")["effect"]
    row = {name: ndcg(ranking(world), truth) for name, ranking in RANKINGS.items()}
    return row | {"coverage": coverage(world)}


def cost(ranking: Ranking, world: World) -> tuple[float, float]:
    """Seconds (best of five) and peak megabytes of Python's own memory."""
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        ranking(world)
        seconds.append(time.perf_counter() - begun)
    tracemalloc.start()
    ranking(world)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return min(seconds), peak


def show_cost() -> None:
    print("\ncost, and as a ratio to the naive mean")
    for projects, artifacts in ((80, 150), (300, 600), (1000, 1000)):
        world = simulate_outcomes(0, projects=projects, artifacts=artifacts, until=UNTIL)
        ours, naive = cost(impact, world), cost(naive_mean, world)
        print(
            f"{projects:>5} × {artifacts:<5} {ours[0] * 1e3:8.1f} ms ({ours[0] / naive[0]:6.1f} ×)"
            f"  {ours[1]:7.1f} MB ({ours[1] / naive[1]:6.1f} ×)"
        )


def main(seeds: int) -> int:
    print(f"NDCG@{TOP} and coverage of 90 % intervals, {PROJECTS} projects × {ARTIFACTS} artifacts, {seeds} seeds")
    print("(confounding 1 is the sample portfolio's; the targets are for it; 0 and 2 show how much that matters)\n")
    tables = {by: pd.DataFrame([measured(seed, confounding=by) for seed in range(seeds)]) for by in (1.0, 0.0, 2.0)}
    print(tables[1.0].round(3).to_string(), "\n")
    means = pd.DataFrame({f"confounding {by:g}": table.mean() for by, table in tables.items()})
    print(means.T.round(3).to_string())
    show_cost()
    gain = float((tables[1.0]["impact"] - tables[1.0]["naive"]).mean())
    covered = float(tables[1.0]["coverage"].mean())
    reached = {
        f"NDCG@{TOP} above the naive mean by {gain:.3f}, target ≥ {LEAST_GAIN}": gain >= LEAST_GAIN,
        f"coverage {covered:.3f}, target {COVERAGE[0]} to {COVERAGE[1]}": COVERAGE[0] <= covered <= COVERAGE[1],
    }
    print("", *(f"{'reached' if ok else 'MISSED'}: {text}" for text, ok in reached.items()), sep="\n")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
