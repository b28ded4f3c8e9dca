"""Recommendations and plans over REST."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.api.recommendations import EXAMPLES, Wanted
from maestro_core.actions.recommending import learn_recommendations
from tests.builders import a_project, a_use, an_artifact
from tests.conftest import House
from tests.doors.serving import served

ADDRESS = "/api/v1/recommendations"


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def test_a_project_is_told_what_to_use_and_plans_it_and_takes_that_back(client: TestClient, house: House) -> None:
    with house.open() as ws:
        orders, model = an_artifact(ws, "orders"), an_artifact(ws, "model")
        for _ in range(4):
            past = a_project(ws)
            a_use(ws, orders, past)
            a_use(ws, model, past)
        project = a_project(ws)
        a_use(ws, orders, project)
    learn_recommendations(house.open)
    told = client.post(ADDRESS, json={"project_id": str(project)}).json()
    assert [(one["name"], one["score"], one["impact_score"]) for one in told["recommendations"]] == [
        ("model", 100, None)
    ]
    assert told["recommendations"][0]["led_to_by"][0]["together"] == 4
    assert told["recommendations"][0]["effect"]["reason"]
    plan = f"/api/v1/projects/{project}/plans/{model}"
    assert [client.put(plan).status_code for _ in range(2)] == [204, 204]
    told = client.post(ADDRESS, json={"project_id": str(project)}).json()
    assert ([one["name"] for one in told["plans"]], told["recommendations"]) == (["model"], [])
    assert client.delete(plan).status_code == 204
    assert client.post(ADDRESS, json={"project_id": str(project)}).json()["plans"] == []
    assert client.put(f"/api/v1/projects/{project}/plans/{orders}").status_code == 409


def test_a_described_project_is_answered(client: TestClient, house: House) -> None:
    with house.open() as ws:
        an_artifact(ws, "churn features")
        an_artifact(ws, "images")
    learn_recommendations(house.open)
    told = client.post(ADDRESS, json={"description": "churn", "limit": 3}).json()
    assert (told["basis"], [one["name"] for one in told["recommendations"]]) == (
        "what it reads like",
        ["churn features"],
    )


def test_both_or_something_else_is_refused(client: TestClient) -> None:
    for wrong in ({"project_id": str(uuid4()), "description": "x"}, {"limit": 51}, {"projekt": "x"}):
        assert client.post(ADDRESS, json=wrong).status_code == 422
    assert client.post(ADDRESS, json={"project_id": str(uuid4())}).status_code == 404


def test_the_examples_are_what_may_be_asked(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()["paths"]["/v1/recommendations"]["post"]
    shown = schema["requestBody"]["content"]["application/json"]["examples"]
    assert set(shown) == set(EXAMPLES)
    for example in shown.values():
        assert Wanted.model_validate(example["value"])
