"""What other tools push to a project over REST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.api.bounds import LARGEST_BODY
from maestro_core.models import AuditEvent, DataSource, DeploymentEvent, Issue, PipelineJob, PipelineRun, ProcessMetric
from maestro_core.portfolios import Portfolio
from maestro_core.terms import PipelineOutcome, Role, SourceKind
from tests.builders import a_project
from tests.conftest import House
from tests.doors.pushing import DEPLOYMENT, ENDED, INCIDENT, RUN
from tests.doors.serving import served


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


@pytest.fixture
def project(house: House) -> UUID:
    with house.open() as ws:
        return a_project(ws, "shop")


def post(client: TestClient, project: UUID, what: str, told: Any) -> Any:
    return client.post(f"/api/v1/projects/{project}/{what}", json=told)


def rows(house: House, *columns: Any) -> list[Any]:
    with house.open(reading=True) as ws:
        return sorted(tuple(row) for row in ws.session.execute(select(*columns)))


def test_runs_deployments_and_incidents_are_told_one_by_one_or_as_a_list(
    client: TestClient, house: House, project: UUID
) -> None:
    failed = {"id": "unit", "name": "unit tests", "outcome": "failure", "failure_reason": "exit 1"}
    answers = [
        post(client, project, "pipeline-runs", [ENDED | {"jobs": [failed]}, RUN | {"id": "2"}]),
        post(client, project, "deployments", DEPLOYMENT),
        post(client, project, "incidents", [INCIDENT | {"deployment": "app-318", "service": "api"}]),
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"rows": 3}),
        (200, {"rows": 1}),
        (200, {"rows": 1}),
    ]
    assert rows(house, PipelineRun.external_id, PipelineRun.outcome) == [("1", PipelineOutcome.SUCCESS), ("2", None)]
    assert rows(house, PipelineJob.name, PipelineJob.failure_reason) == [("unit tests", "exit 1")]
    assert rows(house, DeploymentEvent.environment, DeploymentEvent.sha) == [("production", DEPLOYMENT["sha"])]
    assert rows(house, Issue.external_id, Issue.deployment, Issue.service) == [("INC-77", "app-318", "api")]
    assert rows(house, DataSource.kind, DataSource.name) == [(SourceKind.PUSH, "Pushed to shop")]
    assert (project, "pipeline_runs", 2.0) in rows(
        house, ProcessMetric.project_id, ProcessMetric.measure, ProcessMetric.value
    )


def test_what_is_told_again_changes_and_counts_once(client: TestClient, house: House, project: UUID) -> None:
    for told in (RUN, ENDED, ENDED | {"outcome": "failure"}):
        assert post(client, project, "pipeline-runs", told).status_code == 200
    assert rows(house, PipelineRun.external_id, PipelineRun.outcome) == [("1", PipelineOutcome.FAILURE)]
    resolved = INCIDENT | {"resolved_at": "2026-06-01T10:05:00Z"}
    for told in (INCIDENT, resolved):
        post(client, project, "incidents", told)
    assert [closed is not None for (closed,) in rows(house, Issue.closed_at)] == [True]


def test_an_event_that_arrives_late_does_not_undo_an_end(client: TestClient, house: House, project: UUID) -> None:
    begun = {name: DEPLOYMENT[name] for name in ("id", "created_at")}
    job = {"id": "unit", "name": "unit tests"}
    runs = (ENDED | {"jobs": [job | {"outcome": "success"}]}, RUN | {"jobs": [job]})
    for what, told in (("pipeline-runs", runs), ("deployments", (DEPLOYMENT, begun))):
        for each in told:
            assert post(client, project, what, each).status_code == 200
    for outcome in (PipelineRun.outcome, PipelineJob.outcome, DeploymentEvent.outcome):
        assert rows(house, outcome) == [(PipelineOutcome.SUCCESS,)]


@pytest.mark.parametrize(
    ("what", "told", "field", "reason"),
    [
        ("pipeline-runs", {"id": "1", "pipeline": "build"}, "body.one.created_at", "Field required"),
        ("pipeline-runs", [ENDED, ENDED | {"outcome": "great"}], "body.list.1.outcome", "'success', 'failure'"),
        ("pipeline-runs", ENDED | {"attempt": 0}, "body.one.attempt", "greater than or equal to 1"),
        ("pipeline-runs", RUN | {"outcome": "success"}, "body.one", "tell outcome and finished_at together"),
        ("pipeline-runs", [], "body.list", "at least 1 item"),
        ("pipeline-runs", [RUN] * 1001, "body.list", "at most 1000 items"),
        ("deployments", DEPLOYMENT | {"finished_at": "2026-05-01"}, "body.one", "finished before it was created"),
        ("deployments", DEPLOYMENT | {"url": "javascript:alert(1)"}, "body.one.url", "should start with http"),
        ("deployments", DEPLOYMENT | {"enviroment": "x"}, "body.one.enviroment", "Extra inputs are not permitted"),
        ("incidents", INCIDENT | {"title": "a\x00b"}, "body.one.title", "cannot be stored"),
        ("incidents", INCIDENT | {"opened_at": 1780300800}, "body.one.opened_at", "should be a date"),
        ("incidents", "INC-77", "body.one", "valid dictionary"),
    ],
)
def test_a_mistake_is_told_with_its_field(
    client: TestClient, house: House, project: UUID, what: str, told: Any, field: str, reason: str
) -> None:
    answer = post(client, project, what, told)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    wrong = [each for each in answer.json()["errors"] if each["field"] == field]
    assert wrong, answer.json()
    assert reason in wrong[0]["reason"]
    with house.open() as ws:
        assert ws.session.scalar(select(func.count()).select_from(DataSource)) == 0


def test_the_future_is_not_told(client: TestClient, project: UUID) -> None:
    for what, told in (
        ("incidents", INCIDENT | {"opened_at": "2199-01-01"}),
        ("incidents", INCIDENT | {"resolved_at": "2199-01-01"}),
        ("deployments", DEPLOYMENT | {"finished_at": "2199-01-01"}),
        ("pipeline-runs", ENDED | {"finished_at": "2199-01-01"}),
    ):
        answer = post(client, project, what, told)
        assert (answer.status_code, answer.json()["detail"]) == (422, "It began or ended in the future.")


def test_a_project_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert post(client, uuid4(), "deployments", DEPLOYMENT).status_code == 404


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: TestClient, house: House, project: UUID) -> None:
    endless = b'[{"id": "' + b"x" * LARGEST_BODY
    for path in (f"projects/{project}/deployments", f"webhooks/{project}"):
        answer = client.post(f"/api/v1/{path}", content=endless, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert "in parts" in answer.json()["detail"]


def test_only_who_may_push_pushes(house: House, project: UUID) -> None:
    viewer = Portfolio(house.portfolio.engine, house.member(Role.ANALYST), is_sample=False)
    with served(viewer) as client:
        answer = post(client, project, "deployments", DEPLOYMENT)
    assert (answer.status_code, answer.json()["detail"]) == (403, "A analyst may not push.")
    assert rows(house, AuditEvent.action, AuditEvent.refused) == [("push.push_deployments", True)]


def test_another_website_cannot_push(client: TestClient, house: House, project: UUID) -> None:
    address = f"/api/v1/projects/{project}/deployments"
    answer = client.post(address, json=DEPLOYMENT, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, rows(house, DeploymentEvent.id)) == (403, [])
