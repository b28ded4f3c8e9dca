"""A frame in, a Plotly figure out. No Streamlit: colours come from the theme that draws it."""

from __future__ import annotations

from itertools import cycle

import pandas as pd
import plotly.graph_objects as go

from app.ui.network_labels import HEIGHT, LETTERS, axis_range, mark_sizes
from app.ui.text import plain_in_figure
from app.ui.time_ticks import time_ticks

MARGIN = {"l": 10, "r": 10, "t": 30, "b": 10}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
GREY = "#8a96a8"
BLUE = "#5b8def"
ORANGE = "#e08a3c"
GREEN = "#2b9c74"
RED = "#c2553f"
COLOURS = (BLUE, ORANGE, GREEN, RED, GREY)
"""Of lines side by side; each reads on a light and on a dark ground."""
MOST_LETTERS = 36


def bars(frame: pd.DataFrame, *, x: str, y: str, title: str, unit: str) -> go.Figure:
    """One bar for each row, as with commits per week."""
    figure = go.Figure(
        go.Bar(
            x=frame[x],
            y=frame[y],
            marker_color=BLUE,
            hovertemplate="%{x}<br>%{y:,} " + unit + "<extra></extra>",
        )
    )
    _mark_times(figure, frame[x])
    _mark_each_of_few(figure, frame[x])
    _count_in_wholes(figure, frame[y])
    return _laid_out(figure, title=title, y_title=unit)


def stacked_bars(frame: pd.DataFrame, *, x: str, y: dict[str, str], title: str, unit: str) -> go.Figure:
    """One bar for each row, made of the named columns, each in its colour."""
    figure = go.Figure()
    for name, colour in y.items():
        figure.add_bar(x=frame[x], y=frame[name], name=plain_in_figure(name), marker_color=colour)
    figure.update_layout(barmode="stack", legend={"orientation": "h", "y": -0.4})
    _mark_times(figure, frame[x])
    _count_in_wholes(figure, frame[list(y)].sum(axis="columns"))
    return _laid_out(figure, title=title, y_title=unit)


def lines(frame: pd.DataFrame, *, x: str, y: list[str], title: str, unit: str) -> go.Figure:
    """One line for each named column."""
    figure = go.Figure()
    for name, colour in zip(y, cycle(COLOURS)):
        figure.add_scatter(
            x=frame[x], y=frame[name], mode="lines+markers", line={"color": colour}, name=plain_in_figure(name)
        )
    figure.update_layout(showlegend=len(y) > 1)
    _mark_times(figure, frame[x])
    return _laid_out(figure, title=title, y_title=unit)


def banded_line(frame: pd.DataFrame, *, x: str, title: str, unit: str) -> go.Figure:
    """The columns value, low and high as a line with its interval, as with impact over time."""
    figure = go.Figure()
    _add_band(figure, frame[x], frame["low"], frame["high"])
    figure.add_scatter(x=frame[x], y=frame["value"], mode="lines+markers", line={"color": BLUE}, showlegend=False)
    _mark_times(figure, frame[x])
    return _laid_out(figure, title=title, y_title=unit)


def points(frame: pd.DataFrame, *, x: str, y: str, title: str, x_title: str, y_title: str) -> go.Figure:
    """One point for each row; where many lie together, they grow darker."""
    figure = go.Figure(
        go.Scatter(
            x=frame[x],
            y=frame[y],
            mode="markers",
            marker={"size": 7, "color": BLUE, "opacity": 0.55},
            hovertemplate="%{x:,.3~g} and %{y:,.3~g}<extra></extra>",
        )
    )
    return _laid_out(figure, title=title, y_title=y_title, x_title=x_title)


