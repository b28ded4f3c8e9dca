"""How a team shares its reviews, and what is never told of single persons; by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.scoring import review_team as team
from maestro_core.terms import Measured
from tests.scoring.pull_requests import JANUARY, frames, lives, opened, review

PEOPLE = ("ann", "bob", "eve", "joe")
EVERYBODY = [opened(author=author, reviews=[review(by, 1)]) for author in PEOPLE for by in PEOPLE if by != author]


def asked(name: str, *told: dict[str, Any]) -> Measured[float]:
    found: Measured[float] = getattr(team, name)(*frames(*told), period=JANUARY)
    return found


@pytest.mark.parametrize("name", ["review_coverage", "self_merge_rate", "review_evenness", "largest_pair_share"])
def test_without_a_pull_request_a_measure_is_missing_and_says_why(name: str) -> None:
    assert asked(name).value is None
    assert asked(name).reason


def test_coverage_needs_a_review_by_another_person_before_the_merge_and_a_note_is_none() -> None:
    told = [[review("bob", 1)], [review("bob", 1, "note")], [review("ann", 1)], [review("bob", 9)], []]
    coverage = asked("review_coverage", *(opened(merged=5, reviews=reviews) for reviews in told))
    assert (coverage.value, coverage.sample) == (0.2, 5)


def test_a_self_merge_is_one_without_review_where_author_and_merger_are_known() -> None:
    told = [
        opened(merged=5, merger="ann"),
        opened(merged=5, merger="ann", reviews=[review("bob", 1)]),
        opened(merged=5, merger="bob"),
        opened(merged=5, merger=None),
        opened(author=None, merged=5, merger="ann"),
    ]
    rate = asked("self_merge_rate", *told)
    assert (rate.value, rate.sample) == (pytest.approx(1 / 3), 3)
    assert asked("self_merge_rate", opened(merged=5, merger=None)).reason == "who opened or who merged is not known"


def test_a_stamp_is_an_approval_of_many_lines_in_five_minutes() -> None:
    told = [
        opened(merged=5, lines=201, reviews=[review("bob", 5 / 60)]),
        opened(merged=5, lines=201, reviews=[review("bob", 6 / 60)]),
        opened(merged=5, lines=200, reviews=[review("bob", 1 / 60)]),
        opened(merged=5, lines=900, reviews=[review("bob", 1 / 60, "commented")]),
        opened(merged=20, lines=900, ready=9, reviews=[review("bob", 9 + 1 / 60)]),
    ]
    stamps = team.rubber_stamps(lives(*told), period=JANUARY)
    assert (stamps.value, stamps.sample) == (pytest.approx(2 / 3), 3)
    assert team.rubber_stamps(lives(told[2]), period=JANUARY).reason


def test_a_draft_that_was_approved_before_it_was_ready_is_no_stamp() -> None:
    early = opened(merged=80, lines=900, ready=60, reviews=[review("bob", 48)])
    assert team.rubber_stamps(lives(early), period=JANUARY).value == 0


def test_reviews_are_even_when_everybody_gives_as_many() -> None:
    assert asked("review_evenness", *EVERYBODY).value == pytest.approx(1)
    one_for_all = [opened(author=author, reviews=[review("joe", 1)]) for author in PEOPLE[:3]]
    assert asked("review_evenness", *one_for_all).value == 0


def test_below_four_people_nothing_is_broken_down() -> None:
    three = [opened(author=author, reviews=[review("eve", 1)]) for author in ("ann", "bob")]
    pulls, reviews = frames(*three)
    assert asked("review_evenness", *three).reason == team.TOO_FEW
    assert asked("largest_pair_share", *three).reason == team.TOO_FEW
    assert team.who_reviews_whom(pulls, reviews, period=JANUARY).empty
    assert team.load(pulls, reviews, period=JANUARY).empty


def test_the_largest_pair_counts_both_directions() -> None:
    told = [
        opened(author="ann", reviews=[review("bob", 1), review("bob", 2)]),
        opened(author="bob", reviews=[review("ann", 1)]),
        opened(author="eve", reviews=[review("joe", 1)]),
        opened(author=None, reviews=[review("joe", 1)]),
    ]
    pair = asked("largest_pair_share", *told)
    assert (pair.value, pair.sample) == (pytest.approx(2 / 3), 3)


def test_load_is_told_without_saying_whose_and_with_those_who_review_nothing() -> None:
    told = [opened(author=author, reviews=[review("joe", 1)]) for author in PEOPLE[:3]]
    table = team.load(*frames(*told), period=JANUARY)
    assert list(table.columns) == ["place", "reviews", "share"]
    assert table["reviews"].tolist() == [3, 0, 0, 0]


def test_a_note_is_no_load() -> None:
    told = [*EVERYBODY, opened(reviews=[review("joe", 1, "note")])]
    assert asked("review_evenness", *told).value == pytest.approx(1)


told_by = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)), max_size=12)


@settings(deadline=None)
@given(told_by, st.permutations(PEOPLE))
def test_shares_are_bounded_and_names_do_not_matter(pairs: list[tuple[str, str]], others: list[str]) -> None:
    called = dict(zip(PEOPLE, others, strict=True))
    told = [opened(author=author, reviews=[review(by, 1)]) for author, by in pairs]
    renamed = [opened(author=called[author], reviews=[review(called[by], 1)]) for author, by in pairs]
    for name in ("review_evenness", "largest_pair_share"):
        value = asked(name, *told).value
        assert asked(name, *renamed).value == pytest.approx(value)
        assert value is None or 0 <= value <= 1
