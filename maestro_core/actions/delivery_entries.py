"""What people and programs may tell of the rules of delivery, checked alike for forms and API."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from maestro_core.actions.entries import Entry
from maestro_core.actions.entry_fields import Tags, refused
from maestro_core.terms import DeploymentOrigin, IncidentOrigin


def _text(value: object) -> object:
    return "" if value is None else value


def _printable(text: str) -> str:
    if not text.isprintable():
        raise refused("holds characters that cannot be stored")
    return text


Glob = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    BeforeValidator(_text),
    AfterValidator(_printable),
]


class DeploymentRuleEntry(Entry):
    """What counts as a deployment of a service. Patterns are globs, whatever their case; an empty one fits all."""

    origin: DeploymentOrigin = Field(examples=["environment"])
    pattern: Glob = Field(
        default="", description="Of the name of the pipeline, job, environment or tag.", examples=["prod*"]
    )
    service: Glob = Field(default="", description="Empty where the project deploys one thing.", examples=["api"])
    branch: Glob = Field(default="", examples=["main"])
    paths: Tags = Field(
        default=(), description="Only changes under these belong to the service.", examples=[["api/**"]]
    )

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if self.origin in (DeploymentOrigin.PIPELINE, DeploymentOrigin.JOB) and not self.pattern.strip("*? "):
            raise refused("a rule of pipelines or jobs needs a name: every test would count as a deployment")
        return self


class IncidentRuleEntry(Entry):
    """What counts as an incident of a service."""

    origin: IncidentOrigin = Field(examples=["label"])
    pattern: Glob = Field(default="", description="Of a label, where the origin is one.", examples=["incident*"])
    service: Glob = Field(default="", description="Empty for all services.", examples=["api"])

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if self.origin is IncidentOrigin.LABEL and not self.pattern.strip("*? "):
            raise refused("a rule of labels needs one: every issue would count as an incident")
        return self


class RulesEntry(Entry):
    """Rules that are looked at, or added, together."""

    deployments: tuple[DeploymentRuleEntry, ...] = ()
    incidents: tuple[IncidentRuleEntry, ...] = ()


class DeliveryEntry(Entry):
    """How a project tells a failed deployment and its fix."""

    failure_hours: float = Field(gt=0, le=24 * 365, allow_inf_nan=False, examples=[24])
    hotfix_patterns: Tags = Field(
        default=(), description="Globs of branches, labels and titles; empty: the usual ones.", examples=[["hotfix*"]]
    )
