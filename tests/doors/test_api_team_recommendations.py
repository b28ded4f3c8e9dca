"""What a team could try, over REST: told, dismissed, told apart, and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from tests.builders import a_project
from tests.conftest import House
from tests.doors.serving import served
from tests.reports.ci import a_tool
from tests.reports.test_reviews import a_pull_request, a_review, an_account

LAST_WEEK = datetime.now(UTC) - timedelta(days=7)


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


@pytest.fixture
def team(house: House) -> UUID:
    """A team whose reviews wait for two days and a half."""
    with house.open() as ws:
        project = a_project(ws, "churn")
        tool, author, other = a_tool(ws, project), an_account(ws), an_account(ws)
        for _ in range(12):
            request = a_pull_request(ws, tool, project, author, at=LAST_WEEK)
            a_review(ws, request, other, at=LAST_WEEK + timedelta(hours=60))
    return project


def test_a_recommendation_is_told_dismissed_for_a_reason_and_brought_back(client: TestClient, team: UUID) -> None:
    address = f"/api/v1/teams/{team}/recommendations"
    dismissal = f"{address}/review_wait/dismissal"
    one = next(one for one in client.get(address).json()["recommendations"] if one["told"]["key"] == "review_wait")
    assert (one["told"]["value"], one["told"]["support"], len(one["rows"])) == (60, "well supported", 12)
    assert client.post(dismissal, json={"why": "Three time zones", "days": 30}).status_code == 204
    told = client.get(address).json()
    assert "review_wait" not in [one["told"]["key"] for one in told["recommendations"]]
    assert [one["dismissal"]["why"] for one in told["dismissed"]] == ["Three time zones"]
    assert client.delete(dismissal).status_code == 204
    assert client.get(address).json()["dismissed"] == []


def test_what_is_not_there_or_not_said_so_is_refused(client: TestClient, team: UUID) -> None:
    address = f"/api/v1/teams/{team}/recommendations"
    assert client.post(f"{address}/truck_factor/dismissal", json={}).status_code == 404
    assert client.post(f"{address}/review_wait/dismissal", json={"days": 0}).status_code == 422
    assert client.post(f"{address}/review_wait/dismissal", json={"because": "x"}).status_code == 422
    assert client.delete(f"{address}/%00/dismissal").status_code == 404
    assert client.get(f"/api/v1/teams/{uuid4()}/recommendations").status_code == 404
