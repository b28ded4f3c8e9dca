"""A file's history includes that of its former names."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings

from maestro_core.scoring.file_history import contributions, of_present_files
from tests.scoring.histories import (
    Change,
    Rename,
    changes,
    histories,
    present_name,
    present_paths,
    renames,
    some_renames,
)


def followed(history: list[Change], moves: list[Rename], *present: str) -> dict[int, str]:
    rows = of_present_files(changes(history), renames(moves), pd.Index(present))
    return dict(zip(rows["commit_id"], rows["file_id"], strict=True))


def test_a_chain_of_names_leads_to_the_present_one() -> None:
    history = [("ann", "a", 1), ("ann", "b", 3), ("ann", "c", 5)]
    assert followed(history, [("a", "b", 2), ("b", "c", 4)], "c") == {0: "c", 1: "c", 2: "c"}


def test_a_path_that_was_made_again_keeps_only_what_came_after_the_rename() -> None:
    assert followed([("ann", "a", 1), ("bob", "a", 3)], [("a", "b", 2)], "a", "b") == {0: "b", 1: "a"}


def test_a_change_on_a_branch_that_had_not_seen_the_rename_counts_for_the_new_name() -> None:
    assert followed([("ann", "a", 1), ("bob", "a", 3)], [("a", "b", 2)], "b") == {0: "b", 1: "b"}


def test_a_file_that_is_gone_has_no_history() -> None:
    assert followed([("ann", "a", 1), ("ann", "b", 1)], [], "b") == {1: "b"}
    assert followed([("ann", "a", 1)], [("a", "b", 2)], "c") == {}


def test_a_rename_that_is_not_merged_leaves_the_history_where_it_is() -> None:
    assert followed([("ann", "a", 1)], [("a", "b", 2)], "a") == {0: "a"}
    moves = [("old", "a", 2), ("a", "b", 4), ("b", "c", 5)]
    assert followed([("ann", "old", 1), ("ann", "b", 4)], moves, "a") == {0: "a"}


def test_names_that_go_round_in_a_circle_end() -> None:
    assert followed([("ann", "a", 1)], [("a", "b", 2), ("b", "a", 2)], "a") == {0: "a"}
    assert followed([("ann", "a", 1)], [("a", "b", 2), ("b", "a", 3)], "c") == {}


def test_a_commit_that_changed_two_names_of_a_file_counts_once() -> None:
    rows = changes([("ann", "a", 1), ("ann", "b", 1)]).assign(commit_id=7)
    assert len(of_present_files(rows, renames([("a", "b", 2)]), pd.Index(["b"]))) == 1


@settings(deadline=None, max_examples=60)
@given(histories, some_renames, present_paths)
def test_every_change_goes_where_following_it_by_hand_leads(
    history: list[Change], moves: list[Rename], present: set[str]
) -> None:
    by_hand = {number: present_name(path, at, moves, present) for number, (_, path, at) in enumerate(history)}
    assert followed(history, moves, *present) == {number: path for number, path in by_hand.items() if path}


@settings(deadline=None, max_examples=60)
@given(histories)
def test_each_file_was_created_once_by_who_changed_it_first(history: list[Change]) -> None:
    told = contributions(changes(history))
    assert told["changes"].sum() == len(history)
    first = {path: min(row[2] for row in history if row[1] == path) for _, path, _ in history}
    creators = told[told["created"]]
    assert sorted(creators["file_id"]) == sorted(first)
    assert all((person, path, first[path]) in history for path, person in creators[["file_id", "person_id"]].to_numpy())


def test_times_and_numbers_are_followed_alike() -> None:
    rows, moves = changes([("ann", "a", 1), ("bob", "a", 3)]), renames([("a", "b", 2)])
    for frame, column in ((rows, "changed_at"), (moves, "renamed_at")):
        frame[column] = pd.to_datetime(frame[column], unit="D", utc=True).astype("datetime64[us, UTC]")
    assert of_present_files(rows, moves, pd.Index(["a", "b"]))["file_id"].tolist() == ["b", "a"]


@pytest.mark.parametrize("present", [[], ["a"]])
def test_nothing_has_no_history(present: list[str]) -> None:
    nothing = of_present_files(changes([]), renames([]), pd.Index(present, dtype=object))
    assert contributions(nothing).empty
