"""Webhooks: who signs is believed, once and in time; nobody else is."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient
from starlette.types import Message

from app.api.main import create_api
from maestro_core.actions.push import PushDoor, connect_push, rotate_push_secret
from maestro_core.actions.sources import disconnect
from maestro_core.errors import NotAllowed, NotFound, NotNow
from maestro_core.models import AuditEvent, DataSource, DeploymentEvent, Issue, PipelineJob, PipelineRun
from maestro_core.portfolios import Portfolios
from maestro_core.terms import PipelineOutcome, Role, SourceKind
from tests.actions.stored_delivery import a_source
from tests.conftest import House
from tests.doors.pushing import DEPLOYMENT, ENDED, INCIDENT, a_door, as_github, as_gitlab, send, signed
from tests.doors.serving import served
from tests.doors.test_push import rows

RECEIVED = "push.receive_webhook"


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def test_signed_events_are_stored(client: TestClient, house: House) -> None:
    _, door = a_door(house)
    events = (ENDED | {"type": "pipeline_run"}, DEPLOYMENT | {"type": "deployment"}, INCIDENT | {"type": "incident"})
    assert [send(client, door, event).json() for event in events] == [{"rows": 1}] * 3
    assert [len(rows(house, table.id)) for table in (PipelineRun, DeploymentEvent, Issue)] == [1, 1, 1]
    told = rows(house, AuditEvent.action, AuditEvent.refused)
    assert told.count((RECEIVED, False)) == 3


def test_a_signed_end_that_comes_late_does_not_replace_a_later_one(client: TestClient, house: House) -> None:
    _, door = a_door(house)
    failed = DEPLOYMENT | {"type": "deployment", "outcome": "failure"}
    mended = failed | {"outcome": "success", "finished_at": "2026-06-01T09:10:00Z"}
    corrected = mended | {"outcome": "cancelled"}
    for event, outcome in ((failed, "failure"), (mended, "success"), (failed, "success"), (corrected, "cancelled")):
        assert send(client, door, event).status_code == 200
        assert rows(house, DeploymentEvent.outcome) == [(outcome,)]


NOBODY = PushDoor(uuid4(), SecretStr("nobody's"))


def _wrong_headers(door: PushDoor, body: bytes) -> dict[str, dict[str, str]]:
    right = signed(door, body)
    now = time.time()
    return {
        "another body": signed(door, body + b" "),
        "another secret": signed(NOBODY, body),
        "too old": signed(door, body, at=now - 301),
        "too early": signed(door, body, at=now + 360),
        "a newer time than was signed": right | {"X-Maestro-Timestamp": f"{now + 1:.0f}"},
        "no time": {"X-Maestro-Signature-256": right["X-Maestro-Signature-256"]},
        "a time that is none": right | {"X-Maestro-Timestamp": "²"},
        "no signature": {"X-Maestro-Timestamp": right["X-Maestro-Timestamp"]},
        "an odd signature": right | {"X-Maestro-Signature-256": "sha256=é"},
        "GitHub's way without its signature": {"X-Hub-Signature-256": "sha256=", "X-GitHub-Event": "push"},
        "GitLab's way with a wrong token": as_gitlab(SecretStr("guess"), "Pipeline Hook"),
    }


@pytest.mark.parametrize("how", _wrong_headers(NOBODY, b""))
def test_what_is_not_signed_as_it_should_is_refused_and_kept_for_the_audit(
    client: TestClient, house: House, how: str
) -> None:
    _, door = a_door(house)
    body = json.dumps(DEPLOYMENT | {"type": "deployment"}).encode()
    headers = {name.encode(): value.encode("latin-1") for name, value in _wrong_headers(door, body)[how].items()}
    answer = client.post(f"/api/v1/webhooks/{door.source_id}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (401, "The signature does not match.")
    assert rows(house, DeploymentEvent.id) == []
    assert (RECEIVED, True) in rows(house, AuditEvent.action, AuditEvent.refused)


def test_wrong_signatures_do_not_fill_the_audit(client: TestClient, house: House) -> None:
    doors = [a_door(house, name)[1] for name in ("shop", "churn")]
    for door in doors * 3:
        assert send(client, replace(door, secret=NOBODY.secret), DEPLOYMENT).status_code == 401
    with house.open() as ws:
        kept = ws.session.scalars(select(AuditEvent.arguments).where(AuditEvent.refused)).all()
    assert sorted(told["source_id"] for told in kept) == sorted(str(door.source_id) for door in doors)


def test_nobody_waits_for_a_body_that_comes_slowly(house: House) -> None:
    _, door = a_door(house)
    path, answered = f"/v1/webhooks/{door.source_id}", list[Message]()

    async def receive() -> Message:
        with house.open():
            return {"type": "http.request", "body": b"{}", "more_body": False}

    async def keep(message: Message) -> None:
        answered.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
    asyncio.run(create_api(Portfolios(own=house.portfolio, sample=house.portfolio))(scope, receive, keep))
    assert answered[0]["status"] == 401


def test_a_source_without_a_secret_or_of_another_kind_takes_nothing(client: TestClient, house: House) -> None:
    project_id, door = a_door(house)
    with house.open() as ws:
        ws.get(DataSource, door.source_id).credentials = None
        other = a_source(ws, SourceKind.JENKINS, project_id=project_id).id
    assert send(client, door, DEPLOYMENT | {"type": "deployment"}).status_code == 401
    for source_id in (other, uuid4()):
        elsewhere = PushDoor(source_id, door.secret)
        assert send(client, elsewhere, DEPLOYMENT | {"type": "deployment"}).status_code == 404


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (b"[1]", "no JSON object"),
        (b"{", "no JSON object"),
        (b"\xff", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        ({"type": "party"}, "'pipeline_run', 'deployment', 'incident'"),
        (DEPLOYMENT, "type"),
        (DEPLOYMENT | {"type": "deployment", "sha": 7, "created_at": "soon"}, "should be a date"),
    ],
)
def test_a_signed_event_that_cannot_be_used_says_why(client: TestClient, house: House, event: Any, reason: str) -> None:
    _, door = a_door(house)
    answer = send(client, door, event)
    assert (answer.status_code, reason in answer.json()["detail"]) == (422, True), answer.text


def test_github_is_believed_by_its_own_signature_as_json_or_as_a_form(client: TestClient, house: House) -> None:
    _, door = a_door(house)
    run = {
        "action": "completed",
        "workflow_run": {
            "id": 30433642,
            "name": "Build",
            "event": "push",
            "status": "completed",
            "conclusion": "timed_out",
            "run_attempt": 1,
            "head_branch": "main",
            "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d",
            "html_url": "https://github.com/octo-org/octo-repo/actions/runs/30433642",
            "created_at": "2026-06-01T08:00:00Z",
            "updated_at": "2026-06-01T08:09:00Z",
            "run_started_at": "2026-06-01T08:00:00Z",
        },
    }
    deployed = {
        "action": "created",
        "deployment": {
            "id": 1,
            "sha": "a" * 40,
            "ref": "main",
            "environment": "production",
            "created_at": "2026-06-01T09:00:00Z",
        },
        "deployment_status": {"state": "success", "created_at": "2026-06-01T09:03:00Z"},
    }
    form = urlencode({"payload": json.dumps(deployed)}).encode()
    replaced = json.dumps(deployed | {"deployment_status": {"state": "inactive", "created_at": "2026-06-02T09:03:00Z"}})
    events = ((json.dumps(run).encode(), "workflow_run"), (form, "deployment_status"), (b"{}", "ping"))
    for body, event in (*events, (replaced.encode(), "deployment_status")):
        assert send(client, door, body, **as_github(door, body, event)).status_code == 200
    assert rows(house, PipelineRun.pipeline, PipelineRun.outcome) == [("Build", PipelineOutcome.TIMED_OUT)]
    assert rows(house, DeploymentEvent.environment, DeploymentEvent.outcome) == [
        ("production", PipelineOutcome.SUCCESS)
    ]


def test_gitlab_is_believed_by_its_token(client: TestClient, house: House) -> None:
    _, door = a_door(house)
    project = {"web_url": "https://gitlab.example.org/team/app"}
    pipeline = {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": 31,
            "ref": "master",
            "sha": "bcbb5ec396a2c0f828686f14fac9b80b780504f2",
            "source": "merge_request_event",
            "status": "failed",
            "created_at": "2026-06-01 08:00:00 UTC",
            "finished_at": "2026-06-01 08:09:00 UTC",
        },
        "project": project,
        "builds": [
            {
                "id": 380,
                "stage": "test",
                "name": "unit",
                "status": "failed",
                "created_at": "2026-06-01 08:00:01 UTC",
                "started_at": "2026-06-01 08:00:30 UTC",
                "finished_at": "2026-06-01 08:08:30 UTC",
                "failure_reason": "job_execution_timeout",
                "environment": None,
            }
        ],
    }
    deployed = {
        "object_kind": "deployment",
        "deployment_id": 15,
        "environment": "production",
        "commit_url": f"{project['web_url']}/-/commit/{'a' * 40}",
        "short_sha": "aaaaaaaa",
        "ref": "master",
        "project": project,
    }
    running = deployed | {"status": "running", "status_changed_at": "2026-06-01 11:00:00 +0200"}
    ended = deployed | {"status": "success", "status_changed_at": "2026-06-01 11:04:00 +0200"}
    for body, event in ((pipeline, "Pipeline Hook"), (running, "Deployment Hook"), (ended, "Deployment Hook")):
        assert send(client, door, body, **as_gitlab(door.secret, event)).status_code == 200
    assert send(client, door, {}, **as_gitlab(door.secret, "Pipeline Hook")).json() == {"rows": 0}
    assert rows(house, PipelineRun.outcome) == [(PipelineOutcome.FAILURE,)]
    assert rows(house, PipelineJob.name, PipelineJob.outcome) == [("unit", PipelineOutcome.TIMED_OUT)]
    ((created, finished, sha),) = rows(
        house, DeploymentEvent.created_at, DeploymentEvent.finished_at, DeploymentEvent.sha
    )
    assert (f"{created:%H:%M}", f"{finished:%H:%M}", sha) == ("09:00", "09:04", "a" * 40)


def test_a_secret_is_shown_once_kept_encrypted_and_never_audited(house: House) -> None:
    project_id, door = a_door(house)
    secret = door.secret.get_secret_value()
    with house.open() as ws:
        assert secret not in str(ws.get(DataSource, door.source_id).credentials)
        with pytest.raises(NotNow, match="already"):
            connect_push(ws, project_id=project_id)
    assert secret not in str(rows(house, AuditEvent.action)) + repr(door)
    with house.open(reading=True) as ws:
        assert secret not in str(ws.session.scalars(select(AuditEvent.arguments)).all())


def test_a_token_of_gitlab_is_not_audited(client: TestClient, house: House) -> None:
    _, door = a_door(house)
    send(client, door, {}, **as_gitlab(door.secret, "Pipeline Hook"))
    with house.open(reading=True) as ws:
        told = str(ws.session.scalars(select(AuditEvent.arguments)).all())
    assert door.secret.get_secret_value() not in told
    assert "**********" in told


def test_a_new_secret_ends_the_former(client: TestClient, house: House) -> None:
    _, door = a_door(house)
    with house.open() as ws:
        renewed = rotate_push_secret(ws, source_id=door.source_id)
    event = INCIDENT | {"type": "incident"}
    assert (send(client, door, event).status_code, send(client, renewed, event).status_code) == (401, 200)


def test_disconnecting_forgets_what_was_pushed(client: TestClient, house: House) -> None:
    _, door = a_door(house)
    send(client, door, ENDED | {"type": "pipeline_run"})
    with house.open() as ws:
        disconnect(ws, source_id=door.source_id)
    assert (rows(house, PipelineRun.id), rows(house, DataSource.id)) == ([], [])


def test_who_may_not_connect_sources_gets_no_secret(house: House) -> None:
    project_id, door = a_door(house)
    with pytest.raises(NotAllowed), house.open(role=Role.MANAGER) as ws:
        rotate_push_secret(ws, source_id=door.source_id)
    with pytest.raises(NotFound), house.open() as ws:
        rotate_push_secret(ws, source_id=a_source(ws, project_id=project_id).id)
