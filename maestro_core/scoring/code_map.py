"""A tree of folders and files for a map of the code: as many places as can be told apart, the largest opened first."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.file_history import Integers

MOST_PLACES = 400
MOST_INSIDE = 40
ROOT = ""
OTHERS = "…"


def code_map(files: pd.DataFrame, authors: pd.DataFrame, *, most: int = MOST_PLACES) -> pd.DataFrame:
    """The places of a map: place, parent, name, file_id, lines, files, authors, one_author_share; the root is "".

    `files`: file_id, path, lines; those without lines have no place. `authors`: file_id, person_id. A folder that holds
    only a folder is one place with it, and what is small in a crowded folder is one place too. one_author_share is the
    share of lines in files with exactly one author, and `authors` counts distinct people. Folders have no file_id.

    >>> files = pd.DataFrame({"file_id": [1, 2], "path": ["src/a.py", "src/b.py"], "lines": [30, 10]})
    >>> authors = pd.DataFrame({"file_id": [1, 2, 2], "person_id": ["ann", "ann", "bob"]})
    >>> code_map(files, authors)[["place", "lines", "authors", "one_author_share"]].values.tolist()
    [['', 40.0, 2, 0.75], ['src', 40.0, 2, 0.75], ['src/a.py', 30.0, 1, 1.0], ['src/b.py', 10.0, 2, 0.0]]
    """
    shown = files.loc[files["lines"] > 0, ["file_id", "path", "lines"]].reset_index(drop=True)
    row, place, names = _inside(shown["path"])
    lines = shown["lines"].to_numpy(dtype=float)
    is_sole = (shown["file_id"].map(authors["file_id"].value_counts()) == 1).to_numpy()
    opened = _opened(dict(zip(names, np.bincount(place, lines[row]).tolist(), strict=True)), set(shown["path"]), most)
    at = pd.Index(opened["holds"]).get_indexer(names)[place]
    row, at = row[at >= 0], opened["shown_at"].to_numpy()[at[at >= 0]]
    places = opened.drop_duplicates("shown_at").drop(columns=["holds", "shown_at"])
    size, sole = (np.bincount(at, weights[row], minlength=len(places)) for weights in (lines, lines * is_sole))
    places = places.assign(
        file_id=places["place"].map(dict(zip(shown["path"], shown["file_id"], strict=True))),
        lines=size,
        files=np.bincount(at, minlength=len(places)),
        authors=_distinct(at, row, shown["file_id"], authors, len(places)),
        one_author_share=sole / size if len(shown) else 0.0,
    )
    return places if len(shown) else places.head(0)


def _inside(paths: pd.Series[str]) -> tuple[Integers, Integers, list[str]]:
    """Each file once for every place that it lies in, the root, its folders and itself: row, place, names of places."""
    lists = [_places_of(path) for path in paths]
    row = np.repeat(np.arange(len(lists)), [len(places) for places in lists])
    place, names = pd.factorize(np.array([name for places in lists for name in places], dtype=object))
    return row, place.astype(np.int64), list(names)


def _places_of(path: str) -> list[str]:
    parts = path.split("/")
    return [ROOT, *("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))]


def _distinct(at: Integers, row: Integers, files: pd.Series[Any], authors: pd.DataFrame, places: int) -> Integers:
    """How many people are authors of something in each place."""
    inside = pd.DataFrame({"at": at, "row": row})
    known = pd.DataFrame({"row": pd.Index(files).get_indexer(authors["file_id"]), "person_id": authors["person_id"]})
    pairs = inside.merge(known, on="row")[["at", "person_id"]].drop_duplicates()
    return np.bincount(pairs["at"].to_numpy(dtype=np.int64), minlength=places)


def _opened(lines: dict[str, float], paths: set[str], most: int) -> pd.DataFrame:
    """Which places are shown, under which: place, parent, name, their number, and what each holds: itself or others."""
    children = defaultdict(list)
    for place in sorted(lines.keys() - {ROOT}, key=lambda place: (-lines[place], place)):
        children[place.rpartition("/")[0]].append((place, lines[place]))
    rows: list[tuple[str, str | None, str, str]] = [(ROOT, None, "", ROOT)]
    waiting = [(0.0, ROOT)]
    while waiting and len(rows) < most:
        _, parent = heappop(waiting)
        inside = [(_through(place, children, paths), size) for place, size in children[parent]]
        for place, size in inside[:MOST_INSIDE]:
            rows.append((place, parent, place.removeprefix(f"{parent}/"), place))
            if place not in paths:
                heappush(waiting, (-size, place))
        rest = inside[MOST_INSIDE:]
        others = f"{parent}/{OTHERS}".removeprefix("/")
        rows.extend((others, parent, f"{len(rest)} more", place) for place, _ in rest)
    opened = pd.DataFrame(rows, columns=["place", "parent", "name", "holds"])
    return opened.assign(shown_at=pd.factorize(opened["place"])[0])


def _through(place: str, children: dict[str, list[tuple[str, float]]], paths: set[str]) -> str:
    """The innermost folder that holds all that a folder holds."""
    while place not in paths and len(children[place]) == 1 and children[place][0][0] not in paths:
        place = children[place][0][0]
    return place
