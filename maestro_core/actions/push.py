"""The push door: other tools tell pipeline runs, deployments and incidents of a project, as they happen.

A project has one source for what is pushed, whoever pushes it: a member through the API, or a tool by a webhook that is
signed with the source's secret. What is told again changes and counts once; what has ended is not undone by an event
that arrives late.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs
from uuid import UUID

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.cleaning import clean_key
from maestro_core.actions.derived import derive_project
from maestro_core.actions.entries import reasons
from maestro_core.actions.push_entries import DeploymentEntry, Event, IncidentEntry, PipelineRunEntry, Pushable
from maestro_core.actions.push_rows import batch_of_entries
from maestro_core.actions.push_signature import Proof, Scheme, is_proven
from maestro_core.actions.store_delivery import store_delivery
from maestro_core.actions.told_twice import without_what_is_read
from maestro_core.collectors.delivery import DeliveryBatch, SeenDeployment, SeenIssue, SeenPipelineJob, SeenPipelineRun
from maestro_core.collectors.webhook_events import github_event, gitlab_event
from maestro_core.errors import InvalidInput, NotFound, NotNow, NotSigned
from maestro_core.models import AuditEvent, DataSource, DeploymentEvent, Issue, PipelineRun, Project, new_key
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

LATEST = timedelta(days=1)
KEPT_EVERY = timedelta(hours=1)
"""A wrong signature is kept for the audit once in so long: that somebody tries, not each time."""
RECEIVED = "push.receive_webhook"
SECRET_BYTES = 32
FORM = b"payload="

Seen = TypeVar("Seen", SeenPipelineRun, SeenDeployment)


@dataclass(frozen=True)
class PushDoor:
    """A source that is pushed to. The secret is shown once: Maestro keeps it encrypted."""

    source_id: UUID
    secret: SecretStr


class Stored(BaseModel):
    """How many rows an answerable push told: runs with their jobs, deployments, incidents."""

    rows: int


@action(Permission.CONNECT_SOURCES)
def connect_push(ws: Workspace, *, project_id: UUID) -> PushDoor:
    """Let tools push to a project by signed webhooks."""
    source = _source_of(ws, project_id)
    if source.credentials:
        raise NotNow(
            f"Webhooks of {source.name} are signed with a secret already.",
            advice="Where it is lost, make a new one on the Sources page.",
        )
    return PushDoor(source.id, _new_secret(ws, source))


@action(Permission.CONNECT_SOURCES)
def rotate_push_secret(ws: Workspace, *, source_id: UUID) -> PushDoor:
    """Put a new secret in the place of the former, with which nothing is proven any more."""
    source = _pushed_to(ws, source_id)
    return PushDoor(source.id, _new_secret(ws, source))


@action(Permission.PUSH)
def push_pipeline_runs(ws: Workspace, *, project_id: UUID, runs: Sequence[PipelineRunEntry]) -> Stored:
    """Tell runs of CI pipelines, with their jobs."""
    return _push(ws, _source_of(ws, project_id), batch_of_entries(runs))


@action(Permission.PUSH)
def push_deployments(ws: Workspace, *, project_id: UUID, deployments: Sequence[DeploymentEntry]) -> Stored:
    """Tell deployments."""
    return _push(ws, _source_of(ws, project_id), batch_of_entries(deployments))


@action(Permission.PUSH)
def push_incidents(ws: Workspace, *, project_id: UUID, incidents: Sequence[IncidentEntry]) -> Stored:
    """Tell incidents."""
    return _push(ws, _source_of(ws, project_id), batch_of_entries(incidents))


@action(Permission.PUSH)
def receive_webhook(ws: Workspace, *, source_id: UUID, proof: Proof | None, body: bytes) -> Stored:
    """Take what a signed webhook tells; an event of GitHub or GitLab that tells nothing of delivery stores nothing."""
    source = _pushed_to(ws, source_id)
    if not _is_signed(ws, source, proof, body):
        raise _not_signed(ws, source_id)
    return _push(ws, source, _without_former(ws, source, _told(proof, body)))


def _not_signed(ws: Workspace, source_id: UUID) -> NotSigned:
    refusal = NotSigned(
        "The signature does not match.",
        advice="Sign the time, a point and the body with the secret of this source; look at the clock.",
    )
    told = {"source_id": str(source_id)}
    recently = (AuditEvent.refused, AuditEvent.action == RECEIVED, AuditEvent.happened_at > ws.now - KEPT_EVERY)
    # Whoever knows the address, but no secret, could fill the audit otherwise.
    if told not in ws.session.scalars(select(AuditEvent.arguments).where(*recently)).all():
        refusal.action, refusal.arguments = RECEIVED, told
    return refusal


def _is_signed(ws: Workspace, source: DataSource, proof: Proof | None, body: bytes) -> bool:
    if proof is None or source.credentials is None:
        return False
    return is_proven(proof, ws.vault.decrypt(source.credentials), body, now=ws.now)


def _told(proof: Proof | None, body: bytes) -> DeliveryBatch:
    payload = _payload(body)
    if proof and proof.scheme is Scheme.GITHUB:
        return github_event(proof.event, payload)
    if proof and proof.scheme is Scheme.GITLAB:
        return gitlab_event(proof.event, payload)
    return batch_of_entries([_event(payload)])


def _payload(body: bytes) -> dict[str, Any]:
    # GitHub sends a form unless told otherwise.
    text = parse_qs(body.decode(errors="replace")).get("payload", [""])[0] if body.startswith(FORM) else body
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise InvalidInput("The body is no JSON object.", advice="Send one event as JSON.")
    return told


def _event(payload: dict[str, Any]) -> Pushable:
    try:
        return Event.model_validate(payload).root
    except ValidationError as problem:
        wrong = "; ".join(f"{field} {why}".strip() for field, why in reasons(problem))
        raise InvalidInput(f"The event cannot be used: {wrong}.", advice="See docs/push.md of Maestro.") from problem


def _push(ws: Workspace, source: DataSource, batch: DeliveryBatch) -> Stored:
    _refuse_future(ws, batch)
    batch = without_what_is_read(ws, source, batch)
    runs = _not_undone(_stored(ws, source, PipelineRun, batch.runs), batch.runs)
    deployments = _not_undone(_stored(ws, source, DeploymentEvent, batch.deployments), batch.deployments)
    jobs = _jobs_of(runs, batch.jobs)
    issues = _not_reopened(_stored(ws, source, Issue, batch.issues), batch.issues)
    told = replace(batch, runs=runs, jobs=jobs, deployments=deployments, issues=issues)
    rows = store_delivery(ws, source, told)
    source.refreshed_at = ws.now
    ws.session.flush()
    if source.project_id and rows:
        derive_project(ws, source.project_id)
    return Stored(rows=rows)


def _refuse_future(ws: Workspace, batch: DeliveryBatch) -> None:
    told = (
        *((each.created_at, each.finished_at) for each in batch.runs),
        *((each.created_at, each.finished_at) for each in batch.deployments),
        *((each.created_at, each.closed_at) for each in batch.issues),
    )
    if any(moment > ws.now + LATEST for moments in told for moment in moments if moment):
        raise InvalidInput(
            "It began or ended in the future.",
            advice="Check the clock of the machine that tells it, and its time zone.",
        )


def _stored(ws: Workspace, source: DataSource, model: Any, told: Sequence[Any]) -> dict[tuple[str, int], Any]:
    """What is known of these rows: when they were created, and how they ended."""
    names = {clean_key(each.external_id) for each in told}
    rows = ws.session.scalars(select(model).where(model.source_id == source.id, model.external_id.in_(names)))
    return {_key(row): row for row in rows}


def _key(row: Any) -> tuple[str, int]:
    return clean_key(row.external_id), getattr(row, "attempt", 1)


def _not_undone(stored: dict[tuple[str, int], Any], told: Sequence[Seen]) -> tuple[Seen, ...]:
    """What was told, without what says of something that has ended that it runs: it arrived late.

    Of what is told at once, what has ended comes last, and so stands.
    """
    kept = (each for each in told if each.outcome or not (known := stored.get(_key(each))) or not known.outcome)
    return tuple(_since(each, stored.get(_key(each))) for each in sorted(kept, key=_has_ended))


def _without_former(ws: Workspace, source: DataSource, batch: DeliveryBatch) -> DeliveryBatch:
    """What a webhook tells, but for how something ended before it ended anew, as by a retried job: it came late."""
    runs = _not_former(_stored(ws, source, PipelineRun, batch.runs), batch.runs)
    deployments = _not_former(_stored(ws, source, DeploymentEvent, batch.deployments), batch.deployments)
    return replace(batch, runs=runs, deployments=deployments)


def _not_former(stored: dict[tuple[str, int], Any], told: Sequence[Seen]) -> tuple[Seen, ...]:
    ends = {key: row.finished_at for key, row in stored.items() if row.finished_at}
    return tuple(
        each for each in told if not each.finished_at or each.finished_at >= ends.get(_key(each), each.finished_at)
    )


def _not_reopened(stored: dict[tuple[str, int], Any], told: Sequence[SeenIssue]) -> tuple[SeenIssue, ...]:
    """What was told, with the end of what has ended since: an event of before arrived late."""
    return tuple(_as_it_ended(each, stored.get(_key(each))) for each in told)


def _as_it_ended(told: SeenIssue, known: Any) -> SeenIssue:
    is_late = known and known.closed_at and not told.closed_at and told.updated_at <= known.updated_at
    return replace(told, closed_at=known.closed_at, updated_at=known.updated_at) if is_late else told


def _jobs_of(runs: Sequence[SeenPipelineRun], jobs: Sequence[SeenPipelineJob]) -> tuple[SeenPipelineJob, ...]:
    """The jobs of these runs: what tells late of a run tells late of its jobs."""
    told = {(run.external_id, run.attempt) for run in runs}
    return tuple(sorted((job for job in jobs if (job.run, job.attempt) in told), key=_has_ended))


def _has_ended(each: Seen | SeenPipelineJob) -> bool:
    return each.outcome is not None


def _since(told: Seen, known: Any) -> Seen:
    """An event that tells only of the end, as of GitLab's deployments, leaves the beginning as it was."""
    began: datetime = known.created_at if known else told.created_at
    return replace(told, created_at=began) if told.created_at == told.finished_at and began < told.created_at else told


