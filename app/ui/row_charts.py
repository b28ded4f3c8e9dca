"""One row for each thing, the first on top, and what is told of it to the right. No Streamlit."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from app.ui.charts import GREY, MARGIN
from app.ui.text import plain_in_figure

MOST_LETTERS = 30
FEWEST = 5  # room for so many, so that one bar is no block
LOWEST = 320  # as high as the figures of `charts`, beside which these stand


def stacked_rows(
    frame: pd.DataFrame, *, label: str, parts: dict[str, tuple[str, str]], title: str, unit: str
) -> go.Figure:
    """A bar for each row, made of parts: column → what it is called and its colour. Names may repeat."""
    rows = list(range(len(frame)))
    names = [plain_in_figure(name) for name in frame[label]]
    figure = go.Figure()
    for column, (name, colour) in parts.items():
        figure.add_bar(
            x=frame[column],
            y=rows,
            orientation="h",
            name=name,
            marker_color=colour,
            customdata=names,
            hovertemplate=f"%{{customdata}}<br>{name}: %{{x:,.0f}} {unit}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        showlegend=len(parts) > 1,
        legend={"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )
    if frame[list(parts)].sum(axis="columns").max() <= 5:
        figure.update_xaxes(dtick=1)
    return _named_rows(figure, list(frame[label]), title=title, unit=unit)


def spans(frame: pd.DataFrame, *, label: str, title: str, unit: str, colour: str) -> go.Figure:
    """A bar up to the value of each row, and a whisker from low to high where these are known."""
    names = [plain_in_figure(name) for name in frame[label]]
    whisker = {
        "type": "data",
        "symmetric": False,
        "array": frame["high"] - frame["value"],
        "arrayminus": frame["value"] - frame["low"],
        "color": GREY,
        "thickness": 2,
    }
    figure = go.Figure(
        go.Bar(
            x=frame["value"],
            y=list(range(len(frame))),
            orientation="h",
            marker={"color": colour, "opacity": 0.7},
            error_x=whisker,
            customdata=[(name, n) for name, n in zip(names, frame["n"], strict=True)],
            hovertemplate=f"%{{customdata[0]}}: %{{x:,.1f}} {unit}, n = %{{customdata[1]}}<extra></extra>",
        )
    )
    return _named_rows(figure, list(frame[label]), title=title, unit=unit)


def _named_rows(figure: go.Figure, names: list[object], *, title: str, unit: str) -> go.Figure:
    height = max(LOWEST, 30 * len(names) + 110)
    figure.update_layout(title={"text": title, "font": {"size": 15}}, margin=MARGIN, height=height, bargap=0.35)
    figure.update_xaxes(title=unit, fixedrange=True, rangemode="tozero")
    figure.update_yaxes(
        range=[max(len(names), FEWEST) - 0.5, -0.5],
        tickvals=list(range(len(names))),
        ticktext=[_shortened(str(name)) for name in names],
        fixedrange=True,
        automargin=True,
    )
    return figure


def _shortened(name: str) -> str:
    return plain_in_figure(name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…")