def counts_scale(most: float) -> dict[str, object]:
    """The scale beside colours that stand for counts: whole numbers."""
    return {"thickness": 8, "outlinewidth": 0, "dtick": max(1, -(-int(most) // 5))}


def week_hours(activity: pd.DataFrame, *, title: str, what: str = "commits") -> go.Figure:
    """A frame of 7 weekdays × 24 hours as a heat map of so many things."""
    figure = go.Figure(
        go.Heatmap(
            z=activity.to_numpy(),
            x=[f"{hour:02d}" for hour in range(24)],
            y=list(DAYS),
            hovertemplate="%{y} %{x}:00 · %{z} " + what + "<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar=counts_scale(activity.to_numpy().max()),
        )
    )
    figure.update_xaxes(type="category", dtick=3)
    figure.update_yaxes(autorange="reversed")
    return _laid_out(figure, title=title, y_title="")


def network(people: pd.DataFrame, pairs: pd.DataFrame, *, title: str) -> go.Figure:
    """People (name, x, y, partners) joined by lines (x0, y0, x1, y1, weight up to 1): heavier lines are thicker.

    A circle is as large as its person has partners. What stands beside it is in `label` and `side` (`network_labels`);
    at the pointer, every name is told. Where rows have is_code, these are folders: orange squares.
    """
    is_code = people["is_code"] if "is_code" in people else pd.Series(False, index=people.index)
    figure = go.Figure()
    for low, width in ((0.0, 1), (1 / 3, 3), (2 / 3, 6)):
        chosen = pairs[(pairs["weight"] > low) & (pairs["weight"] <= low + 1 / 3 + 1e-9)]
        _add_lines(figure, chosen, width=width)
    names = [plain_in_figure(name) for name in people["name"]]
    figure.add_scatter(
        x=people["x"],
        y=people["y"],
        mode="markers+text",
        text=[plain_in_figure(label) for label in people["label"]],
        textposition=list(people["side"]),
        textfont={"size": LETTERS},
        customdata=list(zip(names, people["partners"], _said(is_code, whole="is_code" in people), strict=True)),
        marker={
            "size": mark_sizes(people["partners"]),
            "color": list(is_code.map({True: ORANGE, False: BLUE})),
            "symbol": list(is_code.map({True: "square", False: "circle"})),
            "line": {"width": 1, "color": "white"},
            "opacity": 1,
        },
        hovertemplate="%{customdata[0]}<br>%{customdata[2]}: %{customdata[1]}<extra></extra>",
        cliponaxis=False,
    )
    figure.update_layout(showlegend=False)
    figure.update_xaxes(visible=False, range=axis_range(people["x"]))
    figure.update_yaxes(visible=False, range=axis_range(people["y"]))
    return _laid_out(figure, title=title, y_title="", height=HEIGHT + MARGIN["t"] + MARGIN["b"])


def _said(is_code: pd.Series, *, whole: bool) -> list[str]:
    """What the number of partners of each place counts."""
    return ["people" if code else "folders" if whole else "others who share files" for code in is_code]


def _add_lines(figure: go.Figure, pairs: pd.DataFrame, *, width: int) -> None:
    """One trace for many lines: a gap between two is a missing point."""
    gap = [None] * len(pairs)
    x = [at for line in zip(pairs["x0"], pairs["x1"], gap, strict=True) for at in line]
    y = [at for line in zip(pairs["y0"], pairs["y1"], gap, strict=True) for at in line]
    figure.add_scatter(x=x, y=y, mode="lines", line={"width": width, "color": GREY}, opacity=0.45, hoverinfo="skip")


def size_curve(
    curve: pd.DataFrame,
    *,
    title: str,
    unit: str,
    chosen: int | None = None,
    recommended: int | None = None,
    baseline: pd.DataFrame | None = None,
    baseline_size: int | None = None,
) -> go.Figure:
    """One target against team size with its 80 % band: solid where the data support it, dashed elsewhere.

    The recommended size is a green diamond, the chosen one an orange circle, the baseline a dotted
    grey line with a grey circle.
    """
    figure = go.Figure()
    _add_band(figure, curve["team_size"], curve["low"], curve["high"])
    if baseline is not None:
        dots = {"color": GREY, "width": 2, "dash": "dot"}
        figure.add_scatter(x=baseline["team_size"], y=baseline["value"], mode="lines", line=dots, hoverinfo="skip")
        _add_mark(figure, baseline, baseline_size, symbol="circle", colour=GREY, width=12)
    figure.add_scatter(x=curve["team_size"], y=curve["value"], mode="lines", line=_line("dash"), hoverinfo="skip")
    figure.add_scatter(
        x=curve["team_size"],
        y=curve["value"].where(curve["supported"]),
        mode="lines",
        line=_line("solid"),
        hoverinfo="skip",
    )
    _add_mark(figure, curve, recommended, symbol="diamond", colour=GREEN, width=15)
    _add_mark(figure, curve, chosen, symbol="circle", colour=ORANGE, width=9)
    _add_pointer_text(figure, curve, unit)
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title="people in the team", dtick=2, range=[0.5, float(curve["team_size"].max()) + 0.5])
    figure.update_yaxes(rangemode="tozero")
    return _laid_out(figure, title=title, y_title=unit)


def _add_mark(
    figure: go.Figure, curve: pd.DataFrame, size: int | None, *, symbol: str, colour: str, width: int
) -> None:
    """A mark on the curve at a team size; none without a size."""
    at = curve[curve["team_size"] == size]
    marker = {"symbol": symbol, "color": colour, "size": width}
    figure.add_scatter(
        x=at["team_size"], y=at["value"], mode="markers", marker=marker, hoverinfo="skip", cliponaxis=False
    )


def _add_pointer_text(figure: go.Figure, curve: pd.DataFrame, unit: str) -> None:
    """What the pointer says of each size, on points that are not drawn."""
    support = curve["supported"].map({True: "", False: "<br>not supported by past projects"})
    figure.add_scatter(
        x=curve["team_size"],
        y=curve["value"],
        mode="markers",
        marker={"opacity": 0, "size": 14},
        customdata=pd.DataFrame({"low": curve["low"], "high": curve["high"], "support": support}).to_numpy(),
        hovertemplate="%{x} people: %{y:,.0f} "
        + unit
        + "<br>80 %: %{customdata[0]:,.0f} to %{customdata[1]:,.0f}%{customdata[2]}<extra></extra>",
    )


def intervals(rows: pd.DataFrame, *, label: str, title: str, unit: str) -> go.Figure:
    """One line for each row: value with its interval (columns value, low, high), the best on top."""
    names = [plain_in_figure(name) for name in rows[label]]
    lines = list(range(len(rows)))
    figure = go.Figure(
        go.Scatter(
            x=rows["value"],
            y=lines,
            text=names,
            mode="markers",
            marker={"size": 9, "color": BLUE},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": rows["high"] - rows["value"],
                "arrayminus": rows["value"] - rows["low"],
                "color": GREY,
            },
            hovertemplate="%{text}: %{x:.1f} " + unit + "<extra></extra>",
        )
    )
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5], tickvals=lines, ticktext=[_shortened(name) for name in rows[label]]
    )
    return _laid_out(figure, title=title, y_title="", x_title=unit, height=max(220, 34 * len(rows) + 80))


