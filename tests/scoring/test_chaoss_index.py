from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.chaoss_index import (
    INGREDIENTS,
    SIZE,
    TEAM_OF_EIGHT,
    collaboration_index,
    development_index,
    yardstick,
)
from maestro_core.terms import Period
from tests.scoring.teamwork import BASE, END, git, reviewed

PERIOD = Period(END - timedelta(days=90), END)

values = st.fixed_dictionaries({}, optional=dict.fromkeys(INGREDIENTS, st.floats(0, 1e9)))


def test_the_published_weights_sum_to_a_hundred_and_42_of_them_are_size() -> None:
    weights = {name: one.weight for name, one in INGREDIENTS.items()}
    assert sum(weights.values()) == pytest.approx(100)
    assert round(sum(weights[name] for name in SIZE)) == 42


def test_a_perfect_team_of_eight_gets_77() -> None:
    assert development_index(TEAM_OF_EIGHT) == pytest.approx(77, abs=0.5)


def test_only_a_crowd_gets_a_hundred() -> None:
    crowd = TEAM_OF_EIGHT | {"code_contributors": 1000, "commit_frequency": 1000, "lines_frequency": 300_000}
    assert development_index(crowd) == pytest.approx(100)


@given(values)
def test_the_index_is_bounded(known: dict[str, float]) -> None:
    index = development_index(known)
    assert index is None if not known else 0 <= (index or 0.0) <= 100 + 1e-9


@given(values, st.sampled_from(sorted(INGREDIENTS)), st.floats(0, 1e6))
def test_more_of_anything_never_lowers_it(known: dict[str, float], name: str, more: float) -> None:
    before = known | {name: known.get(name, 0.0)}
    after = before | {name: before[name] + more}
    assert (development_index(after) or 0.0) >= (development_index(before) or 0.0) - 1e-9


def test_without_reviews_only_git_counts() -> None:
    alone = collaboration_index(git(*BASE).commits, None, None, period=PERIOD)
    assert alone.value is not None
    assert alone.sample == len(BASE)
    some = reviewed(*({} for _ in range(12)))
    assert some.pull_requests is not None
    with_reviews = collaboration_index(git(*BASE).commits, some.pull_requests, some.reviews, period=PERIOD)
    assert with_reviews.value is not None
    assert with_reviews.value > alone.value


def test_a_small_team_without_fault_is_held_against_what_can_be_seen() -> None:
    commits, some = git(*BASE).commits, reviewed(*({} for _ in range(12)))
    alone = yardstick(commits, None, None, period=PERIOD)
    beside = yardstick(commits, some.pull_requests, some.reviews, period=PERIOD)
    assert alone is not None
    assert beside is not None
    assert (round(100 * alone.size_share), round(alone.team_of_eight)) == (75, 59)
    assert (round(100 * beside.size_share), round(beside.team_of_eight)) == (55, 70)
    assert yardstick(git().commits, None, None, period=PERIOD) is None


def test_without_a_commit_there_is_no_index() -> None:
    assert collaboration_index(git().commits, None, None, period=PERIOD).reason == "no commit in 90 days"
