"""Histories of files made by hand or by chance, and what a plain reading of the definitions makes of them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import pandas as pd
from hypothesis import strategies as st

PATHS = list("abcde")
PEOPLE = ["ann", "bob", "eve", "joe"]

Change = tuple[str, str, int]
"""Who changed which path when; each change is a commit."""
Rename = tuple[str, str, int]
"""From which path to which, when."""

a_change = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PATHS), st.integers(0, 9))
histories = st.lists(a_change, min_size=1, max_size=25)
some_renames = st.lists(
    st.tuples(st.sampled_from(PATHS), st.sampled_from(PATHS), st.integers(0, 9)).filter(lambda r: r[0] != r[1]),
    max_size=8,
)
present_paths = st.sets(st.sampled_from(PATHS), min_size=1)


def changes(history: list[Change]) -> pd.DataFrame:
    rows = [(number, path, person, at) for number, (person, path, at) in enumerate(history)]
    return pd.DataFrame(rows, columns=["commit_id", "file_id", "person_id", "changed_at"])


def renames(rows: list[Rename]) -> pd.DataFrame:
    return pd.DataFrame([(to, old, at) for old, to, at in rows], columns=["file_id", "from_id", "renamed_at"])


def present_name(path: str, at: int, rows: list[Rename], present: set[str]) -> str | None:
    """What a path of a moment is called now, step by step: the last name that is present; None where none is."""
    seen = set()
    inclusive = True
    last = None
    while (path, at, inclusive) not in seen:
        seen.add((path, at, inclusive))
        last = path if path in present else last
        mine = sorted((row for row in rows if row[0] == path), key=lambda row: row[2])
        later = [row for row in mine if row[2] > at or (inclusive and row[2] == at)]
        if not later and (path in present or not mine):
            return last
        _, path, at = later[0] if later else mine[-1]
        inclusive = False
    return None


def authors_of(history: list[Change]) -> dict[str, set[str]]:
    """The authors of each file by the published formula."""
    files = defaultdict(list)
    for number, (person, path, at) in enumerate(history):
        files[path].append((at, number, person))
    found = {}
    for path, rows in files.items():
        (_, _, creator), *later = sorted(rows)
        own = Counter(person for _, _, person in later)
        degrees = {
            person: 3.293
            + 1.098 * (person == creator)
            + 0.164 * own[person]
            - 0.321 * math.log(1 + len(later) - own[person])
            for person in {person for _, _, person in rows}
        }
        best = max(degrees.values())
        found[path] = {
            person
            for person, degree in degrees.items()
            if degree > 0.75 * best and (degree >= 3.293 or person == creator)
        }
    return found


def truck_factor_of(authors: dict[str, set[str]]) -> int:
    """Remove the author of most files, one after the other, while at least half of the files have an author."""
    files = {path: set(people) for path, people in authors.items()}
    counts = Counter(person for people in authors.values() for person in people)
    order = sorted(counts, key=lambda person: (-counts[person], person))
    removed: list[str] = []
    while order and sum(bool(people) for people in files.values()) >= len(files) / 2:
        removed.append(order.pop(0))
        for people in files.values():
            people.discard(removed[-1])
    return sum(counts[person] >= 0.1 * counts[removed[0]] for person in removed)
