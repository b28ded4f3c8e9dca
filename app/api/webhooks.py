"""Webhooks: what a tool tells by itself, signed with the secret of the source that it is pushed to."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from app.api.depends import InWorkspace
from maestro_core.actions import push as actions
from maestro_core.actions.push import Stored
from maestro_core.actions.push_entries import Event
from maestro_core.actions.push_signature import proof_in

router = APIRouter(prefix="/webhooks", tags=["push"])

HEADERS = (
    ("X-Maestro-Timestamp", "Seconds since 1970, of the present; five minutes off at most.", "1780300800"),
    ("X-Maestro-Signature-256", "sha256= and the HMAC of time, point and body in hexadecimal.", "sha256=9f86d0…"),
)
EXAMPLE = {
    "type": "deployment",
    "id": "app-318",
    "environment": "production",
    "outcome": "success",
    "created_at": "2026-06-01T09:00:00Z",
    "finished_at": "2026-06-01T09:04:00Z",
    "sha": "3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
}


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """A schema without references, which would lead to nowhere within a larger document."""
    if isinstance(schema, list):
        return [_inlined(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _inlined(each, parts) for name, each in schema.items() if name not in {"$defs", "discriminator"}}


SCHEMA = Event.model_json_schema()
DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}, "example": example}
        for name, text, example in HEADERS
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _inlined(SCHEMA, SCHEMA["$defs"]), "example": EXAMPLE}},
    },
}


async def _body(request: Request) -> bytes:
    # As it was sent: a signature is of bytes, not of what they mean.
    return await request.body()


# Asked for before the workspace: whoever sends slowly, signed or not, must not keep others from writing meanwhile.
Body = Annotated[bytes, Depends(_body)]


@router.post("/{source_id}", openapi_extra=DOCUMENTED)
def receive(body: Body, ws: InWorkspace, request: Request, source_id: UUID) -> Stored:
    """Take one event: a pipeline_run, a deployment or an incident.

    Webhooks of GitHub (workflow_run, deployment_status) and GitLab (pipeline and deployment events) are taken too, with
    the source's secret as theirs. A wrong signature is answered with 401, and kept for the audit once an hour.
    """
    return actions.receive_webhook(ws, source_id=source_id, proof=proof_in(request.headers), body=body)