def _shortened(name: str) -> str:
    """A name that leaves room for what is told of it."""
    return plain_in_figure(name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…")


def _mark_times(figure: go.Figure, moments: pd.Series) -> None:
    if pd.api.types.is_datetime64_any_dtype(moments):
        values, labels = time_ticks(moments)
        figure.update_xaxes(tickvals=values, ticktext=labels, tickangle=0)


def _mark_each_of_few(figure: go.Figure, days: pd.Series) -> None:
    """One or two days on an axis of time: Plotly would count the milliseconds around them."""
    if len(days) <= 2 and pd.api.types.is_datetime64_any_dtype(days):
        figure.update_xaxes(
            type="category", tickvals=list(range(len(days))), ticktext=[f"{day:%-d %b %Y}" for day in days]
        )
        figure.update_layout(bargap=0.8)


def _count_in_wholes(figure: go.Figure, counts: pd.Series) -> None:
    """Few things on an axis: halves of them are no ticks."""
    if len(counts) and pd.api.types.is_integer_dtype(counts) and counts.max() <= 5:
        figure.update_yaxes(dtick=1)


def _add_band(figure: go.Figure, x: pd.Series, low: pd.Series, high: pd.Series) -> None:
    figure.add_scatter(x=x, y=high, mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip")
    figure.add_scatter(
        x=x,
        y=low,
        mode="lines",
        line={"width": 0},
        fill="tonexty",
        fillcolor="rgba(91, 141, 239, 0.18)",
        showlegend=False,
        hoverinfo="skip",
    )


def _line(dash: str) -> dict[str, object]:
    return {"color": BLUE, "dash": dash, "width": 3 if dash == "solid" else 2}


def _laid_out(figure: go.Figure, *, title: str, y_title: str, x_title: str = "", height: int = 320) -> go.Figure:
    figure.update_layout(title={"text": title, "font": {"size": 15}}, margin=MARGIN, height=height)
    figure.update_xaxes(fixedrange=True, **({"title": x_title} if x_title else {}))
    figure.update_yaxes(title=y_title, fixedrange=True)
    return figure
