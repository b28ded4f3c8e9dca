"""What other tools may push: pipeline runs, deployments and incidents, checked alike for webhooks and the API."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, RootModel, model_validator

from maestro_core.actions.entries import Entry, in_order
from maestro_core.actions.entry_fields import (
    Label,
    Moment,
    Name,
    PerhapsEnding,
    PerhapsMoment,
    Tags,
    WebAddress,
    Words,
    refused,
)

MOST_JOBS = 500
KEY = "Names it in the tool: told again under the same id, it changes and counts once."


class JobEntry(Entry):
    """A job of a pipeline run."""

    id: Name = Field(description="Names the job within its run.", examples=["unit"])
    name: Name = Field(examples=["unit tests"])
    stage: Label = Field(default=None, examples=["test"])
    outcome: PerhapsEnding = Field(default=None, description="Empty while it runs.", examples=["failure"])
    started_at: PerhapsMoment = Field(default=None, examples=["2026-06-01T08:01:00Z"])
    finished_at: PerhapsMoment = Field(default=None, examples=["2026-06-01T08:09:00Z"])
    failed_step: Label = Field(default=None, examples=["pytest"])
    failure_reason: Label = Field(default=None, examples=["script failure"])
    environment: Label = Field(default=None, examples=["production"])
    url: WebAddress = Field(default=None, examples=["https://ci.example.org/runs/1742/unit"])


class PipelineRunEntry(Entry):
    """One attempt to run a pipeline."""

    id: Name = Field(description=KEY, examples=["1742"])
    attempt: int = Field(default=1, ge=1, le=10_000, description="A re-run is another attempt.")
    pipeline: Name = Field(examples=["build and test"])
    outcome: PerhapsEnding = Field(default=None, description="Empty while it runs.", examples=["success"])
    created_at: Moment = Field(examples=["2026-06-01T08:00:00Z"])
    started_at: PerhapsMoment = Field(default=None, examples=["2026-06-01T08:00:20Z"])
    finished_at: PerhapsMoment = Field(default=None, examples=["2026-06-01T08:10:00Z"])
    sha: Label = Field(default=None, description="The commit.", examples=["3b18e512dba79e4c8300dd08aeb37f8e728b8dad"])
    branch: Label = Field(default=None, examples=["main"])
    trigger: Words = Field(default="", examples=["push"])
    url: WebAddress = Field(default=None, examples=["https://ci.example.org/runs/1742"])
    jobs: tuple[JobEntry, ...] = Field(default=(), max_length=MOST_JOBS, examples=[[]])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.created_at, self.finished_at, "the run finished before it was created")
        if (self.outcome is None) != (self.finished_at is None):
            raise refused("tell outcome and finished_at together, once the run has ended")
        return self


class DeploymentEntry(Entry):
    """A deployment to an environment."""

    id: Name = Field(description=KEY, examples=["app-318"])
    environment: Name = Field(default="production", examples=["production"])
    service: Words = Field(default="", description="What was deployed, where a project has several.", examples=["api"])
    outcome: PerhapsEnding = Field(default=None, description="Empty while it runs.", examples=["success"])
    created_at: Moment = Field(examples=["2026-06-01T09:00:00Z"])
    finished_at: PerhapsMoment = Field(default=None, examples=["2026-06-01T09:04:00Z"])
    sha: Label = Field(
        default=None,
        description="The commit; without it, what it changed is not known.",
        examples=["3b18e512dba79e4c8300dd08aeb37f8e728b8dad"],
    )
    branch: Label = Field(default=None, description="The branch or tag.", examples=["v1.4.0"])
    description: Words = Field(default="", examples=["Release 1.4"])
    url: WebAddress = Field(default=None, examples=["https://deploy.example.org/318"])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.created_at, self.finished_at, "the deployment finished before it was created")
        if (self.outcome is None) != (self.finished_at is None):
            raise refused("tell outcome and finished_at together, once the deployment has ended")
        return self


class IncidentEntry(Entry):
    """Harm in production."""

    id: Name = Field(description=KEY, examples=["INC-77"])
    title: Name = Field(examples=["Checkout answers 500"])
    service: Words = Field(default="", examples=["api"])
    deployment: Label = Field(
        default=None, description="The id or the commit of the deployment that caused it.", examples=["app-318"]
    )
    opened_at: Moment = Field(examples=["2026-06-01T09:20:00Z"])
    resolved_at: PerhapsMoment = Field(
        default=None, description="Empty while it lasts.", examples=["2026-06-01T10:05:00Z"]
    )
    labels: Tags = Field(default=(), examples=[["sev1"]])
    url: WebAddress = Field(default=None, examples=["https://pager.example.org/77"])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.opened_at, self.resolved_at, "the incident was resolved before it was opened")
        return self


class PipelineRunMessage(PipelineRunEntry):
    """A pipeline run, as a webhook tells it."""

    type: Literal["pipeline_run"]


class DeploymentMessage(DeploymentEntry):
    """A deployment, as a webhook tells it."""

    type: Literal["deployment"]


class IncidentMessage(IncidentEntry):
    """An incident, as a webhook tells it."""

    type: Literal["incident"]


class Event(RootModel[PipelineRunMessage | DeploymentMessage | IncidentMessage]):
    """What a webhook tells: its `type` says what it is."""

    root: Annotated[PipelineRunMessage | DeploymentMessage | IncidentMessage, Field(discriminator="type")]


Pushable = PipelineRunEntry | DeploymentEntry | IncidentEntry
