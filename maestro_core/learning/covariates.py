"""What is known of a project besides its team size, as standardised columns that are kept as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]

COMMON = 5
"""A domain met in fewer past projects than this has no column of its own."""


@dataclass(frozen=True)
class Covariates:
    """complexity, complexity², experience, whether it is unknown, ln(1 + artifacts), and a column per common domain."""

    experience: float
    artifacts: float
    domains: tuple[str, ...]
    centres: tuple[float, ...]
    spreads: tuple[float, ...]

    def columns(self, projects: pd.DataFrame) -> Values:
        """One standardised row per project; a missing number is the past's median, a rare domain sets no column."""
        raw = _raw(projects, experience=self.experience, artifacts=self.artifacts, domains=self.domains)
        return np.asarray((raw - np.array(self.centres)) / np.array(self.spreads))

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        lists = {name: tuple(stored[name]) for name in ("domains", "centres", "spreads")}
        return cls(experience=stored["experience"], artifacts=stored["artifacts"], **lists)


def learn_covariates(past: pd.DataFrame) -> Covariates:
    """Medians, common domains, centres and spreads of past projects; a column that never varies keeps spread 1."""
    counts = past["domain"].dropna().astype(str).value_counts()
    domains = tuple(sorted(str(name) for name in counts.index[counts >= COMMON]))
    experience, artifacts = _median(past["experience"]), _median(past["artifacts"])
    raw = _raw(past, experience=experience, artifacts=artifacts, domains=domains)
    spreads = raw.std(axis=0)
    spreads[spreads < 1e-9] = 1.0
    return Covariates(experience, artifacts, domains, tuple(raw.mean(axis=0).tolist()), tuple(spreads.tolist()))


def numbers(values: pd.Series[Any]) -> Values:
    """The column as floats, NaN where it is no number."""
    return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64)


def _median(values: pd.Series[Any]) -> float:
    known = numbers(values)
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else 0.0


def _raw(projects: pd.DataFrame, *, experience: float, artifacts: float, domains: tuple[str, ...]) -> Values:
    complexity, years, used = (numbers(projects[name]) for name in ("complexity", "experience", "artifacts"))
    unknown = ~np.isfinite(years)
    used = np.where(np.isfinite(used), used, artifacts)
    named = projects["domain"].astype(object).to_numpy()
    return np.column_stack(
        [
            complexity,
            complexity**2,
            np.where(unknown, experience, years),
            unknown.astype(float),
            np.log1p(np.maximum(used, 0)),
            *[(named == domain).astype(float) for domain in domains],
        ]
    )
