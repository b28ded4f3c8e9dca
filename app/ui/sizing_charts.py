"""Curves against team size: of one plan with its baseline, and of several scenarios in one figure. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from app.ui import charts
from app.ui.charts import BLUE, GREEN, MARGIN, ORANGE
from app.ui.text import plain_in_figure
from maestro_core.reports.team_sizing import WhatIf

COLOURS = (BLUE, ORANGE, GREEN, "#9467bd")
SHADES = (
    "rgba(91, 141, 239, 0.12)",
    "rgba(224, 138, 60, 0.12)",
    "rgba(43, 156, 116, 0.12)",
    "rgba(148, 103, 189, .12)",
)


def curve(answer: WhatIf, rows: pd.DataFrame, *, title: str, unit: str) -> go.Figure:
    """One target, or the utility, of a what-if: with its band, the sizes to choose, the plan and its baseline."""
    target = str(rows["target"].iloc[0])
    before = None if answer.baseline == answer.plan else answer.baseline_curves
    figure = charts.size_curve(
        rows,
        title=title,
        unit=unit,
        chosen=answer.plan.team_size,
        recommended=answer.recommendation.size,
        baseline=None if before is None or target == "utility" else before[before["target"] == target],
        baseline_size=None if answer.baseline is None else answer.baseline.team_size,
    )
    _mark_as_good(figure, rows, answer)
    return figure


def overlay(
    curves: pd.DataFrame, *, sizes: Mapping[str, int], title: str, unit: str, shows_names: bool = True
) -> go.Figure:
    """One line for each scenario: solid where the past supports the size, dashed elsewhere, a circle at its own size.

    `curves` has name, team_size, value, low, high and supported; `sizes` the own size of each name.
    """
    figure = go.Figure()
    for (name, size), colour, shade in zip(sizes.items(), COLOURS, SHADES, strict=False):
        _add_scenario(figure, curves[curves["name"] == name], name=name, size=size, colours=(colour, shade))
    figure.update_layout(
        title={"text": title, "font": {"size": 15}},
        margin=MARGIN,
        height=340,
        showlegend=shows_names,
        legend={"orientation": "h", "y": -0.3},
    )
    figure.update_xaxes(title="people in the team", dtick=2, fixedrange=True)
    figure.update_yaxes(title=unit, rangemode="tozero", fixedrange=True)
    return figure


def _mark_as_good(figure: go.Figure, rows: pd.DataFrame, answer: WhatIf) -> None:
    """A hollow diamond at each size that cannot be told apart from the recommended one."""
    advice = answer.recommendation
    others = rows[rows["team_size"].isin(advice.sizes) & (rows["team_size"] != advice.size)]
    marker = {"symbol": "diamond-open", "color": GREEN, "size": 10, "line": {"width": 2}}
    figure.add_scatter(x=others["team_size"], y=others["value"], mode="markers", marker=marker, hoverinfo="skip")


def _add_scenario(figure: go.Figure, rows: pd.DataFrame, *, name: str, size: int, colours: tuple[str, str]) -> None:
    colour, shade = colours
    common = {"x": rows["team_size"], "legendgroup": name, "showlegend": False, "hoverinfo": "skip"}
    figure.add_scatter(y=rows["high"], mode="lines", line={"width": 0}, **common)
    figure.add_scatter(y=rows["low"], mode="lines", line={"width": 0}, fill="tonexty", fillcolor=shade, **common)
    dashed = {"color": colour, "dash": "dash", "width": 2}
    figure.add_scatter(y=rows["value"], mode="lines", line=dashed, **common)
    figure.add_scatter(
        x=rows["team_size"],
        y=rows["value"].where(rows["supported"]),
        name=plain_in_figure(name),
        legendgroup=name,
        mode="lines",
        line={"color": colour, "width": 3},
        customdata=rows[["low", "high"]].to_numpy(),
        hovertemplate="%{x} people: %{y:,.0f}<br>80 %: %{customdata[0]:,.0f} to %{customdata[1]:,.0f}",
    )
    own = rows[rows["team_size"] == size]
    marker = {"symbol": "circle", "color": colour, "size": 11}
    figure.add_scatter(
        x=own["team_size"], y=own["value"], mode="markers", marker=marker, legendgroup=name, showlegend=False,
        hoverinfo="skip",
    )  # fmt: skip
