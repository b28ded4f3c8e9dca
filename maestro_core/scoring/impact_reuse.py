"""Reuse: how much of what projects use is shared, and what goes along with reusing what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t

from maestro_core.errors import NotEnoughData
from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.impact import MINIMUM_OUTCOMES, artifact_impact, distinct_uses
from maestro_core.scoring.impact_covariates import age_weights, covariates
from maestro_core.scoring.impact_model import Array
from maestro_core.scoring.impact_outcomes import on_scale
from maestro_core.terms import Better, Measured, Target

FOLDS = 5

SPLITS = 5
"""So many times projects are dealt into folds: what one deal says depends on luck."""

MANY = 500
"""With so many projects luck averages out, and fits take a second: they are dealt once."""

FEWEST_PROJECTS = MINIMUM_OUTCOMES * FOLDS // (FOLDS - 1) + 1
"""So many leave enough to learn from in four of five folds."""

HIGH_IMPACT = 3
"""So many artifacts that score above 60 make a project one that reuses what helps."""

HIGH_SCORE = 60.0

SMALLEST_GROUP = 8
"""With fewer projects on either side nothing is compared."""


@dataclass(frozen=True)
class ReuseEffect:
    """Projects that reuse high-impact artifacts against the others, adjusted, with both numbers of projects.

    The difference is in points of success, or in −ln of duration or cost (`impact_outcomes.saved` makes it a share).
    """

    difference: Measured[float]
    reusing: int
    others: int


class _Deal(NamedTuple):
    """Which projects used enough high-impact artifacts, and of how many the folds that learnt most of them know."""

    reusing: NDArray[np.bool_]
    high: int


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
def reuse_effects(
    projects: pd.DataFrame, usage: pd.DataFrame, *, as_of: date, seed: int
) -> Mapping[Target, ReuseEffect]:
    """How much better projects do that use at least three high-impact artifacts: an adjusted association.

    Which artifacts have high impact (a score above 60 on success) is learnt from the other four of five folds of
    projects, so that no project's own outcome decides to which side it belongs. The difference in success, in −ln of
    duration and in −ln of cost is adjusted for complexity, team size, experience, domain, start and the number of
    artifacts by weighted least squares, with a 90 % interval robust to unequal scatter (HC3). Projects are dealt into
    folds five times (once from 500 on): the difference is the median, and its error contains how far the deals differ.
    Too few outcomes to learn from, or fewer than 8 projects on either side, yield no difference but the reason.

    `projects` has project_id, success, duration, cost and what artifact impact is adjusted for; `usage` has
    project_id, artifact_id and kind.
    """
    known = _finished(projects, as_of=as_of)
    uses = distinct_uses(usage, among=known["project_id"])
    splits = SPLITS if len(known) < MANY else 1
    if len(known) < FEWEST_PROJECTS:
        return _nothing(f"it needs {FEWEST_PROJECTS} finished projects with a known success", len(known))
    try:
        deals = [_dealt(known, uses, as_of=as_of, seed=seed + deal) for deal in range(splits)]
    except NotEnoughData as problem:
        return _nothing(problem.message, len(known))
    used = known["project_id"].map(uses["project_id"].value_counts()).fillna(0)
    return {target: _effect(known.assign(used=used), deals, target, as_of=as_of) for target in Target}


def _nothing(reason: str, sample: int) -> Mapping[Target, ReuseEffect]:
    return dict.fromkeys(Target, ReuseEffect(Measured[float].missing(reason, sample=sample), 0, 0))


def _finished(projects: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    end = pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)
    before = pd.to_datetime(projects["finished_at"], utc=True) < end
    return projects[before & projects["success"].notna()].reset_index(drop=True)


def _dealt(known: pd.DataFrame, uses: pd.DataFrame, *, as_of: date, seed: int) -> _Deal:
    """Who reuses what helps, each fold judged by what the others say."""
    fold, most = np.random.default_rng(seed).permutation(len(known)) % FOLDS, 0
    counts = np.zeros(len(known), dtype=np.int64)
    for one in range(FOLDS):
        learnt = artifact_impact(known[fold != one], uses, as_of=as_of).artifacts
        high = learnt.loc[learnt["score"] > HIGH_SCORE, "artifact_id"]
        found = uses.loc[uses["artifact_id"].isin(high), "project_id"].value_counts()
        counts[fold == one] = known.loc[fold == one, "project_id"].map(found).fillna(0).astype(int)
        most = max(most, len(high))
    return _Deal(np.asarray(counts >= HIGH_IMPACT), most)


def _effect(known: pd.DataFrame, deals: Sequence[_Deal], target: Target, *, as_of: date) -> ReuseEffect:
    outcome = on_scale(known, target)
    told = outcome.notna().to_numpy()
    reusing = [deal.reusing[told] for deal in deals]
    sides = int(np.median([deal.sum() for deal in reusing])), int(np.median([(~deal).sum() for deal in reusing]))
    # Where the median of either side is enough, so are both sides of at least one of an odd number of deals.
    enough = [deal for deal in reusing if min(deal.sum(), (~deal).sum()) >= SMALLEST_GROUP]
    if min(sides) < SMALLEST_GROUP:
        reason = _too_few(sides, target, high=max(deal.high for deal in deals))
        return ReuseEffect(Measured[float].missing(reason, sample=int(told.sum())), *sides)
    rows = known[told].reset_index(drop=True)
    fixed = covariates(rows, as_of=as_of).assign(used=rows["used"], squared=rows["used"] ** 2)
    weights = age_weights(rows["finished_at"], as_of=as_of)
    values: Array = np.asarray(outcome[told], dtype=np.float64)
    design: Array = fixed.fillna(0.0).to_numpy(dtype=np.float64)
    found = [_first_coefficient(values, np.column_stack([deal, design]), weights=weights) for deal in enough]
    return ReuseEffect(_median(found, sample=len(rows)), *sides)


def _too_few(sides: tuple[int, int], target: Target, *, high: int) -> str:
    """Why nothing is compared: nobody tells the outcome, nothing has high impact, or one side is too small.

    >>> _too_few((0, 0), Target.COST, high=4), _too_few((0, 90), Target.SUCCESS, high=0)
    ('no finished project tells a cost above 0', 'no artifact scores above 60; it needs 3')
    >>> _too_few((2, 88), Target.SUCCESS, high=4)
    '2 projects on one side of the comparison; it needs 8'
    """
    if not sum(sides):
        return f"no finished project tells a {target} above 0"
    if high < HIGH_IMPACT:
        scoring = {0: "no artifact scores", 1: "1 artifact scores"}.get(high, f"{high} artifacts score")
        return f"{scoring} above {HIGH_SCORE:.0f}; it needs {HIGH_IMPACT}"
    few = min(sides)
    return f"{few} project{'s' if few != 1 else ''} on one side of the comparison; it needs {SMALLEST_GROUP}"


def _median(found: Sequence[_Coefficient], *, sample: int) -> Measured[float]:
    """Over the deals: the median, its error with the scatter between them (Chernozhukov et al. 2018, section 3.4)."""
    value = float(np.median([one.value for one in found]))
    error = float(np.sqrt(np.median([one.error**2 + (one.value - value) ** 2 for one in found])))
    half = error * float(t.ppf(0.95, found[0].freedom))
    return Measured[float](value=value, low=value - half, high=value + half, sample=sample)


class _Coefficient(NamedTuple):
    value: float
    error: float
    freedom: int


def _first_coefficient(outcome: Array, fixed: Array, *, weights: Array) -> _Coefficient:
    """The weighted least squares coefficient of the first column with its HC3 standard error."""
    root = np.sqrt(weights)
    left, right = fixed * root[:, None], outcome * root
    inverse = np.linalg.pinv(left)
    coefficients = inverse @ right
    leverage = np.clip((left * inverse.T).sum(axis=1), 0, 0.999)
    error = np.sqrt(((inverse[0] * (right - left @ coefficients) / (1 - leverage)) ** 2).sum())
    return _Coefficient(float(coefficients[0]), float(error), len(outcome) - int(np.linalg.matrix_rank(left)))
