"""Delivery over REST: the DORA metrics of a team, and the rules that they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tests.conftest import House
from tests.delivered import a_delivered_project
from tests.doors.serving import served

PRODUCTION = {"origin": "environment", "pattern": "prod*", "service": "api"}
DAYS = {"first": "2026-05-01", "last": "2026-06-30"}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


@pytest.fixture
def address(house: House) -> str:
    """A team that deployed ten times to production, every other day from the start of May."""
    with house.open() as ws:
        team = a_delivered_project(ws, "churn")
        for number in range(10):
            team.commit(f"c{number}", f"c{number - 1}" if number else "", at_hours=48 * number - 700)
            team.event(f"c{number}", 48 * number - 688)
        return f"/api/v1/teams/{team.project_id}"


def test_rules_are_looked_at_then_added_and_the_metrics_follow(client: TestClient, address: str) -> None:
    assert client.get(f"{address}/dora", params=DAYS).json()["now"]["deployment_frequency"]["value"] is None
    suggested = client.get(f"{address}/delivery-rules/suggested").json()["deployments"]
    assert [rule["pattern"] for rule in suggested[0]] == ["prod*"]
    rules = {"deployments": [PRODUCTION], "incidents": [{"origin": "fix"}]}
    told = client.post(f"{address}/delivery-rules/preview", json=rules).json()
    assert (told["deployments"], len(told["latest_deployments"])) == (10, 10)
    added = client.post(f"{address}/delivery-rules", json=rules)
    assert added.status_code == 201, added.text
    keys = client.get(f"{address}/dora", params=DAYS | {"service": "api"}).json()
    assert keys["now"]["change_lead_time"]["value"] == pytest.approx(12)
    assert keys["now"]["change_fail_rate"] == {
        "value": 0,
        "reason": None,
        "sample": 10,
        "low": 0,
        "high": pytest.approx(0.21, abs=0.01),
    }
    assert [row["deployments"] for row in keys["monthly"]] == [10, 0]
    assert len(keys["deployments"]) == 10


def test_a_rule_is_changed_and_removed(client: TestClient, address: str) -> None:
    client.post(f"{address}/delivery-rules", json={"deployments": [PRODUCTION], "incidents": [{"origin": "fix"}]})
    known = client.get(f"{address}/delivery-rules").json()
    rule, harm = known["deployments"][0]["rule_id"], known["incidents"][0]["rule_id"]
    changed = client.put(f"/api/v1/teams/deployment-rules/{rule}", json=PRODUCTION | {"service": "web"})
    assert changed.status_code == 204
    changed = client.put(f"/api/v1/teams/incident-rules/{harm}", json={"origin": "label", "pattern": "incident"})
    assert changed.status_code == 204
    known = client.get(f"{address}/delivery-rules").json()
    assert (known["deployments"][0]["service"], known["incidents"][0]["pattern"]) == ("web", "incident")
    for kind, key in (("deployment", rule), ("incident", harm)):
        assert client.delete(f"/api/v1/teams/{kind}-rules/{key}").status_code == 204
    known = client.get(f"{address}/delivery-rules").json()
    assert (known["deployments"], known["incidents"]) == ([], [])


def test_how_a_failure_is_told_is_set(client: TestClient, address: str) -> None:
    told = client.put(f"{address}/delivery-settings", json={"failure_hours": 48, "hotfix_patterns": ["urgent*"]}).json()
    assert (told["failure_hours"], told["hotfix_patterns"]) == (48, ["urgent*"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"deployments": [{"origin": "pipeline", "pattern": "*"}]}, 422),
        ({"deployments": [{"origin": "rumour"}]}, 422),
        ({"incidents": [{"origin": "label", "pattern": "\x00"}]}, 422),
        ({"deployments": [PRODUCTION, PRODUCTION]}, 409),
    ],
)
def test_a_rule_that_cannot_be_is_refused(client: TestClient, address: str, body: object, status: int) -> None:
    answer = client.post(f"{address}/delivery-rules", json=body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_no_team_is_not_a_team_without_deployments(client: TestClient, address: str) -> None:
    assert client.get(f"/api/v1/teams/{uuid4()}/dora").status_code == 404
    assert client.post(f"/api/v1/teams/{uuid4()}/delivery-rules", json={}).status_code == 404
