"""Over REST: files, the rows behind pipelines, members, versions, and what goes once its name confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from maestro_core.actions.file_knowledge import know_files
from maestro_core.portfolios import Portfolio
from maestro_core.terms import PipelineOutcome, Role
from tests.actions.test_identities import a_person
from tests.builders import a_project, an_artifact
from tests.conftest import House
from tests.delivered import a_delivered_project
from tests.doors.serving import served
from tests.experimented import a_design, teams
from tests.reports.ci import a_job, a_run, a_tool
from tests.reports.test_code import a_team
from tests.reports.test_expectation import a_past

NOBODY = "018f0000-0000-7000-8000-000000000000"
DAYS = {"first": "2026-04-01", "last": "2026-06-30"}
HOSTILE = "<svg onload=alert(1)>=cmd()"


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def viewing(house: House) -> TestClient:
    return served(Portfolio(house.portfolio.engine, house.member(Role.VIEWER), is_sample=False))


def test_a_file_tells_its_history_and_only_who_may_gets_names(client: TestClient, house: House) -> None:
    with house.open() as ws:
        project = a_project(ws)
        file = a_team(ws, project)["bob"]
        know_files(ws, project)
    told = client.get(f"/api/v1/files/{file}")
    assert (told.json()["path"], told.json()["changes"]["value"]) == ("src/bob.py", 6)
    assert [row["path"] for row in told.json()["coupled"]] == ["src/ann.py"]
    assert client.get(f"/api/v1/files/{file}/authors").json() == ["ann", "bob"]
    with viewing(house) as viewer:
        assert viewer.get(f"/api/v1/files/{file}").json() == told.json()
        assert viewer.get(f"/api/v1/files/{file}/authors").status_code == 403


def test_who_knows_the_code_of_few_people_is_not_told(client: TestClient, house: House) -> None:
    with house.open() as ws:
        project = a_project(ws)
        file = a_team(ws, project, ("ann", "bob"))["bob"]
        know_files(ws, project)
    refused = client.get(f"/api/v1/files/{file}/authors")
    assert (refused.status_code, "Fewer than" in refused.json()["detail"]) == (422, True)


def test_the_rows_behind_pipelines_are_told(client: TestClient, house: House) -> None:
    with house.open() as ws:
        team = a_project(ws)
        tool = a_tool(ws, team)
        run = a_run(ws, tool, team, outcome=PipelineOutcome.FAILURE, branch=HOSTILE)
        a_job(ws, run, "lint", outcome=PipelineOutcome.FAILURE)
        a_run(ws, tool, team, pipeline="Nightly")
    address = f"/api/v1/teams/{team}"
    assert client.get(f"{address}/pipelines").json() == ["ci", "Nightly"]
    failed = client.get(f"{address}/pipeline-runs", params=DAYS | {"outcome": "failure"}).json()["rows"]
    assert [(row["pipeline"], row["branch"], row["minutes"]) for row in failed] == [("ci", HOSTILE, 10)]
    nightly = client.get(f"{address}/pipeline-runs", params=DAYS | {"pipeline": "Nightly"}).json()["rows"]
    assert [row["pipeline"] for row in nightly] == ["Nightly"]
    assert client.get(f"{address}/pipeline-runs", params={"outcome": "fame"}).status_code == 422
    assert client.get(f"{address}/failed-jobs").status_code == 422
    jobs = client.get(f"{address}/failed-jobs", params=DAYS | {"job": "lint"})
    assert jobs.headers["content-type"] == "application/json"
    assert [(row["job"], row["branch"]) for row in jobs.json()["rows"]] == [("lint", HOSTILE)]


def test_services_and_coverage_of_delivery_are_told(client: TestClient, house: House) -> None:
    with house.open() as ws:
        team = a_delivered_project(ws, "churn")
        team.commit("a", "", at_hours=-100)
        team.event("a", -90)
    address = f"/api/v1/teams/{team.project_id}"
    rule = {"origin": "environment", "pattern": "prod*", "service": "api"}
    client.post(f"{address}/delivery-rules", json={"deployments": [rule]})
    told = client.get(f"{address}/services", params=DAYS).json()["services"]
    assert [(row["service"], row["deployments"]) for row in told] == [("api", 1)]
    [row] = client.get(f"{address}/delivery-coverage").json()["projects"]
    assert (row["deployment_rules"], row["incident_rules"]) == (1, 0)


def test_a_member_is_added_once_changed_and_taken_off(client: TestClient, house: House) -> None:
    with house.open() as ws:
        team = a_project(ws)
    told = {"person": HOSTILE, "email": "ada@example.org", "role": "data scientist"}
    added = client.post(f"/api/v1/teams/{team}/members", json=told)
    assert added.status_code == 201, added.text
    assert client.post(f"/api/v1/teams/{team}/members", json=told).status_code == 409
    member = f"/api/v1/teams/members/{added.json()['member_id']}"
    assert client.patch(member, json={"experience_years": 4}).status_code == 204
    [row] = client.get(f"/api/v1/projects/{team}").json()["members"]
    assert (row["person"], row["role"], row["experience_years"]) == (HOSTILE, "data scientist", 4)
    assert client.delete(member).status_code == 204
    assert client.get(f"/api/v1/projects/{team}").json()["members"] == []


@pytest.mark.parametrize("what", ["projects", "artifacts"])
def test_what_cannot_be_undone_is_confirmed_by_its_name(client: TestClient, house: House, what: str) -> None:
    with house.open() as ws:
        key = a_project(ws, HOSTILE) if what == "projects" else an_artifact(ws, HOSTILE)
    address = f"/api/v1/{what}/{key}"
    assert client.delete(address).status_code == 422
    assert client.delete(address, params={"name": "another"}).status_code == 422
    assert client.get(address).status_code == 200
    assert client.delete(address, params={"name": HOSTILE}).status_code == 204
    assert client.get(address).status_code == 404


def test_an_artifact_is_changed_gets_a_version_and_is_counted_in_facets(client: TestClient, house: House) -> None:
    with house.open() as ws:
        address = f"/api/v1/artifacts/{an_artifact(ws, 'orders')}"
    changed = client.patch(address, json={"owner": HOSTILE, "tags": ["gold"]})
    assert (changed.json()["name"], changed.json()["owner"]) == ("orders", HOSTILE)
    versions = [client.post(f"{address}/versions", json={"version": "3"}) for _ in range(2)]
    assert versions[0].status_code == 201, versions[0].text
    assert versions[0].json() == versions[1].json()
    assert [row["version"] for row in client.get(address).json()["versions"]] == ["3"]
    facets = client.get("/api/v1/artifacts/facets").json()
    assert (facets["owners"], facets["tags"]) == (
        [{"value": HOSTILE, "artifacts": 1}],
        [{"value": "gold", "artifacts": 1}],
    )


def test_what_is_usual_and_who_could_take_part_are_told(client: TestClient, house: House) -> None:
    with house.open() as ws:
        a_past(ws, 12)
        experiment = a_design(ws, teams(ws, 2))
        a_project(ws, HOSTILE)
    usual = client.get("/api/v1/predictions/usual").json()
    assert usual["seen"]["complexity"] == [1, 7]
    assert HOSTILE in {row["name"] for row in usual["projects"]}
    asked = client.post("/api/v1/predictions/models/cost/dependence/complexity", json={"complexity": 6})
    assert (asked.json()["value"], len(asked.json()["own"]) > 1) == (6, True)
    joining = client.get(f"/api/v1/experiments/{experiment}/candidates").json()
    assert [row["project"] for row in joining["candidates"]] == [HOSTILE]


def test_several_pairs_are_merged_at_once(client: TestClient, house: House) -> None:
    with house.open() as ws:
        first, second, third = (a_person(ws, "Ada", f"{number}@example.org") for number in range(3))
    pairs = [{"person_id": str(first), "other_id": str(second)}, {"person_id": str(second), "other_id": str(third)}]
    assert client.post("/api/v1/people/merges/several", json={"pairs": pairs}).json() == {"merges": 2}
    assert len(client.get("/api/v1/people").json()["people"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"files/{NOBODY}", None, 404),
        ("GET", f"files/{NOBODY}/authors", None, 404),
        *(("GET", f"teams/{NOBODY}/{rows}", None, 404) for rows in ("pipelines", "pipeline-runs", "services")),
        ("GET", f"teams/{NOBODY}/delivery-coverage", None, 404),
        ("GET", f"teams/{NOBODY}/failed-jobs?job=lint", None, 404),
        ("POST", f"teams/{NOBODY}/members", {"person": "Ada"}, 404),
        ("POST", f"teams/{NOBODY}/members", {"person": " "}, 422),
        ("PATCH", f"teams/members/{NOBODY}", {}, 404),
        ("DELETE", f"teams/members/{NOBODY}", None, 404),
        ("DELETE", f"projects/{NOBODY}?name=x", None, 404),
        ("PATCH", f"artifacts/{NOBODY}", {"owner": "Ada"}, 404),
        ("PATCH", f"artifacts/{NOBODY}", {"kind": "rumour"}, 422),
        ("DELETE", f"artifacts/{NOBODY}?name=x", None, 404),
        ("POST", f"artifacts/{NOBODY}/versions", {"version": "1"}, 404),
        ("POST", f"artifacts/{NOBODY}/versions", {}, 422),
        ("GET", f"experiments/{NOBODY}/candidates", None, 404),
        ("POST", "predictions/models/cost/dependence/fame", {}, 404),
        ("POST", "people/merges/several", {"pairs": []}, 422),
        ("POST", "people/merges/several", {"pairs": [{"person_id": NOBODY, "other_id": NOBODY[:-1] + "1"}]}, 404),
    ],
)
def test_what_is_not_there_or_cannot_be_has_a_reason(
    client: TestClient, method: str, path: str, body: Any, status: int
) -> None:
    answer = client.request(method, f"/api/v1/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "sources", None),
        ("GET", "sources/refreshes", None),
        ("GET", "sources/{project}/issues", None),
        ("POST", "sources/git", {"location": "https://example.org/x.git"}),
        ("POST", "sources/tools", {"kind": "github", "location": "https://github.com/a/b"}),
        ("POST", "sources/{project}/refreshes", None),
        ("PUT", "sources/{project}/credential", {"token": "x"}),
        ("DELETE", "sources/{project}/credential", None),
        ("DELETE", "sources/{project}?confirm=yes", None),
        ("POST", "training", None),
        ("PATCH", "organisation", {"currency": "EUR"}),
        ("PUT", "organisation/left-out-paths", {"patterns": []}),
        ("POST", "teams/{project}/members", {"person": "Ada"}),
        ("DELETE", "projects/{project}?name=churn", None),
        ("POST", "people/merges/several", {"pairs": [{"person_id": NOBODY, "other_id": NOBODY}]}),
    ],
)
def test_a_viewer_is_refused_what_the_role_does_not_have(house: House, method: str, path: str, body: Any) -> None:
    with house.open() as ws:
        project: UUID = a_project(ws, "churn")
    with viewing(house) as client:
        answer = client.request(method, f"/api/v1/{path.replace('{project}', str(project))}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json"), answer.text
    assert answer.json()["detail"].startswith("A viewer may not")
