"""Which names stand beside the circles of a network."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui import network_labels
from app.ui.network_labels import HEIGHT, LETTERS, WIDTH, Box, axis_range, labelled, mark_sizes, text_width

WIDTHS = st.sampled_from([WIDTH, 338, 500, 720, 980, 2400])
PLACES = st.integers(0, 2).map(float) | st.floats(-9, 9)
PEOPLE = st.lists(st.tuples(st.text(max_size=50), PLACES, PLACES, st.integers(0, 60)), min_size=1, max_size=30)
Rectangle = tuple[float, float, float, float]


def a_network(people: list[tuple[str, float, float, int]]) -> pd.DataFrame:
    return pd.DataFrame(people, columns=["name", "x", "y", "partners"])


def written(people: pd.DataFrame, *, width: float) -> dict[int, Rectangle]:
    """Where Plotly writes each label in a plot of this width: left, right, low, high."""
    left_x, right_x = axis_range(people["x"])
    low_y, high_y = axis_range(people["y"])
    found = {}
    for number, (one, size) in enumerate(zip(people.to_dict("records"), mark_sizes(people["partners"]), strict=True)):
        x = width * (one["x"] - left_x) / (right_x - left_x)
        y = HEIGHT * (one["y"] - low_y) / (high_y - low_y)
        long, gap = text_width(one["label"]), size / 2 / 0.8 + 1
        # One line of text, around the middle of the letters.
        up = {"top": gap + LETTERS / 2, "bottom": -gap - LETTERS / 2, "middle": 0}[one["side"].split()[0]]
        start = {"center": -long / 2, "right": gap, "left": -gap - long}[one["side"].split()[1]]
        if one["label"]:
            found[number] = (x + start, x + start + long, y + up - LETTERS / 2, y + up + LETTERS / 2)
    return found


def circles(people: pd.DataFrame, *, width: float) -> list[Rectangle]:
    left_x, right_x = axis_range(people["x"])
    low_y, high_y = axis_range(people["y"])
    x = width * (people["x"] - left_x) / (right_x - left_x)
    y = HEIGHT * (people["y"] - low_y) / (high_y - low_y)
    half = mark_sizes(people["partners"]) / 2
    return list(zip(x - half, x + half, y - half, y + half, strict=True))


def overlap(one: Rectangle, other: Rectangle) -> bool:
    near = 1e-6  # of arithmetic: a tenth of a thousandth of a pixel is no overlap
    across = min(one[1], other[1]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[2], other[2])
    return across > near and up > near


@given(PEOPLE, WIDTHS)
def test_no_two_names_overlap_in_a_chart_of_any_width(
    people: list[tuple[str, float, float, int]], width: float
) -> None:
    boxes = list(written(labelled(a_network(people)), width=width).values())
    assert not [(a, b) for number, a in enumerate(boxes) for b in boxes[:number] if overlap(a, b)]


@given(PEOPLE, WIDTHS)
def test_no_name_is_cut_by_the_edge(people: list[tuple[str, float, float, int]], width: float) -> None:
    for left, right, low, high in written(labelled(a_network(people)), width=width).values():
        assert left >= 0
        assert right <= width
        assert low >= 0
        assert high <= HEIGHT


@given(PEOPLE, WIDTHS)
def test_no_name_covers_the_circle_of_somebody_else(people: list[tuple[str, float, float, int]], width: float) -> None:
    shown = labelled(a_network(people))
    around = circles(shown, width=width)
    for number, box in written(shown, width=width).items():
        assert not [other for other, circle in enumerate(around) if other != number and overlap(box, circle)]


@given(PEOPLE)
def test_who_has_fewer_partners_takes_no_room_from_who_has_most(people: list[tuple[str, float, float, int]]) -> None:
    everybody = a_network(people)
    has_most = everybody["partners"] == everybody["partners"].max()
    others_unnamed = everybody.assign(name=everybody["name"].where(has_most, ""))
    assert list(labelled(everybody)["label"][has_most] == "") == list(labelled(others_unnamed)["label"][has_most] == "")


def test_of_many_at_one_place_those_with_most_partners_are_named() -> None:
    shown = labelled(a_network([(f"P{partners}", 0.0, 0.0, partners) for partners in range(30)]))
    assert set(shown["label"]) == {"", "P29", "P28", "P27", "P26"}
    assert shown.set_index("label")["side"]["P29"] == network_labels.SIDES[0]


def test_names_that_would_cross_in_a_wider_chart_are_not_apart_in_a_narrow_one() -> None:
    left_of_its_circle = Box(at=50, left=0, right=40, low=0, high=10)
    assert not left_of_its_circle.is_apart(Box(at=45, left=55, right=95, low=0, high=10))
    assert left_of_its_circle.is_apart(Box(at=51, left=55, right=95, low=0, high=10))
    assert left_of_its_circle.is_apart(Box(at=45, left=55, right=95, low=10, high=20))


def test_everybody_is_named_where_there_is_room() -> None:
    corners = [(f"Person {n}", float(x), float(y), 2) for n, (x, y) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1)))]
    shown = labelled(a_network(corners))
    assert list(shown["label"]) == list(shown["name"])


def test_a_long_name_has_its_middle_left_out_where_all_of_it_finds_no_room() -> None:
    name = "retail-elevator-faults-triage/src"
    assert labelled(a_network([(name, 0.0, 0.0, 3)]))["label"].tolist() == [name]
    row = labelled(a_network([(name, float(x), 0.0, 1) for x in range(5)]))["label"]
    assert "retail-e…iage/src" in set(row)


@pytest.mark.parametrize("partners", [0, 1, 16])
def test_a_single_person_is_named_in_the_middle(partners: int) -> None:
    shown = labelled(a_network([("Ann", 3.0, -2.0, partners)]))
    assert shown["label"].tolist() == ["Ann"]
    assert math.isclose(sum(axis_range(shown["x"])) / 2, 3.0)


def test_nobody_is_an_empty_network() -> None:
    assert labelled(a_network([])).empty
