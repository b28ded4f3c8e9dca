"""Over REST, several projects together are told as the pages tell them, and the state of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from maestro_core.actions.file_knowledge import know_files
from tests.builders import a_finished_project, a_project
from tests.conftest import NOW, House
from tests.doors.serving import served
from tests.doors.test_api import PATTERNS
from tests.reports.ci import a_run, a_tool
from tests.reports.test_code import a_team

DAYS = {"first": "2026-04-01", "last": "2026-06-30"}
TOPICS = (
    *("dora", "cicd-metrics", "reviews", "reviews/merged", "code", "code/knowledge", "collaboration"),
    *(f"patterns/{name}" for name in PATTERNS),
)
HOSTILE = "<script>alert('x')</script>![](https://stranger.example/x.png)=1+1"


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


@pytest.fixture
def two(house: House) -> list[UUID]:
    """Two projects, each with a team that wrote code and ran pipelines."""
    with house.open() as ws:
        projects = [a_project(ws, "churn"), a_project(ws, HOSTILE)]
        for project in projects:
            a_team(ws, project)
            know_files(ws, project)
            a_run(ws, a_tool(ws, project), project)
        return projects


def test_without_a_choice_all_projects_are_told_and_with_one_only_that(client: TestClient, two: list[UUID]) -> None:
    told = client.get("/api/v1/portfolio/code", params=DAYS).json()
    assert sorted(row["project"] for row in told["by_project"]) == sorted(["churn", HOSTILE])
    one = client.get("/api/v1/portfolio/code", params=DAYS | {"project": str(two[0])}).json()
    assert (told["lines"]["value"], one["lines"]["value"]) == (800, 400)
    runs = client.get("/api/v1/portfolio/cicd-metrics", params=DAYS | {"project": [str(key) for key in two]}).json()
    assert runs["now"]["runs"]["value"] == 2


@pytest.mark.parametrize("topic", TOPICS)
def test_one_project_of_the_portfolio_is_told_as_its_team_is(client: TestClient, two: list[UUID], topic: str) -> None:
    of_portfolio = client.get(f"/api/v1/portfolio/{topic}", params=DAYS | {"project": str(two[0])})
    of_team = client.get(f"/api/v1/teams/{two[0]}/{topic}", params=DAYS)
    assert of_portfolio.status_code == 200, of_portfolio.text
    assert of_portfolio.json() == of_team.json()


@pytest.mark.parametrize("topic", [*TOPICS, "services", "delivery-coverage"])
def test_a_portfolio_of_nothing_has_answers_and_a_project_of_nobody_has_none(client: TestClient, topic: str) -> None:
    assert client.get(f"/api/v1/portfolio/{topic}", params=DAYS).status_code == 200
    unknown = client.get(f"/api/v1/portfolio/{topic}", params=DAYS | {"project": str(uuid4())})
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")


def test_collected_text_is_json_and_nothing_else(client: TestClient, two: list[UUID]) -> None:
    answer = client.get("/api/v1/portfolio/delivery-coverage")
    assert answer.headers["content-type"] == "application/json"
    assert {row["project"] for row in answer.json()["projects"]} == {"churn", HOSTILE}


def test_the_overview_tells_measures_with_their_reasons_and_what_needs_attention(
    client: TestClient, house: House
) -> None:
    assert client.get("/api/v1/overview").json()["success_rate"]["present"]["value"] is None
    with house.open() as ws:
        for number in range(3):
            a_finished_project(ws, f"past {number}", success=70)
        a_project(ws, HOSTILE, finished_at=NOW)
    told = client.get("/api/v1/overview").json()
    assert told["projects"] == 4
    assert "outcome missing" in {one["kind"] for one in told["attention"]}
    missing = client.get("/api/v1/projects/outcomes-missing").json()
    assert (missing["scored"], missing["for_predictions"]) == (3, 7)
    assert [row["name"] for row in missing["projects"]] == [HOSTILE]


def test_every_number_can_be_looked_up(client: TestClient) -> None:
    measures = {one["name"]: one for one in client.get("/api/v1/measures").json()}
    assert {"change_lead_time", "truck_factor", "artifact_impact", "interval_coverage"} <= set(measures)
    assert all(one["unit"] and one["definition"] and one["source"] for one in measures.values())
    assert list(measures) == [
        one["name"] for one in sorted(measures.values(), key=lambda one: (one["topic"], one["title"]))
    ]
