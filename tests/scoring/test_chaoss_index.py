from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.chaoss_index import INGREDIENTS, SIZE, collaboration_index, development_index
from maestro_core.terms import Period
from tests.scoring.teamwork import BASE, END, git, reviewed

PERIOD = Period(END - timedelta(days=90), END)
PERFECT = dict.fromkeys(INGREDIENTS, 1.0) | {"code_contributors": 8, "commit_frequency": 40, "lines_frequency": 5_000}

values = st.fixed_dictionaries({}, optional=dict.fromkeys(INGREDIENTS, st.floats(0, 1e9)))


def test_the_published_weights_sum_to_a_hundred_and_42_of_them_are_size() -> None:
    weights = {name: one.weight for name, one in INGREDIENTS.items()}
    assert sum(weights.values()) == pytest.approx(100)
    assert round(sum(weights[name] for name in SIZE)) == 42


def test_a_perfect_team_of_eight_gets_77() -> None:
    assert development_index(PERFECT) == pytest.approx(77, abs=0.5)


def test_only_a_crowd_gets_a_hundred() -> None:
    crowd = PERFECT | {"code_contributors": 1000, "commit_frequency": 1000, "lines_frequency": 300_000}
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


def test_without_a_commit_there_is_no_index() -> None:
    assert collaboration_index(git().commits, None, None, period=PERIOD).reason == "no commit in 90 days"
