"""Team sizing: the rule holds until the data bend it, the three curves agree, and nothing unseen is recommended."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.errors import InvalidInput, NotEnoughData
from maestro_core.learning import team_size
from maestro_core.learning.gaussian import learn
from maestro_core.learning.response_surface import seed_rule
from maestro_core.terms import Target
from tests.learning.past_teams import advised, curves_at, projects, truth


def of(curves: pd.DataFrame, target: Target) -> pd.DataFrame:
    return curves[curves["target"] == target].set_index("team_size")


@pytest.fixture(scope="module")
def model() -> team_size.TeamSizeModel:
    return team_size.fit(projects(150))


def test_the_seed_rule_passes_through_its_published_knots() -> None:
    assert seed_rule(np.array([1.0, 2.5, 6.0, 9.0, 10.0])).tolist() == [1.0, 1.0, 2.5, 6.0, 7.0]
    assert seed_rule(np.array([4.25, 7.5, 0.0, 20.0])).tolist() == [1.75, 4.25, 1.0, 7.0]


@given(st.floats(0, 12), st.floats(0, 12))
def test_the_seed_rule_never_falls_with_complexity(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert seed_rule(np.array([low]))[0] <= seed_rule(np.array([high]))[0]


def test_too_few_outcomes_say_how_many_more_are_needed() -> None:
    past = projects(40)
    with pytest.raises(NotEnoughData, match=r"needs 15 .* there are 12, so 3 more"):
        team_size.fit(past.assign(success=past["success"].where(past.index < 12)))


def test_the_curves_know_their_columns_and_sizes(model) -> None:
    curves = curves_at(model, 6.0)
    assert list(curves.columns[:5]) == ["team_size", "target", "value", "low", "high"]
    assert set(curves["target"]) == {"success", "duration", "cost"}
    assert of(curves, Target.COST).index.tolist() == list(range(1, 16))
    assert curves["supported"].dtype == bool


complexities, years = st.floats(1, 10), st.floats(0, 30) | st.none()


@given(complexities, years, st.sampled_from(["retail", "space"]) | st.none(), st.integers(0, 100) | st.none())
def test_success_is_bounded_time_and_cost_are_positive_and_bands_contain_the_value(
    model, complexity, experience, domain, artifacts
) -> None:
    curves = curves_at(model, complexity, experience=experience, domain=domain, artifacts=artifacts)
    assert ((curves["low"] <= curves["value"]) & (curves["value"] <= curves["high"])).all()
    assert of(curves, Target.SUCCESS)[["low", "high"]].stack().between(0, 100).all()
    assert (curves.loc[curves["target"] != "success", "low"] > 0).all()


def test_the_three_curves_agree_on_effort(model) -> None:
    curves = curves_at(model, 6.0)
    duration, cost = of(curves, Target.DURATION), of(curves, Target.COST)
    effort = duration["value"] * duration.index
    assert (effort.diff().dropna() > 0).all()
    assert (cost["value"].diff().dropna() > 0).all()
    # The world's cost is effort times 400, whatever the team size.
    assert (cost["value"] / effort).to_numpy() == pytest.approx(400, rel=0.15)


def test_the_effort_never_bends_downwards() -> None:
    past = projects(120)
    # Large teams with less effort than the rule allows: the honest answer is a straight line, not a dive.
    bent = past.assign(duration=past["duration"] * np.exp(-0.5 * np.log(past["team_size"]) ** 2))
    duration = of(curves_at(team_size.fit(bent), 6.0), Target.DURATION)["value"]
    slope = np.diff(np.log(duration * duration.index)) / np.diff(np.log(duration.index))
    assert (np.diff(slope) > -0.05).all()


def test_the_recommended_size_grows_with_complexity(model) -> None:
    sizes = [advised(model, complexity).size for complexity in (2.0, 5.0, 7.5, 9.5)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 1
    assert sizes[-1] >= 5


def test_data_bend_the_rule() -> None:
    larger = team_size.fit(projects(200, seed=1, optimum=2.0, noise=3.0))
    as_ruled = team_size.fit(projects(200, seed=1, noise=3.0))
    assert advised(larger, 8.0).size > advised(as_ruled, 8.0).size


@pytest.mark.parametrize("complexity", [1.5, 5.0, 9.5])
@pytest.mark.parametrize("goal", Target)
def test_an_unsupported_size_is_never_recommended(model, complexity, goal) -> None:
    curves = curves_at(model, complexity)
    supported = set(of(curves, goal).query("supported").index)
    assert supported < set(range(1, 16))
    advice = advised(model, complexity, goal)
    assert advice.size in advice.sizes
    assert set(advice.sizes) <= supported


def test_sizes_never_observed_are_unsupported(model) -> None:
    past = projects(60)
    small = team_size.fit(past[past["team_size"] <= 4])
    curves = of(curves_at(small, 10.0), Target.SUCCESS)
    assert not curves.loc[5:, "supported"].any()


def test_without_a_supported_size_nothing_is_recommended_and_it_says_why(model) -> None:
    advice = advised(model, 1.0, sizes=[14, 15])
    assert (advice.size, advice.sizes) == (None, ())
    assert "No comparable" in advice.reasons[0]


def test_the_reasons_name_the_evidence(model) -> None:
    text = " ".join(advised(model, 6.0).reasons)
    assert "150 past outcomes" in text
    assert "rule of thumb says 2.5" in text
    assert "not recommended" in text


def test_one_supported_size_is_recommended_alone(model) -> None:
    assert advised(model, 6.0, sizes=[3]).sizes == (3,)


@pytest.mark.parametrize("sizes", [[], [0, 1], [-2]])
def test_a_team_without_people_is_refused(model, sizes) -> None:
    with pytest.raises(InvalidInput):
        curves_at(model, 6.0, sizes=sizes)


def test_more_projects_narrow_the_band_and_noise_widens_it() -> None:
    def width(n: int, noise: float) -> float:
        curves = of(curves_at(team_size.fit(projects(n, seed=3, noise=noise)), 6.0), Target.SUCCESS)
        return float((curves["high"] - curves["low"])[curves["supported"]].mean())

    assert width(400, 6.0) < width(40, 6.0) < width(40, 15.0)


def test_the_order_of_past_projects_changes_nothing_material(model) -> None:
    shuffled = team_size.fit(projects(150).sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(curves_at(shuffled, 6.0), curves_at(model, 6.0), rtol=1e-6)


def test_the_same_seed_gives_the_same_curves_and_another_nearly_so(model) -> None:
    pd.testing.assert_frame_equal(curves_at(model, 6.0, seed=1), curves_at(model, 6.0, seed=1))
    pd.testing.assert_frame_equal(
        curves_at(model, 6.0, seed=1)[["value"]], curves_at(model, 6.0, seed=2)[["value"]], rtol=0.03
    )


def test_a_model_read_back_from_json_draws_the_same_curves(model) -> None:
    again = team_size.TeamSizeModel.from_json(json.loads(json.dumps(model.to_json())))
    pd.testing.assert_frame_equal(curves_at(again, 7.3), curves_at(model, 7.3), rtol=1e-9, atol=1e-9)
    assert again.to_json() == model.to_json()


def test_without_enough_durations_or_costs_those_curves_are_absent_not_invented() -> None:
    past = projects(40)
    free = team_size.fit(past.assign(cost=np.nan))
    assert set(curves_at(free, 5.0)["target"]) == {"success", "duration"}
    untimed = team_size.fit(past.assign(duration=np.nan))
    assert set(curves_at(untimed, 5.0)["target"]) == {"success"}
    assert "Too few" in advised(untimed, 5.0, Target.COST).reasons[0]
    again = team_size.TeamSizeModel.from_json(json.loads(json.dumps(untimed.to_json())))
    pd.testing.assert_frame_equal(curves_at(again, 5.0), curves_at(untimed, 5.0))


def test_a_past_of_one_kind_still_answers() -> None:
    past = projects(20).assign(team_size=3.0, complexity=5.0, experience=np.nan, domain=None, artifacts=np.nan)
    advice = advised(team_size.fit(past), 5.0)
    assert advice.sizes == (3,)


def test_regret_is_small_and_bands_cover_the_truth_inside_the_support() -> None:
    regrets, hits = [], []
    for seed in range(6):
        model = team_size.fit(projects(120, seed=seed, optimum=1.5))
        for complexity in (3.0, 6.0, 9.0):
            curves = curves_at(model, complexity)
            success = of(curves, Target.SUCCESS).query("supported")
            known = pd.Series(truth(success.index.to_numpy(float), np.array([complexity]), optimum=1.5), success.index)
            regrets.append(known.max() - known[advised(model, complexity).size])
            hits.append(known.between(success["low"], success["high"]).mean())
    assert np.mean(regrets) <= 1.5
    assert np.mean(hits) >= 0.7


def test_a_question_is_answered_while_a_slider_moves(model) -> None:
    started = time.process_time()
    for complexity in np.linspace(1, 10, 10):
        advised(model, float(complexity))
    assert (time.process_time() - started) / 10 < 0.2


def test_the_belief_without_rows_is_the_prior() -> None:
    belief = learn(np.empty((0, 2)), np.empty(0), mean=np.array([1.0, 2.0]), spreads=[np.array([3.0, 4.0])])
    assert belief.mean == pytest.approx([1, 2])
    assert np.diag(belief.covariance) == pytest.approx([9, 16])


def test_a_belief_with_flat_priors_is_least_squares() -> None:
    chance = np.random.default_rng(0)
    rows = chance.normal(size=(80, 3))
    y = rows @ np.array([1.0, -2.0, 0.5]) + chance.normal(0, 0.3, 80)
    belief = learn(rows, y, mean=np.zeros(3), spreads=[np.full(3, 1e4)])
    assert belief.mean == pytest.approx(np.linalg.lstsq(rows, y, rcond=None)[0], abs=1e-6)
    assert belief.noise == pytest.approx(0.3, rel=0.3)