def _source_of(ws: Workspace, project_id: UUID) -> DataSource:
    """The source of a project that is pushed to; a new one where nothing was pushed before."""
    # Two who push at once would each make one.
    project = ws.session.scalar(select(Project).where(Project.id == project_id).with_for_update())
    if project is None:
        raise NotFound(f"There is no project {project_id} here.")
    location = f"push:{project_id}"
    known = select(DataSource).where(DataSource.kind == SourceKind.PUSH, DataSource.location == location)
    source = ws.session.scalar(known)
    if source is None:
        told = {"name": f"Pushed to {project.name}", "location": location, "project_id": project_id}
        source = DataSource(id=new_key(), kind=SourceKind.PUSH, cursor={}, created_at=ws.now, **told)
        ws.session.add(source)
        ws.session.flush()
    return source


def _pushed_to(ws: Workspace, source_id: UUID) -> DataSource:
    source = ws.get(DataSource, source_id)
    if source.kind is not SourceKind.PUSH:
        raise NotFound(f"There is no data source {source_id} that is pushed to.")
    return source


def _new_secret(ws: Workspace, source: DataSource) -> SecretStr:
    secret = SecretStr(secrets.token_urlsafe(SECRET_BYTES))
    source.credentials = ws.vault.encrypt(secret)
    return secret
