"""What it costs to learn anew from one more outcome: three targets with skill and intervals, as projects grow.

    python benchmarks/refit_growth.py

Seconds of a processor and megabytes at 50, 500 and 5,000 past projects, each size in a process of its own after one
fit to warm up, with one thread; the best of three. Where nothing else runs, that is how long one waits; what was waited
stands beside it. 500 projects are to take under a second, else it exits with 1. The baseline is one plain fit of the
same three pipelines: intervals and skill refit each of them ten times more.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from prediction_scales import WORLDS, portfolio
from threadpoolctl import threadpool_limits

from maestro_core.learning.predictors import PREDICTORS, fit

SIZES = (50, 500, 5000)
AT_MOST = {500: 1.0}


@dataclass(frozen=True)
class Cost:
    """Seconds of a processor for a refit, how long it took, the same for a plain fit, and the most megabytes held."""

    seconds: float
    waited: float
    plain: float
    megabytes: float


SPAWN = multiprocessing.get_context("spawn")


def main() -> None:
    print(f"{'projects':>8} {'seconds':>8} {'waited':>7} {'plain fit':>9} {'ratio':>6} {'MB':>8}")
    with_targets = [_told(n, _apart(n)) for n in SIZES]
    sys.exit(0 if all(with_targets) else 1)


def _apart(n: int) -> Cost:
    with SPAWN.Pool(1) as pool:
        return pool.apply(measured, (n,))


def measured(n: int) -> Cost:
    """What a refit of n projects costs in this process."""
    with threadpool_limits(limits=1):
        refit(past(50))
        projects = past(n)
        seconds, waited = _best(lambda: refit(projects))
        return Cost(seconds, waited, _best(lambda: plain(projects))[0], _megabytes())


def past(n: int) -> pd.DataFrame:
    """Invented projects that ended."""
    chance = np.random.default_rng(0)
    frame, favourable = portfolio(n, chance)
    outcome = np.exp(4 - favourable + chance.normal(0, 0.4, n))
    return frame.assign(success=WORLDS["linear"](favourable, chance), duration=outcome, cost=outcome * 500)


def refit(projects: pd.DataFrame) -> None:
    for predictor in PREDICTORS.values():
        fit(predictor, projects)


def plain(projects: pd.DataFrame) -> None:
    for predictor in PREDICTORS.values():
        known = predictor.known(projects)
        predictor.build().fit(predictor.inputs(known), predictor.scale.forth(known[predictor.target].to_numpy()))


def _best(work: Callable[[], None]) -> tuple[float, float]:
    """The fewest seconds of a processor in three goes, and what was waited for them."""

    def timed() -> tuple[float, float]:
        worked, waited = time.process_time(), time.perf_counter()
        work()
        return time.process_time() - worked, time.perf_counter() - waited

    return min(timed() for _ in range(3))


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _told(n: int, cost: Cost) -> bool:
    wanted = AT_MOST.get(n)
    met = wanted is None or cost.seconds <= wanted
    verdict = "" if wanted is None else f"   at most {wanted:.0f} s: {'met' if met else 'NOT MET'}"
    figures = f"{cost.seconds:>8.2f} {cost.waited:>7.2f} {cost.plain:>9.3f} {cost.seconds / cost.plain:>6.1f}"
    print(f"{n:>8} {figures} {cost.megabytes:>8.0f}{verdict}", flush=True)
    return met


if __name__ == "__main__":
    main()
