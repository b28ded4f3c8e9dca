"""Predictions over REST: of what runs, of one project, of a plan, and the models behind them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from maestro_core.actions import training
from tests.builders import a_project
from tests.conftest import NOW, House
from tests.doors.serving import served
from tests.reports.test_expectation import DAY, a_past

ADDRESS = "/api/v1/predictions"
PLAN = {"complexity": 4, "team_size": 3, "domain": "retail"}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def test_a_running_project_is_told_with_interval_reasons_and_similar_projects(client: TestClient, house: House) -> None:
    with house.open() as ws:
        a_past(ws)
        project = a_project(ws, "churn", complexity=4.0, domain="retail", started_at=NOW - 20 * DAY)
    training.train(house.open)
    listed = client.get(ADDRESS).json()
    assert (listed["running"], len(listed["predictions"]), listed["alarms"]) == (1, 3, [])
    one = client.get(f"/api/v1/projects/{project}/predictions").json()
    assert one["name"] == "churn"
    told = {row["target"]: row["value"] for row in listed["predictions"]}
    assert {row["target"]: row["expected"]["value"] for row in one["expected"]} == pytest.approx(told)
    assert {row["feature"] for row in one["contributions"]} >= {"complexity", "domain"}
    assert len(one["similar"]) == 5
    wide = client.get(f"/api/v1/projects/{project}/predictions", params={"level": "90"}).json()
    assert wide["level"] == 0.9
    assert wide["expected"][0]["expected"]["high"] >= one["expected"][0]["expected"]["high"]


def test_a_plan_is_predicted_and_not_stored(client: TestClient, house: House) -> None:
    with house.open() as ws:
        a_past(ws)
    answer = client.post(ADDRESS, json=PLAN | {"complexity": 9.5})
    assert answer.status_code == 200, answer.text
    assert answer.json()["warnings"][0].startswith("Complexity 9.5 is beyond the 1 to 7")
    assert client.get(ADDRESS).json()["running"] == 0


def test_too_few_outcomes_leave_the_number_missing(client: TestClient, house: House) -> None:
    with house.open() as ws:
        a_past(ws, 4)
    told = client.post(ADDRESS, json=PLAN).json()["expected"][0]
    assert (told["missing"], told["expected"]["value"]) == (6, None)
    refused = client.get(f"{ADDRESS}/models/cost/dependence/complexity")
    assert refused.status_code == 422
    assert "6 more" in refused.json()["detail"]


def test_the_model_card_and_dependence_are_served(client: TestClient, house: House) -> None:
    with house.open() as ws:
        projects = a_past(ws, 12)
    training.train(house.open)
    card = client.get(f"{ADDRESS}/models/cost").json()
    assert (card["rows"], card["is_reproduced"], len(card["calibration"])) == (12, True, 5)
    asked = client.get(f"{ADDRESS}/models/cost/dependence/complexity", params={"project_id": str(projects[0])})
    assert asked.json()["value"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", ADDRESS, {"complexity": 11}, 422),
        ("POST", ADDRESS, {"success": 90}, 422),
        ("GET", f"{ADDRESS}?level=99", None, 422),
        ("GET", f"{ADDRESS}/models/fame", None, 422),
        ("GET", f"{ADDRESS}/models/cost/dependence/fame", None, 404),
        ("GET", "/api/v1/projects/0192f0c1-7d2e-7cc3-98c4-dc0c0c07398f/predictions", None, 404),
    ],
)
def test_what_cannot_be_asked_is_refused(client: TestClient, method: str, path: str, body: object, status: int) -> None:
    answer = client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_the_plan_is_described_with_examples(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    fields = schema["components"]["schemas"]["PlannedProjectEntry"]["properties"]
    assert all(field.get("examples") for field in fields.values())
