"""What artifact impact costs as the work grows: 10³, 10⁴ and 10⁵ uses, against the naive mean of the same uses.

    python benchmarks/impact_growth.py

A project uses some six artifacts, and there are as many artifacts as projects. Each size runs in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pandas as pd
from impact_rivals import UNTIL, Portfolio, impact, naive_mean

from maestro_core.learning.simulation import simulate_outcomes
from maestro_core.scoring.impact import MOST_EXACT

SIZES = (1_000, 10_000, 100_000)
USES_PER_PROJECT = 6.3
MOST_SECONDS, MOST_MEGABYTES = 2.0, 1024.0


def a_portfolio(uses: int) -> Portfolio:
    size = round(uses / USES_PER_PROJECT)
    world = simulate_outcomes(0, projects=size, artifacts=size, until=UNTIL)
    return Portfolio(world.projects, world.uses, world.truth.set_index("artifact_id")["effect"])


def measured(uses: int) -> dict[str, float]:
    """Seconds are the best of five; memory is what the fit allocates at most, and the peak of the whole process.

    Processor seconds beside them: on a machine that others use, the clock tells more about these.
    """
    portfolio = a_portfolio(uses)
    before = _peak()
    seconds, naive = _seconds(impact, portfolio), _seconds(naive_mean, portfolio)
    processor = _seconds(impact, portfolio, clock=time.process_time)
    after = _peak()
    return {
        "uses": len(portfolio.uses),
        "finished projects": int(portfolio.projects["success"].notna().sum()),
        "seconds": seconds,
        "of a processor": processor,
        "× the naive mean": seconds / naive,
        "MB of its own": _allocated(portfolio),
        "MB of the process": after,
        "MB before the fit": before,
    }


def _seconds(
    call: Callable[[Portfolio], Any], portfolio: Portfolio, *, clock: Callable[[], float] = time.perf_counter
) -> float:
    taken = []
    for _ in range(5):
        begun = clock()
        call(portfolio)
        taken.append(clock() - begun)
    return min(taken)


def _allocated(portfolio: Portfolio) -> float:
    """Megabytes, apart from the timing: following each allocation takes time itself."""
    tracemalloc.start()
    impact(portfolio)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return peak


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned, max_tasks_per_child=1) as pool:
        table = pd.DataFrame(list(pool.map(measured, SIZES)))
    print(f"exact up to {MOST_EXACT:,} finished projects, by random probes above\n")
    print(table.round(3).to_string(index=False))
    seconds, megabytes = float(table["seconds"].iloc[-1]), float(table["MB of the process"].iloc[-1])
    reached = {
        f"{SIZES[-1]:,} uses in {seconds:.2f} s, wanted < {MOST_SECONDS:g}": seconds < MOST_SECONDS,
        f"and {megabytes:.0f} MB, wanted < {MOST_MEGABYTES:g}": megabytes < MOST_MEGABYTES,
    }
    print("", *(f"{'reached' if ok else 'MISSED'}: {text}" for text, ok in reached.items()), sep="\n")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
