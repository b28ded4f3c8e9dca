"""What artifact impact is compared with, and by what: three simpler rankings, NDCG@10 and coverage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from maestro_core.scoring.impact import artifact_impact
from maestro_core.scoring.impact_covariates import covariates

UNTIL = date(2026, 1, 1)
TOP = 10
Z90 = 1.6448536269514722
PRIOR_PROJECTS = 10
"""The weighted rating adds so many average projects to each artifact: of 2, 5, 10 and 20, ten rank best."""


@dataclass(frozen=True)
class Portfolio:
    """Projects and what they used, as `artifact_impact` takes them, and the true effect of each artifact."""

    projects: pd.DataFrame
    uses: pd.DataFrame
    truth: pd.Series[float]


Rival = Callable[[Portfolio], pd.DataFrame]
"""A row per artifact that a finished project used: effect, and its 90 % interval low to high."""


def impact(portfolio: Portfolio) -> pd.DataFrame:
    """Ours."""
    scored = artifact_impact(portfolio.projects, portfolio.uses, as_of=UNTIL).artifacts
    return scored.set_index("artifact_id")[["effect", "low", "high"]]


def naive_mean(portfolio: Portfolio, *, least: int = 1) -> pd.DataFrame:
    """Mean success of the projects that used an artifact, less the mean of all; below `least` projects, ranked last."""
    finished = _finished(portfolio)
    each = _by_artifact(portfolio, finished)
    error = finished["success"].std() / np.sqrt(each["size"])
    return _interval(each["mean"], error).assign(effect=each["mean"].where(each["size"] >= least, -np.inf))


def weighted_rating(portfolio: Portfolio) -> pd.DataFrame:
    """The Bayesian average of review sites: as the naive mean, with some average projects added to each artifact."""
    finished = _finished(portfolio)
    each = _by_artifact(portfolio, finished)
    weight = each["size"] + PRIOR_PROJECTS
    return _interval(each["mean"] * each["size"] / weight, finished["success"].std() / np.sqrt(weight))


def adjusted_shrinkage(portfolio: Portfolio) -> pd.DataFrame:
    """One artifact at a time: its coefficient beside the same covariates, shrunk by the variance among artifacts.

    That variance comes from moments (empirical Bayes), so all that is missing is that artifacts are used together, and
    the doubt about the variance: where it is estimated as nothing, all effects and intervals are nearly nothing.
    """
    finished = _finished(portfolio)
    known = covariates(finished.reset_index(drop=True), as_of=UNTIL).to_numpy(dtype=float)
    basis, strength, _ = np.linalg.svd(known, full_matrices=False)
    basis = basis[:, strength > strength[0] * 1e-9]
    use = _use(portfolio, finished)
    left = finished["success"].to_numpy(dtype=float)
    left = left - basis @ (basis.T @ left)
    own = np.asarray(use.sum(axis=0)).ravel() - ((use.T @ basis) ** 2).sum(axis=1)
    alone = (use.T @ left) / np.maximum(own, 1e-9)
    noise = left @ left / (len(left) - basis.shape[1])
    among = max((own * alone**2 - noise).sum() / own.sum(), noise / 1000)
    reliability = own * among / (own * among + noise)
    effect = pd.Series(alone * reliability, index=_artifacts(portfolio, finished))
    return _interval(effect, pd.Series(np.sqrt(among * (1 - reliability)), index=effect.index))


RIVALS: dict[str, Rival] = {
    "impact": impact,
    "naive mean": naive_mean,
    "naive, 2+ projects": lambda portfolio: naive_mean(portfolio, least=2),
    "naive, 4+ projects": lambda portfolio: naive_mean(portfolio, least=4),
    "weighted rating": weighted_rating,
    "adjusted, shrunk": adjusted_shrinkage,
}


def judged(portfolio: Portfolio) -> pd.DataFrame:
    """Of each rival: NDCG@10 and the share of artifacts whose true effect its 90 % interval holds."""
    scored = {name: rival(portfolio) for name, rival in RIVALS.items()}
    rows = {
        name: (ndcg(each["effect"], portfolio.truth), coverage(each, portfolio.truth)) for name, each in scored.items()
    }
    return pd.DataFrame(rows, index=["NDCG@10", "coverage"]).T


def ndcg(scores: pd.Series[float], truth: pd.Series[float]) -> float:
    """NDCG@10 among the artifacts that a finished project used; what is gained is the true effect, at least 0."""
    gain = truth.loc[scores.index].clip(lower=0)
    discount = 1 / np.log2(np.arange(2, TOP + 2))
    found = gain.loc[scores.sort_values(ascending=False, kind="stable").index[:TOP]]
    return float((found.to_numpy() * discount).sum() / (gain.nlargest(TOP).to_numpy() * discount).sum())


def coverage(scored: pd.DataFrame, truth: pd.Series[float]) -> float:
    """The share of artifacts whose true effect lies in the 90 % interval."""
    return float(truth.loc[scored.index].between(scored["low"], scored["high"]).mean())


def _finished(portfolio: Portfolio) -> pd.DataFrame:
    return portfolio.projects.dropna(subset="success").set_index("project_id", drop=False)


def _uses(portfolio: Portfolio, finished: pd.DataFrame) -> pd.DataFrame:
    return portfolio.uses[portfolio.uses["project_id"].isin(finished["project_id"])]


def _artifacts(portfolio: Portfolio, finished: pd.DataFrame) -> pd.Index[int]:
    return pd.Index(np.unique(_uses(portfolio, finished)["artifact_id"]))


def _use(portfolio: Portfolio, finished: pd.DataFrame) -> csr_matrix:
    uses, artifacts = _uses(portfolio, finished), _artifacts(portfolio, finished)
    at = finished.index.get_indexer(uses["project_id"]), artifacts.get_indexer(uses["artifact_id"])
    return csr_matrix((np.ones(len(uses)), at), shape=(len(finished), len(artifacts)))


def _by_artifact(portfolio: Portfolio, finished: pd.DataFrame) -> pd.DataFrame:
    """How far the projects that used an artifact are from the mean of all, and how many these are."""
    far, uses = finished["success"] - finished["success"].mean(), _uses(portfolio, finished)
    return uses["project_id"].map(far).groupby(uses["artifact_id"]).agg(["mean", "size"])


def _interval(effect: pd.Series[float], error: pd.Series[float]) -> pd.DataFrame:
    return pd.DataFrame({"effect": effect, "low": effect - Z90 * error, "high": effect + Z90 * error})
