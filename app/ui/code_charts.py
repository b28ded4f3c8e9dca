"""Pictures of code: who knows which part of it, and where change gathers. Colours as everywhere, see `charts`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.ui.charts import BLUE, GREY, MARGIN, ORANGE
from app.ui.text import plain_in_figure

# Colours that stay apart for the colour-blind, light enough for dark letters.
SHARED_TO_SOLE = [[0.0, "#8fd0b5"], [0.5, "#f3e3b0"], [1.0, "#ea9a78"]]
ROOT_NAME = "all files"
MOST_NUMBERS = 10
RATIOS = [step * 10**power for power in range(7) for step in (1, 2, 5)]
"""Written out: Plotly labels what lies between powers of ten by its first digit alone."""


def ownership_map(places: pd.DataFrame) -> go.Figure:
    """Folders and files as nested boxes: the area is lines, the colour the share of them that one person alone knows.

    `places` as `code_map` makes them. A click opens a folder, a click on its headline leaves it.
    """
    names = places["name"].where(places["place"] != "", ROOT_NAME)
    figure = go.Figure(
        go.Treemap(
            ids=_ids(places["place"]),
            labels=[plain_in_figure(name) for name in names],
            parents=["" if pd.isna(parent) else _id(parent) for parent in places["parent"]],
            values=places["lines"],
            branchvalues="total",
            maxdepth=4,
            marker={
                "colors": places["one_author_share"],
                "colorscale": SHARED_TO_SOLE,
                "cmin": 0,
                "cmax": 1,
                "line": {"width": 1, "color": "rgba(127,127,127,0.35)"},
                "showscale": False,
                "pad": {"t": 20, "l": 3, "r": 3, "b": 3},
            },
            textfont={"color": "#1f2937", "size": 12},
            customdata=places[["lines", "files", "authors", "one_author_share"]].to_numpy(),
            hovertemplate="<b>%{label}</b><br>%{customdata[0]:,.0f} lines in %{customdata[1]:,.0f} files"
            "<br>known by %{customdata[2]:,.0f} people<br>one author only: %{customdata[3]:.0%} of the lines"
            "<extra></extra>",
            pathbar={"visible": True, "thickness": 22},
            tiling={"packing": "squarify", "pad": 2},
        )
    )
    figure.update_layout(margin=MARGIN | {"t": 6}, height=480)
    return figure


def hot_files(rows: pd.DataFrame, *, numbered: int = MOST_NUMBERS) -> go.Figure:
    """Each file by its changes and its lines, both on scales of equal ratios; the hottest carry their place.

    `customdata` holds the position of each file in the rows.
    """
    shown = rows[rows["lines"] > 0].reset_index(names="position").iloc[::-1]
    is_hot = shown["position"] < numbered
    paths = [plain_in_figure(path) for path in shown["path"]]
    figure = go.Figure(
        go.Scatter(
            x=shown["changes"],
            y=shown["lines"],
            mode="markers+text",
            text=(shown["position"] + 1).astype(str).where(is_hot, ""),
            textfont={"size": 11, "color": "#1f2937"},
            customdata=list(zip(shown["position"], paths, strict=True)),
            marker={"size": np.where(is_hot, 20, 8), "color": np.where(is_hot, ORANGE, BLUE), "opacity": 0.8},
            hovertemplate="%{customdata[1]}<br>%{x:,} changes · %{y:,} lines<extra></extra>",
        )
    )
    figure.update_layout(margin=MARGIN | {"t": 10}, height=380, showlegend=False)
    for axis, title in ((figure.update_xaxes, "changes in the period"), (figure.update_yaxes, "lines now")):
        axis(title=title, type="log", fixedrange=True, gridcolor=_faint(), tickvals=RATIOS, tickformat=",")
    return figure


def _faint() -> str:
    return f"{GREY}33"


def _ids(places: pd.Series) -> list[str]:
    return [_id(place) for place in places]


def _id(place: str) -> str:
    """An identity in the figure: an empty one would mean none."""
    return f"/{place}"
