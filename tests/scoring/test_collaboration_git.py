"""The parts of the collaboration score that Git tells, and the co-editing network, by hand."""

from __future__ import annotations

import time

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.collaboration import (
    GIT_PARTS,
)
from maestro_core.scoring.network import co_editing, connectivity, person_days, shared_files
from tests.scoring.teamwork import BASE, END, PEOPLE, Work, git, parts, scored, work


def test_two_active_people_are_too_few() -> None:
    score = scored(git(*((PEOPLE[n % 2], ("f",), 1.0 + n % 80) for n in range(120))))
    assert score.score.value is None
    assert {part.reason for part in score.parts if part.name in GIT_PARTS} == {
        "people with a commit: 2, at least 3 are needed"
    }


def test_29_commits_are_too_few_and_30_are_enough() -> None:
    assert parts(git(*BASE[:29]))["connectivity"].reason == "commits: 29, at least 30 are needed"
    assert parts(git(*BASE[:30]))["connectivity"].value == 1


def test_fewer_than_100_commits_in_90_days_look_at_180() -> None:
    old: list[Work] = [("joe", ("f",), 120.0)]
    assert scored(git(*BASE[:99], *old)).git_period.days == 180
    assert scored(git(*BASE[:99], *old)).people == 4
    assert scored(git(*BASE, *old)).git_period.days == 90
    assert scored(git(*BASE, *old)).people == 3


def test_shared_files_count_days_of_people_not_commits() -> None:
    # ann on f: days 3 (twice) and 2; bob on f: day 2; eve alone on g: day 2.
    evidence = git(("ann", ("f",), 3), ("ann", ("f",), 2.9), ("ann", ("f",), 2), ("bob", ("f",), 2), ("eve", ("g",), 2))
    days = person_days(evidence.changes, evidence.commits)
    assert shared_files(days, np.ones(len(days))) == (3, 4)


def test_a_day_is_a_day_on_the_authors_own_clock() -> None:
    evidence = git(("ann", ("f",), 2.1), ("ann", ("f",), 1.9))  # 21:36 and 02:24 UTC
    assert len(person_days(evidence.changes, evidence.commits)) == 2
    at_home = evidence.commits.assign(utc_offset_minutes=-300)
    assert len(person_days(evidence.changes, at_home)) == 1


def test_connectivity_of_a_chain_of_four_is_known() -> None:
    # Distances 1, 1, 1, 2, 2, 3: (3 + 2/2 + 1/3) / 6 = 13/18.
    evidence = git(
        *((person, files, 2.0) for person, files in zip(PEOPLE, map(tuple, ["a", "ab", "bc", "c"]), strict=True))
    )
    days = person_days(evidence.changes, evidence.commits)
    reached, pairs = connectivity(days, np.ones(len(days)))
    assert reached / pairs == pytest.approx(13 / 18)


@given(st.lists(work, min_size=2, max_size=12))
def test_connectivity_is_networkxs_global_efficiency(history: list[Work]) -> None:
    evidence = git(*history)
    graph = nx.Graph()
    graph.add_nodes_from(person for person, _, _ in history)
    pairs = co_editing(evidence.changes, evidence.commits)
    graph.add_edges_from(zip(pairs["person_a"], pairs["person_b"], strict=True))
    days = person_days(evidence.changes, evidence.commits)
    reached, possible = connectivity(days, np.ones(len(days)))
    assert possible == len(graph) * (len(graph) - 1)
    if possible:
        assert reached / possible == pytest.approx(nx.global_efficiency(graph))


def test_of_many_people_some_distances_stand_for_all() -> None:
    chance = np.random.default_rng(1)
    history: list[Work] = [
        (f"p{person:04}", (f"file {file}",), 5.0) for person in range(600) for file in chance.integers(0, 700, 3)
    ]
    evidence = git(*history)
    days = person_days(evidence.changes, evidence.commits)
    total, pairs = connectivity(days, np.ones(len(days)))
    graph = nx.Graph()
    graph.add_nodes_from(days.people)
    joined = co_editing(evidence.changes, evidence.commits)
    graph.add_edges_from(joined[["person_a", "person_b"]].itertuples(index=False, name=None))
    assert pairs == 600 * 599
    assert total / pairs == pytest.approx(nx.global_efficiency(graph), abs=0.01)


def test_balance_is_the_absence_factor_of_days_over_half_the_people() -> None:
    # ann has 40 days, the other three 20 each: two people hold half of 100, and 2 = ⌈4 / 2⌉.
    balanced = [("ann", ("f",), 1.0 + n) for n in range(40)]
    balanced += [(person, ("f",), 1.0 + n) for person in PEOPLE[1:] for n in range(20)]
    assert (
        parts(git(*balanced))["contribution_balance"].numerator,
        parts(git(*balanced))["contribution_balance"].value,
    ) == (2, 1)
    lopsided = [("ann", ("f",), 1.0 + n) for n in range(80)] + balanced[40:]
    assert parts(git(*lopsided))["contribution_balance"].value == 0.5


def test_pairs_count_the_files_that_both_changed_and_small_files_weigh_more() -> None:
    evidence = git(("ann", ("f", "g"), 3), ("bob", ("f", "g"), 2), ("eve", ("g",), 2), ("joe", ("h",), 2))
    pairs = co_editing(evidence.changes, evidence.commits)
    assert pairs.to_dict("records") == [
        {"person_a": "ann", "person_b": "bob", "files": 2, "weight": 1.5},
        {"person_a": "ann", "person_b": "eve", "files": 1, "weight": 0.5},
        {"person_a": "bob", "person_b": "eve", "files": 1, "weight": 0.5},
    ]


def test_a_file_with_more_than_thirty_authors_joins_nobody() -> None:
    def pairs(people: int) -> int:
        evidence = git(*((f"person {n:02}", ("changes",), 2.0) for n in range(people)))
        return len(co_editing(evidence.changes, evidence.commits))

    assert (pairs(30), pairs(31)) == (435, 0)


def test_nobody_on_no_file_has_no_pairs() -> None:
    assert co_editing(git().changes, git().commits).empty
    assert list(co_editing(git().changes, git().commits)) == ["person_a", "person_b", "files", "weight"]


def test_200_000_changes_are_joined_within_a_second() -> None:
    chance = np.random.default_rng(3)
    at = pd.Timestamp(END) - pd.to_timedelta(chance.integers(1, 90 * 86_400, 40_000), unit="s")
    commits = pd.DataFrame({"commit_id": range(40_000), "person_id": chance.integers(0, 80, 40_000)})
    commits = commits.assign(authored_at=at, committed_at=at, utc_offset_minutes=60, is_merge=False)
    touched = {"commit_id": chance.integers(0, 40_000, 200_000), "file_id": chance.zipf(1.2, 200_000) % 20_000}
    start = time.process_time()
    assert len(co_editing(pd.DataFrame(touched), commits)) == 80 * 79 / 2
    assert time.process_time() - start < 1
