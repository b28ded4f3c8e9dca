"""Experiments over REST, from the design to the decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tests.builders import a_finished_project, an_artifact
from tests.conftest import House
from tests.doors.serving import served
from tests.experimented import teams

HERE = "/api/v1/experiments"
DESIGN = {"name": "pairs", "kind": "workflow", "planned_units": 8, "further_metrics": ["duration"], "seed": 7}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def designed(client: TestClient, **facts: Any) -> str:
    answer = client.post(HERE, json=DESIGN | facts)
    assert answer.status_code == 201, answer.text
    return f"{HERE}/{answer.json()['experiment_id']}"


def projects(house: House, count: int = 8) -> list[str]:
    with house.open() as ws:
        return [str(key) for key in teams(ws, count)]


def test_an_experiment_is_designed_started_looked_at_stopped_and_decided(client: TestClient, house: House) -> None:
    address = designed(client, variants=[{"name": "alone"}, {"name": "in pairs", "description": "two at a time"}])
    assert client.patch(address, json={"worthwhile": 10}).json()["worthwhile"] == 10
    enrolled = client.post(f"{address}/projects", json={"project_ids": projects(house)}).json()
    assert (enrolled["enrolled_units"], enrolled["power"]["control"], enrolled["state"]) == (8, 4, "draft")
    started = client.post(f"{address}/start").json()
    assert sorted(row["variant"] for row in started["assignments"]) == ["alone"] * 4 + ["in pairs"] * 4
    assert started["sample_ratio"]["value"] == 1
    assert started["verdicts"][0].startswith("Nothing can be said of “in pairs” yet.")
    stopped = client.post(f"{address}/stop", json={"reason": "no time"}).json()
    assert (stopped["state"], stopped["stop_reason"], stopped["is_final"]) == ("stopped", "no time", False)
    decided = client.post(f"{address}/decisions", json={"variant": "alone", "reason": "it is simpler"}).json()
    assert decided["decisions"][0]["variant"] == "alone"
    assert [row["what"] for row in decided["history"]][:3] == ["decided", "stopped it", "started it"]
    assert client.post(f"{address}/archive").status_code == 204
    assert client.get(HERE).json() == {"experiments": [], "archived": 1}
    assert client.delete(f"{address}/archive").status_code == 204
    assert [row["decision"] for row in client.get(HERE).json()["experiments"]] == ["alone"]


def test_what_comes_too_late_is_a_conflict(client: TestClient, house: House) -> None:
    address, keys = designed(client), projects(house)
    client.post(f"{address}/projects", json={"project_ids": keys})
    client.post(f"{address}/start")
    assert client.post(f"{address}/start").status_code == 409
    assert client.patch(address, json={"planned_units": 50}).status_code == 409
    assert client.delete(address).status_code == 409
    assert client.delete(f"{address}/projects/{keys[0]}").status_code == 409


def test_a_draft_is_withdrawn_from_and_removed(client: TestClient, house: House) -> None:
    address, keys = designed(client), projects(house, 2)
    client.post(f"{address}/projects", json={"project_ids": keys, "team": "Platform"})
    assert client.delete(f"{address}/projects/{keys[0]}").status_code == 204
    assert client.get(address).json()["enrolled_units"] == 1
    assert client.post(f"{address}/start").status_code == 422
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "told", [{"kind": "wish"}, {"variants": []}, {"planned_units": 1}, {"primary_metric": "x"}, {"other": 1}]
)
def test_a_design_that_cannot_be_is_refused(client: TestClient, told: dict[str, Any]) -> None:
    assert client.post(HERE, json=DESIGN | told).status_code == 422


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"primary_metric": "succeeded", "worthwhile": 10}, "enter 0.1"),
        ({"worthwhile": 101}, "at most 100 points"),
        ({"variants": [{"name": "alone"}]}, "at least two"),
    ],
)
def test_an_impossible_design_is_refused_with_the_same_reason_new_or_changed(
    client: TestClient, told: dict[str, Any], why: str
) -> None:
    for answer in (client.post(HERE, json=DESIGN | told), client.patch(designed(client), json=told)):
        assert answer.status_code == 422
        assert why in answer.text


def test_what_was_only_observed_is_labelled_so(client: TestClient, house: House) -> None:
    with house.open() as ws:
        artifact_id = an_artifact(ws, "orders")
        for number in range(4):
            a_finished_project(ws, success=50.0 + number, team_size=3.0 + number)
    told = client.get(f"{HERE}/comparison", params={"team_size": 5}).json()
    assert (told["label"], told["comparison"]["treatment"]["units"]) == ("observational", 2)
    assert client.get(f"{HERE}/comparison", params={"artifact_id": str(artifact_id)}).json()["label"] == "observational"
    assert client.get(f"{HERE}/comparison").status_code == 422
    assert client.get(f"{HERE}/comparison", params={"artifact_id": str(uuid4())}).status_code == 404


def test_the_documentation_has_an_example_of_each_body_that_is_accepted(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()["components"]["schemas"]
    design = {
        name: field["examples"][0]
        for name, field in schema["ExperimentEntry"]["properties"].items()
        if field.get("examples")
    }
    assert client.post(HERE, json=design).status_code == 201
