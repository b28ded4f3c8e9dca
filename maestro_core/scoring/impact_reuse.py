"""Reuse: how much of what projects use is shared, and what goes along with reusing what helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t

from maestro_core.errors import NotEnoughData
from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.impact import artifact_impact, distinct_uses
from maestro_core.scoring.impact_covariates import age_weights, covariates
from maestro_core.scoring.impact_model import Array
from maestro_core.terms import Better, Measured

FOLDS = 5

HIGH_IMPACT = 3
"""So many artifacts that score above 60 make a project one that reuses what helps."""

HIGH_SCORE = 60.0

SMALLEST_GROUP = 8
"""With fewer projects on either side nothing is compared."""


@dataclass(frozen=True)
class ReuseEffect:
    """Projects that reuse high-impact artifacts against the others, adjusted, with both numbers of projects."""

    difference: Measured[float]
    reusing: int
    others: int


@measure("Reuse rate", unit="share", better=Better.HIGHER, source="our own definition")
def reuse_rate(usage: pd.DataFrame) -> Measured[float]:
    """The share of uses that are of a shared artifact: one that at least two projects use.

    A use is a distinct pair of project and artifact; repeated events and versions count once. 0 means that every
    project keeps to itself, 1 that nothing is used by one project alone. The sample is the number of uses; without
    any there is no rate.

    >>> uses = pd.DataFrame({"project_id": [1, 2, 2, 2], "artifact_id": ["a", "a", "b", "b"]})
    >>> round(reuse_rate(uses).value, 2), reuse_rate(uses).sample
    (0.67, 3)
    """
    uses = usage[["project_id", "artifact_id"]].drop_duplicates()
    if uses.empty:
        return Measured[float].missing("no project has used an artifact yet")
    projects = uses.groupby("artifact_id")["project_id"].transform("size")
    return Measured[float](value=float((projects >= 2).mean()), sample=len(uses))


@measure("Effect of reuse", unit="points", better=Better.HIGHER, source="cross-fitting: Chernozhukov et al. 2018")
def reuse_effect(
    projects: pd.DataFrame, usage: pd.DataFrame, *, as_of: date, seed: int, outcome: str = "success"
) -> ReuseEffect:
    """How much better projects do that use at least three high-impact artifacts: an adjusted association.

    Which artifacts have high impact (a score above 60 on success) is learnt from the other four of five folds of
    projects, so that no project's own outcome decides to which side it belongs. The difference in the outcome is
    adjusted for complexity, team size, experience, domain, start and the number of artifacts by weighted least
    squares, with a 90 % interval robust to unequal scatter (HC3). `outcome` may be any numeric column, such as the
    logarithm of duration or cost, whose difference then reads as a share. Too few outcomes to learn from, or fewer
    than 8 projects on either side, yield no difference but the reason.
    """
    known = _finished(projects, as_of=as_of, outcome=outcome)
    uses = distinct_uses(usage, among=known["project_id"])
    try:
        reusing = _high_impact_uses(known, uses, as_of=as_of, seed=seed) >= HIGH_IMPACT
    except NotEnoughData as problem:
        return ReuseEffect(Measured[float].missing(problem.message, sample=len(known)), 0, 0)
    sides = int(reusing.sum()), int((~reusing).sum())
    if min(sides) < SMALLEST_GROUP:
        reason = f"{min(sides)} projects on one side of the comparison; it needs {SMALLEST_GROUP}"
        return ReuseEffect(Measured[float].missing(reason, sample=len(known)), *sides)
    fixed = covariates(known, as_of=as_of).assign(used=known["project_id"].map(uses["project_id"].value_counts()))
    fixed.insert(0, "reusing", reusing.astype(float))
    weights = age_weights(known["finished_at"], as_of=as_of)
    difference = _first_coefficient(known[outcome].to_numpy(dtype=float), fixed.fillna(0.0).to_numpy(), weights=weights)
    return ReuseEffect(difference, *sides)


def _finished(projects: pd.DataFrame, *, as_of: date, outcome: str) -> pd.DataFrame:
    end = pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)
    before = pd.to_datetime(projects["finished_at"], utc=True) < end
    return projects[before & projects["success"].notna() & projects[outcome].notna()].reset_index(drop=True)


def _high_impact_uses(known: pd.DataFrame, uses: pd.DataFrame, *, as_of: date, seed: int) -> NDArray[np.int64]:
    """How many high-impact artifacts each project used, each fold judged by what the others say."""
    fold = np.random.default_rng(seed).permutation(len(known)) % FOLDS
    counts = np.zeros(len(known), dtype=np.int64)
    for one in range(FOLDS):
        learnt = artifact_impact(known[fold != one], uses, as_of=as_of).artifacts
        high = learnt.loc[learnt["score"] > HIGH_SCORE, "artifact_id"]
        found = uses.loc[uses["artifact_id"].isin(high), "project_id"].value_counts()
        counts[fold == one] = known.loc[fold == one, "project_id"].map(found).fillna(0).astype(int)
    return counts


def _first_coefficient(outcome: Array, fixed: Array, *, weights: Array) -> Measured[float]:
    """The weighted least squares coefficient of the first column with a 90 % interval by HC3 standard errors."""
    root = np.sqrt(weights)
    left, right = fixed * root[:, None], outcome * root
    inverse = np.linalg.pinv(left)
    coefficients = inverse @ right
    leverage = np.clip((left * inverse.T).sum(axis=1), 0, 0.999)
    error = np.sqrt(((inverse[0] * (right - left @ coefficients) / (1 - leverage)) ** 2).sum())
    freedom = len(outcome) - np.linalg.matrix_rank(left)
    half = float(error * t.ppf(0.95, freedom))
    value = float(coefficients[0])
    return Measured[float](value=value, low=value - half, high=value + half, sample=len(outcome))
