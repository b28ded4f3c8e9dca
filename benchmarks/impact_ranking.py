"""Does artifact impact find the artifacts that help? On portfolios whose truth is known, against simpler rankings.

    python benchmarks/impact_ranking.py [--seeds 40]

Three strengths of confounding at 60 × 120, 300 × 600 and 1,000 × 1,000 projects × artifacts, and 10,000 × 10,000 with
its time and memory. The largest take a tenth of the seeds, and one.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
from impact_rivals import RIVALS, UNTIL, Portfolio, impact, judged, naive_mean

from maestro_core.learning.simulation import simulate_outcomes

SIZES = ((60, 120, 1.0), (300, 600, 1.0), (1_000, 1_000, 0.25))
"""Projects, artifacts, and the share of the seeds."""
LARGEST = 10_000
CONFOUNDINGS = (0.0, 1.0, 2.0)
LEAST_GAIN = 0.15
COVERAGE = (0.85, 0.95)
MOST_SECONDS, MOST_MEGABYTES = 2.0, 1024.0


def a_portfolio(seed: int, projects: int, artifacts: int, confounding: float) -> Portfolio:
    world = simulate_outcomes(seed, projects=projects, artifacts=artifacts, confounding=confounding, until=UNTIL)
    return Portfolio(world.projects, world.uses, world.truth.set_index("artifact_id")["effect"])


def mean_of(seeds: int, projects: int, artifacts: int, confounding: float) -> pd.DataFrame:
    """NDCG@10 and coverage of each rival, and by how much ours is above it with the standard error of that."""
    runs = {seed: judged(a_portfolio(seed, projects, artifacts, confounding)) for seed in range(seeds)}
    every = pd.concat(runs, names=["seed", "rival"])
    ranked = every["NDCG@10"].unstack("rival")
    above = -ranked.sub(ranked["impact"], axis=0)
    means = every.groupby("rival", sort=False).mean()
    return means.assign(above=above.mean(), error=above.sem()).loc[list(RIVALS)]


def show(table: pd.DataFrame, *, title: str) -> None:
    print(f"\n{title}")
    print(table.rename(columns={"above": "impact is above by", "error": "±"}).round(3).to_string(), flush=True)


def timed(call: Callable[[Portfolio], Any], portfolio: Portfolio) -> tuple[float, float]:
    """Seconds by the clock and of the processor, each the best of three; on a busy machine the second says more."""
    taken = []
    for _ in range(3):
        begun = time.perf_counter(), time.process_time()
        call(portfolio)
        taken.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    seconds, processor = zip(*taken, strict=True)
    return min(seconds), min(processor)


def largest() -> dict[str, bool]:
    """10,000 × 10,000, before anything else has used memory: the peak of the whole process tells it."""
    portfolio = a_portfolio(0, LARGEST, LARGEST, 1.0)
    (seconds, processor), (naive, _) = timed(impact, portfolio), timed(naive_mean, portfolio)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{LARGEST:,} × {LARGEST:,}, {len(portfolio.uses):,} uses: {seconds:.2f} s by the clock, {processor:.2f} s of a"
    )
    print(f"processor, {seconds / naive:.0f} × the naive mean's {naive:.3f} s; peak of the process {megabytes:.0f} MB")
    show(mean_of(1, LARGEST, LARGEST, 1.0), title=f"{LARGEST:,} × {LARGEST:,}, confounding 1, one seed")
    return {
        f"{LARGEST:,} × {LARGEST:,} in {seconds:.2f} s, target < {MOST_SECONDS:g}": seconds < MOST_SECONDS,
        f"and {megabytes:.0f} MB, target < {MOST_MEGABYTES:g}": megabytes < MOST_MEGABYTES,
    }


def targets(table: pd.DataFrame) -> dict[str, bool]:
    gain, covered = float(table.loc["naive mean", "above"]), float(table.loc["impact", "coverage"])
    return {
        f"NDCG@10 above the naive mean by {gain:.3f}, target ≥ {LEAST_GAIN}": gain >= LEAST_GAIN,
        f"coverage {covered:.3f}, target {COVERAGE[0]} to {COVERAGE[1]}": COVERAGE[0] <= covered <= COVERAGE[1],
    }


def main(seeds: int) -> int:
    reached = largest()
    for projects, artifacts, share in SIZES:
        some = max(2, round(seeds * share))
        for confounding in CONFOUNDINGS:
            table = mean_of(some, projects, artifacts, confounding)
            show(table, title=f"{projects:,} × {artifacts:,}, confounding {confounding:g}, {some} seeds")
            if (projects, confounding) == (300, 1.0):
                reached |= targets(table)
    print("", *(f"{'reached' if ok else 'MISSED'}: {text}" for text, ok in reached.items()), sep="\n")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40)
    sys.exit(main(parser.parse_args().seeds))
