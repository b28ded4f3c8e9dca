"""What one commit contains that another does not."""

from __future__ import annotations

import random
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.commit_graph import CommitGraph, Contents, commit_graph


@st.composite
def graphs(draw: st.DrawFn) -> CommitGraph:
    """Any history: up to three parents each, dates in any order."""
    size = draw(st.integers(1, 25))
    parents = [sorted(draw(st.sets(st.integers(0, place - 1), max_size=3))) if place else [] for place in range(size)]
    order = draw(st.permutations(range(size)))
    times = draw(st.lists(st.integers(0, 5), min_size=size, max_size=size))
    names = [f"c{place}" for place in range(size)]
    texts = [" ".join(names[parent] for parent in each) for each in parents]
    return commit_graph([names[p] for p in order], [texts[p] for p in order], [times[p] for p in order])


def contained(graph: CommitGraph, position: int) -> set[int]:
    found = {position}
    for parent in graph.parents[position]:
        found |= contained(graph, parent)
    return found


@given(graphs(), st.integers(0, 24), st.integers(0, 24))
def test_the_difference_is_what_one_contains_and_the_other_does_not(graph: CommitGraph, new: int, old: int) -> None:
    new, old = new % len(graph.shas), old % len(graph.shas)
    assert graph.difference(new, old) == sorted(contained(graph, new) - contained(graph, old))


@given(graphs(), st.lists(st.integers(0, 24), min_size=2, max_size=6))
def test_moved_from_commit_to_commit_the_same_is_found(graph: CommitGraph, walk: list[int]) -> None:
    first, *others = (place % len(graph.shas) for place in walk)
    contents = Contents(graph, first)
    for before, new in pairwise([first, *others]):
        assert contents.move(new) == graph.difference(new, before)


@given(graphs())
def test_each_commit_stands_after_its_parents(graph: CommitGraph) -> None:
    assert all(parent < place for place, each in enumerate(graph.parents) for parent in each)
    assert sorted(graph.rows) == list(range(len(graph.shas)))


def test_it_is_what_git_says(tmp_path: Path) -> None:
    repository = tmp_path / "code"
    _with_branches(repository)
    lines = _git(repository, "log", "--all", "--format=%H|%P|%ct").splitlines()
    shas, parents, times = zip(*(line.split("|") for line in lines), strict=True)
    graph = commit_graph(shas, parents, [int(each) for each in times])
    chance = random.Random(1)
    for _ in range(20):
        new, old = chance.choice(shas), chance.choice(shas)
        expected = set(_git(repository, "rev-list", new, f"^{old}").split())
        assert {graph.shas[each] for each in graph.difference(graph.at[new], graph.at[old])} == expected


@pytest.mark.parametrize(("parents", "is_connected"), [(["", ""], False), (["", "a"], True)])
def test_without_any_parent_nothing_is_connected(parents: list[str], is_connected: bool) -> None:
    assert commit_graph(["a", "b"], parents, [1, 2]).is_connected is is_connected


def _with_branches(repository: Path) -> None:
    repository.mkdir()
    _git(repository, "init", "-q", "-b", "main")
    for number in range(12):
        if number % 3 == 1:
            _git(repository, "switch", "-q", "-c", f"topic{number}")
        _commit(repository, number)
        if number % 3 == 2:
            _git(repository, "switch", "-q", "main")
            _git(repository, *_SOMEBODY, "merge", "-q", "--no-ff", "-m", "merge", f"topic{number - 1}")


_SOMEBODY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")


def _commit(repository: Path, number: int) -> None:
    _git(repository, *_SOMEBODY, "commit", "-q", "--allow-empty", "-m", f"change {number}")


def _git(repository: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True, text=True).stdout
