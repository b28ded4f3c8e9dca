"""The collaboration score: its parts by hand, its gates, and what must never move it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.collaboration import (
    DEFINITIONS,
    REVIEW_PARTS,
    Evidence,
    collaboration_score,
    weighted,
)
from tests.scoring.teamwork import BASE, END, PEOPLE, Work, git, parts, reviewed, same, scored, work


def test_the_weights_are_the_published_ones() -> None:
    weights = {name: definition.weight for name, definition in DEFINITIONS.items()}
    assert weights == {
        "review_coverage": 20, "no_unreviewed_self_merge": 10, "first_response": 15, "keeping_up": 10,
        "review_load_spread": 10, "shared_files": 15, "connectivity": 10, "contribution_balance": 10,
    }  # fmt: skip
    assert CATALOGUE["collaboration_score"].unit == "0–100"


def test_git_alone_sees_35_of_100_and_says_that_no_code_review_is_connected() -> None:
    score = scored(git(*BASE))
    assert (score.available_weight, score.total_weight, score.version) == (35, 100, "v1")
    missing = {part.name: part.reason for part in score.parts if part.value is None}
    assert missing == dict.fromkeys(REVIEW_PARTS, "no code review is connected")


def test_no_evidence_gives_no_score_with_the_reasons() -> None:
    score = scored(git())
    assert score.score.value is None
    assert score.score.reason == "no code review is connected; people with a commit: 0, at least 3 are needed"
    assert all(part.value is None and part.low is None for part in score.parts)


def test_a_tool_without_pull_requests_is_connected_but_has_not_enough_of_them() -> None:
    empty = reviewed()
    busy = parts(Evidence(git(*BASE).commits, git(*BASE).changes, empty.pull_requests, empty.reviews))
    assert busy["review_coverage"].reason == "merged pull requests: 0, at least 10 are needed"


values = st.dictionaries(st.sampled_from(list(DEFINITIONS)), st.none() | st.floats(0, 1))


@given(values)
def test_the_score_is_bounded_and_missing_only_without_any_part(known: dict[str, float | None]) -> None:
    score = weighted(known)
    if all(value is None for value in known.values()):
        assert score is None
    else:
        assert score is not None
        assert -1e-9 <= score <= 100 + 1e-9


@given(values, st.sampled_from(list(DEFINITIONS)), st.floats(0, 1), st.floats(0, 1))
def test_the_score_rises_with_every_part(known: dict[str, float | None], name: str, one: float, other: float) -> None:
    low, high = (weighted(known | {name: value}) for value in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert low <= high + 1e-9


@given(st.lists(work, max_size=30))
@example([("ann", ("a",), 14.0), ("joe", ("a",), 1.0), ("joe", ("b",), 7.0)])  # once rounded out of its interval
@settings(max_examples=25, deadline=None)
def test_parts_are_shares_inside_their_intervals(more: list[Work]) -> None:
    score = scored(git(*BASE, *more))
    for part in score.parts:
        if part.value is not None:
            assert part.numerator is not None
            assert part.denominator
            assert part.low is not None
            assert part.high is not None
            assert part.value == min(1, part.numerator / part.denominator)
            assert 0 <= part.low <= part.value <= part.high <= 1
    total = score.score
    assert total.low is not None
    assert total.value is not None
    assert total.high is not None
    assert 0 <= total.low <= total.value <= total.high <= 100


@given(st.lists(work, max_size=30), st.permutations(PEOPLE))
@settings(max_examples=25, deadline=None)
def test_names_do_not_matter(more: list[Work], names: list[str]) -> None:
    history = [*BASE, *more]
    other = dict(zip(PEOPLE, names, strict=True))
    renamed = [(other[person], files, days) for person, files, days in history]
    assert same(scored(git(*history)), scored(git(*renamed)))


asked = st.fixed_dictionaries(
    {},
    optional={
        "author": st.sampled_from(PEOPLE),
        "by": st.sampled_from(PEOPLE),
        "merged": st.integers(1, 18),
        "hours": st.floats(0.1, 100),
        "merger": st.sampled_from(PEOPLE),
    },
)


@given(st.lists(asked, min_size=10, max_size=20), st.permutations(PEOPLE))
@settings(deadline=None, max_examples=20)
def test_names_do_not_matter_in_reviews_either(rows: list[dict[str, Any]], names: list[str]) -> None:
    new = dict(zip(PEOPLE, names, strict=True))
    usual = [{"author": PEOPLE[n % 3], "by": PEOPLE[(n + 1) % 3]} | row for n, row in enumerate(rows)]
    who = ("author", "by", "merger")
    renamed = [{key: new[value] if key in who else value for key, value in row.items()} for row in usual]
    assert same(scored(reviewed(*usual)), scored(reviewed(*renamed)))


@given(st.lists(asked, min_size=10, max_size=20))
@settings(deadline=None, max_examples=20)
def test_review_parts_are_shares_inside_their_intervals(rows: list[dict[str, Any]]) -> None:
    for part in parts(reviewed(*rows)).values():
        assert part.value is None or 0 <= (part.low or 0.0) <= part.value <= (part.high or 0.0) <= 1


@given(st.lists(work, max_size=30), st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(1, 89)), max_size=5))
@settings(max_examples=25, deadline=None)
def test_empty_commits_move_nothing(more: list[Work], empty: list[tuple[str, int]]) -> None:
    history = [*BASE, *more]
    hollow: list[Work] = [(person, (), float(days)) for person, days in empty]
    assert same(scored(git(*history)), scored(git(*history, *hollow)))


@given(st.lists(work, max_size=30), st.data())
@settings(max_examples=25, deadline=None)
def test_splitting_a_commit_on_the_same_day_moves_nothing(more: list[Work], data: st.DataObject) -> None:
    history = [*BASE, *more]
    person, files, days = history.pop(data.draw(st.integers(0, len(history) - 1)))
    cut = data.draw(st.integers(1, len(files)))
    # The second half may touch the last file of the first again.
    halves: list[Work] = [(person, files[:cut], days), (person, files[cut - 1 :], days - 0.01)]
    halves = [(who, what, when - 0.1) for who, what, when in halves]
    whole: Work = (person, files, days - 0.1)
    assert same(scored(git(*history, whole)), scored(git(*history, *halves)))


def test_the_same_seed_gives_the_same_interval_and_more_draws_hardly_another() -> None:
    evidence = git(*BASE, *((PEOPLE[n % 4], (str(n % 7),), 1.0 + n) for n in range(80)))
    assert scored(evidence) == scored(evidence)
    many, other = (collaboration_score(evidence, end=END, seed=seed, draws=400).score for seed in (1, 2))
    assert many.value == other.value
    assert many.low == pytest.approx(other.low, abs=4)
