"""What is learnt holds for odd pasts too: few projects, holes, one size, one domain; and survives as plain JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.errors import NotEnoughData
from maestro_core.learning import team_size
from maestro_core.learning.goal_seek import seek
from maestro_core.learning.sensitivity import sensitivity
from maestro_core.learning.team_size import Plan, TeamSizeModel
from maestro_core.learning.team_size_plan import as_rows
from maestro_core.learning.team_size_seen import learn_seen
from tests.learning.past_teams import advised, expected_at, projects

PLAN = Plan(6.0, 3, experience=5.0, domain="retail", artifacts=4.0)

ODD = {
    "fifteen": projects(15),
    "one size": projects(30).assign(team_size=4),
    "one domain": projects(30).assign(domain="retail"),
    "no domain": projects(30).assign(domain=None),
    "a domain each": projects(30).assign(domain=[f"domain {place}" for place in range(30)]),
    "one complexity": projects(30).assign(complexity=5.0),
    "no experience": projects(30).assign(experience=np.nan),
    "one success": projects(30).assign(success=70.0),
    "all alike": projects(30).assign(
        team_size=3, complexity=5.0, experience=4.0, artifacts=2.0, domain="x", success=60.0, duration=30.0, cost=10.0
    ),
    "alone": projects(30).assign(team_size=1),
    "whole numbers": projects(30).assign(team_size=lambda past: past["team_size"].astype("int64")),
    "objects": projects(30).astype(object),
}


@pytest.mark.parametrize("name", ODD)
def test_every_question_is_answered_with_finite_numbers(name) -> None:
    model = team_size.fit(ODD[name])
    expected = expected_at(model, 6.0)
    assert np.isfinite(team_size.summary(expected).select_dtypes("number").to_numpy()).all()
    assert set(team_size.recommend(expected).sizes) <= set(expected.people[expected.supported].astype(int))
    assert sensitivity(expected, model.hidden).sentences
    assert seek(model, PLAN, goal=75).sentences
    assert np.isfinite(team_size.difference(model, PLAN, Plan(4.0, 2))[["low", "high"]].to_numpy()).all()


@pytest.mark.parametrize("name", ODD)
def test_what_is_learnt_is_strict_json_and_answers_alike_once_read_back(name) -> None:
    model = team_size.fit(ODD[name])
    again = TeamSizeModel.from_json(json.loads(json.dumps(model.to_json(), allow_nan=False)))
    assert again.to_json() == model.to_json()
    assert seek(again, PLAN, goal=75) == seek(model, PLAN, goal=75)
    told = [sensitivity(expected_at(one, 6.0), one.hidden) for one in (again, model)]
    assert told[0] == told[1]


def test_one_size_recommends_that_size_or_none() -> None:
    assert set(advised(team_size.fit(ODD["one size"]), 6.0).sizes) <= {4}


@settings(max_examples=20, deadline=None)
@given(st.integers(15, 40), st.integers(0, 1000), st.floats(0, 0.6))
def test_holes_in_what_is_known_never_stop_learning(n, seed, share) -> None:
    chance = np.random.default_rng(seed)
    past = projects(n + 15, seed=seed)
    for column in ("experience", "artifacts", "domain", "duration", "cost"):
        past[column] = past[column].where(chance.random(len(past)) >= share, None)
    curves = team_size.summary(expected_at(team_size.fit(past), 5.0))
    assert np.isfinite(curves.select_dtypes("number").to_numpy()).all()


def test_a_model_of_an_earlier_form_is_not_read() -> None:
    stored = team_size.fit(projects(20)).to_json()
    for old in ({key: value for key, value in stored.items() if key != "form"}, stored | {"form": 1}, {}):
        with pytest.raises(NotEnoughData, match="earlier version") as told:
            TeamSizeModel.from_json(old)
        assert told.value.advice


def test_what_was_seen_holds_every_past_project_and_nothing_far_from_all_of_them() -> None:
    past = projects(80)
    seen = learn_seen(past)
    assert seen.within(past).all()
    oldest = past.assign(experience=np.nan)
    assert seen.within(oldest).mean() > 0.9
    extreme = as_rows([Plan(10.0, 3, 10.0, None, 12.0), Plan(99.0, 3), Plan(5.0, 99)])
    assert not seen.within(extreme)[1:].any()


def test_ordinary_values_that_never_came_together_are_not_seen() -> None:
    chance = np.random.default_rng(0)
    years = np.linspace(1, 10, 100)
    past = pd.DataFrame({"complexity": years, "experience": years + chance.normal(0, 0.3, 100), "team_size": 3.0})
    seen = learn_seen(past.assign(artifacts=2.0))
    together = as_rows([Plan(9.0, 3, 9.0, None, 2.0), Plan(9.0, 3, 2.0, None, 2.0)])
    assert seen.within(together).tolist() == [True, False]


def test_a_change_is_counted_in_standard_deviations_and_a_doubling_of_the_team_is_one_step() -> None:
    past = projects(80)
    seen, start = learn_seen(past), as_rows([Plan(5.0, 2, 5.0, None, 4.0)])
    rows = as_rows([Plan(5.0, 2, 5.0, None, 4.0), Plan(5.0, 4, 5.0, None, 4.0), Plan(5.0, 1, 5.0, None, 4.0)])
    change = seen.change(rows, start)
    assert change[0] == 0
    assert change[1] == pytest.approx(change[2]) == pytest.approx(np.log(2) / np.log(past["team_size"]).std(ddof=0))
