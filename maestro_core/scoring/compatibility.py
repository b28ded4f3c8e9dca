"""Which artifacts go well together: met more often than by chance, and better together than each alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csc_matrix, csr_matrix, triu
from scipy.stats import norm

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.impact_model import Array
from maestro_core.scoring.impact_residuals import Residuals
from maestro_core.scoring.shrinkage import Z90, shrunk
from maestro_core.terms import Better

LIFT_PRIOR = 5
"""So many meetings by chance are assumed before any is seen."""

TOGETHER_AT_LEAST = 3
"""Fewer common projects tell nothing of a pair."""

PAIR_AT_LEAST = 10
"""Fewer finished common projects tell nothing of what the pair goes along with."""

MOST_PAIRS = 50
"""Others told of each artifact: what is kept must not grow with the square of how many are used together."""

COLUMNS = ("artifact_id", "other_id", "projects", "effect", "effect_low", "effect_high", "probability")


@measure(
    "Goes well with",
    unit="times",
    better=Better.HIGHER,
    source="our own definition; lift: Brin et al. 1997, SIGMOD",
)
def shrunk_lift(
    together: pd.Series[float], one: float | pd.Series[float], other: pd.Series[float], *, projects: int
) -> pd.Series[float]:
    """How many times as often an artifact meets each other one as chance would have it, drawn towards 1.

    lift = (n₁₂ + 5) / (n₁·n₂ / P + 5): of P projects that used any artifact, n₁ and n₂ used each and n₁₂ both. The 5
    keep a pair that met three times by luck from leading the list. 1 is chance, above 1 they are found together.

    >>> shrunk_lift(pd.Series([10, 2]), one=10, other=pd.Series([20, 20]), projects=100).round(2).tolist()
    [2.14, 1.0]
    """
    return (together + LIFT_PRIOR) / (one * other / projects + LIFT_PRIOR)


@measure(
    "Better together",
    unit="points",
    better=Better.HIGHER,
    source="our own, on residuals of the impact model; shrinkage: Morris 1983, JASA 78",
)
def pair_effects(left: Residuals, uses: pd.DataFrame) -> pd.DataFrame:
    """Points of success that go along with using two artifacts in one project, beyond the effect of each.

    Of what the impact model leaves open: r̄₁₁ − r̄₁₀ − r̄₀₁ + r̄₀₀, the means of projects with both, with one only and
    with neither, weighted; standard error σ·√(Σ 1/w), w the sum of weights of each of the four. All pairs are drawn
    towards 0 together, by as much as they scatter less than chance would explain; 90 % intervals. Only pairs that at
    least 10 finished projects used, and where each was also used without the other. An adjusted association.

    `uses` has project_id and artifact_id. Each pair is told both ways, with at most 50 others for each artifact, those
    with most common projects. Rows: artifact_id, other_id, projects, effect with its interval, probability above 0.
    """
    pairs = _pairs(left, uses)
    differences, noise = _interactions(pairs)
    found = shrunk(
        differences, left.sigma * np.sqrt(noise), repeated=pairs.table["projects"].sum() / len(left.projects)
    )
    told = pairs.table.assign(
        effect=found.values,
        effect_low=found.values - Z90 * found.errors,
        effect_high=found.values + Z90 * found.errors,
        probability=norm.cdf(found.values / found.errors),
    )
    other_way = told.rename(columns={"artifact_id": "other_id", "other_id": "artifact_id"})
    both = pd.concat([told, other_way]).sort_values("projects", ascending=False, kind="stable")
    return both.groupby("artifact_id").head(MOST_PAIRS)[list(COLUMNS)].reset_index(drop=True)


@dataclass(frozen=True)
class _Pairs:
    """Pairs (artifact_id, other_id, projects) and, for the four groups of projects, sums of weights and residuals."""

    table: pd.DataFrame
    weights: Array
    weighted: Array


def _pairs(left: Residuals, uses: pd.DataFrame) -> _Pairs:
    known = uses[uses["project_id"].isin(left.projects["project_id"])].drop_duplicates(["project_id", "artifact_id"])
    rows = pd.Index(left.projects["project_id"]).get_indexer(pd.Index(known["project_id"]))
    columns, artifacts = pd.factorize(known["artifact_id"], sort=True)
    use = csc_matrix((np.ones(len(known)), (rows, columns)), shape=(len(left.projects), len(artifacts)))
    together = triu(use.T @ use, k=1).tocoo()
    enough = together.data >= PAIR_AT_LEAST
    one, other = together.row[enough], together.col[enough]
    table = pd.DataFrame({"artifact_id": artifacts[one], "other_id": artifacts[other]})
    table["projects"] = together.data[enough].astype("int64")
    weight = left.projects["weight"].to_numpy(dtype=float)
    weighted = weight * left.projects["residual"].to_numpy(dtype=float)
    both = csr_matrix(use[:, one].multiply(use[:, other]))
    sums = [_four_sums(values, use.T @ values, both.T @ values, (one, other)) for values in (weight, weighted)]
    return _identified(_Pairs(table, *sums))


def _four_sums(values: Array, alone: Array, both: Array, pairs: tuple[Array, Array]) -> Array:
    """Of some values of projects: the sums over those with both artifacts, the first only, the other only, neither."""
    first, second = (alone[each] - both for each in pairs)
    return np.column_stack([both, first, second, values.sum() - both - first - second])


def _identified(pairs: _Pairs) -> _Pairs:
    """Only pairs each of whose four groups has projects."""
    told = (pairs.weights > pairs.weights.max(initial=0) * 1e-9).all(axis=1)
    return _Pairs(pairs.table[told].reset_index(drop=True), pairs.weights[told], pairs.weighted[told])


def _interactions(pairs: _Pairs) -> tuple[Array, Array]:
    """The difference of differences, and its variance in units of σ²."""
    means = pairs.weighted / pairs.weights
    return means @ np.array([1.0, -1.0, -1.0, 1.0]), (1 / pairs.weights).sum(axis=1)
