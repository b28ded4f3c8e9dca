"""Pushing to an API that runs in this process."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from starlette.testclient import TestClient

from maestro_core.actions.push import PushDoor, connect_push
from maestro_core.actions.push_signature import signature
from tests.builders import a_project
from tests.conftest import House

RUN = {"id": "1", "pipeline": "build", "created_at": "2026-06-01T08:00:00Z"}
ENDED = RUN | {"outcome": "success", "finished_at": "2026-06-01T08:10:00Z"}
DEPLOYMENT = {
    "id": "app-318",
    "outcome": "success",
    "created_at": "2026-06-01T09:00:00Z",
    "finished_at": "2026-06-01T09:04:00Z",
    "sha": "3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
}
INCIDENT = {"id": "INC-77", "title": "Checkout answers 500", "opened_at": "2026-06-01T09:20:00Z"}


def a_door(house: House, name: str = "shop") -> tuple[UUID, PushDoor]:
    """A project, and the source that is pushed to."""
    with house.open() as ws:
        project_id = a_project(ws, name)
        return project_id, connect_push(ws, project_id=project_id)


def signed(door: PushDoor, body: bytes, *, at: float | None = None) -> dict[str, str]:
    timestamp = f"{at or time.time():.0f}"
    return {
        "X-Maestro-Timestamp": timestamp,
        "X-Maestro-Signature-256": signature(door.secret, body, timestamp=timestamp),
    }


def send(client: TestClient, door: PushDoor, event: Any, **headers: str) -> Any:
    """The answer to an event; signed by Maestro's scheme unless headers are given."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return client.post(f"/api/v1/webhooks/{door.source_id}", content=body, headers=headers or signed(door, body))


def as_github(door: PushDoor, body: bytes, event: str) -> dict[str, str]:
    return {"X-Hub-Signature-256": signature(door.secret, body), "X-GitHub-Event": event}


def as_gitlab(secret: SecretStr, event: str) -> dict[str, str]:
    return {"X-Gitlab-Token": secret.get_secret_value(), "X-Gitlab-Event": event}
