"""Whether what projects do goes along with how they do, across the organisation: rank correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better, Measured

FEWEST = 10
"""With fewer projects an interval spans almost everything there is."""

Z90 = float(norm.ppf(0.95))


@dataclass(frozen=True)
class Question:
    """Two numbers of projects, and whether they go along with each other."""

    name: str
    title: str
    cause: str
    cause_title: str
    result: str
    result_title: str
    definition: str
    """What the two numbers are."""


QUESTIONS = (
    Question(
        "collaboration_and_success",
        "Collaboration and success",
        *("collaboration", "collaboration score"),
        *("success", "success"),
        "The collaboration score of a project's last 90 days, and its success score; both 0 to 100. Of the 200 "
        "projects with code that ended last.",
    ),
    Question(
        "churn_and_model_performance",
        "Churn and model performance",
        *("churn_per_week", "lines changed per week"),
        *("model_performance", "model performance"),
        "Lines added and deleted per week, from the first day with a commit to the last, and how well the model of "
        "the project performs, 0 to 100.",
    ),
    Question(
        "commit_frequency_and_deployment_time",
        "Commit frequency and deployment time",
        *("commits_per_week", "commits per week"),
        *("deployment_days", "days to production"),
        "Commits per week, and the median of the days that a deployment's oldest change took to production, where "
        "there were 5 deployments in the last year.",
    ),
)
"""What is asked of all projects of the organisation."""


@measure(
    "Rank correlation",
    unit="−1 to 1",
    better=Better.NEITHER,
    source="Spearman 1904; interval: Bonett and Wright 2000, Psychometrika 65",
)
def rank_correlation(pairs: pd.DataFrame) -> Measured[float]:
    """How far the ranks of two numbers of projects agree: 1 wholly, 0 not at all, −1 in reverse.

    Spearman's ρ over the projects of which both are known, with its 90 % interval: tanh(atanh ρ ± 1.645·√((1 + ρ²/2) /
    (n − 3))). Ranks, because a project ten times as large should not count ten times. Fewer than 10 projects, or
    numbers that are all alike, have no correlation but the reason. It says nothing of why: larger or harder projects
    may differ in both.

    `pairs` has the two numbers as its columns.

    >>> found = rank_correlation(pd.DataFrame({"a": range(12), "b": [n**3 for n in range(12)]}))
    >>> found.value, found.sample
    (1.0, 12)
    """
    known = pairs.astype(float).replace([np.inf, -np.inf], np.nan).dropna()
    if len(known) < FEWEST:
        return Measured[float].missing(f"{len(known)} projects tell both; it needs {FEWEST}", sample=len(known))
    if (known.nunique() < 2).any():
        return Measured[float].missing("one of the two is the same in all projects", sample=len(known))
    rho = float(np.clip(spearmanr(known.iloc[:, 0], known.iloc[:, 1]).statistic, -1.0, 1.0))
    # Perfect agreement has no finite Fisher transform.
    middle = np.arctanh(np.clip(rho, -1 + 1e-9, 1 - 1e-9))
    half = Z90 * np.sqrt((1 + rho**2 / 2) / (len(known) - 3))
    low, high = (float(np.tanh(middle + sign * half)) for sign in (-1, 1))
    return Measured[float](value=rho, low=min(low, rho), high=max(high, rho), sample=len(known))


def correlations(facts: pd.DataFrame) -> dict[str, Measured[float]]:
    """The answer to each of the questions; `facts` has a row for each project and the columns that they name."""
    return {one.name: rank_correlation(facts[[one.cause, one.result]]) for one in QUESTIONS}
