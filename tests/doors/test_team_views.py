"""What the collaboration page makes of its answers."""

from __future__ import annotations

import math
from uuid import UUID

import pandas as pd
import pytest

from app.ui import charts
from app.ui.network_labels import labelled
from app.ui.network_layout import network_layout
from app.ui.reviews_views import who_reviewed
from app.ui.team_network import FOLDERS, PAIRS, folders_told, pairs_told, people_and_folders
from app.ui.team_patterns import ROWS, VIEWS, trend
from app.ui.team_recommendations import columns_of
from app.ui.team_score import GUIDE, rests_on
from maestro_core.scoring.collaboration import Part
from maestro_core.terms import Measured

ANN, BOB, CEM = UUID(int=1), UUID(int=2), UUID(int=3)
ROWS_OF_WORK = pd.DataFrame(
    {
        "person_id": [ANN, ANN, BOB],
        "folder": ["<b>api</b>", "web", "web"],
        "share": [1.0, 0.25, 0.5],
        "people": [1, 3, 3],
    }
)


@pytest.mark.parametrize(
    ("numerator", "told"), [(0.0, "at least 168 h"), (2.0, "22.7 h"), (math.log(42), "at most 4 h")]
)
def test_a_wait_beyond_either_end_of_the_score_is_told_as_such(numerator: float, told: str) -> None:
    part = Part("first_response", "", 15, "", value=0.5, numerator=numerator, denominator=math.log(42))
    assert rests_on(part).startswith(f"median {told} (")


def test_people_and_folders_are_places_of_one_network() -> None:
    places, lines = people_and_folders(ROWS_OF_WORK, {ANN: "Person 1", BOB: "Person 2"})
    assert places["is_code"].tolist() == [True, True, False, False]
    assert dict(zip(places["name"], places["partners"], strict=True)) == {
        "<b>api</b>": 1,
        "web": 3,
        "Person 1": 2,
        "Person 2": 1,
    }
    shown, drawn = network_layout(places, lines, most=len(places))
    assert len(shown) == 4
    assert len(drawn) == 3
    assert shown[["x", "y"]].notna().all(axis=None)


def test_folders_are_orange_squares_and_their_names_no_markup() -> None:
    places, lines = people_and_folders(ROWS_OF_WORK, {ANN: "Person 1", BOB: "Person 2"})
    shown, drawn = network_layout(places, lines, most=4)
    marks = charts.network(labelled(shown), drawn, title="").data[-1]
    assert list(marks.marker.symbol) == ["square", "square", "circle", "circle"]
    assert marks.text[0] == "&lt;b&gt;api&lt;/b&gt;"
    assert {told[2] for told in marks.customdata} == {"people", "folders"}


def test_in_a_network_of_people_alone_everybody_is_a_circle() -> None:
    people = labelled(pd.DataFrame({"name": ["a", "b"], "x": [0, 1], "y": [0, 1], "partners": [1, 1]}))
    lines = pd.DataFrame({name: [0.5] for name in ("x0", "y0", "x1", "y1", "weight")})
    marks = charts.network(people, lines, title="").data[-1]
    assert set(marks.marker.symbol) == {"circle"}


def test_the_lines_between_people_are_rows_with_the_strongest_first() -> None:
    pairs = pd.DataFrame({"person_a": [ANN, ANN], "person_b": [BOB, CEM], "files": [3, 2], "weight": [0.25, 1.0]})
    told = pairs_told(pairs, {ANN: "Person 1", BOB: "Person 2", CEM: "Person 3"})
    assert list(told) == list(PAIRS)
    assert told.to_numpy().tolist() == [["Person 1", "Person 3", 2, 100.0], ["Person 1", "Person 2", 3, 25.0]]


def test_the_lines_between_people_and_code_are_rows_folder_by_folder() -> None:
    told = folders_told(ROWS_OF_WORK, {ANN: "Person 1", BOB: "Person 2"})
    assert list(told) == list(FOLDERS)
    assert told[["folder", "person", "share"]].to_numpy().tolist() == [
        ["<b>api</b>", "Person 1", 100.0],
        ["web", "Person 1", 25.0],
        ["web", "Person 2", 50.0],
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Measured[float](value=0.02, low=-0.01, high=0.05, sample=9), "no change beyond chance."),
        (Measured[float](value=0.12, low=0.04, high=0.2, sample=9), "+12 points from the first half"),
        (
            Measured[float].missing("a half of the period has no commit"),
            "No trend: a half of the period has no commit.",
        ),
    ],
)
def test_a_trend_says_whether_it_is_one(change: Measured[float], said: str) -> None:
    assert said in trend(change)


def test_every_row_that_an_insight_names_has_a_view() -> None:
    assert set(ROWS.values()) <= set(VIEWS)


def test_the_guide_that_the_page_opens_is_there() -> None:
    assert "Do not use it for" in GUIDE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("of", "unit"), [("pipeline", "minutes"), ("stage", "hours")])
def test_a_median_under_a_recommendation_tells_its_unit(of: str, unit: str) -> None:
    told = columns_of(pd.DataFrame(columns=[of, "median", "p90"]))
    assert [told[name]["label"] for name in ("median", "p90")] == [f"Median, {unit}", f"Nine in ten, {unit}"]


def test_who_reviews_whom_is_a_file_in_the_order_of_the_matrix_and_by_the_names_of_its_rows() -> None:
    pairs = pd.DataFrame({"reviewer": [BOB, ANN, CEM], "author": [ANN, BOB, ANN], "reviews": [3, 1, 9]})
    rows = who_reviewed(pairs, {ANN: "Person", BOB: "Person"})
    assert rows.to_numpy().tolist() == [["Person 1", "Person 2", 1], ["Person 2", "Person 1", 3]]
    assert list(rows) == ["reviewer", "author", "reviews"]
