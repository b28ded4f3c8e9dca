"""Which names stand beside the circles of a network, and on which side: as many as a phone shows without overlap."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import pandas as pd

from app.ui.text import visible

WIDTH, HEIGHT = 320, 400
"""Pixels of the narrowest plot: that of a phone, and as high as every network is drawn."""
MARGIN = 0.1
"""Of the width and the height, at each side: names need room there."""
LETTERS = 11
"""Pixels of the font."""
LONGEST, SHORT = 36, 17
"""Letters of a name; and of the same where that finds no room, its middle left out."""
SIDES = ("top center", "bottom center", "middle right", "middle left")
"""In the order of preference, by Plotly's words."""
ABOVE, BELOW = 1.25, 0.1
"""How far letters reach up from the gap beside their circle, and down into it, in heights of the font."""
HALF_LINE = 0.75


@dataclass(frozen=True)
class Box:
    """What a circle or its name covers, in pixels of the narrowest plot; y grows upwards. `at`: x of the circle."""

    at: float
    left: float
    right: float
    low: float
    high: float

    def is_apart(self, other: Box) -> bool:
        """Whether the two stay apart however wide the chart is: only places grow with it, letters do not.

        Beside each other they do where they stand in the order of their circles.
        """
        if self.high <= other.low or other.high <= self.low:
            return True
        first, second = (self, other) if self.at <= other.at else (other, self)
        return first.right <= second.left or (self.at == other.at and second.right <= first.left)

    @property
    def is_inside(self) -> bool:
        """Whether it lies in the plot: then also in a wider one, whose margins are wider."""
        return self.left >= 0 and self.right <= WIDTH and self.low >= 0 and self.high <= HEIGHT


@dataclass(frozen=True)
class Label:
    """A name beside a circle."""

    text: str
    side: str
    box: Box


def labelled(people: pd.DataFrame) -> pd.DataFrame:
    """People (name, x, y, partners) with `label`, empty where none fits, and `side` of the circle: Plotly's position.

    Whoever has most partners is named first. A name keeps away from other names and other circles, in charts of any
    width from a phone's on. A long one has its middle left out, unless there is room for all of it when everybody who
    can be is named.
    """
    across, up = (_pixels(people[axis], length) for axis, length in (("x", WIDTH), ("y", HEIGHT)))
    size = mark_sizes(people["partners"])
    circles = [_circle(x, y, each) for x, y, each in zip(across, up, size, strict=True)]
    order = people["partners"].reset_index(drop=True).sort_values(ascending=False, kind="stable").index
    placed: dict[int, Label] = {}
    for most, number in product((SHORT, LONGEST), order):
        told = shortened(visible(people["name"].iloc[number]), most)
        others = [one.box for other, one in placed.items() if other != number]
        found = _fitting(told, circles[number], [*circles[:number], *circles[number + 1 :], *others])
        placed |= {number: found} if found else {}
    nothing = Label("", SIDES[0], Box(0, 0, 0, 0, 0))
    labels = [placed.get(number, nothing) for number in range(len(people))]
    return people.assign(label=[one.text for one in labels], side=[one.side for one in labels])


def axis_range(places: pd.Series[float]) -> tuple[float, float]:
    """From where to where an axis goes so that its places keep the margins; one place is the middle.

    >>> axis_range(pd.Series([0.0, 8.0]))
    (-1.0, 9.0)
    """
    low, high = (float(places.min()), float(places.max())) if len(places) else (0.0, 0.0)
    room = (high - low) * MARGIN / (1 - 2 * MARGIN) or 0.5
    return low - room, high + room


def mark_sizes(partners: pd.Series[int]) -> pd.Series[float]:
    """Pixels across each circle: as large as its person has partners."""
    return 9 + 3 * partners.astype("float64") ** 0.5


def text_width(text: str) -> float:
    """Pixels of a text, rather more than less: browsers and their fonts differ.

    >>> text_width("Person 10") < text_width("PERSON 10") < text_width("人" * 9)
    True
    """
    return LETTERS * sum(_letter_width(letter) for letter in text)


def shortened(name: str, most: int) -> str:
    """A name of so many letters at most, its middle left out: folders begin alike, and end alike.

    >>> shortened("retail-elevator-faults-triage/docs", 17), shortened("web", 17)
    ('retail-e…age/docs', 'web')
    """
    if len(name) <= most:
        return name
    kept = most - 1
    return f"{name[: kept - kept // 2]}…{name[len(name) - kept // 2 :]}"


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.75 if letter.isupper() or letter in "mw@%…" else 0.52


def _pixels(places: pd.Series[float], length: int) -> list[float]:
    low, high = axis_range(places)
    return [length * (place - low) / (high - low) for place in places]


def _circle(x: float, y: float, size: float) -> Box:
    return Box(x, x - size / 2, x + size / 2, y - size / 2, y + size / 2)


def _fitting(text: str, circle: Box, others: Sequence[Box]) -> Label | None:
    """The text on the first side on which it covers nothing else; no text needs no room."""
    for side in SIDES if text else ():
        box = _beside(circle, side, text_width(text))
        if box.is_inside and all(box.is_apart(other) for other in others):
            return Label(text, side, box)
    return None


def _beside(circle: Box, side: str, width: float) -> Box:
    """Where Plotly writes a text of this width: at the gap that it leaves around a circle."""
    gap = 1 + (circle.right - circle.at) / 0.8
    middle = (circle.low + circle.high) / 2
    left = {"middle right": circle.at + gap, "middle left": circle.at - gap - width}.get(side, circle.at - width / 2)
    low, high = {
        "top center": (gap - BELOW * LETTERS, gap + ABOVE * LETTERS),
        "bottom center": (-gap - ABOVE * LETTERS, -gap + 2 * BELOW * LETTERS),
    }.get(side, (-HALF_LINE * LETTERS, HALF_LINE * LETTERS))
    return Box(circle.at, left, left + width, middle + low, middle + high)
