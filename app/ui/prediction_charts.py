"""Predictions as pictures: what adds up to one, what hangs on a fact, and whether intervals hold. No Streamlit."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from app.ui.charts import BLUE, GREEN, GREY, MARGIN, ORANGE, RED
from app.ui.text import plain_in_figure
from maestro_core.reports import records
from maestro_core.reports.expectation import Dependence, Expected
from maestro_core.terms import Target

SHADE = "rgba(91, 141, 239, 0.13)"
LONGEST = 22
DASHED = {"color": GREY, "dash": "dash", "width": 2}


def steps(rows: pd.DataFrame, told: Expected) -> go.Figure:
    """From the average past project at the top, fact by fact, to this one at the bottom with its interval.

    `rows`: feature, value, effect, start and end, as `Expectation.contributions` has them for one target. Green helps,
    red hurts: more success, less time and cost.
    """
    length, lines = rows["end"] - rows["start"], list(range(1, len(rows) + 1))
    good = (length > 0) == (told.target is Target.SUCCESS)
    labels = [fact(row["feature"], row["value"]) for row in records(rows)]
    figure = go.Figure(
        go.Bar(
            x=length,
            base=rows["start"],
            y=lines,
            orientation="h",
            marker_color=list(good.map({True: GREEN, False: RED})),
            text=[plain_in_figure(effect) for effect in rows["effect"]],
            textposition="outside",
            cliponaxis=False,
            customdata=[plain_in_figure(label) for label in labels],
            hovertemplate="%{customdata}: %{text}<extra></extra>",
        )
    )
    _add_joints(figure, rows)
    _add_ends(figure, told, last=len(rows) + 1)
    ticks = ["<b>Average project</b>", *(plain_in_figure(_short(label)) for label in labels), "<b>This project</b>"]
    figure.update_yaxes(range=[len(rows) + 1.6, -0.6], tickvals=[0, *lines, len(rows) + 1], ticktext=ticks)
    figure.update_layout(showlegend=False, bargap=0.35)
    return _laid_out(figure, x_title=told.unit, height=70 + 40 * (len(rows) + 2))


def dependence(answer: Dependence) -> go.Figure:
    """The prediction against one fact: of this project in blue, of past projects on average in grey."""
    if answer.is_word:
        return _of_words(answer)
    figure = go.Figure()
    _shade_seen(figure, answer.average)
    average, own = answer.average, answer.own
    figure.add_scatter(x=average["at"], y=average["value"], mode="lines", line=DASHED, hoverinfo="skip")
    figure.add_scatter(
        x=own["at"],
        y=own["value"],
        mode="lines",
        line={"color": BLUE, "width": 3},
        hovertemplate="%{x:.3g}: %{y:,.0f} " + plain_in_figure(answer.unit) + "<extra></extra>",
    )
    here = own[own["at"] == answer.value]
    figure.add_scatter(
        x=here["at"], y=here["value"], mode="markers", marker={"color": ORANGE, "size": 12}, hoverinfo="skip"
    )
    rug = {"symbol": "line-ns-open", "color": GREY, "size": 10}
    figure.add_scatter(x=answer.past, y=[0] * len(answer.past), mode="markers", marker=rug, hoverinfo="skip")
    figure.update_layout(showlegend=False)
    figure.update_yaxes(range=[0, 105] if answer.target is Target.SUCCESS else None, rangemode="tozero", tickformat=",")
    return _laid_out(figure, x_title=_words(answer.feature), y_title=answer.unit)


def calibration(rows: pd.DataFrame) -> go.Figure:
    """Promised against observed share of projects inside the interval, with bounds; the dashed line keeps promises."""
    counts = [f"{inside} of {n}" for inside, n in zip(rows["inside"], rows["n"], strict=True)]
    figure = go.Figure(go.Scatter(x=[0.4, 1], y=[0.4, 1], mode="lines", line=DASHED, hoverinfo="skip"))
    figure.add_scatter(
        x=rows["promised"],
        y=rows["coverage"],
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": rows["high"] - rows["coverage"],
            "arrayminus": rows["coverage"] - rows["low"],
            "color": BLUE,
            "thickness": 1,
        },
        customdata=counts,
        hovertemplate="%{x:.0%} promised: %{customdata} inside<extra></extra>",
    )
    figure.update_layout(showlegend=False)
    figure.update_xaxes(tickformat=".0%", range=[0.45, 0.95], tickvals=list(rows["promised"]))
    figure.update_yaxes(tickformat=".0%", range=[0.2, 1.04])
    return _laid_out(figure, x_title="promised inside", y_title="came inside")


def held_out(rows: pd.DataFrame, *, unit: str, target: Target) -> go.Figure:
    """What came against what a model had said that had not seen the project; on the dashed line it was right."""
    ends = [float(rows.min().min()), float(rows.max().max())]
    figure = go.Figure(go.Scatter(x=ends, y=ends, mode="lines", line=DASHED, hoverinfo="skip"))
    figure.add_scatter(
        x=rows["predicted"],
        y=rows["actual"],
        mode="markers",
        marker={"color": BLUE, "size": 7, "opacity": 0.65},
        hovertemplate="predicted %{x:,.0f}, came %{y:,.0f} " + plain_in_figure(unit) + "<extra></extra>",
    )
    figure.update_layout(showlegend=False)
    if target is not Target.SUCCESS:
        figure.update_xaxes(type="log", dtick="D2", tickformat=",~s")
        figure.update_yaxes(type="log", dtick="D2", tickformat=",~s")
    return _laid_out(figure, x_title=f"predicted, {unit}", y_title=f"came, {unit}")


def fact(feature: str, value: str | None) -> str:
    """A feature with its value, as a label.

    >>> fact("team_size", "3"), fact("domain", None)
    ('Team size: 3', 'Domain: not known')
    """
    return f"{_words(feature)}: {value or 'not known'}"


def _add_joints(figure: go.Figure, rows: pd.DataFrame) -> None:
    """A thin line from where one step ends to where the next begins."""
    reached = [*rows["start"].head(1), *rows["end"]]
    x = [at for each in reached for at in (each, each, None)]
    y = [at for line in range(len(reached)) for at in (line, line + 1, None)]
    line = {"color": GREY, "width": 1, "dash": "dot"}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")


def _add_ends(figure: go.Figure, told: Expected, *, last: int) -> None:
    """The average past project, and this one with its interval."""
    expected = told.expected
    if expected.value is None or expected.low is None or expected.high is None:
        return
    figure.add_scatter(
        x=[told.average],
        y=[0],
        mode="markers",
        marker={"color": GREY, "size": 11, "symbol": "diamond"},
        hovertemplate="average past project: %{x:,.1f}<extra></extra>",
    )
    figure.add_scatter(
        x=[expected.value],
        y=[last],
        mode="markers",
        marker={"color": BLUE, "size": 12},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [expected.high - expected.value],
            "arrayminus": [expected.value - expected.low],
            "color": GREY,
        },
        hovertemplate="this project: %{x:,.1f}<extra></extra>",
    )


def _of_words(answer: Dependence) -> go.Figure:
    """One line for each word: a sum has no curve over words."""
    figure, lines = go.Figure(), list(range(len(answer.average)))
    for rows, colour, symbol, size in ((answer.average, GREY, "diamond", 10), (answer.own, BLUE, "circle", 12)):
        is_here = (rows["at"] == answer.value) & (colour == BLUE)
        figure.add_scatter(
            x=rows["value"],
            y=lines,
            mode="markers",
            marker={"symbol": symbol, "size": size, "color": list(is_here.map({True: ORANGE, False: colour}))},
            hovertemplate="%{x:,.0f} " + plain_in_figure(answer.unit) + "<extra></extra>",
        )
    names = [_short(str(word)) + ("" if seen else " (never seen)") for word, seen in _seen(answer.average)]
    figure.update_layout(showlegend=False)
    figure.update_yaxes(
        range=[len(lines) - 0.5, -0.5], tickvals=lines, ticktext=[plain_in_figure(name) for name in names]
    )
    figure.update_xaxes(range=[0, 105] if answer.target is Target.SUCCESS else None, rangemode="tozero", tickformat=",")
    return _laid_out(figure, x_title=answer.unit, height=max(240, 90 + 34 * len(lines)))


def _seen(rows: pd.DataFrame) -> list[tuple[str, bool]]:
    return list(zip(rows["at"], rows["seen"], strict=True))


def _shade_seen(figure: go.Figure, average: pd.DataFrame) -> None:
    seen = average.loc[average["seen"], "at"]
    if len(seen):
        figure.add_vrect(x0=seen.min(), x1=seen.max(), fillcolor=SHADE, line_width=0, layer="below")


def _words(feature: str) -> str:
    return feature.replace("_", " ").capitalize()


def _short(label: str) -> str:
    return label if len(label) <= LONGEST + 8 else f"{label[: LONGEST + 7]}…"


def _laid_out(figure: go.Figure, *, x_title: str, y_title: str = "", height: int = 340) -> go.Figure:
    figure.update_layout(margin=MARGIN | {"t": 10}, height=height)
    figure.update_xaxes(title=plain_in_figure(x_title), fixedrange=True)
    figure.update_yaxes(title=plain_in_figure(y_title), fixedrange=True)
    return figure
