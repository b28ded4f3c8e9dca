"""A tree of folders and files for a map of the code: as many places as can be told apart, the largest opened first."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush

import pandas as pd

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
    [['', 40, 2, 0.75], ['src', 40, 2, 0.75], ['src/a.py', 30, 1, 1.0], ['src/b.py', 10, 2, 0.0]]
    """
    shown = files.loc[files["lines"] > 0, ["file_id", "path", "lines"]]
    is_sole = shown["file_id"].map(authors["file_id"].value_counts()) == 1
    inside = _inside(shown.assign(sole=shown["lines"].where(is_sole, 0.0)))
    opened = _opened(inside.groupby("place")["lines"].sum(), set(shown["path"]), most)
    told = inside.merge(opened, left_on="place", right_on="holds")
    grouped = told.groupby(["shown", "parent", "name"], sort=False, dropna=False)
    places = grouped.agg(lines=("lines", "sum"), sole=("sole", "sum"), files=("path", "size")).reset_index()
    people = told[["shown", "file_id"]].merge(authors, on="file_id").groupby("shown")["person_id"].nunique()
    places = places.assign(
        authors=places["shown"].map(people).fillna(0).astype("int64"),
        one_author_share=places["sole"] / places["lines"],
        file_id=places["shown"].map(dict(zip(shown["path"], shown["file_id"], strict=True))),
    )
    places = places.sort_values(["lines", "shown"], ascending=[False, True], ignore_index=True)
    columns = ["place", "parent", "name", "file_id", "lines", "files", "authors", "one_author_share"]
    return places.rename(columns={"shown": "place"})[columns]


def _inside(shown: pd.DataFrame) -> pd.DataFrame:
    """Each file once for every place that it lies in: the root, its folders and itself."""
    lists = [_places_of(path) for path in shown["path"]]
    return shown.assign(place=pd.Series(lists, index=shown.index, dtype=object)).explode("place")


def _places_of(path: str) -> list[str]:
    parts = path.split("/")
    return [ROOT, *("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))]


def _opened(lines: pd.Series[float], paths: set[str], most: int) -> pd.DataFrame:
    """Which places are shown, under which: shown, parent, name, and `holds`, the place itself or those it gathers."""
    children = defaultdict(list)
    for place, size in lines.drop(ROOT, errors="ignore").sort_values(ascending=False, kind="stable").items():
        children[str(place).rpartition("/")[0]].append((str(place), float(size)))
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
    return pd.DataFrame(rows, columns=["shown", "parent", "name", "holds"])


def _through(place: str, children: dict[str, list[tuple[str, float]]], paths: set[str]) -> str:
    """The innermost folder that holds all that a folder holds."""
    while place not in paths and len(children[place]) == 1 and children[place][0][0] not in paths:
        place = children[place][0][0]
    return place
