"""Which experience goes with a complexity: what past projects of that complexity had that succeeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.role_mix import rounded
from maestro_core.terms import Outcome

REACH = 1.5
"""Steps of complexity at which a project counts 61 % of one that is just as complex: a Gaussian kernel."""

PRIOR_PROJECTS = 3.0
"""All successful projects count as so many more of the very complexity: a few projects say little."""

LEVELS = {"junior": 0.0, "mid-level": 3.0, "senior": 8.0}
"""From how many years on a member counts as such."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Seniority:
    """The experience that successful projects of a complexity had.

    years: their mean years, shrunk to those of all successful projects; None without one. low, high: the middle half.
    people: how many members of each level in a team of the size asked about. projects: successful ones, and close: how
    many of them are within 1.5 steps of the complexity. reasons: the same in words.
    """

    years: float | None
    low: float | None
    high: float | None
    people: dict[str, int]
    projects: int
    close: int
    reasons: tuple[str, ...]


def seniority(members: pd.DataFrame, projects: pd.DataFrame, *, complexity: float, size: int) -> Seniority:
    """Experience matched to complexity, from the members of past projects whose outcome is success.

    `members` has project_id and experience (years), one row per member; `projects` has project_id, complexity and
    outcome. Projects weigh by how near their complexity is, and each as one, however many members it had. What is
    usual among the successful need not be why they succeeded: the reasons tell what the others had.
    """
    teams = _teams(members, projects)
    won, lost = teams[teams["won"]], teams[~teams["won"]]
    if won.empty:
        none = "No successful past project has both a complexity and members with known experience."
        return Seniority(None, None, None, {}, 0, 0, (none,))
    weights = _nearness(won, complexity)
    weights = weights + PRIOR_PROJECTS / len(won)
    low, high = (_quantile(won["years"].to_numpy(), weights, share) for share in (0.25, 0.75))
    shares = pd.Series(np.average(won[list(LEVELS)], axis=0, weights=weights), index=list(LEVELS))
    years = float(np.average(won["years"], weights=weights))
    close = int((won["complexity"] - complexity).abs().le(REACH).sum())
    return Seniority(
        years=years,
        low=low,
        high=high,
        people={str(level): int(count) for level, count in rounded(shares * size, size).items()},
        projects=len(won),
        close=close,
        reasons=(
            f"{close} of {len(won)} successful projects were within {REACH:g} of complexity {complexity:g}; the nearer "
            f"count more: a mean of {years:.1f} years per member, in the middle half {low:.1f} to {high:.1f}.",
            _others(lost, complexity),
        ),
    )


def _teams(members: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """One row per ended project: complexity, won, the mean years, and the share of members at each level."""
    known = members[members["experience"].notna()]
    years = known["experience"].astype(float)
    edges = [*LEVELS.values(), np.inf]
    levels = pd.get_dummies(pd.cut(years, edges, right=False, labels=list(LEVELS)), dtype=float)
    means = levels.assign(years=years, project_id=known["project_id"]).groupby("project_id").mean()
    ended = projects[projects["outcome"].notna() & projects["complexity"].notna()].set_index("project_id")
    rows = ended[["complexity", "outcome"]].join(means, how="inner")
    return rows.assign(won=rows["outcome"] == Outcome.SUCCESS, complexity=rows["complexity"].astype(float))


def _nearness(teams: pd.DataFrame, complexity: float) -> Values:
    return np.exp(-0.5 * ((teams["complexity"].to_numpy() - complexity) / REACH) ** 2)


def _quantile(values: Values, weights: Values, share: float) -> float:
    """The value below which this share of the weight lies, each value in the middle of its own weight."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) - weights[order] / 2
    return float(np.interp(share * weights.sum(), below, values[order]))


def _others(lost: pd.DataFrame, complexity: float) -> str:
    near = lost[(lost["complexity"] - complexity).abs() <= REACH]
    if near.empty:
        return "No project of such complexity that did not succeed is known to compare with."
    number = "1 that did not succeed" if len(near) == 1 else f"{len(near)} that did not succeed"
    return f"Of such complexity, {number} had {near['years'].mean():.1f} years: a difference need not be the reason."
