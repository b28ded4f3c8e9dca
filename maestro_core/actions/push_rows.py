"""What was pushed, as rows of a batch."""

from __future__ import annotations

from collections.abc import Sequence

from maestro_core.actions.push_entries import DeploymentEntry, IncidentEntry, JobEntry, PipelineRunEntry, Pushable
from maestro_core.collectors.delivery import (
    DeliveryBatch,
    SeenDeployment,
    SeenIssue,
    SeenPipelineJob,
    SeenPipelineRun,
)
from maestro_core.collectors.webhook_events import batch_of


def batch_of_entries(entries: Sequence[Pushable]) -> DeliveryBatch:
    """The rows of what was told, each with its jobs."""
    runs = [each for each in entries if isinstance(each, PipelineRunEntry)]
    return batch_of(
        runs=tuple(_run(each) for each in runs),
        jobs=tuple(_job(run, job) for run in runs for job in run.jobs),
        deployments=tuple(_deployment(each) for each in entries if isinstance(each, DeploymentEntry)),
        issues=tuple(_incident(each) for each in entries if isinstance(each, IncidentEntry)),
    )


def _run(told: PipelineRunEntry) -> SeenPipelineRun:
    return SeenPipelineRun(
        external_id=told.id,
        attempt=told.attempt,
        pipeline=told.pipeline,
        url=told.url or "",
        trigger=told.trigger,
        created_at=told.created_at,
        branch=told.branch,
        sha=told.sha,
        outcome=told.outcome,
        started_at=told.started_at,
        finished_at=told.finished_at,
    )


def _job(run: PipelineRunEntry, told: JobEntry) -> SeenPipelineJob:
    return SeenPipelineJob(
        run=run.id,
        attempt=run.attempt,
        external_id=told.id,
        name=told.name,
        url=told.url or "",
        stage=told.stage,
        outcome=told.outcome,
        started_at=told.started_at,
        finished_at=told.finished_at,
        failed_step=told.failed_step,
        failure_reason=told.failure_reason,
        environment=told.environment,
    )


def _deployment(told: DeploymentEntry) -> SeenDeployment:
    return SeenDeployment(
        external_id=told.id,
        environment=told.environment,
        created_at=told.created_at,
        service=told.service,
        sha=told.sha,
        branch=told.branch,
        description=told.description,
        url=told.url or "",
        outcome=told.outcome,
        finished_at=told.finished_at,
    )


def _incident(told: IncidentEntry) -> SeenIssue:
    return SeenIssue(
        external_id=told.id,
        title=told.title,
        created_at=told.opened_at,
        updated_at=told.resolved_at or told.opened_at,
        url=told.url or "",
        labels=told.labels,
        service=told.service,
        deployment=told.deployment,
        closed_at=told.resolved_at,
    )
