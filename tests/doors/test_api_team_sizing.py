"""Team sizing over REST: what-if, goals, and scenarios that are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from maestro_core.actions.scenario_entries import GoalEntry
from maestro_core.learning.team_size_seen import LEVERS
from tests.builders import a_project
from tests.conftest import House
from tests.doors.serving import served
from tests.reports.test_team_sizing import learned, past_projects

PLAN = {"complexity": 5, "team_size": 4, "domain": "fraud", "roles": {"analyst": 1}}
SCENARIOS = "/api/v1/scenarios"


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    """A portfolio of 24 outcomes that team sizes were learned from."""
    with house.open() as ws:
        past_projects(ws)
        learned(ws)
    with served(house.portfolio) as client:
        yield client


def kept(client: TestClient, name: str, **told: Any) -> dict[str, Any]:
    answer = client.post(SCENARIOS, json={"name": name, "plan": PLAN} | told)
    assert answer.status_code == 201, answer.text
    scenario: dict[str, Any] = answer.json()
    return scenario


def test_a_what_if_has_curves_sizes_reasons_and_differences(client: TestClient) -> None:
    question = {"plan": PLAN, "baseline": PLAN | {"team_size": 2}, "utility": {"success": 1, "cost": 1}}
    answer = client.post("/api/v1/team-sizing/what-if", json=question)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert len(told["curves"]) == 45
    assert len(told["weighed"]) == 15
    assert told["recommendation"]["size"] in told["recommendation"]["sizes"]
    assert told["recommendation"]["reasons"]
    assert told["sensitivity"]
    assert [row["target"] for row in told["differences"]] == ["success", "duration", "cost"]
    assert told["differences"][0]["ratio"] is None


def test_a_goal_is_sought_among_what_may_be_changed(client: TestClient) -> None:
    now = client.post("/api/v1/team-sizing/what-if", json={"plan": PLAN}).json()["at_size"][0]["value"]
    question = {"plan": PLAN | {"team_size": 2}, "goal": now - 1, "levers": ["team_size"]}
    told = client.post("/api/v1/team-sizing/goal-seek", json=question).json()
    assert told["reached"] is False
    assert [list(step["changes"]) for step in told["steps"]] == [["team_size"]]
    assert len(told["sentences"]) == 1


def test_what_a_plan_starts_from_is_told(client: TestClient, house: House) -> None:
    with house.open() as ws:
        project = a_project(ws, complexity=7.0, domain="fraud")
    seen = client.get("/api/v1/team-sizing").json()
    assert (seen["outcomes"], seen["is_learned"]) == (24, True)
    assert client.get(f"/api/v1/team-sizing/projects/{project}").json()["complexity"] == 7


def test_a_scenario_is_kept_changed_renamed_removed_and_brought_back(client: TestClient) -> None:
    scenario = kept(client, "small", utility={"success": 1, "duration": 1})
    address = f"{SCENARIOS}/{scenario['scenario_id']}"
    assert scenario["plan"] == scenario["baseline"]
    assert set(scenario["expected"]) == {"success", "duration", "cost"}
    changed = client.put(address, json={"plan": PLAN | {"team_size": 9}, "version": scenario["version"]}).json()
    assert (changed["plan"]["team_size"], changed["utility"]["duration"]) == (9, 0)
    assert client.put(f"{address}/name", json={"name": "large"}).json()["name"] == "large"
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    listed = client.get(SCENARIOS).json()
    assert ([row["name"] for row in listed["scenarios"]], [row["name"] for row in listed["removed"]]) == ([], ["large"])
    assert client.post(f"{address}/restore").json()["name"] == "large"
    assert [row["team_size"] for row in client.get(SCENARIOS).json()["scenarios"]] == [9]


def test_a_scenario_is_not_overwritten_by_who_has_not_read_it(client: TestClient) -> None:
    scenario = kept(client, "small")
    address = f"{SCENARIOS}/{scenario['scenario_id']}"
    larger, smaller = {"plan": PLAN | {"team_size": 9}}, {"plan": PLAN | {"team_size": 2}}
    assert client.put(address, json=larger).status_code == 422
    assert client.put(address, json=larger | {"version": scenario["version"]}).status_code == 200
    late = client.put(address, json=smaller | {"version": scenario["version"]})
    assert (late.status_code, "changed since" in late.json()["detail"]) == (409, True)
    assert late.json()["advice"]
    present = client.get(address).json()
    assert present["plan"]["team_size"] == 9
    assert client.put(address, json=smaller | {"version": present["version"]}).json()["plan"]["team_size"] == 2


def test_scenarios_are_compared_with_the_first(client: TestClient) -> None:
    keys = [kept(client, f"{size}", plan=PLAN | {"team_size": size})["scenario_id"] for size in (3, 5)]
    told = client.get(f"{SCENARIOS}/compare", params={"scenario": keys}).json()
    assert [row["name"] for row in told["plans"]] == ["3", "5"]
    assert [row["difference"] for row in told["outcomes"] if row["name"] == "3"] == [0, 0, 0]
    assert len(told["curves"]) == 90
    alone = client.get(f"{SCENARIOS}/compare", params={"scenario": keys[0]})
    assert (alone.status_code, alone.json()["detail"]) == (422, "Choose 2 to 4 scenarios to compare.")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("team-sizing/what-if", {"plan": PLAN | {"team_size": 0}}, 422),
        ("team-sizing/what-if", {"plan": PLAN | {"complexity": "NaN"}}, 422),
        ("team-sizing/what-if", {"plan": PLAN | {"roles": {"wizard": 1}}}, 422),
        ("team-sizing/what-if", {"plan": PLAN, "utility": {"success": 0}}, 422),
        ("team-sizing/goal-seek", {"plan": PLAN, "goal": 80, "levers": []}, 422),
        ("team-sizing/goal-seek", {"plan": PLAN, "goal": 0, "utility": {"cost": 1}}, 422),
        ("scenarios", {"name": " ", "plan": PLAN}, 422),
        ("scenarios", {"name": "taken", "plan": PLAN}, 409),
        ("scenarios", {"name": "x", "plan": PLAN, "project_id": "018f0000-0000-7000-8000-000000000000"}, 404),
        ("scenarios/018f0000-0000-7000-8000-000000000000/restore", None, 404),
    ],
)
def test_what_goes_wrong_has_a_reason(client: TestClient, path: str, body: Any, status: int) -> None:
    kept(client, "taken")
    answer = client.post(f"/api/v1/{path}", content=json.dumps(body), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["detail"]


def test_without_outcomes_it_says_how_many_are_missing(house: House) -> None:
    with served(house.portfolio) as client:
        answer = client.post("/api/v1/team-sizing/what-if", json={"plan": PLAN})
    assert (answer.status_code, "15 more outcomes" in answer.json()["detail"]) == (422, True)


def test_every_lever_of_goal_seeking_can_be_named() -> None:
    assert GoalEntry.model_validate({"plan": PLAN, "goal": 80}).levers == LEVERS
