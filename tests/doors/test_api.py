"""The REST interface asks the same reports and tells the same actions as every other door."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select
from starlette.testclient import TestClient

from app.api.documentation import PAGE
from app.api.problems import STATUS
from maestro_core import errors
from maestro_core.database import connect
from maestro_core.models import AuditEvent, Project
from maestro_core.portfolios import Portfolio
from maestro_core.terms import ArtifactKind, Role
from maestro_core.vault import Vault
from tests.builders import a_project, a_use, an_artifact, scores
from tests.conftest import NOW, House
from tests.doors.serving import served

PATTERNS = ("side-by-side", "silos", "people-and-code", "hours", "reviewing", "newcomers")


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def add(client: TestClient, what: str, **told: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{what}", json=told)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def test_a_project_is_added_changed_and_judged(client: TestClient) -> None:
    project = add(client, "projects", name="churn", complexity=6, started_at="2026-01-12")
    address = f"/api/v1/projects/{project['project_id']}"
    changed = client.patch(address, json={"domain": "telecommunications", "complexity": None}).json()
    assert (changed["name"], changed["domain"], changed["complexity"]) == ("churn", "telecommunications", None)
    judged = client.patch(
        f"{address}/success", json={"outcome": "success", "finished_at": "2026-05-29", "delivery": 80}
    )
    assert (judged.json()["success"], judged.json()["state"]) == (80, "success")
    assert client.get(address).json()["facts"] == judged.json()
    assert [row["name"] for row in client.get("/api/v1/projects").json()["projects"]] == ["churn"]


def test_an_artifact_is_registered_found_and_used(client: TestClient, house: House) -> None:
    add(client, "projects", name="churn")
    told = {"name": "orders", "kind": "dataset", "tags": ["gold"]}
    artifact = add(client, "artifacts", **told)
    assert add(client, "artifacts", **told)["artifact_id"] == artifact["artifact_id"]
    address = f"/api/v1/artifacts/{artifact['artifact_id']}"
    use = {"project": "churn", "version": "3", "person": "Ada", "origin": "run 1"}
    assert [client.post(f"{address}/use", json=use).json() for _ in range(2)] == [
        {"recorded": True},
        {"recorded": False},
    ]
    found = client.post(
        "/api/v1/artifacts/search", json={"query": "ORDERS", "kind": "dataset", "tags": ["gold"]}
    ).json()
    assert [(row["name"], row["reuse"], row["score"]) for row in found["artifacts"]] == [("orders", 1, None)]
    assert client.get(address).json()["why"].startswith("Not enough evidence")
    assert [row["project"] for row in client.get(f"{address}/analytics").json()["consumers"]] == ["churn"]
    named = client.get("/api/v1/artifacts", params={"name": "orders", "kind": "dataset"}).json()
    assert [row["artifact_id"] for row in named["artifacts"]] == [artifact["artifact_id"]]
    assert client.get("/api/v1/artifacts", params={"name": "order"}).json() == {"artifacts": [], "total": 0}


def test_the_top_artifacts_come_with_scores_and_intervals(client: TestClient, house: House) -> None:
    with house.open() as ws:
        best, second = (an_artifact(ws, name, ArtifactKind.MODEL) for name in ("best", "second"))
        a_use(ws, best, a_project(ws))
        scores(ws, [best, second], NOW)
    top = client.get("/api/v1/artifacts/top", params={"limit": 1}).json()
    assert [(row["name"], row["rank"], row["score"]) for row in top["artifacts"]] == [("best", 1, 89)]
    assert top["total"] == 2


def test_health_says_whether_the_database_answers(client: TestClient, vault: Vault) -> None:
    assert client.get("/api/v1/health").json()["status"] == "ok"
    started = time.perf_counter()
    for _ in range(20):
        client.get("/api/v1/health")
    # Ten times the goal: this machine may be busy.
    assert (time.perf_counter() - started) / 20 < 0.1
    gone = connect("postgresql://nobody@127.0.0.1:1/nothing", vault=vault)
    with served(Portfolio(gone, uuid4(), is_sample=False)) as broken:
        answer = broken.get("/api/v1/health")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "projects/018f0000-0000-7000-8000-000000000000", None, 404),
        ("GET", "artifacts/018f0000-0000-7000-8000-000000000000/analytics", None, 404),
        ("GET", "projects/nonsense", None, 422),
        ("GET", "nothing", None, 404),
        ("DELETE", "projects", None, 405),
        ("GET", "artifacts/top?limit=0", None, 422),
        ("POST", "projects", {"name": "taken"}, 409),
        ("POST", "projects", {"name": "churn", "complexity": 11}, 422),
        ("POST", "projects", {"name": "churn", "complexty": 3}, 422),
        ("POST", "projects", {"name": "a\x00b"}, 422),
        ("POST", "projects", {"name": "a\ud800b"}, 422),
        ("PATCH", "projects/{taken}", {"name": None}, 422),
        ("PATCH", "projects/{taken}/success", {"outcome": "success"}, 422),
        ("POST", "artifacts", {"name": "x", "kind": "rumour"}, 422),
        ("POST", "artifacts", {"name": "x", "kind": "model", "url": "javascript:alert(1)"}, 422),
        ("POST", "artifacts/{taken}/use", {}, 422),
        ("POST", "artifacts/search", {"limit": 10**6}, 422),
    ],
)
def test_what_goes_wrong_is_a_problem_with_a_reason(
    client: TestClient, method: str, path: str, body: Any, status: int
) -> None:
    taken = add(client, "projects", name="taken")["project_id"]
    content = None if body is None else json.dumps(body)
    answer = client.request(
        method,
        f"/api/v1/{path.replace('{taken}', taken)}",
        content=content,
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


def test_every_error_that_a_user_can_meet_has_a_status() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.MaestroError)}
    assert kinds - set(STATUS) == {errors.MaestroError, errors.WrongSetup}


def test_who_may_not_is_refused_and_the_attempt_is_kept(house: House) -> None:
    viewer = Portfolio(house.portfolio.engine, house.member(Role.VIEWER), is_sample=False)
    with served(viewer) as client:
        answer = client.post("/api/v1/projects", json={"name": "churn"})
    assert (answer.status_code, answer.json()["detail"]) == (403, "A viewer may not edit projects.")
    with house.open() as ws:
        assert ws.session.execute(select(AuditEvent.action, AuditEvent.refused)).all() == [
            ("projects.add_project", True)
        ]


def test_a_failed_commit_is_never_a_success(client: TestClient, house: House) -> None:
    def fail(_connection: object) -> None:
        raise RuntimeError("the disk is full")

    event.listen(house.portfolio.engine, "commit", fail)
    try:
        answer = client.post("/api/v1/projects", json={"name": "churn"})
    finally:
        event.remove(house.portfolio.engine, "commit", fail)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "disk" not in answer.text
    with house.open() as ws:
        assert ws.session.scalar(select(func.count()).select_from(Project)) == 0


def test_asking_writes_nothing_and_a_refused_body_neither(client: TestClient, house: House) -> None:
    for path in ("health", "projects", "artifacts", "artifacts/top"):
        assert client.get(f"/api/v1/{path}").status_code == 200
    client.post("/api/v1/projects", json={"name": " "})
    with house.open() as ws:
        assert (ws.session.scalars(select(AuditEvent)).all(), ws.tenant.data_version) == ([], 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "content-type": "application/json"},
        {"sec-fetch-site": "same-site", "content-type": "application/json"},
        {"content-type": "text/plain"},
        {},
    ],
)
def test_another_website_cannot_make_a_browser_write(client: TestClient, house: House, headers: dict[str, str]) -> None:
    answer = client.post("/api/v1/projects", content=b'{"name": "churn"}', headers=headers)
    assert answer.status_code in (403, 422)
    with house.open() as ws:
        assert ws.session.scalar(select(func.count()).select_from(Project)) == 0


def test_the_documentation_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/api/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    for address in addresses:
        assert "//" not in address
        answer = client.get(f"/api/{address}")
        assert (answer.status_code, len(answer.content) > 100) == (200, True)
    assert not re.search(r"<script>|onload=|javascript:", html.unescape(PAGE))
    assert client.get("/api/docs/start.js").headers["content-type"].startswith("text/javascript")


def test_the_schema_has_an_example_for_every_field_that_must_be_told(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    assert set(schema["paths"]) >= {
        "/v1/health",
        "/v1/projects",
        "/v1/projects/{project_id}",
        "/v1/projects/{project_id}/success",
        "/v1/projects/{project_id}/plans/{artifact_id}",
        "/v1/projects/{project_id}/pipeline-runs",
        "/v1/projects/{project_id}/deployments",
        "/v1/projects/{project_id}/incidents",
        "/v1/webhooks/{source_id}",
        "/v1/teams/{project_id}/cicd-metrics",
        "/v1/teams/{project_id}/code",
        "/v1/teams/{project_id}/collaboration",
        *(f"/v1/teams/{{project_id}}/patterns/{name}" for name in PATTERNS),
        "/v1/people",
        "/v1/people/merges",
        "/v1/people/apart",
        "/v1/people/{person_id}/accounts",
        "/v1/people/{person_id}/splits",
        "/v1/people/{person_id}/bot",
        "/v1/people/decisions/{decision_id}",
        "/v1/teams/{project_id}/delivery-rules",
        "/v1/teams/{project_id}/delivery-rules/preview",
        "/v1/teams/{project_id}/delivery-rules/suggested",
        "/v1/teams/{project_id}/delivery-settings",
        "/v1/teams/{project_id}/dora",
        "/v1/teams/deployment-rules/{rule_id}",
        "/v1/teams/incident-rules/{rule_id}",
        "/v1/teams/{project_id}/reviews",
        "/v1/teams/{project_id}/reviews/merged",
        "/v1/recommendations",
        "/v1/scenarios",
        "/v1/scenarios/compare",
        "/v1/scenarios/{scenario_id}",
        "/v1/scenarios/{scenario_id}/name",
        "/v1/scenarios/{scenario_id}/report",
        "/v1/team-sizing/report",
        "/v1/scenarios/{scenario_id}/restore",
        "/v1/team-sizing",
        "/v1/team-sizing/goal-seek",
        "/v1/team-sizing/projects/{project_id}",
        "/v1/team-sizing/what-if",
        "/v1/artifacts",
        "/v1/artifacts/search",
        "/v1/artifacts/top",
        "/v1/artifacts/{artifact_id}",
        "/v1/artifacts/{artifact_id}/analytics",
        "/v1/artifacts/{artifact_id}/use",
        "/v1/artifacts/{artifact_id}/companions",
        "/v1/artifacts/{artifact_id}/upgrades",
        "/v1/artifacts/reuse",
        "/v1/projects/correlations",
        "/v1/projects/{project_id}/upgrades",
    }
    assert schema["servers"] == [{"url": "/api"}]
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(schema)))
    assert references <= set(schema["components"]["schemas"])
    for name in (
        "ProjectEntry",
        "ArtifactEntry",
        "UseOf",
        "OutcomeEntry",
        "PipelineRunEntry",
        "DeploymentEntry",
        "IncidentEntry",
        "PlanEntry",
        "GoalEntry",
        "ScenarioEntry",
        "ReplacingEntry",
        "PairEntry",
        "SplitEntry",
        "BotEntry",
    ):
        told = schema["components"]["schemas"][name]
        required = told.get("required", [])
        assert all("examples" in told["properties"][field] for field in required)
    for operations in schema["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["404"]["content"]
            assert operation["description"]
