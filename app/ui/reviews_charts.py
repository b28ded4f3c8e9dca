"""Figures of code reviews: hours per week, who reviews whom. No Streamlit."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from app.ui.charts import MARGIN, counts_scale, lines
from app.ui.text import plain_in_figure
from maestro_core.scoring.working_hours import WorkingHours

MOST_PEOPLE = 24
FEW_COLUMNS = 12


def hours_per_week(weekly: pd.DataFrame, *, working_hours: WorkingHours | None) -> go.Figure:
    """Median hours to the first response and to the merge, week by week: the response in working hours, where set."""
    response = "first response" if working_hours is None else "response, working hours"
    times = weekly.rename(columns={"response": response, "merge": "merge time"})
    return lines(times, x="week", y=[response, "merge time"], title="Median hours per week", unit="hours")


def busiest(pairs: pd.DataFrame) -> list[object]:
    """The people with most reviews given and received, as many as a matrix can show, in the order of their keys."""
    total = pairs.groupby("reviewer")["reviews"].sum().add(pairs.groupby("author")["reviews"].sum(), fill_value=0)
    return sorted(total.sort_values(ascending=False, kind="stable").head(MOST_PEOPLE).index)


def who_reviews_whom(pairs: pd.DataFrame, names: dict[object, str], *, title: str) -> go.Figure:
    """Reviewers in rows, authors in columns, each cell how many pull requests; empty where there was none.

    Columns carry the numbers of the rows: names would not fit on a phone.
    """
    people = list(names)
    table = pairs.pivot_table(index="reviewer", columns="author", values="reviews", aggfunc="sum")
    table = table.reindex(index=people, columns=people)
    told = [f"{plain_in_figure(name)} {number}" for number, name in enumerate(names.values(), start=1)]
    figure = go.Figure(
        go.Heatmap(
            z=table.to_numpy(dtype=float),
            x=list(range(len(people))),
            y=list(range(len(people))),
            customdata=[[(reviewer, author) for author in told] for reviewer in told],
            hovertemplate="%{customdata[0]} reviewed %{z} of %{customdata[1]}<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar=counts_scale(pairs["reviews"].max()),
        )
    )
    # All numbers of many would run into each other on a phone.
    numbers = [str(n) if len(people) <= FEW_COLUMNS or n % 2 else "" for n in range(1, len(people) + 1)]
    ticks = {"tickvals": list(range(len(people))), "showgrid": False, "zeroline": False, "fixedrange": True}
    figure.update_xaxes(title="whose pull request", tickangle=0, ticktext=numbers, **ticks)
    figure.update_yaxes(title="reviewer", autorange="reversed", automargin=True, ticktext=told, **ticks)
    figure.update_layout(
        title={"text": title, "font": {"size": 15}}, margin=MARGIN, height=max(320, 22 * len(people) + 110)
    )
    return figure
