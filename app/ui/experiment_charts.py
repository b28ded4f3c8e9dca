"""What experiments look like: looks over time, units by variant, effects in a row, power. No Streamlit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.ui.charts import BLUE, GREEN, GREY, MARGIN, ORANGE, intervals
from app.ui.text import plain_in_figure
from maestro_core.scoring.experiment_words import LEVEL, difference_unit, scale_of

COLOURS = (GREY, BLUE, ORANGE, GREEN, "#8a6fd1")
BAND = ("rgba(91, 141, 239, 0.18)", "rgba(224, 138, 60, 0.18)", "rgba(43, 156, 116, 0.18)", "rgba(138, 111, 209, 0.18)")
SPREAD = 0.22
MOST_LETTERS = 22
"""Of a variant below its units: two such names stand beside each other on a phone."""


def looks(rows: pd.DataFrame, *, unit: str, counted: str, planned: int, worthwhile: float | None = None) -> go.Figure:
    """The effect after each unit that ended, with the interval that holds at every look; dotted: no effect.

    `worthwhile` is the effect that would matter, with the sign that would be good news.
    """
    scaled = rows.assign(**{name: scale_of(unit) * rows[name].astype(float) for name in ("value", "low", "high")})
    figure = go.Figure()
    for place, (name, one) in enumerate(scaled.groupby("variant", sort=False)):
        _add_looks(figure, one, name=str(name), place=place, told=f" {counted}: %{{y:+.3g}} {difference_unit(unit)}")
    figure.add_hline(y=0, line={"color": GREY, "dash": "dot"})
    figure.add_vline(x=planned, line={"color": GREY, "dash": "dash"}, annotation_text="planned")
    if worthwhile:
        line = {"color": ORANGE, "dash": "dot"}
        figure.add_hline(y=scale_of(unit) * worthwhile, line=line)
    figure.update_layout(showlegend=rows["variant"].nunique() > 1, legend={"orientation": "h", "y": -0.3})
    # Early intervals are many times as wide as the effect: what is drawn is the later half.
    reach = _reach(scaled)
    figure.update_yaxes(range=[-reach, reach])
    title = f"Effect as measured, {LEVEL} at every look"
    return _laid_out(figure, title=title, y_title=difference_unit(unit), x_title=f"{counted} that have ended")


def _add_looks(figure: go.Figure, rows: pd.DataFrame, *, name: str, place: int, told: str) -> None:
    _band(figure, rows, BAND[place])
    figure.add_scatter(
        x=rows["units"],
        y=rows["value"],
        mode="lines+markers",
        line={"color": COLOURS[place + 1]},
        name=plain_in_figure(name),
        customdata=rows[["low", "high"]],
        hovertemplate="%{x}" + plain_in_figure(told) + " (%{customdata[0]:+.3g} to %{customdata[1]:+.3g})"
        "<extra></extra>",
    )


def values_by_variant(values: pd.DataFrame, variants: list[str], *, title: str, unit: str) -> go.Figure:
    """Each unit as a dot, beside each other where they are close, and the mean of each variant as a line."""
    figure = go.Figure()
    scaled = values.assign(value=scale_of(unit) * values["value"].astype(float))
    told = "%" if unit == "share" else unit
    for place, name in enumerate(variants):
        mine = scaled[scaled["variant"] == name]
        figure.add_scatter(
            x=place + _apart(len(mine)),
            y=mine["value"],
            mode="markers",
            marker={"color": COLOURS[place], "size": 9, "opacity": 0.75},
            text=[plain_in_figure(unit_name) for unit_name in mine["name"]],
            hovertemplate="%{text}: %{y:,.4~g} " + plain_in_figure(told) + "<extra></extra>",
            showlegend=False,
        )
        mean = [mine["value"].mean()] * 2
        line = {"color": COLOURS[place], "width": 3}
        figure.add_scatter(
            x=[place - 0.35, place + 0.35], y=mean, mode="lines", line=line, showlegend=False, hoverinfo="skip"
        )
    figure.update_xaxes(
        tickvals=list(range(len(variants))), ticktext=[plain_in_figure(_short(name)) for name in variants],
        range=[-0.6, len(variants) - 0.4],
    )  # fmt: skip
    return _laid_out(figure, title=title, y_title=told)


def effects(rows: pd.DataFrame, *, title: str) -> go.Figure:
    """Relative effects with their intervals, one row for each metric; dotted: no effect. label, value, low, high."""
    scaled = rows.assign(**{name: 100 * rows[name].astype(float) for name in ("value", "low", "high")})
    figure = intervals(scaled, label="label", title=title, unit="% of the control's mean")
    figure.update_traces(
        customdata=scaled[["low", "high"]],
        hovertemplate="%{text}: %{x:+.0f} % (%{customdata[0]:+.0f} to %{customdata[1]:+.0f})<extra></extra>",
    )
    figure.add_vline(x=0, line={"color": GREY, "dash": "dot"})
    return figure


def power(curve: pd.DataFrame, *, spread: float | None, unit: str, worthwhile: float | None) -> go.Figure:
    """The chance to find an effect of each size; dashed at 80 %, and an upright line at the effect that matters."""
    scale = spread * scale_of(unit) if spread else 1.0
    told = difference_unit(unit) if spread else "standard deviations"
    figure = go.Figure(
        go.Scatter(
            x=curve["effect"] * scale,
            y=100 * curve["power"],
            mode="lines",
            line={"color": BLUE, "width": 3},
            hovertemplate="an effect of %{x:,.3~g} " + plain_in_figure(told) + ": found with %{y:.0f} %<extra></extra>",
        )
    )
    figure.add_hline(y=80, line={"color": GREY, "dash": "dash"})
    if worthwhile and spread:
        _mark_worthwhile(figure, scale_of(unit) * worthwhile, furthest=float(curve["effect"].max()) * scale)
    figure.update_yaxes(range=[0, 102])
    return _laid_out(figure, title="Chance to find an effect of this size", y_title="%", x_title=f"true effect, {told}")


def _mark_worthwhile(figure: go.Figure, at: float, *, furthest: float) -> None:
    """Where it lies far beyond the curve, the curve would be pressed against the axis: nothing is marked."""
    if at > 3 * furthest:
        return
    line = {"color": ORANGE, "dash": "dot"}
    # At the end of the curve the words would lie outside the figure.
    side = "top left" if at > 0.6 * furthest else "top right"
    figure.add_vline(x=at, line=line, annotation_text="would matter", annotation_position=side)


def _band(figure: go.Figure, rows: pd.DataFrame, colour: str) -> None:
    shared = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_scatter(x=rows["units"], y=rows["high"], **shared)
    figure.add_scatter(x=rows["units"], y=rows["low"], fill="tonexty", fillcolor=colour, **shared)


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


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
