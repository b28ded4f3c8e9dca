"""What is asked of CircleCI, whatever the version of its interface: v2 is the only one on servers, v3 is to fit too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class CirclePipeline:
    """What one trigger started: some workflows, or none."""

    id: str
    number: int
    created_at: datetime
    updated_at: datetime
    has_errors: bool
    """Its configuration could not be run."""
    trigger: str
    branch: str | None
    """Or the tag."""
    sha: str | None


@dataclass(frozen=True, kw_only=True)
class CircleWorkflow:
    """One attempt to run a workflow of a pipeline."""

    id: str
    name: str
    status: str
    created_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CircleJob:
    """A job of a workflow. A re-run names those that it takes over from the attempt before, under their ids."""

    id: str
    number: int | None
    name: str
    status: str
    is_approval: bool
    started_at: datetime | None
    stopped_at: datetime | None
    dependencies: tuple[str, ...] = ()
    """The ids of the jobs that it waited for."""
    failed_step: str | None = None
    """Told by another question; None where nobody tells."""


class CircleApi(Protocol):
    """The questions."""

    def project(self) -> str | None:
        """The name of the project; None where the server knows none."""

    def pipelines(self, page: str | None) -> tuple[list[CirclePipeline], str | None]:
        """A page of pipelines, newest first, and what asks for the next one; None at the end."""

    def pipeline(self, pipeline_id: str) -> CirclePipeline | None:
        """One pipeline; None where it is gone."""

    def workflows(self, pipeline_id: str) -> list[CircleWorkflow]:
        """All workflows of a pipeline, re-runs among them."""

    def jobs(self, workflow_id: str) -> list[CircleJob]:
        """All jobs of a workflow."""

    @property
    def tells_steps(self) -> bool:
        """Whether this kind of project can be asked for steps."""

    def failed_step(self, job_number: int) -> str | None:
        """The first step of a job that failed; None where the server knows none."""
