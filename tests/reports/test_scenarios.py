"""Scenarios listed and side by side."""

from __future__ import annotations

from uuid import UUID

import pytest

from maestro_core.actions.scenarios import keep_scenario
from maestro_core.errors import InvalidInput, NotEnoughData
from maestro_core.reports import team_sizing
from maestro_core.reports.scenarios import compare, scenarios
from maestro_core.reports.team_sizing import Plan, Utility
from maestro_core.workspace import Workspace
from tests.reports.test_team_sizing import learned, past_projects


def three(ws: Workspace) -> list[UUID]:
    return [keep_scenario(ws, name=f"{size} people", plan=Plan(5.0, size)) for size in (3, 4, 5)]


def test_scenarios_are_listed_by_name_whatever_its_case(ws: Workspace) -> None:
    for name in ("b", "C", "a"):
        keep_scenario(ws, name=name, plan=Plan(5.0, 3))
    rows = scenarios(ws).scenarios
    assert list(rows["name"]) == ["a", "b", "C"]
    assert set(rows["team_size"]) == {3}


def test_no_scenario_is_an_empty_list(ws: Workspace) -> None:
    assert scenarios(ws).scenarios.empty
    assert "name" in scenarios(ws).scenarios


def test_each_is_compared_with_the_first_in_the_order_asked_for(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    keys = three(ws)[::-1]
    told = compare(ws, scenario_ids=keys)
    assert list(told.plans["scenario_id"]) == keys
    rows = told.outcomes.set_index(["scenario_id", "target"])
    assert set(rows.loc[keys[0], "difference"]) == {0}
    success = rows.xs("success", level="target")
    assert success.loc[keys[2], "difference"] == pytest.approx(
        success.loc[keys[2], "value"] - success.loc[keys[0], "value"]
    )
    assert success.loc[keys[2], "difference_low"] < success.loc[keys[2], "difference_high"]


def test_a_comparison_says_what_each_what_if_says(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    keys = three(ws)
    told = compare(ws, scenario_ids=keys)
    alone = team_sizing.what_if(ws, plan=Plan(5.0, 4), utility=Utility(success=1))
    curve = told.curves[told.curves["scenario_id"] == keys[1]]
    assert list(curve["value"]) == list(alone.curves["value"])
    assert told.plans.set_index("scenario_id").loc[keys[1], "recommended"] == alone.recommendation.size


def test_two_to_four_different_scenarios_are_compared(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    key, *_ = three(ws)
    for odd in ([], [key], [key, key]):
        with pytest.raises(InvalidInput, match="2 to 4"):
            compare(ws, scenario_ids=odd)


def test_nothing_learned_is_nothing_to_compare_by(ws: Workspace) -> None:
    with pytest.raises(NotEnoughData):
        compare(ws, scenario_ids=three(ws))
