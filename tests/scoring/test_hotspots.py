"""Where code changes most, what changes together, and the map of it."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.scoring.code_map import MOST_INSIDE, code_map
from maestro_core.scoring.hotspots import change_concentration, coupled_files, hotspots

commits = st.lists(st.sets(st.sampled_from("abcdef"), min_size=1), max_size=40)


def rows(change_sets: list[set[str]], *, padding: int = 0) -> pd.DataFrame:
    """A row for each file of each change set, by one person; `padding` more files were in each commit."""
    told = [(n, file, "ann", n, len(files) + padding) for n, files in enumerate(change_sets) for file in sorted(files)]
    return pd.DataFrame(told, columns=["commit_id", "file_id", "person_id", "changed_at", "files"])


def of(**lines: float | None) -> pd.DataFrame:
    return pd.DataFrame({"file_id": list(lines), "path": list(lines), "lines": list(lines.values())}, dtype=object)


@settings(deadline=None, max_examples=60)
@given(commits)
def test_coupling_is_what_counting_every_pair_gives(change_sets: list[set[str]]) -> None:
    expected = {}
    for pair in combinations("abcdef", 2):
        shared = sum(set(pair) <= files for files in change_sets)
        mean = sum(file in files for files in change_sets for file in pair) / 2
        if shared >= 5:
            expected[pair] = (shared, mean, shared / mean)
    found = coupled_files(rows(change_sets))
    pairs = found.apply(lambda row: tuple(sorted((row["file_a"], row["file_b"]))), axis=1) if len(found) else []
    numbers = found[["shared", "revisions", "coupling"]].itertuples(index=False, name=None)
    assert dict(zip(pairs, numbers, strict=True)) == expected
    assert (found["shared"] * found["coupling"]).is_monotonic_decreasing


def test_large_commits_couple_nothing_and_are_no_revisions() -> None:
    both = [{"a", "b"}] * 5
    large = rows([{"a", "b"}] * 5, padding=29).assign(commit_id=lambda frame: frame["commit_id"] + 100)
    found = coupled_files(pd.concat([rows(both), large]))
    assert found[["shared", "revisions"]].to_numpy().tolist() == [[5, 5]]
    assert coupled_files(rows(both, padding=28))["shared"].tolist() == [5]
    assert coupled_files(large).empty


def test_the_hottest_file_is_large_and_changed_often() -> None:
    hot = hotspots(rows([{"a"}, {"a"}, {"a", "b"}, {"c"}, {"d"}]), of(a=100, b=200, c=10, d=None, e=5000))
    assert hot["file_id"].tolist() == ["a", "b", "c", "d"]
    assert hot["heat"].tolist()[:3] == pytest.approx([1, 200 / 300, 10 / 300])
    assert pd.isna(hot["heat"].iloc[3])


def test_half_of_the_changes_in_few_files() -> None:
    files = of(a=1, b=1, c=1, d=1)
    hot = hotspots(rows([{"a"}] * 6 + [{"b"}, {"c"}]), files)
    assert (change_concentration(hot, files).value, change_concentration(hot, files).sample) == (0.25, 8)
    assert change_concentration(hot.head(0), files).value is None


def test_no_change_is_no_hotspot() -> None:
    assert hotspots(rows([]), of(a=1)).empty
    assert coupled_files(rows([])).empty


paths = st.lists(st.lists(st.sampled_from(["src", "lib", "x"]), max_size=4).map(tuple), min_size=1, max_size=20).map(
    lambda folders: [("/".join([*folder, f"file{n}.py"])) for n, folder in enumerate(folders)]
)


@settings(deadline=None, max_examples=60)
@given(paths, st.integers(1, 30))
def test_each_place_of_the_map_holds_what_lies_in_it(files: list[str], most: int) -> None:
    frame = pd.DataFrame({"file_id": range(len(files)), "path": files, "lines": [10 + n for n in range(len(files))]})
    authors = pd.DataFrame({"file_id": range(0, len(files), 2), "person_id": "ann"})
    places = code_map(frame, authors, most=most).set_index("place")
    assert places.index.is_unique
    assert places.loc["", "lines"] == frame["lines"].sum()
    inside = places.groupby("parent")["lines"].sum()
    opened = places.index.intersection(inside.index)
    assert (places.loc[opened, "lines"] == inside[opened]).all()
    assert len(places) <= most + MOST_INSIDE
    assert places["one_author_share"].between(0, 1).all()


def test_folders_that_hold_only_a_folder_are_one_place() -> None:
    frame = pd.DataFrame({"file_id": [1, 2], "path": ["lib/core/a.py", "lib/core/b.py"], "lines": [1, 2]})
    places = code_map(frame, pd.DataFrame({"file_id": [], "person_id": []}))
    assert places["name"].tolist() == ["", "lib/core", "b.py", "a.py"]


def test_what_is_small_in_a_crowded_folder_is_one_place() -> None:
    count = MOST_INSIDE + 10
    frame = pd.DataFrame(
        {"file_id": range(count), "path": [f"{n}.txt" for n in range(count)], "lines": range(1, count + 1)}
    )
    places = code_map(frame, pd.DataFrame({"file_id": range(count), "person_id": "ann"}))
    others = places[places["name"] == "10 more"].iloc[0]
    assert (others["files"], others["lines"], others["authors"]) == (10, 55, 1)
    assert len(places) == MOST_INSIDE + 2
