"""Newer versions of artifacts: what they go along with, against older ones."""

from __future__ import annotations

import pandas as pd
from scipy.stats import norm

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.impact_residuals import Residuals
from maestro_core.scoring.shrinkage import Z90, shrunk
from maestro_core.terms import Better

COLUMNS = (
    *("artifact_id", "version_id", "newer_id", "before", "after"),
    *("effect", "effect_low", "effect_high", "probability"),
)


@measure(
    "Effect of an upgrade",
    unit="points",
    better=Better.HIGHER,
    source="our own, on residuals of the impact model; shrinkage: Morris 1983, JASA 78",
)
def version_effects(left: Residuals, uses: pd.DataFrame) -> pd.DataFrame:
    """Points of success that go along with the newest version of an artifact, against each older one.

    Of the projects that used the artifact, what the impact model leaves open of those that ended with the newest
    version is compared with that of those that ended with the older one: d = r̄₁ − r̄₀, standard error
    σ·√(1/w₁ + 1/w₀), where w are sums of weights. All differences of all artifacts are drawn towards 0 together, by as
    much as they scatter less than chance would explain; 90 % intervals. An adjusted association, as impact is.

    `uses` has project_id, artifact_id, version_id (used last) and version_at (when that version was made); "newest" is
    the newest that a finished project used. No artifact with two versions in use yields no row.
    """
    told = uses.dropna(subset="version_id").merge(left.projects, on="project_id")
    means = _means(told)
    newest = means.groupby("artifact_id").tail(1).rename(columns={"version_id": "newer_id", "projects": "after"})
    columns = ["artifact_id", "newer_id", "after", "mean", "weight"]
    pairs = means.merge(newest[columns], on="artifact_id", suffixes=("", "_newer"))
    pairs = pairs[pairs["version_id"] != pairs["newer_id"]].rename(columns={"projects": "before"})
    errors = left.sigma * (1 / pairs["weight"] + 1 / pairs["weight_newer"]) ** 0.5
    differences = (pairs["mean_newer"] - pairs["mean"]).to_numpy(float)
    found = shrunk(differences, errors.to_numpy(float), repeated=len(told) / max(told["project_id"].nunique(), 1))
    kept = pairs.assign(
        effect=found.values,
        effect_low=found.values - Z90 * found.errors,
        effect_high=found.values + Z90 * found.errors,
        probability=norm.cdf(found.values / found.errors),
    )
    return kept[list(COLUMNS)].reset_index(drop=True)


def _means(uses: pd.DataFrame) -> pd.DataFrame:
    """Of each version in use: projects, their weight and their weighted mean residual; the oldest version first."""
    told = uses.assign(weighted=uses["residual"] * uses["weight"])
    grouped = told.groupby(["artifact_id", "version_at", "version_id"], as_index=False).agg(
        projects=("weight", "size"), weight=("weight", "sum"), weighted=("weighted", "sum")
    )
    return grouped.assign(mean=grouped["weighted"] / grouped["weight"])
