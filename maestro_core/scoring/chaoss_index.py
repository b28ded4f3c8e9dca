"""The published model beside our score: the Collaboration Development Index of CHAOSS, as OSS Compass weighs it.

It is a line to refer to, not a better score: much of its weight is size, so that a team without fault that happens to
be small stays below 80.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.git_activity import counted
from maestro_core.scoring.reviews import active_people, merged_in, weeks_before_end
from maestro_core.terms import Better, Measured, Period

WINDOW = timedelta(days=90)
FEWEST_MERGED = 10
SIZE = frozenset({"code_contributors", "commit_frequency", "lines_frequency"})


@dataclass(frozen=True)
class Ingredient:
    """A metric of the index: its weight in per cent, and the value from which it counts in full."""

    title: str
    weight: float
    threshold: float


INGREDIENTS = {
    "code_contributors": Ingredient("Code contributors", 19.987, 1000),
    "commit_frequency": Ingredient("Commits per week", 16.363, 1000),
    "is_maintained": Ingredient("Weeks with a commit", 13.853, 1),
    "commit_pr_linked": Ingredient("Commits linked to a pull request", 12.612, 1),
    "pr_issue_linked": Ingredient("Pull requests linked to an issue", 11.319, 1),
    "code_review": Ingredient("Changes reviewed by somebody else", 10.113, 1),
    "code_merge": Ingredient("Changes merged by somebody else", 10.113, 1),
    "lines_frequency": Ingredient("Lines changed per week", 5.640, 300_000),
}
"""As published in 2023 and unchanged in 2025."""

TEAM_OF_EIGHT = dict.fromkeys(INGREDIENTS, 1.0) | {
    "code_contributors": 8.0,
    "commit_frequency": 40.0,
    "lines_frequency": 5_000.0,
}
"""Without fault, and small: everything is reviewed, merged by somebody else, and there is a commit in every week."""

UNSEEN = ("commit_pr_linked", "pr_issue_linked")
"""What no tool tells us row by row: which commits a pull request held, and which issue it was for."""


@dataclass(frozen=True)
class Yardstick:
    """How to read an index that rests on some of its ingredients."""

    size_share: float
    """Of the weight that is seen, the part that is size."""
    team_of_eight: float
    """What a team of eight without fault gets of 100, by the same ingredients."""


def development_index(values: Mapping[str, float | None]) -> float | None:
    """100 · Σ weight · ln(1 + v) / ln(1 + max(v, threshold)) / Σ weight, over what is known; None without anything.

    >>> round(development_index(TEAM_OF_EIGHT))
    77
    """
    known = {name: value for name, value in values.items() if value is not None}
    weight = sum(INGREDIENTS[name].weight for name in known)
    if not weight:
        return None
    return 100 * sum(INGREDIENTS[name].weight * _filled(name, value) for name, value in known.items()) / weight


@measure(
    "CHAOSS collaboration index",
    unit="0–100",
    better=Better.NEITHER,
    source="CHAOSS, Collaboration Development Index, with the weights of OSS Compass",
)
def collaboration_index(
    commits: pd.DataFrame, pull_requests: pd.DataFrame | None, reviews: pd.DataFrame | None, *, period: Period
) -> Measured[float]:
    """100 · Σ weight · ln(1 + v) / ln(1 + max(v, threshold)) / Σ weight over what can be seen in 90 days.

    Code contributors 19.987 (of 1,000), commits per week 16.363 (of 1,000), share of weeks with a commit 13.853,
    changes reviewed by somebody else 10.113, changes merged by somebody else 10.113, changed lines per week 5.640 (of
    300,000). The share of commits linked to a pull request (12.612) and of pull requests linked to an issue (11.319)
    are left out: no tool tells them row by row. Reviewed and merged are shares of merged pull requests, where the
    original counts commits, and are left out below 10 of them.

    Of its whole weight 42 % are size, and a team of eight without fault (40 commits and 5,000 lines a week) gets 77.
    Of what is seen here these are 55 % and 70 with code reviews, 75 % and 59 with Git alone. It is shown for
    reference, next to the score, and never as a goal. None without a commit.
    """
    values = _values(commits, pull_requests, reviews, period)
    if not values:
        return Measured[float].missing("no commit in 90 days")
    return Measured[float](value=development_index(values), sample=len(counted(commits, period)))


def yardstick(
    commits: pd.DataFrame, pull_requests: pd.DataFrame | None, reviews: pd.DataFrame | None, *, period: Period
) -> Yardstick | None:
    """What to hold the index of the same evidence against; None where there is none."""
    values = _values(commits, pull_requests, reviews, period)
    seen = [name for name, value in values.items() if value is not None]
    eight = development_index({name: TEAM_OF_EIGHT[name] for name in seen})
    if eight is None:
        return None
    weights = {name: INGREDIENTS[name].weight for name in seen}
    return Yardstick(sum(weights[name] for name in SIZE & set(seen)) / sum(weights.values()), eight)


def _values(
    commits: pd.DataFrame, pull_requests: pd.DataFrame | None, reviews: pd.DataFrame | None, period: Period
) -> dict[str, float | None]:
    """Each ingredient that can be seen, None where there is too little of it; nothing at all without a commit."""
    rows = counted(commits, period)
    if rows.empty:
        return {}
    values = _git(rows, period) | _reviewing(pull_requests, reviews, period)
    if pull_requests is not None and reviews is not None:
        people = set(rows["person_id"]) | active_people(pull_requests, reviews, period=period)
        values["code_contributors"] = float(len(people))
    return values


def _git(rows: pd.DataFrame, period: Period) -> dict[str, float | None]:
    weeks = math.ceil(period.weeks)
    active = np.unique(weeks_before_end(rows["committed_at"], period))
    return {
        "code_contributors": float(rows["person_id"].nunique()),
        "commit_frequency": len(rows) / period.weeks,
        "is_maintained": len(active) / weeks,
        "lines_frequency": float(rows["added"].sum() + rows["deleted"].sum()) / period.weeks,
    }


def _reviewing(
    pull_requests: pd.DataFrame | None, reviews: pd.DataFrame | None, period: Period
) -> dict[str, float | None]:
    if pull_requests is None or reviews is None:
        return {}
    merged = merged_in(pull_requests, reviews, period=period)
    if len(merged) < FEWEST_MERGED:
        return {}
    inside = (pull_requests["merged_at"] >= period.start) & (pull_requests["merged_at"] < period.end)
    known = pull_requests[inside & pull_requests["merged_by_id"].notna()]
    others = (known["merged_by_id"] != known["author_id"]).mean() if len(known) else None
    return {"code_review": float(merged["reviewed"].mean()), "code_merge": others}


def _filled(name: str, value: float) -> float:
    return math.log(1 + value) / math.log(1 + max(value, INGREDIENTS[name].threshold))
