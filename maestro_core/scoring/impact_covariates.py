"""What else makes projects succeed: the covariates that artifact impact is adjusted for."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from maestro_core.scoring.impact_model import Array

MINIMUM_LEVEL = 10
"""A domain or quarter with fewer projects is pooled with the other rare ones: its own level would fit noise."""

YEAR = 365.25


def covariates(projects: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """One row per project: complexity and team size with their squares and product, experience, domain, start quarter.

    Team size enters as its logarithm to base 2, since halving and doubling are alike steps. Numbers are centred and
    scaled to standard deviation 1; an unknown number counts as average and, if many are unknown, as a level of its
    own. The start is a straight trend, plus the quarters with enough projects: at 80 projects over three years a
    dummy for each quarter would spend a seventh of the data.
    """
    numbers = _numbers(projects, as_of=as_of)
    scaled = ((numbers - numbers.mean()) / numbers.std().replace(0, 1)).fillna(0.0)
    complexity, team = scaled["complexity"], scaled["team size"]
    curves = pd.DataFrame(
        {"complexity²": complexity**2, "team size²": team**2, "complexity·team size": complexity * team}
    )
    quarter = pd.to_datetime(projects["started_at"], utc=True).dt.tz_localize(None).dt.to_period("Q").astype(str)
    levels = [_levels(projects["domain"], "domain"), _levels(quarter, "start"), _unknown(numbers)]
    constant = pd.Series(1.0, index=projects.index, name="constant")
    return pd.concat([constant, scaled, curves, *levels], axis=1)


def age_weights(finished_at: pd.Series[pd.Timestamp], *, as_of: date) -> Array:
    """What a project's evidence weighs: 1 today, half for every year since it finished."""
    return np.asarray(0.5 ** (_days_before(finished_at, as_of) / YEAR), dtype=float)


def _numbers(projects: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    team = pd.to_numeric(projects["team_size"]).astype(float)
    return pd.DataFrame(
        {
            "complexity": pd.to_numeric(projects["complexity"]).astype(float),
            "team size": np.log2(team.where(team > 0)),
            "experience": pd.to_numeric(projects["experience"]).astype(float),
            "start": -_days_before(projects["started_at"], as_of) / YEAR,
        },
        index=projects.index,
    )


def _days_before(moments: pd.Series[pd.Timestamp], as_of: date) -> pd.Series[float]:
    return (pd.Timestamp(as_of, tz="UTC") - pd.to_datetime(moments, utc=True)) / pd.Timedelta(days=1)


def _levels(values: pd.Series[str], name: str) -> pd.DataFrame:
    """A 0/1 column per level with enough rows; the rest are the base that all are compared with."""
    counts = values.value_counts()
    common = counts.index[counts >= MINIMUM_LEVEL].sort_values()
    columns = {f"{name} {level}": (values == level).astype(float) for level in common}
    return pd.DataFrame(columns, index=values.index)


def _unknown(numbers: pd.DataFrame) -> pd.DataFrame:
    unknown = numbers.isna().astype(float).add_suffix(" unknown")
    return unknown.loc[:, unknown.sum() >= MINIMUM_LEVEL]
