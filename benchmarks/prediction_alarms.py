"""How often alarms about predictions ring when nothing is wrong, and how soon when something is.

    python benchmarks/prediction_alarms.py [--portfolios 20]

Portfolios of invented projects: the predictor of duration learns from the first 15 and again after every fifth outcome;
and each project is foretold before it ends. Counted is the share of looks at which an alarm rings, one look after each
outcome from the tenth judged on. Where nothing changes, at most 2 % of looks may ring for hits and for errors and 5 %
for drift, else it exits with 1. In the other rows something changes after 45 projects; `until` tells after how many
more half of the portfolios have rung. The baseline is the population stability index above 0.2 on the same features.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from prediction_scales import portfolio

from maestro_core.learning.alarms import drift, missed_intervals, one_sided_errors
from maestro_core.learning.coverage import judged
from maestro_core.learning.predictors import PREDICTORS, fit, predict
from maestro_core.terms import Target

FIRST, CHANGE, LAST, EVERY = 15, 45, 75, 5
START = pd.Timestamp("2026-01-01", tz="UTC")
RULES = ("hits", "errors", "drift", "PSI > 0.2")
AT_MOST = {"hits": 0.02, "errors": 0.02, "drift": 0.05}
PSI = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portfolios", type=int, default=20)
    portfolios = parser.parse_args().portfolios
    print(f"{portfolios} portfolios; share of looks that ring, and outcomes after the change until half have rung")
    print(f"{'what changes':<20}" + "".join(f"{rule:>11} {'until':>6}" for rule in RULES))
    shares = [_told(change, portfolios) for change in ("nothing", "twice as noisy", "half as long again", "harder")]
    sys.exit(0 if all(shares[0][rule] <= most for rule, most in AT_MOST.items()) else 1)


def _told(change: str, portfolios: int) -> dict[str, float]:
    """Print a row; the share of looks at which each rule rang."""
    looks = pd.concat(
        pd.DataFrame(_looks(change, seed), columns=["ended", *RULES]).assign(seed=seed) for seed in range(portfolios)
    )
    if change != "nothing":
        looks = looks[looks["ended"] > CHANGE]
    shares = {rule: float(looks[rule].mean()) for rule in RULES}
    until = {rule: _until(looks, rule) if change != "nothing" else "" for rule in RULES}
    print(f"{change:<20}" + "".join(f"{shares[rule]:>11.3f} {until[rule]:>6}" for rule in RULES), flush=True)
    return shares


def _until(looks: pd.DataFrame, rule: str) -> str:
    first = looks[looks[rule]].groupby("seed")["ended"].min() - CHANGE
    return f"{first.sort_values().iloc[(looks['seed'].nunique() - 1) // 2]:.0f}" if _half(first, looks) else "never"


def _half(first: pd.Series, looks: pd.DataFrame) -> bool:
    return len(first) * 2 >= looks["seed"].nunique()


def _looks(change: str, seed: int) -> Iterator[tuple[int, bool, bool, bool, bool]]:
    projects = _projects(change, seed)
    told = judged(_foretold(projects))
    for ended in range(FIRST + 10, LAST + 1):
        rows, known = told.head(ended - FIRST), projects.head(ended)
        hits = any(missed_intervals(rows, target=Target.DURATION))
        errors = any(one_sided_errors(rows, target=Target.DURATION))
        yield ended, hits, errors, bool(drift(known)), _stability_index(known) > PSI


def _projects(change: str, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    frame, favourable = portfolio(LAST, chance)
    late = np.arange(LAST) >= CHANGE
    noise = 0.4 * chance.normal(size=LAST) * np.where(late & (change == "twice as noisy"), 2, 1)
    longer = np.where(late & (change == "half as long again"), np.log(1.5), 0)
    harder = np.where(late & (change == "harder"), np.minimum(10 - frame["complexity"], 3), 0)
    started = START + pd.to_timedelta(np.arange(LAST), "D")
    frame = frame.assign(complexity=frame["complexity"] + harder, started_at=started)
    return frame.assign(duration=np.exp(4 - favourable + 0.25 * harder + noise + longer))


def _foretold(projects: pd.DataFrame) -> pd.DataFrame:
    """What was said of each project after the first ones by the predictor of that time."""
    pieces = []
    for known in range(FIRST, LAST, EVERY):
        next_ones = projects.iloc[known : known + EVERY]
        answer = predict(fit(PREDICTORS[Target.DURATION], projects.head(known)), next_ones)
        pieces.append(
            answer.assign(outcome=next_ones["duration"].to_numpy(), ended_at=next_ones["started_at"].to_numpy())
        )
    return pd.concat(pieces, ignore_index=True).assign(target=Target.DURATION)


def _stability_index(projects: pd.DataFrame) -> float:
    """The largest population stability index over the numbers, by tenths of the earlier projects."""
    late = min(20, len(projects) // 3)
    numbers = projects[["complexity", "experience", "team_size", "artifacts"]]
    return max(_psi(column.iloc[:-late].dropna(), column.iloc[-late:].dropna()) for _, column in numbers.items())


def _psi(before: pd.Series, since: pd.Series) -> float:
    edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)[1:-1]))
    shares = [np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) for values in (before, since)]
    expected, actual = (np.maximum(counts / counts.sum(), 1e-3) for counts in shares)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


if __name__ == "__main__":
    main()
