"""The five cards of delivery: value, change, trend, interval, and DORA's own score beside the survey's mean."""

from __future__ import annotations

import streamlit as st

from app.ui import tiles
from app.ui.text import plain
from maestro_core.reports.delivery import DoraKeys
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.terms import Measured

CARDS = {
    "change_lead_time": ("Change lead time", "lead_time"),
    "deployment_frequency": ("Weekly deployments", "deployments"),
    "change_fail_rate": ("Change fail rate", "change_fail_rate"),
    "failed_deployment_recovery_time": ("Recovery time", "recovery_time"),
    "rework_rate": ("Rework rate", "rework_rate"),
}
"""Each measure with a title that fits its card, and the column of the series that is its trend."""


def show(keys: DoraKeys, *, step: str) -> None:
    """The five metrics side by side, each with its trend over complete weeks or months."""
    rows = keys.weekly if step == "week" else keys.monthly
    trend = rows[rows["is_whole"].astype(bool)]
    with st.grid(5, min_column_width=175):
        for name, (title, column) in CARDS.items():
            _card(keys, name, title, trend[column].dropna().astype(float).tolist())


def beside(keys: DoraKeys) -> None:
    """What stands beside the five: percentiles, days and incidents per deployment, and the score of all."""
    now = keys.now
    told = {
        "Lead time, 75th percentile": spelt(now.change_lead_time_p75),
        "90th": spelt(now.change_lead_time_p90),
        "deployment days in a median week": _number(now.deployment_days),
        "incidents per deployment": _number(now.incidents_per_deployment),
    }
    parts = [f"{name} **{plain(value)}**" for name, value in told.items()]
    st.caption(" · ".join(parts))
    score = keys.quick_check.overall
    mean = f"the mean of DORA's survey of {keys.quick_check.year} was {keys.quick_check.overall_mean}"
    if score.value is None:
        st.caption(f"No overall Quick Check score: {plain(score.reason or 'not measured')}; {mean}.")
    else:
        st.caption(f"Quick Check over all five: **{score.value:.1f} of 10**; {mean}.")


def spelt(measured: Measured[float]) -> str:
    """Hours as people say them, or a dash.

    >>> spelt(Measured[float](value=0.5)), spelt(Measured[float](value=60)), spelt(Measured[float]())
    ('30 min', '2.5 days', '–')
    """
    if measured.value is None:
        return "–"
    scaled, unit = tiles.in_fitting_unit(measured, measured.value)
    return tiles.number(scaled.value, unit)


def _card(keys: DoraKeys, name: str, title: str, trend: list[float]) -> None:
    measure = CATALOGUE[name]
    now, before = getattr(keys.now, name), getattr(keys.before, name)
    unit = measure.unit if measure.unit != "per week" else ""  # which the title says
    now, before, unit = tiles.fitting(now, before, unit)
    about = f"**{measure.title}**\n\n{plain(measure.summary)}\n\nSource: {plain(measure.source)}"
    # What is not known of the whole has no trend of its weeks either.
    drawn = [] if now.value is None else trend[-26:]
    place = tiles.tile(title, now, unit=unit, about=about, before=before, better=measure.better, trend=drawn)
    with place:
        _score(keys, name)


def _score(keys: DoraKeys, name: str) -> None:
    score, check = keys.quick_check.scores[name], keys.quick_check
    mean = f"{check.year} mean {check.means[name]:.1f}"
    if score.value is None:
        st.caption(f"Quick Check – · {mean}")
    else:
        st.progress(score.value / 10, text=f"Quick Check {score.value:.1f} of 10 · {mean}")


def _number(measured: Measured[float]) -> str:
    return tiles.number(measured.value, "")
