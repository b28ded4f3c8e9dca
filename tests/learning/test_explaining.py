"""Partial dependence as scikit-learn computes it, twins that are found, and calibration that is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.inspection import partial_dependence as reference

from maestro_core.learning.calibration import LEVELS, calibration, held_out, skill_against_median, skills
from maestro_core.learning.partial_dependence import individual_dependence, partial_dependence
from maestro_core.learning.predictors import FEATURES, PREDICTORS, Fitted, fit, predict
from maestro_core.learning.similar import similar
from maestro_core.learning.skill import Skill
from maestro_core.terms import Target
from tests.learning.test_predictors import projects


@pytest.fixture(scope="module")
def past() -> pd.DataFrame:
    return projects(40)


@pytest.fixture(scope="module")
def fitted(past: pd.DataFrame) -> dict[Target, Fitted]:
    return {target: fit(PREDICTORS[target], past) for target in (Target.SUCCESS, Target.COST)}


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("target", [Target.SUCCESS, Target.COST])
def test_partial_dependence_is_that_of_scikit_learn(fitted, target: Target, feature: str) -> None:
    model = fitted[target]
    ours = partial_dependence(model, feature)
    inputs = model.predictor.inputs(model.past)
    theirs = reference(
        model.pipeline, inputs, [feature], kind="average", custom_values={feature: ours["at"].to_numpy()}
    )
    np.testing.assert_allclose(ours["score"], theirs["average"][0], rtol=1e-9)
    np.testing.assert_allclose(ours["value"], model.predictor.scale.back(ours["score"].to_numpy()))


def test_it_reaches_beyond_what_was_seen_and_says_where(fitted) -> None:
    curve = partial_dependence(fitted[Target.COST], "complexity", also=30.0)
    low, high = fitted[Target.COST].seen["complexity"]
    assert curve["at"].iloc[-1] == 30
    assert (curve["seen"] == curve["at"].between(low, high)).all()
    assert not curve["seen"].iloc[[0, -1]].any()
    assert partial_dependence(fitted[Target.COST], "team_size")["at"].min() >= 0


def test_a_word_that_nobody_met_is_asked_about_and_not_seen(fitted) -> None:
    curve = partial_dependence(fitted[Target.COST], "domain", also="space").set_index("at")
    assert curve["seen"].to_dict() == {"energy": True, "health": True, "retail": True, "space": False}


def test_a_fact_that_nobody_told_has_no_dependence(past) -> None:
    model = fit(PREDICTORS[Target.COST], past.assign(experience=np.nan))
    assert partial_dependence(model, "experience", also=3.0).empty


@pytest.mark.parametrize("feature", ["complexity", "experience", "domain"])
def test_the_curve_of_one_project_is_what_would_be_predicted_of_it(fitted, feature: str) -> None:
    model, planned = fitted[Target.COST], projects(3, seed=7).tail(1)
    curve = individual_dependence(model, feature, planned=planned)
    changed = pd.concat([planned] * len(curve)).assign(**{feature: curve["at"].to_numpy()})
    np.testing.assert_allclose(curve["value"], predict(model, changed)["value"], rtol=1e-9)
    own = planned[feature].iloc[0]
    assert pd.isna(own) or own in set(curve["at"])


def test_the_most_similar_project_is_the_twin_and_distance_grows(past) -> None:
    near = similar(past, past.iloc[[17]], k=8)
    assert near["project_id"].iloc[0] == "project 17"
    assert near["distance"].iloc[0] == 0
    assert near["distance"].is_monotonic_increasing
    assert len(near) == 8


def test_a_standard_deviation_in_every_known_fact_is_a_distance_of_one() -> None:
    rows = pd.DataFrame({"project_id": ["far", "near"], "complexity": [2.0, 6.0], "domain": ["retail", "health"]})
    near = similar(rows, pd.DataFrame({"complexity": [8.0], "domain": ["space"]}))
    assert near["project_id"].tolist() == ["near", "far"]
    # SD 2, so that 6 is one away from 8 and 2 is three away; both are of another domain.
    assert near["distance"].tolist() == pytest.approx([1.0, np.sqrt((9 + 1) / 2)])


def test_what_is_not_told_makes_no_project_alike_or_strange() -> None:
    rows = pd.DataFrame({"project_id": ["same", "silent", "other"], "complexity": [5.0, np.nan, 9.0]})
    near = similar(rows, pd.DataFrame({"complexity": [5.0], "experience": [np.nan]}))
    assert near["project_id"].tolist() == ["same", "silent", "other"]


def test_nothing_known_and_no_past_are_not_similar_to_anything(past) -> None:
    assert similar(past, pd.DataFrame({"complexity": [np.nan]})).empty
    assert similar(past.head(0), past.head(1)).empty
    assert similar(past, past.head(0)).empty


def test_what_was_held_out_is_judged_as_the_predictor_judged_itself(fitted) -> None:
    model = fitted[Target.COST]
    judged, told = held_out(model), model.skill
    assert np.mean(np.abs(judged.predicted - judged.actual)) == pytest.approx(told.mean_absolute_error)
    assert np.mean(np.abs(judged.medians - judged.actual)) == pytest.approx(told.median_error)
    assert judged.project_ids == tuple(model.past["project_id"])
    at_80 = calibration(judged).set_index("promised").loc[0.8]
    assert (at_80["inside"], at_80["n"]) == (told.inside, told.n)


def test_wider_intervals_hold_more_and_bounds_surround_the_share(fitted) -> None:
    rows = calibration(held_out(fitted[Target.SUCCESS]))
    assert tuple(rows["promised"]) == LEVELS
    assert rows["inside"].is_monotonic_increasing
    assert ((rows["low"] <= rows["coverage"]) & (rows["coverage"] <= rows["high"])).all()
    assert (rows["coverage"] - rows["promised"]).abs().max() < 0.15


def test_skill_comes_with_the_range_that_other_projects_would_leave(fitted) -> None:
    judged, told = held_out(fitted[Target.SUCCESS]), fitted[Target.SUCCESS].skill
    guessing, median = skills(judged)
    assert guessing.value == pytest.approx(told.standardised_accuracy)
    assert median.value == pytest.approx(1 - told.mean_absolute_error / told.median_error)
    for one in (guessing, median):
        assert one.low < one.value < one.high
    assert skills(judged) == (guessing, median)


def test_outcomes_that_are_all_alike_leave_nothing_to_be_better_at(past) -> None:
    model = fit(PREDICTORS[Target.DURATION], past.assign(duration=30.0))
    assert [one.value for one in skills(held_out(model))] == [None, None]
    assert skill_against_median(np.ones(2), np.ones(2), np.ones(2)) is None
    assert isinstance(model.skill, Skill)


@settings(max_examples=25)
@given(order=st.permutations(range(12)), factor=st.floats(0.1, 100))
def test_neither_the_order_of_the_past_nor_the_unit_of_a_fact_changes_who_is_alike(order, factor) -> None:
    rows, planned = projects(12), projects(1, seed=9)
    near = similar(rows, planned, k=12)
    shuffled = similar(rows.iloc[order], planned, k=12)
    assert dict(shuffled.to_numpy().tolist()) == pytest.approx(dict(near.to_numpy().tolist()))
    scaled = similar(
        rows.assign(complexity=rows["complexity"] * factor),
        planned.assign(complexity=planned["complexity"] * factor),
        k=12,
    )
    np.testing.assert_allclose(scaled["distance"], near["distance"], rtol=1e-6)
