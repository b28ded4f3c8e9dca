"""Webhooks of GitHub and GitLab in our words: what their events tell of runs, jobs and deployments. Pure.

An event that tells nothing of these, or not in the documented shape, is an empty batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from maestro_core.collectors import github_answers, gitlab_answers
from maestro_core.collectors.delivery import DeliveryBatch, SeenDeployment, SeenPipelineJob, SeenPipelineRun

Payload = Mapping[str, Any]


def batch_of(**rows: Any) -> DeliveryBatch:
    """Rows that were pushed: they follow no cursor."""
    return DeliveryBatch(cursor={}, message="Pushed", done=0, total=None, **rows)


def github_event(event: str, payload: Payload) -> DeliveryBatch:
    """What an event of GitHub tells."""
    return _told(GITHUB.get(event), payload)


def gitlab_event(event: str, payload: Payload) -> DeliveryBatch:
    """What an event of GitLab tells."""
    return _told(GITLAB.get(event), payload)


def _told(parse: Callable[[Payload], DeliveryBatch] | None, payload: Payload) -> DeliveryBatch:
    if parse is None:
        return batch_of()
    try:
        return parse(payload)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        # It is signed, so it is no attack: GitHub or GitLab changed what they tell, or an old server tells less.
        return batch_of()


def _workflow_run(payload: Payload) -> DeliveryBatch:
    return batch_of(runs=(github_answers.run(payload["workflow_run"], ()),))


def _deployment_status(payload: Payload) -> DeliveryBatch:
    deployment = dict(payload["deployment"])
    if payload["deployment_status"]["state"] == "inactive":
        # A later one took its place: that says nothing of how it went, and must not replace what did.
        return batch_of()
    return batch_of(deployments=(github_answers.deployment(deployment | {"statuses": [payload["deployment_status"]]}),))


def _pipeline(payload: Payload) -> DeliveryBatch:
    told, address = payload["object_attributes"], payload["project"]["web_url"]
    outcome = gitlab_answers.outcome(told)
    jobs = tuple(_job(each, str(told["id"]), address) for each in payload.get("builds") or ())
    created_at = gitlab_moment(told["created_at"])
    run = SeenPipelineRun(
        external_id=str(told["id"]),
        attempt=1,
        pipeline=str(told.get("name") or "pipeline"),
        url=str(told.get("url") or f"{address}/-/pipelines/{told['id']}"),
        trigger=str(told.get("source") or ""),
        created_at=created_at,
        branch=told.get("ref"),
        sha=told.get("sha"),
        outcome=outcome,
        started_at=_began(created_at, told.get("queued_duration"), jobs),
        finished_at=_perhaps(told.get("finished_at")) if outcome else None,
    )
    return batch_of(runs=(run,), jobs=jobs)


def _began(created_at: datetime, seconds: Any, jobs: Sequence[SeenPipelineJob]) -> datetime | None:
    """When a pipeline began. Of a job that is retried only the last execution is told, which may be days later."""
    if isinstance(seconds, (int, float)):
        return created_at + timedelta(seconds=seconds)
    return min((job.started_at for job in jobs if job.started_at), default=None)


def _job(told: Payload, run: str, address: str) -> SeenPipelineJob:
    outcome = gitlab_answers.job_outcome(told)
    return SeenPipelineJob(
        run=run,
        attempt=1,
        external_id=str(told["id"]),
        name=str(told["name"]),
        stage=told.get("stage"),
        url=f"{address}/-/jobs/{told['id']}",
        outcome=outcome,
        created_at=_perhaps(told.get("created_at")),
        started_at=_perhaps(told.get("started_at")),
        finished_at=_perhaps(told.get("finished_at")) if outcome else None,
        failure_reason=told.get("failure_reason"),
        environment=(told.get("environment") or {}).get("name"),
    )


def _deployment(payload: Payload) -> DeliveryBatch:
    outcome = gitlab_answers.outcome(payload)
    changed = gitlab_moment(payload["status_changed_at"])
    commit = str(payload.get("commit_url") or "").rstrip("/").rpartition("/")[2]
    deployment = SeenDeployment(
        external_id=str(payload["deployment_id"]),
        environment=str(payload["environment"]),
        created_at=changed,
        sha=commit or payload.get("short_sha"),
        branch=payload.get("ref"),
        description=str(payload.get("commit_title") or ""),
        url=str(payload.get("deployable_url") or ""),
        outcome=outcome,
        finished_at=changed if outcome else None,
    )
    return batch_of(deployments=(deployment,))


def gitlab_moment(told: str) -> datetime:
    """A time as GitLab's webhooks tell it: in one of two ways.

    >>> gitlab_moment("2026-06-01 08:00:00 UTC") == gitlab_moment("2026-06-01 10:00:00 +0200")
    True
    >>> gitlab_moment("2026-06-01T08:00:00.000Z").hour
    8
    """
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        moment = datetime.strptime(told.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _perhaps(told: Any) -> datetime | None:
    return gitlab_moment(told) if told else None


GITHUB = {"workflow_run": _workflow_run, "deployment_status": _deployment_status}
GITLAB = {"Pipeline Hook": _pipeline, "Deployment Hook": _deployment}
