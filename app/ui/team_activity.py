"""What a team did in Git over a period, as tiles."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui import tiles
from maestro_core.reports.collaboration import Activity, Collaboration
from maestro_core.terms import Measured

UNITS = {"commits_per_week": "per week", "code_churn_rate": "% per week"}
"""Where a tile says less than the catalogue, or per cent for a share."""
PER_CENT = frozenset({"code_churn_rate"})
MEASURES = (
    "commits_per_week",
    "contributors",
    "code_churn",
    "code_churn_rate",
    "active_branches",
    "night_and_weekend_share",
    "contributor_absence_factor",
)


def show(answer: Collaboration) -> None:
    """Each measure with its change since the period before."""
    with st.grid(4, min_column_width=200):
        for name in MEASURES:
            now, before = (_told(activity, name) for activity in (answer.now, answer.before))
            tiles.show(name, now, before=before, unit=UNITS.get(name))


def _told(activity: Activity, name: str) -> Measured[Any]:
    measured: Measured[Any] = getattr(activity, name)
    return in_per_cent(measured) if name in PER_CENT else measured


def in_per_cent(share: Measured[float]) -> Measured[float]:
    """A share as per cent, for a tile whose unit says so; what is missing stays missing.

    >>> in_per_cent(Measured[float](value=0.0125, sample=9)).value
    1.25
    """
    ends = {name: getattr(share, name) for name in ("value", "low", "high")}
    scaled: dict[str, Any] = {name: None if end is None else 100 * end for name, end in ends.items()}
    return share.model_copy(update=scaled)
