"""A project as it could be: what a question about team size asks about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

COLUMNS = ("complexity", "team_size", "experience", "domain", "artifacts")


@dataclass(frozen=True)
class Plan:
    """Complexity 1 to 10, people, mean years of the members, domain, artifacts reused; None is unknown: as usual.

    All as of the start: artifacts are the different ones that the project begins with, in use or planned.
    """

    complexity: float
    team_size: int
    experience: float | None = None
    domain: str | None = None
    artifacts: float | None = None


def as_rows(plans: Iterable[Plan]) -> pd.DataFrame:
    """One row per plan, its numbers as floats.

    >>> as_rows([Plan(5.0, 3, domain="health"), Plan(5.0, 4)])["team_size"].tolist()
    [3.0, 4.0]
    """
    rows = pd.DataFrame([asdict(plan) for plan in plans], columns=list(COLUMNS))
    figures = [name for name in COLUMNS if name != "domain"]
    return rows.astype(dict.fromkeys(figures, float))
