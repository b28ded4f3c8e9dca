"""Where the people of a network stand: near to whom they share much with, the same on every visit."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import networkx as nx
import pandas as pd

MOST_PEOPLE = 40
"""More circles than this cannot be told apart on a screen."""

GAP = 1.0
"""Room between two groups."""

UPRIGHT = 4
"""Groups of so few stand upright: beside each other, their names would write over one another."""

IN_A_ROW = 10
"""Of those without a line."""

MOST_LINES = 3
"""Lines kept for each person, the strongest first: a hairball says nothing."""


def network_layout(
    people: pd.DataFrame, pairs: pd.DataFrame, *, most: int = MOST_PEOPLE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People with x and y, and the lines between them: person_a, person_b, weight (1 is the strongest), x0, y0, x1, y1.

    `people` has person_id and partners, `pairs` has person_a, person_b and weight. Of more people than `most` those
    with the most partners stay, in the order given. A line stays when it is among the three strongest of one of its
    ends. Each group of joined people is placed by its steps of distance (Kamada and Kawai 1989), the largest group
    first; those without a line stand below. Nobody: two empty frames.
    """
    shown = people.loc[people["partners"].nlargest(most, keep="first").index.sort_values()]
    lines = _strongest(pairs[pairs["person_a"].isin(shown["person_id"]) & pairs["person_b"].isin(shown["person_id"])])
    places = pd.DataFrame.from_dict(_places(shown, lines), orient="index", columns=["x", "y"])
    ends = {"x0": ("person_a", "x"), "y0": ("person_a", "y"), "x1": ("person_b", "x"), "y1": ("person_b", "y")}
    placed = {name: lines[person].map(places[axis]) for name, (person, axis) in ends.items()}
    return shown.join(places, on="person_id"), lines.assign(weight=lines["weight"] / lines["weight"].max(), **placed)


def _strongest(pairs: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat(
        [
            pairs.assign(person=pairs["person_a"], pair=pairs.index),
            pairs.assign(person=pairs["person_b"], pair=pairs.index),
        ]
    )
    kept = both.sort_values("weight", ascending=False, kind="stable").groupby("person", sort=False).head(MOST_LINES)
    return pairs.loc[sorted(kept["pair"].unique())]


def _places(people: pd.DataFrame, lines: pd.DataFrame) -> dict[object, tuple[float, float]]:
    graph = nx.Graph()
    graph.add_edges_from(lines[["person_a", "person_b"]].itertuples(index=False, name=None))
    places: dict[object, tuple[float, float]] = {}
    left = 0.0
    for group in sorted(nx.connected_components(graph), key=len, reverse=True):
        places |= _group(_in_order(graph, group), left=left)
        left = max(places[person][0] for person in group) + GAP
    alone = [person for person in people["person_id"] if person not in graph]
    return places | _rows(alone, width=max(left - GAP, 4.0), below=-_radius(len(graph)) - GAP)


def _in_order(graph: nx.Graph, group: Collection[object]) -> nx.Graph:
    """A part of a graph, its people in the order in which they came: a view of it would follow the hashes of text."""
    part = nx.Graph()
    part.add_nodes_from(person for person in graph if person in group)
    part.add_edges_from(graph.edges(group))
    return part


def _group(graph: nx.Graph, *, left: float) -> dict[object, tuple[float, float]]:
    """People who are joined, as far from each other as there are steps between them, right of what stands already."""
    radius = _radius(len(graph))
    places = nx.kamada_kawai_layout(graph, scale=radius)
    across, up = (1, 0) if len(graph) <= UPRIGHT and _is_wide(list(places.values())) else (0, 1)
    edge = min(float(place[across]) for place in places.values())
    return {person: (left + float(place[across]) - edge, float(place[up])) for person, place in places.items()}


def _is_wide(places: Sequence[Sequence[float]]) -> bool:
    width, height = (max(axis) - min(axis) for axis in zip(*places, strict=True))
    return bool(width > height)


def _radius(people: int) -> float:
    """Room grows with the number of people in it."""
    return math.sqrt(people) / 2


def _rows(people: list[object], *, width: float, below: float) -> dict[object, tuple[float, float]]:
    """Those without a line, ten in a row, as far apart as the width lets them."""
    step = width / max(min(len(people), IN_A_ROW) - 1, 1)
    return {
        person: (step * (number % IN_A_ROW), below - 0.6 * (number // IN_A_ROW)) for number, person in enumerate(people)
    }
