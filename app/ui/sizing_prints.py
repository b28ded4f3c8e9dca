"""The curves of a what-if as one picture for paper: vectors, without a script. No Streamlit."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from app.ui.charts import BLUE, GREEN, GREY, ORANGE
from maestro_core.reports.team_sizing import WhatIf
from maestro_core.terms import Target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (10.2, 2.9)
"""Inches: as wide as a page with margins, once it is scaled to fit."""


def curves(answer: WhatIf, units: dict[str, str]) -> str:
    """Success, duration and cost side by side as the address of a picture; targets without a curve have no place.

    As on the page: a band, solid where the past supports the size and dashed elsewhere, a diamond at the recommended
    size, a circle at the plan's own, a dotted line for the baseline.
    """
    # As objects rather than through pyplot, whose figures are shared by all threads.
    from matplotlib.figure import Figure

    known = [target for target in Target if (answer.curves["target"] == target).any()]
    figure = Figure(figsize=SIZE, layout="constrained")
    for place, target in enumerate(known, start=1):
        _draw(figure.add_subplot(1, len(known), place), answer, target, unit=units[target])
    picture = io.BytesIO()
    figure.savefig(picture, format="svg", metadata={"Date": None}, transparent=True)
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.getvalue()).decode()}"


def _draw(axes: Axes, answer: WhatIf, target: Target, *, unit: str) -> None:
    rows = answer.curves[answer.curves["target"] == target]
    sizes = rows["team_size"]
    axes.fill_between(sizes, rows["low"], rows["high"], color=BLUE, alpha=0.18, linewidth=0)
    if answer.baseline_curves is not None and answer.baseline is not None:
        before = answer.baseline_curves[answer.baseline_curves["target"] == target]
        axes.plot(before["team_size"], before["value"], color=GREY, linestyle=":")
        _mark(axes, before, answer.baseline.team_size, marker="o", color=GREY, markersize=6)
    axes.plot(sizes, rows["value"], color=BLUE, linestyle="--", linewidth=1.2)
    axes.plot(sizes, rows["value"].where(rows["supported"]), color=BLUE, linewidth=2)
    _mark(axes, rows, answer.recommendation.size, marker="D", color=GREEN, markersize=8)
    _mark(axes, rows, answer.plan.team_size, marker="o", color=ORANGE, markersize=5)
    # A currency is what somebody typed: a dollar sign in it starts no formula.
    axes.set_title(f"{target.title()}, {unit}", fontsize=10, loc="left", parse_math=False)
    axes.set_xlabel("people in the team", fontsize=8)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=8)
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value:,.0f}")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _mark(axes: Axes, rows: pd.DataFrame, size: int | None, **look: Any) -> None:
    at = rows[rows["team_size"] == size]
    axes.plot(at["team_size"], at["value"], linestyle="", **look)
