"""What experiments look like: looks over time, units by variant, effects in a row, power. No Streamlit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.ui.charts import BLUE, GREEN, GREY, MARGIN, ORANGE
from app.ui.text import plain_in_figure

COLOURS = (GREY, BLUE, ORANGE, GREEN, "#8a6fd1")
BAND = ("rgba(91, 141, 239, 0.18)", "rgba(224, 138, 60, 0.18)", "rgba(43, 156, 116, 0.18)", "rgba(138, 111, 209, 0.18)")
SPREAD = 0.22


def looks(rows: pd.DataFrame, *, unit: str, planned: int) -> go.Figure:
    """The effect after each unit that ended, with the interval that holds at every look; dotted: no effect."""
    figure = go.Figure()
    for place, (name, one) in enumerate(rows.groupby("variant", sort=False)):
        colour, band = COLOURS[place + 1], BAND[place]
        _band(figure, one, band)
        figure.add_scatter(
            x=one["units"],
            y=one["value"],
            mode="lines+markers",
            line={"color": colour},
            name=plain_in_figure(name),
            customdata=one[["low", "high"]],
            hovertemplate="%{x} units: %{y:.3g} (%{customdata[0]:.3g} to %{customdata[1]:.3g})<extra></extra>",
        )
    figure.add_hline(y=0, line={"color": GREY, "dash": "dot"})
    figure.add_vline(x=planned, line={"color": GREY, "dash": "dash"}, annotation_text="planned")
    figure.update_layout(showlegend=rows["variant"].nunique() > 1, legend={"orientation": "h", "y": -0.3})
    # Early intervals are many times as wide as the effect: what is drawn is the later half.
    reach = _reach(rows)
    figure.update_yaxes(range=[-reach, reach])
    title = "Effect so far, with the interval that holds at every look"
    return _laid_out(figure, title=title, y_title=unit, x_title="units that have ended")


def values_by_variant(values: pd.DataFrame, variants: list[str], *, title: str, unit: str) -> go.Figure:
    """Each unit as a dot, beside each other where they are close, and the mean of each variant as a line."""
    figure = go.Figure()
    for place, name in enumerate(variants):
        mine = values[values["variant"] == name]
        figure.add_scatter(
            x=place + _apart(len(mine)),
            y=mine["value"],
            mode="markers",
            marker={"color": COLOURS[place], "size": 9, "opacity": 0.75},
            text=[plain_in_figure(unit_name) for unit_name in mine["name"]],
            hovertemplate="%{text}: %{y:.4g}<extra></extra>",
            showlegend=False,
        )
        mean = [mine["value"].mean()] * 2
        line = {"color": COLOURS[place], "width": 3}
        figure.add_scatter(
            x=[place - 0.35, place + 0.35], y=mean, mode="lines", line=line, showlegend=False, hoverinfo="skip"
        )
    figure.update_xaxes(
        tickvals=list(range(len(variants))), ticktext=[plain_in_figure(name[:24]) for name in variants],
        range=[-0.6, len(variants) - 0.4],
    )  # fmt: skip
    return _laid_out(figure, title=title, y_title=unit)


def effects(rows: pd.DataFrame, *, title: str) -> go.Figure:
    """Relative effects with their intervals, one row for each metric; dotted: no effect. label, value, low, high."""
    places = list(range(len(rows)))
    scaled = 100 * rows[["value", "low", "high"]]
    figure = go.Figure(
        go.Scatter(
            x=scaled["value"],
            y=places,
            mode="markers",
            marker={"size": 10, "color": BLUE},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": scaled["high"] - scaled["value"],
                "arrayminus": scaled["value"] - scaled["low"],
                "color": GREY,
            },
            customdata=scaled[["low", "high"]],
            hovertemplate="%{x:+.0f} % (%{customdata[0]:+.0f} to %{customdata[1]:+.0f})<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"color": GREY, "dash": "dot"})
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5], tickvals=places, ticktext=[plain_in_figure(name) for name in rows["label"]]
    )
    height = max(220, 44 * len(rows) + 100)
    return _laid_out(figure, title=title, y_title="", x_title="% of the control's mean", height=height)


def power(curve: pd.DataFrame, *, spread: float | None, unit: str, worthwhile: float | None) -> go.Figure:
    """The chance to find an effect of each size; dashed at 80 %, and an upright line at the effect that matters."""
    scale = spread or 1.0
    figure = go.Figure(
        go.Scatter(
            x=curve["effect"] * scale,
            y=100 * curve["power"],
            mode="lines",
            line={"color": BLUE, "width": 3},
            hovertemplate="an effect of %{x:.3g}: found with %{y:.0f} %<extra></extra>",
        )
    )
    figure.add_hline(y=80, line={"color": GREY, "dash": "dash"})
    if worthwhile and spread:
        line = {"color": ORANGE, "dash": "dot"}
        figure.add_vline(x=worthwhile, line=line, annotation_text="would matter")
    figure.update_yaxes(range=[0, 102])
    told = f"true effect, {unit}" if spread else "true effect, standard deviations"
    return _laid_out(figure, title="Chance to find an effect of this size", y_title="%", x_title=told)


def _band(figure: go.Figure, rows: pd.DataFrame, colour: str) -> None:
    shared = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_scatter(x=rows["units"], y=rows["high"], **shared)
    figure.add_scatter(x=rows["units"], y=rows["low"], fill="tonexty", fillcolor=colour, **shared)


def _reach(rows: pd.DataFrame) -> float:
    """How far up and down the axis goes."""
    middle = (rows["high"] - rows["low"]).median() / 2
    return float(max(1.3 * middle, 1.3 * rows["value"].abs().median(), 1e-9)) * 1.5


def _apart(count: int) -> np.ndarray:
    """Places beside each other, always the same: what is drawn by chance would look different at every visit."""
    return SPREAD * (((np.arange(count) * 0.618) % 1) * 2 - 1)


def _laid_out(figure: go.Figure, *, title: str, y_title: str, x_title: str = "", height: int = 320) -> go.Figure:
    figure.update_layout(title={"text": title, "font": {"size": 15}}, margin=MARGIN, height=height)
    figure.update_xaxes(fixedrange=True, title=x_title or None)
    figure.update_yaxes(fixedrange=True, title=y_title)
    return figure
