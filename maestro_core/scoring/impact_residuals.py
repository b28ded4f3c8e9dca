"""What the impact model leaves open of each project: where pairs of artifacts and versions can still show."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from maestro_core.scoring.impact import Impact, distinct_uses
from maestro_core.scoring.impact_covariates import age_weights, covariates
from maestro_core.scoring.impact_model import Array

LEAST_KEPT = 0.05
"""A model that explains all is not taken at its word."""


class Residuals(NamedTuple):
    """Of each finished project (project_id) its residual in units of the outcome, and what it weighs.

    The difference of the weighted means of two groups of users of an artifact scatters by `sigma`·√(1/w₁ + 1/w₂), w
    the sums of weights, around what sets these groups apart.
    """

    projects: pd.DataFrame
    sigma: float


def residuals(projects: pd.DataFrame, usage: pd.DataFrame, *, impact: Impact) -> Residuals:
    """The outcome without the effects of the artifacts, and without what the covariates explain of the rest.

    The frames are those that the impact was found in. The artifacts' effects are shrunk, so a part of each stays in
    the residuals of its users: compare users of the same artifact, never users with others. What many effects explain
    takes a part of any other difference with it: of one in a direction x, x'Py / x'Px of x'Wy / x'Wx is found (the
    added-variable estimate; P as in REML). That part is taken to be the same for every x, 1 − the mean leverage, and
    residuals are divided by it.
    """
    as_of, outcome = date.fromisoformat(impact.fit.as_of), impact.fit.outcome
    end = pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)
    known = projects[outcome].notna() & (pd.to_datetime(projects["finished_at"], utc=True) < end)
    finished = projects[known].reset_index(drop=True)
    uses = distinct_uses(usage, among=finished["project_id"])
    effect = uses["artifact_id"].map(impact.artifacts.set_index("artifact_id")["effect"])
    by_project = effect.groupby(uses["project_id"]).agg(["size", "sum"])
    used = by_project.reindex(finished["project_id"]).fillna(0.0).set_axis(finished.index)
    fixed = covariates(finished, as_of=as_of).assign(used=used["size"]).to_numpy(dtype=float)
    weights = age_weights(finished["finished_at"], as_of=as_of)
    left = finished[outcome].to_numpy(dtype=float) - used["sum"].to_numpy()
    root = np.sqrt(weights)
    explained = fixed @ np.linalg.lstsq(fixed * root[:, None], left * root, rcond=None)[0]
    kept = _kept(left - explained, weights, sigma=impact.fit.sigma)
    told = pd.DataFrame({"project_id": finished["project_id"], "residual": (left - explained) / kept})
    return Residuals(told.assign(weight=weights), impact.fit.sigma / float(np.sqrt(kept)))


def _kept(residual: Array, weights: Array, *, sigma: float) -> float:
    """1 − the mean leverage of a project: by how much residuals scatter less than what they are residuals of."""
    return float(np.clip((weights * residual**2).mean() / sigma**2, LEAST_KEPT, 1.0))
