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

OTHER = ""
"""The column of all domains that are too rare for their own; no domain is called so."""


@dataclass(frozen=True)
class Covariates:
    """complexity, complexity², experience, whether it is unknown, ln(1 + artifacts), and a column per common domain.

    All as of the start: only artifacts in use or planned by then count, since long projects use more for being long.
    Domains met too rarely for a column share that of `OTHER`, where together they are common. A project whose domain is
    not known, or like none of these, is as usual: halfway between the domains, as often as they were met.
    """

    experience: float
    artifacts: float
    domains: tuple[str, ...]
    centres: tuple[float, ...]
    spreads: tuple[float, ...]

    def columns(self, projects: pd.DataFrame) -> Values:
        """One standardised row per project; a missing number is the past's median, an unknown domain the usual."""
        raw = _raw(projects, experience=self.experience, artifacts=self.artifacts, domains=self.domains)
        centres, spreads = np.array(self.centres), np.array(self.spreads)
        away = np.where(np.isnan(raw) | (spreads == 0), 0.0, raw - centres)
        return np.asarray(away / np.where(spreads == 0, 1.0, spreads))

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        lists = {name: tuple(stored[name]) for name in ("domains", "centres", "spreads")}
        return cls(experience=stored["experience"], artifacts=stored["artifacts"], **lists)


def learn_covariates(past: pd.DataFrame) -> Covariates:
    """Medians, common domains, centres and spreads of past projects.

    A column that never varied has spread 0 and says nothing: whatever a plan has there counts as what the past had.
    """
    counts = past["domain"].dropna().astype(str).value_counts()
    domains = tuple(sorted(str(name) for name in counts.index[counts >= COMMON]))
    if counts[counts < COMMON].sum() >= COMMON:
        domains = (*domains, OTHER)
    experience, artifacts = _median(past["experience"]), _median(past["artifacts"])
    raw = _raw(past, experience=experience, artifacts=artifacts, domains=domains)
    known = np.where(np.isfinite(raw).any(axis=0), raw, 0.0)
    spreads = np.nanstd(known, axis=0)
    spreads[spreads < 1e-9] = 0.0
    centres = np.nanmean(known, axis=0)
    return Covariates(experience, artifacts, domains, tuple(centres.tolist()), tuple(spreads.tolist()))


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
    return np.column_stack(
        [
            complexity,
            complexity**2,
            np.where(unknown, experience, years),
            unknown.astype(float),
            np.log1p(np.maximum(used, 0)),
            _domains(projects["domain"], domains),
        ]
    )


def _domains(stated: pd.Series[Any], domains: tuple[str, ...]) -> Values:
    """A column of 0 and 1 per domain; NaN in all of them where the domain is unknown, or none of these."""
    is_known = stated.notna().to_numpy()
    named = np.where(is_known, stated.astype(str).to_numpy(dtype=object), OTHER)
    if OTHER in domains:
        named = np.where(is_known & ~np.isin(named, domains), OTHER, named)
    columns = np.array([named == domain for domain in domains], dtype=np.float64).reshape(len(domains), len(stated)).T
    columns[~(is_known & columns.any(axis=1))] = np.nan
    return columns
