"""A pipeline of CircleCI in our words: each workflow is a run, each re-run of it another attempt. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from maestro_core.collectors.circleci_api import CircleJob, CirclePipeline, CircleWorkflow
from maestro_core.collectors.delivery import SeenPipelineJob, SeenPipelineRun
from maestro_core.terms import PipelineOutcome

WORKFLOWS = {
    "success": PipelineOutcome.SUCCESS,
    "failed": PipelineOutcome.FAILURE,
    "error": PipelineOutcome.STARTUP_FAILURE,
    "unauthorized": PipelineOutcome.STARTUP_FAILURE,
    "canceled": PipelineOutcome.CANCELLED,
    "not_run": PipelineOutcome.SKIPPED,
}
JOBS = {
    "success": PipelineOutcome.SUCCESS,
    "failed": PipelineOutcome.FAILURE,
    "retried": PipelineOutcome.FAILURE,
    "infrastructure_fail": PipelineOutcome.FAILURE,
    "terminated-unknown": PipelineOutcome.FAILURE,
    "timedout": PipelineOutcome.TIMED_OUT,
    "unauthorized": PipelineOutcome.STARTUP_FAILURE,
    "canceled": PipelineOutcome.CANCELLED,
    "not_run": PipelineOutcome.SKIPPED,
}
PLAIN = {"success", "failed", "canceled", "not_run"}
"""These say no more than the outcome does."""
HAVE_STEPS = {PipelineOutcome.FAILURE, PipelineOutcome.TIMED_OUT}
CONFIGURATION = "configuration"
"""The pipeline that a configuration which cannot be run is a failed start of."""


@dataclass(frozen=True)
class Told:
    """A pipeline as it is told now."""

    runs: list[SeenPipelineRun]
    jobs: list[SeenPipelineJob]
    workflows: int

    @property
    def is_unfinished(self) -> bool:
        return not self.runs or any(run.outcome is None for run in self.runs)


def has_failed_step(job: CircleJob) -> bool:
    """Whether one of the steps of a job must have failed."""
    return JOBS.get(job.status) in HAVE_STEPS


def told_of(
    pipeline: CirclePipeline,
    workflows: Sequence[CircleWorkflow],
    jobs: Mapping[str, Sequence[CircleJob]],
    *,
    web: str,
) -> Told:
    """The runs and jobs of a pipeline; `jobs` by workflow. `web` is where people see the project."""
    if not workflows:
        return Told([_unstartable(pipeline, web)] if pipeline.has_errors else [], [], 0)
    runs: list[SeenPipelineRun] = []
    told: list[SeenPipelineJob] = []
    known: set[str] = set()
    attempts: dict[str, int] = {}
    for workflow in sorted(workflows, key=lambda each: (each.created_at, each.id)):
        attempts[workflow.name] = attempts.get(workflow.name, 0) + 1
        new = [job for job in jobs.get(workflow.id, ()) if job.id not in known]
        own = [job for job in new if not job.is_approval]
        known |= {job.id for job in new}
        run = _run(pipeline, workflow, new, attempt=attempts[workflow.name], web=web)
        runs.append(run)
        told += [_job(job, run) for job in own]
    return Told(runs, told, len(workflows))


def _run(
    pipeline: CirclePipeline, workflow: CircleWorkflow, jobs: Sequence[CircleJob], *, attempt: int, web: str
) -> SeenPipelineRun:
    outcome = WORKFLOWS.get(workflow.status)
    started_at, waited = _first_start(jobs)
    return SeenPipelineRun(
        external_id=f"{pipeline.id}/{workflow.name}",
        attempt=attempt,
        pipeline=workflow.name,
        url=f"{web}/{pipeline.number}/workflows/{workflow.id}",
        trigger=pipeline.trigger,
        # Nobody tells when an approval came: how long it waited for a machine is not known then.
        created_at=started_at if started_at and waited else workflow.created_at,
        branch=pipeline.branch,
        sha=pipeline.sha,
        outcome=outcome,
        started_at=started_at,
        finished_at=workflow.stopped_at if outcome else None,
    )


def _first_start(jobs: Sequence[CircleJob]) -> tuple[datetime | None, bool]:
    """When the first job began, and whether it waited for somebody to approve."""
    approvals = {job.id for job in jobs if job.is_approval}
    started = [(job.started_at, job.dependencies) for job in jobs if job.started_at and not job.is_approval]
    at, dependencies = min(started, default=(None, ()))
    return at, not approvals.isdisjoint(dependencies)


def _unstartable(pipeline: CirclePipeline, web: str) -> SeenPipelineRun:
    return SeenPipelineRun(
        external_id=f"{pipeline.id}/",
        attempt=1,
        pipeline=CONFIGURATION,
        url=f"{web}/{pipeline.number}",
        trigger=pipeline.trigger,
        created_at=pipeline.created_at,
        branch=pipeline.branch,
        sha=pipeline.sha,
        outcome=PipelineOutcome.STARTUP_FAILURE,
        finished_at=pipeline.updated_at,
    )


def _job(job: CircleJob, run: SeenPipelineRun) -> SeenPipelineJob:
    outcome = JOBS.get(job.status)
    return SeenPipelineJob(
        run=run.external_id,
        attempt=run.attempt,
        external_id=job.id,
        name=job.name,
        url=f"{run.url}/jobs/{job.number}" if job.number else run.url,
        outcome=outcome,
        started_at=job.started_at,
        finished_at=job.stopped_at if outcome else None,
        failed_step=job.failed_step,
        failure_reason=job.status if outcome and job.status not in PLAIN else None,
    )
