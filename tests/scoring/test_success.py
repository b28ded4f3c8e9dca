from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.errors import InvalidInput
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.success import PARTS, SuccessWeights, success_scores

points = st.one_of(st.none(), st.floats(0, 100))
weight = st.floats(0.01, 10)


def a_project(outcome: str | None = "success", **parts: float | None) -> pd.DataFrame:
    return pd.DataFrame([{"outcome": outcome, **dict.fromkeys(PARTS), **parts}])


def test_the_default_weights_are_two_two_one() -> None:
    project = a_project(model_performance=100, business_impact=50, delivery=0)
    assert success_scores(project).tolist() == [pytest.approx(60)]


def test_an_unknown_part_leaves_its_weight_to_the_others() -> None:
    assert success_scores(a_project(model_performance=80, delivery=50)).tolist() == [pytest.approx(70)]


def test_a_project_without_an_outcome_has_no_score() -> None:
    assert success_scores(a_project(outcome=None, model_performance=80)).isna().all()


def test_an_outcome_without_a_known_part_has_no_score() -> None:
    assert success_scores(a_project()).isna().all()


def test_a_known_part_without_weight_gives_no_score() -> None:
    weights = SuccessWeights(model_performance=0, business_impact=1, delivery=0)
    assert success_scores(a_project(model_performance=80), weights).isna().all()


def test_a_failure_has_a_score_too() -> None:
    assert success_scores(a_project(outcome="failure", delivery=20)).tolist() == [20]


def test_no_projects_have_no_scores() -> None:
    scores = success_scores(pd.DataFrame(columns=["outcome", *PARTS]))
    assert scores.empty
    assert scores.dtype == float


def test_the_index_is_kept() -> None:
    project = a_project(delivery=20).set_index(pd.Index(["fraud"]))
    assert success_scores(project).index.tolist() == ["fraud"]


@given(points, points, points, weight, weight, weight)
def test_the_score_lies_between_the_lowest_and_the_highest_known_part(
    a: float | None, b: float | None, c: float | None, u: float, v: float, w: float
) -> None:
    score = success_scores(a_project(model_performance=a, business_impact=b, delivery=c), SuccessWeights(u, v, w)).iloc[
        0
    ]
    known = [part for part in (a, b, c) if part is not None]
    assert np.isnan(score) if not known else min(known) - 1e-9 <= score <= max(known) + 1e-9


@given(st.floats(0, 100), st.floats(0, 100), weight, weight, st.floats(0.1, 10))
def test_only_the_proportions_of_the_weights_matter(a: float, b: float, u: float, v: float, factor: float) -> None:
    project = a_project(model_performance=a, delivery=b)
    once = success_scores(project, SuccessWeights(u, 1, v))
    assert once.iloc[0] == pytest.approx(success_scores(project, SuccessWeights(u * factor, 1, v * factor)).iloc[0])


@pytest.mark.parametrize("weights", [(-1, 1, 1), (0, 0, 0), (float("nan"), 1, 1), (float("inf"), 1, 1)])
def test_impossible_weights_are_refused(weights: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidInput):
        SuccessWeights(*weights)


def test_weights_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        SuccessWeights().delivery = 1  # type: ignore[misc]


def test_the_catalogue_knows_the_score() -> None:
    assert CATALOGUE["success_scores"].title == "Success score"
    assert CATALOGUE["success_scores"].unit == "points"
