"""Designing an experiment and judging several metrics: assignment, power, clusters, and corrections for many looks.

Teams differ more between than within: where whole teams are assigned, teams are what is counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower

ALPHA, POWER = 0.05, 0.8
MOST_EXACT = 12
"""With so many clusters or fewer, all assignments that were possible are tried."""
FEWEST = 2


def assignment(units: pd.DataFrame, *, weights: Mapping[str, float], seed: int) -> pd.Series[str]:
    """The variant of each unit, by unit: at random within strata, so that each variant gets its share of each.

    units: unit, stratum (such as a third of complexity). The same seed and units, in any order, give the same variants.

    >>> teams = pd.DataFrame({"unit": list("abcd"), "stratum": ["low", "low", "high", "high"]})
    >>> drawn = assignment(teams, weights={"control": 1, "treatment": 1}, seed=1)
    >>> drawn["a"] != drawn["b"], drawn["c"] != drawn["d"]
    (True, True)
    """
    chance = np.random.default_rng(seed)
    ordered = units.assign(word=units["unit"].astype(str)).sort_values(["stratum", "word"], kind="stable")
    parts = [_dealt(rows["unit"], weights, chance) for _, rows in ordered.groupby("stratum", sort=True)]
    return pd.concat(parts) if parts else pd.Series(dtype=str)


def cluster_means(outcomes: NDArray[np.float64], clusters: Sequence[Any]) -> pd.Series[float]:
    """The mean outcome of each cluster: one number for a team, however many projects it had."""
    return pd.Series(outcomes).groupby(pd.Index(clusters)).mean()


def permutation_p_value(control: NDArray[np.float64], treatment: NDArray[np.float64]) -> float | None:
    """How often a difference of means as large arises among all assignments; None with more than twelve units.

    >>> permutation_p_value(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    0.1
    """
    if len(control) + len(treatment) > MOST_EXACT or min(len(control), len(treatment)) < 1:
        return None
    tested = stats.permutation_test(
        (control, treatment), _difference, permutation_type="independent", n_resamples=math.inf, vectorized=True
    )
    return float(tested.pvalue)


def detectable(per_arm: int, *, power: float = POWER, alpha: float = ALPHA) -> float | None:
    """The smallest standardised difference d (Cohen) that so many units an arm detect; None with fewer than two.

    >>> round(detectable(10), 1)
    1.3
    """
    if per_arm < FEWEST:
        return None
    found = TTestIndPower().solve_power(nobs1=per_arm, alpha=alpha, power=power, ratio=1.0)
    return float(np.squeeze(found))


def needed_per_arm(effect: float, *, power: float = POWER, alpha: float = ALPHA) -> int:
    """So many units an arm detect a standardised difference of this size.

    >>> needed_per_arm(0.5)
    64
    """
    needed = TTestIndPower().solve_power(effect_size=abs(effect), alpha=alpha, power=power, ratio=1.0)
    return math.ceil(float(np.squeeze(needed)))


def design_effect(per_cluster: float, correlation: float) -> float:
    """By how much clusters inflate the number of units needed: 1 + (m − 1) · ICC (Kish 1965)."""
    return 1 + (per_cluster - 1) * correlation


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the chance of any false positive (Holm 1979): for primary metrics.

    >>> [round(value, 3) for value in holm([0.01, 0.04])]
    [0.02, 0.04]
    """
    return _corrected(p_values, "holm")


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the share of false positives among what is found: for all other metrics.

    >>> [round(value, 3) for value in benjamini_hochberg([0.005, 0.06, 0.007, 0.04, 0.01, 0.03])]
    [0.02, 0.06, 0.02, 0.048, 0.02, 0.045]
    """
    return _corrected(p_values, "fdr_bh")


def _dealt(units: pd.Series[Any], weights: Mapping[str, float], chance: np.random.Generator) -> pd.Series[str]:
    """Variants in shuffled order, in shares as near to the weights as whole units allow, the rest by chance."""
    names = list(weights)
    shares = np.array([weights[name] for name in names], dtype=float)
    ideal = shares / shares.sum() * len(units)
    counts = np.floor(ideal).astype(int)
    left = len(units) - int(counts.sum())
    if left:
        rest = ideal - counts
        counts += np.bincount(chance.choice(len(names), left, replace=False, p=rest / rest.sum()), minlength=len(names))
    return pd.Series(chance.permutation(np.repeat(names, counts)), index=pd.Index(units))


def _difference(control: Any, treatment: Any, axis: int) -> Any:
    return np.mean(treatment, axis=axis) - np.mean(control, axis=axis)


def _corrected(p_values: Sequence[float], method: str) -> list[float]:
    if not len(p_values):
        return []
    return [float(value) for value in multipletests(list(p_values), method=method)[1]]
