"""Artifact impact: what using an artifact goes along with, once everything else that is known is accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats import norm

from maestro_core.errors import NotEnoughData
from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.impact_covariates import age_weights, covariates
from maestro_core.scoring.impact_large import shrink_many
from maestro_core.scoring.impact_model import Shrunk, shrink
from maestro_core.terms import Better

MINIMUM_OUTCOMES = 30
"""Fewer finished projects cannot tell some ten covariates and many artifacts apart."""

MOST_EXACT = 1500
"""Beyond so many projects their square takes seconds and memory.

On simulated portfolios of 1,750 to 2,300 projects the approximation moved effects by a hundredth of τ in the median and
an eighth at most, and errors by under 10 % for nine in ten."""

Z90 = float(norm.ppf(0.95))

BLUP = "BLUP: Henderson 1975, Biometrics 31; REML: Patterson and Thompson 1971, Biometrika 58"


@dataclass(frozen=True)
class ImpactFit:
    """How the effects were found, in plain values so that a training run can keep it.

    `tau` is the standard deviation of effects among artifacts and `sigma` that of the residual at weight 1, both in
    units of the outcome (`sigma` is below the scatter one sees, since older projects are taken to be noisier);
    `share` is the part of the artifacts in the variance that artifacts and chance give an average project, with its
    weights on the grid in `share_weights`; `covariates` are coefficients per standard deviation, or per level.
    """

    outcome: str
    as_of: str
    projects: int
    artifacts: int
    uses: int
    tau: float
    sigma: float
    share: float
    share_weights: tuple[float, ...]
    covariates: dict[str, float]


class Impact(NamedTuple):
    """The artifacts from most to least helpful, and how that was found."""

    artifacts: pd.DataFrame
    fit: ImpactFit


@measure("Effect", unit="points", better=Better.HIGHER, source=BLUP)
def artifact_impact(projects: pd.DataFrame, usage: pd.DataFrame, *, as_of: date, outcome: str = "success") -> Impact:
    """Points of success that go along with using an artifact, against an average artifact: an adjusted association.

    All artifacts are fitted at once in y = Zγ + k·μ₀ + Σ b + ε. Z: complexity, team size, their squares and product,
    experience, domain, start. k: how many artifacts of each kind the project used; the means μ₀ of the kinds are
    shrunk to a common one, and how far they are from it is part of the effect. Effects b ~ N(0, τ²) are shrunk to 0
    the less is known; ε ~ N(0, σ²/w), where the weight w halves with every year since the project finished. τ² and σ²
    come from REML, averaged over a grid, beyond 1,500 projects by random probes. A project used an artifact or not:
    neither how often nor which version counts.

    `projects` has project_id, the outcome, complexity, team_size, experience, domain, started_at and finished_at;
    `usage` has project_id, artifact_id and kind. Only projects finished by the end of `as_of` with a known outcome
    count. The rows of the answer, best first: artifact_id, effect with the 90 % interval low to high and standard
    error, probability that it is above 0, reliability (0 to 1: how much of it is evidence), projects, and the
    impact score with its interval. Artifacts that no such project used are absent; of one that nothing sets apart from
    the covariates (all used it) nothing is known: effect 0, reliability 0, the widest interval. Fewer than 30 projects,
    none that used an artifact, no two that used different ones (one artifact, or the same for all), or outcomes that
    are all alike raise `NotEnoughData`. Units are those of the outcome; proof needs an experiment.
    """
    finished = _finished(projects, as_of=as_of, outcome=outcome)
    uses = distinct_uses(usage, among=finished["project_id"])
    if uses.empty:
        raise NotEnoughData("No finished project has used an artifact yet.", advice="Record which projects use what.")
    fixed = covariates(finished, as_of=as_of).assign(**{"artifacts used": _counts(finished, uses)})
    use, artifacts = _use(finished, uses)
    weights = age_weights(finished["finished_at"], as_of=as_of)
    solve, kinds = shrink if len(finished) <= MOST_EXACT else shrink_many, _kinds(uses, artifacts)
    values = finished[outcome].to_numpy(dtype=float)
    found = solve(values, fixed.to_numpy(dtype=float), use, weights=weights, groups=kinds)
    return Impact(_table(artifacts, found, uses), _fit(found, finished, uses, fixed, outcome=outcome, as_of=as_of))


@measure("Impact score", unit="0 to 100", better=Better.HIGHER, source=f"our own scale of the effect ({BLUP})")
def impact_score(effect: pd.Series[float], *, tau: float) -> pd.Series[float]:
    """Where an artifact's effect stands among artifacts: 100·Φ(effect / τ), τ the standard deviation of effects.

    50 is an average artifact, or one of which nothing is known yet (its interval then runs from 5 to 95); 84 is one
    standard deviation above. Popularity does not enter. No effects yield no scores.

    >>> impact_score(pd.Series([0.0, 3.0]), tau=3.0).round().tolist()
    [50.0, 84.0]
    """
    return pd.Series(100 * norm.cdf(effect / tau), index=effect.index, dtype=float)


def distinct_uses(usage: pd.DataFrame, *, among: pd.Series[int]) -> pd.DataFrame:
    """One row for each artifact that one of these projects used at all, however often and in whichever version."""
    uses = usage.loc[usage["project_id"].isin(among), ["project_id", "artifact_id", "kind"]]
    return uses.drop_duplicates(["project_id", "artifact_id"]).reset_index(drop=True)


def _finished(projects: pd.DataFrame, *, as_of: date, outcome: str) -> pd.DataFrame:
    end = pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)
    known = projects[outcome].notna() & (pd.to_datetime(projects["finished_at"], utc=True) < end)
    finished = projects[known].reset_index(drop=True)
    missing = MINIMUM_OUTCOMES - len(finished)
    if missing > 0:
        raise NotEnoughData(
            f"Impact needs {MINIMUM_OUTCOMES} finished projects with a known {outcome}; {missing} "
            f"{'are' if missing > 1 else 'is'} missing.",
            advice="Enter the outcomes of finished projects, or import them.",
        )
    return finished


def _counts(finished: pd.DataFrame, uses: pd.DataFrame) -> pd.Series[float]:
    """How many artifacts each project used: projects that use many differ from others in more than the artifacts."""
    return finished["project_id"].map(uses["project_id"].value_counts()).fillna(0).astype(float)


def _kinds(uses: pd.DataFrame, artifacts: pd.Index) -> NDArray[np.int64] | None:
    """The number of each artifact's kind; a single kind has nothing to differ from."""
    kinds = uses.drop_duplicates("artifact_id").set_index("artifact_id")["kind"].astype(str)
    numbers, names = pd.factorize(kinds.loc[artifacts], sort=True)
    return numbers if len(names) > 1 else None


