"""How a project's team delivers, over REST."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from maestro_core.terms import PipelineOutcome
from tests.builders import a_project
from tests.conftest import House
from tests.doors.serving import served
from tests.reports.ci import a_job, a_run, a_tool
from tests.reports.test_reviews import a_pull_request, a_review, an_account

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOPICS = ("cicd-metrics", "reviews")


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


@pytest.fixture
def team(house: House) -> UUID:
    with house.open() as ws:
        return a_project(ws, "churn")


def test_the_pipelines_of_a_team_are_told_with_their_reasons(client: TestClient, house: House, team: UUID) -> None:
    with house.open() as ws:
        tool = a_tool(ws, team)
        run = a_run(ws, tool, team, at=YESTERDAY, outcome=PipelineOutcome.FAILURE)
        a_job(ws, run, "lint", at=YESTERDAY, outcome=PipelineOutcome.FAILURE)
        a_run(ws, tool, team, at=YESTERDAY, pipeline="nightly")
    address = f"/api/v1/teams/{team}/cicd-metrics"
    told = client.get(address).json()
    assert (told["now"]["success_rate"]["value"], told["now"]["success_rate"]["sample"]) == (0.5, 2)
    assert told["before"]["runs"]["reason"]
    assert [(row["job"], row["cause"]) for row in told["patterns"]] == [("lint", "quality")]
    assert client.get(address, params={"pipeline": "nightly"}).json()["now"]["runs"]["value"] == 1


def test_the_reviews_of_a_team_are_told(client: TestClient, house: House, team: UUID) -> None:
    with house.open() as ws:
        request = a_pull_request(ws, a_tool(ws, team), team, an_account(ws), at=YESTERDAY)
        a_review(ws, request, an_account(ws), at=YESTERDAY + timedelta(hours=3))
    told = client.get(f"/api/v1/teams/{team}/reviews").json()
    assert told["now"]["time_to_first_response"]["value"] == pytest.approx(3)
    assert [row["wait"] for row in told["waiting"]] == ["the merge"]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_period_is_days_and_its_last_day_is_in(client: TestClient, house: House, team: UUID, topic: str) -> None:
    address = f"/api/v1/teams/{team}/{topic}"
    with house.open() as ws:
        tool = a_tool(ws, team)
        a_run(ws, tool, team, at=datetime(2026, 3, 31, 23, tzinfo=UTC))
        a_pull_request(ws, tool, team, an_account(ws), at=datetime(2026, 3, 31, 23, tzinfo=UTC))
    now = {last: client.get(address, params={"first": "2026-03-01", "last": last}).json()["now"] for last in
           ("2026-03-30", "2026-03-31")}  # fmt: skip
    measure = "runs" if topic == "cicd-metrics" else "closure_ratio"
    assert [told[measure]["sample"] for told in now.values()] == [0, 1]
    backwards = client.get(address, params={"first": "2026-03-31", "last": "2026-03-01"})
    assert backwards.status_code == 422
    assert "first day" in backwards.text


@pytest.mark.parametrize("far", [{"first": "0001-01-01"}, {"last": "9999-12-31"}])
def test_a_period_out_of_the_calendar_is_refused(client: TestClient, team: UUID, far: dict[str, str]) -> None:
    assert client.get(f"/api/v1/teams/{team}/reviews", params=far).status_code == 422


@pytest.mark.parametrize("topic", TOPICS)
def test_a_team_that_is_not_there_is_not_found(client: TestClient, topic: str) -> None:
    assert client.get(f"/api/v1/teams/{uuid4()}/{topic}").status_code == 404


@pytest.mark.parametrize("topic", TOPICS)
def test_a_team_without_tools_gets_reasons_and_no_zeros(client: TestClient, team: UUID, topic: str) -> None:
    now = client.get(f"/api/v1/teams/{team}/{topic}").json()["now"]
    assert {measure["value"] for measure in now.values()} == {None}
    assert all(measure["reason"] for measure in now.values())
