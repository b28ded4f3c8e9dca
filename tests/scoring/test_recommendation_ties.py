"""What nothing tells apart is told apart by how many use it, and never by the place it happens to have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.ranking import without_ties
from maestro_core.scoring.recommendation_blend import ASSUMED_EMPTY
from maestro_core.scoring.recommendation_learning import LearnedRecommendations, learn
from maestro_core.scoring.recommendations import recommend
from tests.scoring.test_recommendations import ONLY_TEXT, asked, key, places

USERS = [15, 13, 11, 9, 7, 5, 3, 2]
SAME = "one and the same description"

popularities = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 40)), min_size=1, max_size=30)


def learned_alike(users: list[int], *, projects: int = 20) -> LearnedRecommendations:
    """Projects of the same text, and artifacts that share no word with it, each used by so many of them."""
    chance = np.random.default_rng(1)
    numbers = range(len(users))
    artifacts = pd.DataFrame({"artifact_id": [key(number) for number in numbers], "text": "", "effect": np.nan})
    named = pd.DataFrame({"project_id": [key(100 + place) for place in range(projects)], "text": SAME})
    pairs = [
        (key(100 + int(project)), key(number))
        for number, count in zip(numbers, users, strict=True)
        for project in chance.permutation(projects)[:count]
    ]
    usage = pd.DataFrame(pairs, columns=["project_id", "artifact_id"])
    return learn(artifacts.assign(is_offered=True), named, usage, seed=1)


@pytest.mark.parametrize("users", [USERS, USERS[::-1]])
def test_a_text_that_all_projects_have_alike_does_not_become_all_that_counts(users: list[int]) -> None:
    learned = learned_alike(users)
    assert learned.chosen.empty_quality
    assert learned.chosen.empty.text <= ASSUMED_EMPTY.text


@pytest.mark.parametrize("users", [USERS, USERS[::-1]])
def test_what_nothing_tells_apart_is_ordered_by_how_many_use_it(users: list[int]) -> None:
    known = replace(learned_alike(users).recommender, empty=ONLY_TEXT)
    found = recommend(known, asked(known, text=SAME), most=9)
    assert [one.used_by for one in found] == sorted(users, reverse=True)[: len(found)]
    assert len({round(one.score) for one in found}) == len(found) > 1
    assert {one.as_strong for one in found} == {0}


def test_what_is_as_strong_says_so_and_how_many_others_are() -> None:
    known = learned_alike([9, 9, 9, 4, 2]).recommender
    found = recommend(replace(known, empty=ONLY_TEXT), asked(known), most=2)
    assert [(round(one.score), one.as_strong, one.used_by, one.projects) for one in found] == [(100, 2, 9, 20)] * 2


def test_the_project_itself_is_none_of_those_that_could_use_it() -> None:
    known = learned_alike(USERS).recommender
    assert {one.projects for one in recommend(known, asked(known, project=3), most=9)} == {19}


@given(popularities)
def test_ties_are_broken_by_popularity_and_nothing_else_moves(pairs: list[tuple[int, int]]) -> None:
    scores, popularity = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    order = np.argsort(-without_ties(scores, popularity), kind="stable")
    told = [(pairs[at][0], pairs[at][1]) for at in order]
    assert told == sorted(pairs, reverse=True)


def test_text_decides_before_popularity_where_it_tells_apart() -> None:
    learned = learned_alike([3, 9]).recommender
    words = learned.words.weights([SAME, "other"])
    known = replace(learned, artifact_words=words, empty=ONLY_TEXT)
    assert places(recommend(known, asked(known, text=SAME), most=1)) == [0]