def _use(finished: pd.DataFrame, uses: pd.DataFrame) -> tuple[csr_matrix, pd.Index]:
    """The sparse project × artifact matrix of zeros and ones, and which artifact each column is."""
    rows = pd.Index(finished["project_id"]).get_indexer(pd.Index(uses["project_id"]))
    columns, artifacts = pd.factorize(uses["artifact_id"], sort=True)
    matrix = csr_matrix((np.ones(len(uses)), (rows, columns)), shape=(len(finished), len(artifacts)))
    return matrix, pd.Index(artifacts)


def _table(artifacts: pd.Index, found: Shrunk, uses: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({"artifact_id": artifacts, "effect": found.effects, "error": found.errors})
    table["low"] = table["effect"] - Z90 * table["error"]
    table["high"] = table["effect"] + Z90 * table["error"]
    table["probability"] = norm.cdf(table["effect"] / table["error"])
    table["reliability"] = found.reliabilities
    table["projects"] = table["artifact_id"].map(uses["artifact_id"].value_counts())
    for score, effect in {"score": "effect", "score_low": "low", "score_high": "high"}.items():
        table[score] = impact_score(table[effect], tau=found.tau)
    return table.sort_values(["effect", "artifact_id"], ascending=[False, True], ignore_index=True)


def _fit(
    found: Shrunk, finished: pd.DataFrame, uses: pd.DataFrame, fixed: pd.DataFrame, *, outcome: str, as_of: date
) -> ImpactFit:
    return ImpactFit(
        outcome=outcome,
        as_of=as_of.isoformat(),
        projects=len(finished),
        artifacts=len(found.effects),
        uses=len(uses),
        tau=found.tau,
        sigma=found.sigma,
        share=found.share,
        share_weights=tuple(found.share_weights.tolist()),
        covariates=dict(zip(fixed.columns, found.covariates.tolist(), strict=True)),
    )
