"""Figures and tiles of few, odd and equal things."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pytest

from app.ui import charts, reviews_charts
from app.ui.network_labels import SIDES, labelled
from maestro_core.scoring.working_hours import WorkingHours

MONTHS = pd.DataFrame({"month": pd.to_datetime(["2026-10-01", "2026-11-01"], utc=True), "projects": [1, 2]})


def bars(rows: pd.DataFrame) -> go.Figure:
    return charts.bars(rows, x="month", y="projects", title="Projects", unit="projects")


def test_a_single_month_is_told_as_a_day_not_as_milliseconds() -> None:
    assert bars(MONTHS.head(1)).layout.xaxis.ticktext == ("1 Oct 2026",)


def test_few_things_are_counted_in_wholes() -> None:
    assert bars(MONTHS).layout.yaxis.dtick == 1
    assert bars(MONTHS.assign(projects=[1, 60])).layout.yaxis.dtick is None


def test_a_long_name_leaves_room_for_its_interval_and_is_told_whole_at_the_pointer() -> None:
    name = "<b>" + "word " * 40
    rows = pd.DataFrame({"name": [name, "churn"], "value": [1.0, 2.0], "low": [0.0, 1.0], "high": [2.0, 3.0]})
    figure = charts.intervals(rows, label="name", title="Success", unit="points")
    first, second = figure.layout.yaxis.ticktext
    assert second == "churn"
    assert first == "&lt;b&gt;" + ("word " * 7)[: charts.MOST_LETTERS - 4] + "…"
    assert figure.data[0].text[0] == "&lt;b&gt;" + "word " * 40


def test_a_long_name_in_the_network_is_short_beside_its_circle_and_whole_at_the_pointer() -> None:
    people = pd.DataFrame({"name": ["<i>" + "word " * 40], "x": [0.0], "y": [0.0], "partners": [3]})
    lines = pd.DataFrame(columns=["x0", "y0", "x1", "y1", "weight"], dtype=float)
    person = charts.network(labelled(people), lines, title="").data[-1]
    assert person.text[0].startswith("&lt;i&gt;word")
    assert len(person.text[0]) < 50
    assert tuple(person.customdata[0][:2]) == ("&lt;i&gt;" + "word " * 40, 3)


def test_who_finds_no_room_for_a_name_in_the_network_is_told_at_the_pointer() -> None:
    names = [f"Person {number}" for number in range(9)]
    people = labelled(pd.DataFrame({"name": names, "x": 0.0, "y": 0.0, "partners": range(9)}))
    lines = pd.DataFrame(columns=["x0", "y0", "x1", "y1", "weight"], dtype=float)
    marks = charts.network(people, lines, title="").data[-1]
    assert list(marks.text) == ["", "", "", "", "", *names[5:]]
    assert set(marks.textposition[5:]) == set(SIDES)
    assert [told[0] for told in marks.customdata] == names


def test_an_axis_of_time_is_marked_where_rows_begin() -> None:
    weeks = pd.DataFrame({"week": pd.date_range("2026-08-31", periods=13, freq="W-MON", tz="UTC"), "value": 1.0})
    axis = charts.lines(weeks, x="week", y=["value"], title="", unit="").layout.xaxis
    assert set(axis.tickvals) <= set(weeks["week"])
    assert axis.ticktext[:2] == ("31 Aug<br>2026", "14 Sep")


@pytest.mark.parametrize(
    ("worked", "told"),
    [
        (None, "first response"),
        (WorkingHours((0, 1), 9, 17, "Europe/Berlin"), "response, working hours"),
    ],
)
def test_a_line_of_first_responses_says_which_hours_it_counts(worked: WorkingHours | None, told: str) -> None:
    weeks = pd.DataFrame({"week": pd.date_range("2026-08-31", periods=2, freq="W-MON", tz="UTC"), "response": [1.0, 3]})
    figure = reviews_charts.hours_per_week(weeks.assign(merge=9.0), working_hours=worked)
    assert [line.name for line in figure.data] == [told, "merge time"]
    assert list(figure.data[0].y) == [1, 3]
