"""What a team is wanted for: any weights, one scale, and value, band and contrast from the same draws."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.errors import InvalidInput, NotEnoughData
from maestro_core.learning import team_size
from maestro_core.learning.team_size import Plan, Utility, difference
from maestro_core.learning.utility import points, utility_curve
from maestro_core.terms import Target
from tests.learning.past_teams import expected_at, projects

weights = st.sampled_from([0.0, 0.01, 0.5, 1.0, 3.0, 100.0]) | st.floats(0.01, 100)


@pytest.fixture(scope="module")
def model() -> team_size.TeamSizeModel:
    return team_size.fit(projects(100))


@given(weights, weights, weights)
def test_only_the_proportions_of_weights_matter_and_they_add_up_to_one(a, b, c) -> None:
    if not a + b + c:
        return
    shares = Utility(a, b, c).shares
    assert sum(shares.values()) == pytest.approx(1)
    assert Utility(a / 2, b / 2, c / 2).shares == pytest.approx(shares)


@pytest.mark.parametrize("wrong", [(0, 0, 0), (-1, 2, 0), (float("nan"), 1, 1), (float("inf"), 1, 1)])
def test_weights_that_say_nothing_are_refused(wrong) -> None:
    with pytest.raises(InvalidInput):
        Utility(*wrong)


def test_half_the_time_is_worth_ten_points_and_the_median_project_has_fifty() -> None:
    days = {Target.DURATION: np.log(np.array([[100.0, 50.0, 200.0]]))}
    assert points(days, Utility(duration=1), typical={"duration": 100.0})[0] == pytest.approx([50, 60, 40])


def test_points_of_success_count_as_they_are() -> None:
    draws = {Target.SUCCESS: np.array([[70.0, 40.0]])}
    assert points(draws, Utility(success=3), typical={})[0].tolist() == [70, 40]


def test_a_weight_on_what_is_not_learnt_is_refused_by_name() -> None:
    with pytest.raises(NotEnoughData, match="cost"):
        points({Target.SUCCESS: np.zeros((2, 2))}, Utility(1, 0, 1), typical={})


@pytest.mark.parametrize("target", Target)
def test_a_single_target_is_its_own_curve_in_its_own_unit(model, target) -> None:
    expected = expected_at(model, 6.0)
    curves = team_size.summary(expected)
    own = curves[curves["target"] == target].reset_index(drop=True)
    pd.testing.assert_frame_equal(utility_curve(expected, Utility.of(target)), own)


@given(weights.filter(lambda w: w > 0.1), weights.filter(lambda w: w > 0.1), weights)
def test_a_mix_lies_between_its_parts_and_its_band_holds_it(model, a, b, c) -> None:
    expected = expected_at(model, 6.0)
    curve = utility_curve(expected, Utility(a, b, c))
    parts = [
        points(expected.draws, Utility.of(target), typical=expected.typical).mean(axis=0)
        for target in Utility(a, b, c).shares
    ]
    assert (curve["value"] >= np.min(parts, axis=0) - 1e-9).all()
    assert (curve["value"] <= np.max(parts, axis=0) + 1e-9).all()
    assert ((curve["low"] <= curve["value"]) & (curve["value"] <= curve["high"])).all()


@given(weights, weights, weights, st.floats(1, 10))
def test_an_unsupported_size_is_never_recommended_whatever_the_weights(model, a, b, c, complexity) -> None:
    if not a + b + c:
        return
    expected = expected_at(model, complexity)
    advice = team_size.recommend(expected, Utility(a, b, c))
    supported = set(expected.people[expected.supported].astype(int))
    assert set(advice.sizes) <= supported
    assert advice.size in advice.sizes or not supported


def test_weight_on_time_asks_for_larger_teams_and_on_cost_for_smaller(model) -> None:
    expected = expected_at(model, 7.0)
    fast, balanced, cheap = (
        team_size.recommend(expected, one).size for one in (Utility(duration=1), Utility(1, 1, 1), Utility(cost=1))
    )
    assert cheap <= balanced <= fast
    assert cheap < fast


def test_a_mix_with_an_unlearnt_target_recommends_nothing_and_says_why() -> None:
    free = team_size.fit(projects(40).assign(cost=np.nan))
    advice = team_size.recommend(expected_at(free, 5.0), Utility(1, 0, 1))
    assert (advice.size, advice.sizes) == (None, ())
    assert "cost" in advice.reasons[0]


def test_the_only_supported_size_is_told_apart_from_no_other(model) -> None:
    reasons = team_size.recommend(expected_at(model, 6.0, sizes=[3])).reasons
    assert "It is the only size that past projects support." in reasons
    assert not [reason for reason in reasons if "apart" in reason]


def test_the_reasons_name_the_weights(model) -> None:
    text = " ".join(team_size.recommend(expected_at(model, 5.0), Utility(2, 1, 1)).reasons)
    assert "success 50 %, time 25 %, cost 25 %" in text


@pytest.mark.parametrize("utility", [Utility(success=1), Utility(duration=1), Utility(cost=1), Utility(1, 1, 1)])
def test_the_interval_of_what_a_size_promises_has_its_level_once(model, utility: Utility) -> None:
    first = team_size.recommend(expected_at(model, 5.0), utility).reasons[0]
    assert re.search(r"[\d,]+( points| days)? \(80 % interval [\d,]+ to [\d,]+\)\.$", first), first


plans = st.builds(
    Plan,
    complexity=st.floats(1, 10),
    team_size=st.integers(1, 15),
    experience=st.floats(0, 30) | st.none(),
    domain=st.sampled_from(["retail", "health", "space"]) | st.none(),
    artifacts=st.integers(0, 60) | st.none(),
)


@given(plans, plans)
def test_a_difference_lies_in_its_band_and_turns_with_the_question(model, plan, baseline) -> None:
    there, back = difference(model, plan, baseline), difference(model, baseline, plan)
    assert ((there["low"] <= there["difference"]) & (there["difference"] <= there["high"])).all()
    assert there["difference"].to_numpy() == pytest.approx(-back["difference"].to_numpy())
    assert there["low"].to_numpy() == pytest.approx(-back["high"].to_numpy())
    assert there["better"].to_numpy() == pytest.approx(1 - back["better"].to_numpy())


@given(plans)
def test_a_plan_differs_in_nothing_from_itself(model, plan) -> None:
    same = difference(model, plan, plan)
    assert not same[["difference", "low", "high"]].to_numpy().any()
    assert set(same["better"]) == {0.5}


def test_the_band_of_a_difference_is_narrower_than_two_bands_that_know_nothing_of_each_other(model) -> None:
    plan, baseline = Plan(6.0, 3, domain="retail"), Plan(6.0, 4, domain="retail")
    success = difference(model, plan, baseline).iloc[0]
    curve = team_size.summary(team_size.expect(model, plan)).query("target == 'success'").set_index("team_size")
    widths = (curve["high"] - curve["low"]).loc[[3, 4]]
    assert success["high"] - success["low"] < np.hypot(*widths)


def test_the_difference_of_success_is_the_closed_form(model) -> None:
    """Mean and standard deviation of the draws are those of the Gaussian belief, not of luck."""
    expected = expected_at(model, 6.0, sizes=[3, 6])
    draws = expected.draws[Target.SUCCESS]
    rows = pd.DataFrame({"complexity": 6.0, "team_size": [3.0, 6.0], "experience": 5.0, "domain": "retail"})
    rows["artifacts"] = 4.0
    mean, covariance = model.surface.at(model.surface_design(rows, model.covariates.columns(rows)))
    assert draws.mean(axis=0) == pytest.approx(mean)
    assert np.cov(draws.T, ddof=0) == pytest.approx(covariance)
