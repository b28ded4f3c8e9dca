"""Figures of delivery: deployments and incidents over time, and where lead time goes. No Streamlit."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from app.ui.charts import BLUE, GREEN, GREY, MARGIN, ORANGE, RED
from app.ui.time_ticks import time_ticks

LEGEND = {"orientation": "h", "y": -0.26, "yanchor": "top", "x": 0, "traceorder": "normal"}
STAGES = {
    "coding": ("Coding", GREY, "first commit to ready for review"),
    "pickup": ("Pickup", ORANGE, "ready to the first answer"),
    "review": ("Review", BLUE, "first answer to merge"),
    "deploy": ("Deploy", GREEN, "merge to production"),
}


def deployments_over_time(rows: pd.DataFrame, *, step: str, is_sighted: bool = True) -> go.Figure:
    """A bar for each week or month: deployments, those that failed marked; a diamond above where incidents were.

    Where nothing would tell of failures, the others are not said to have gone well.
    """
    names = [f"{start:%Y-%m-%d}" for start in rows["start"]]
    well = rows["deployments"] - rows["failed"]
    figure = go.Figure()
    sound = "did not fail" if is_sighted else "no failure known"
    for column, name, colour in ((well, sound, BLUE), (rows["failed"], "failed", RED)):
        figure.add_bar(
            x=names, y=column, name=name, marker_color=colour, hovertemplate="%{x}: %{y} " + name + "<extra></extra>"
        )
    harmed = rows["incidents"] > 0
    room = 0.06 * max(rows["deployments"].max(), 5) if len(rows) else 0
    figure.add_scatter(
        x=names,
        y=(rows["deployments"] + room).where(harmed),
        text=rows["incidents"].astype(str).where(rows["incidents"] > 1, ""),
        customdata=rows["incidents"],
        name="incidents",
        mode="markers+text",
        textposition="top center",
        marker={"symbol": "diamond", "size": 9, "color": ORANGE},
        hovertemplate="%{x}: incidents %{customdata}<extra></extra>",
        cliponaxis=False,
    )
    figure.update_layout(
        barmode="stack",
        bargap=0.25,
        legend=LEGEND,
        margin=MARGIN,
        height=330,
        title={"text": f"Deployments per {step}", "font": {"size": 15}},
    )
    figure.update_xaxes(type="category", fixedrange=True, **_ticks(rows["start"]))
    figure.update_yaxes(title="deployments", fixedrange=True, rangemode="tozero", **_whole(rows))
    return figure


def stages(rows: pd.DataFrame) -> go.Figure:
    """The median of each stage, one behind the other in a single bar, in days."""
    figure = go.Figure()
    for stage, hours, n in zip(rows["stage"], rows["hours"], rows["n"], strict=True):
        name, colour, about = STAGES[stage]
        figure.add_bar(
            x=[hours / 24],
            y=[""],
            orientation="h",
            name=name,
            marker_color=colour,
            customdata=[[about, n]],
            hovertemplate=name + ": %{x:.1f} days<br>%{customdata[0]}<br>n = %{customdata[1]}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        legend={**LEGEND, "y": -0.35},
        margin=MARGIN,
        height=165,
        title={"text": "Lead time by stage: median days", "font": {"size": 15}},
    )
    figure.update_xaxes(fixedrange=True, rangemode="tozero")
    figure.update_yaxes(showticklabels=False, fixedrange=True)
    return figure


def _ticks(starts: pd.Series[pd.Timestamp]) -> dict[str, object]:
    values, labels = time_ticks(starts)
    return {"tickvals": [f"{each:%Y-%m-%d}" for each in values], "ticktext": labels}


def _whole(rows: pd.DataFrame) -> dict[str, object]:
    """Few things are counted in wholes."""
    most = max(rows["deployments"].max(), rows["incidents"].max()) if len(rows) else 0
    return {"dtick": 1} if most <= 5 else {}
