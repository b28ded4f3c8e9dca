"""What people, programs and files may tell: one model per thing, checked alike for forms, API and imports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from maestro_core.actions.entry_fields import (
    Complexity,
    Count,
    Email,
    Kind,
    Label,
    Money,
    Name,
    Part,
    People,
    PerhapsMoment,
    PerhapsOutcome,
    RoleInTeam,
    Tags,
    WebAddress,
    Words,
    Years,
    refused,
)
from maestro_core.errors import InvalidInput
from maestro_core.terms import TeamRole

Told = TypeVar("Told", bound=BaseModel)


class Entry(BaseModel):
    """Something told; a field that does not exist is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProjectChanges(Entry):
    """What may change of a project; dates without a time zone are UTC, the cost is in the organisation's currency."""

    name: Label = Field(default=None, examples=["Churn prediction"])
    description: Words = Field(default="", examples=["Which customers leave within a month"])
    problem_type: Label = Field(default=None, examples=["classification"])
    domain: Label = Field(default=None, examples=["telecommunications"])
    complexity: Complexity = Field(default=None, description="1 is routine, 10 is research.", examples=[6])
    team_size: People = Field(
        default=None, description="As stated; where it is empty, the number of members counts.", examples=[5]
    )
    started_at: PerhapsMoment = Field(default=None, examples=["2026-01-12"])
    finished_at: PerhapsMoment = Field(default=None, examples=["2026-05-29"])
    compute_cost: Money = Field(default=None, description="In the organisation's currency.", examples=[1200])
    experiments: Count = Field(
        default=None, description="As stated; where it is empty, tracked runs count.", examples=[40]
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.started_at, self.finished_at, "the project finished before it started")
        return self


class ProjectEntry(ProjectChanges):
    """A project: it has a name."""

    name: Name = Field(examples=["Churn prediction"])


class OutcomeEntry(Entry):
    """How a project ended, with the known parts of its success, each 0 to 100."""

    outcome: PerhapsOutcome = Field(default=None, examples=["success"])
    finished_at: PerhapsMoment = Field(default=None, examples=["2026-05-29"])
    model_performance: Part = Field(default=None, examples=[82])
    business_impact: Part = Field(default=None, examples=[70])
    delivery: Part = Field(default=None, examples=[90])


class MemberEntry(Entry):
    """What a person does on a project."""

    role: RoleInTeam = Field(default=TeamRole.OTHER, examples=["data scientist"])
    experience_years: Years = Field(default=None, examples=[4])
    joined_at: PerhapsMoment = None
    left_at: PerhapsMoment = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.joined_at, self.left_at, "the member left before joining")
        return self


class PersonEntry(Entry):
    """Somebody observed."""

    person: Name = Field(examples=["Ada Lovelace"])
    email: Email = Field(default=None, examples=["ada@example.org"])


class ArtifactEntry(Entry):
    """Something that can be reused."""

    name: Name = Field(examples=["customer-embeddings"])
    kind: Kind = Field(examples=["feature set"])
    description: Words = Field(default="", examples=["64 numbers per customer, refreshed nightly"])
    owner: Label = Field(default=None, examples=["Ada Lovelace"])
    url: WebAddress = Field(default=None, examples=["https://wiki.example.org/embeddings"])
    tags: Tags = Field(default=(), examples=[["production"]])


class VersionEntry(Entry):
    """A version of an artifact."""

    version: Name = Field(examples=["3"])
    digest: Label = Field(default=None, examples=["sha256:9f86d0"])
    tags: Tags = Field(default=(), examples=[["production"]])


class UseEntry(Entry):
    """One use of an artifact by a project; `origin` names the event, so that telling it twice counts once."""

    version: Label = Field(default=None, examples=["3"])
    person: Label = Field(default=None, description="A name or an e-mail address.", examples=["ada@example.org"])
    used_at: PerhapsMoment = Field(default=None, description="Now, where it is empty.", examples=["2026-02-03T09:30Z"])
    origin: Label = Field(default=None, examples=["training-run-1f3a"])


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise refused("should be a name such as Europe/Paris")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class WorkingHoursEntry(Entry):
    """When an organisation works: weekdays (0 is Monday), from and to in whole hours, and where (IANA)."""

    days: tuple[Annotated[int, Field(ge=0, le=6)], ...] = Field(min_length=1, max_length=7, examples=[[0, 1, 2, 3, 4]])
    opens: int = Field(ge=0, le=23, examples=[9])
    closes: int = Field(ge=1, le=24, examples=[17])
    zone: TimeZone = Field(examples=["Europe/Berlin"])


class CalledEntry(Entry):
    """What somebody is called."""

    name: Name = Field(examples=["Ada Lovelace"])


class OrganisationEntry(Entry):
    """What an organisation decides for all its projects."""

    name: Name
    currency: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}$")]
    time_zone: TimeZone
    week_starts_on: int = Field(ge=0, le=6)
    weight_model_performance: float = Field(ge=0, allow_inf_nan=False)
    weight_business_impact: float = Field(ge=0, allow_inf_nan=False)
    weight_delivery: float = Field(ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _weighs(self) -> Self:
        if not self.weight_model_performance + self.weight_business_impact + self.weight_delivery:
            raise refused("at least one part of success needs a weight above zero")
        return self


def valid(model: type[Told], values: Mapping[str, Any]) -> Told:
    """The values as a model, or `InvalidInput` that says what is wrong with each."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as problem:
        told = "; ".join(f"{field.replace('_', ' ')} {why}".strip() for field, why in reasons(problem))
        raise InvalidInput(f"{told[:1].upper()}{told[1:]}.", advice="Correct it and try again.") from problem


def reasons(problem: ValidationError) -> list[tuple[str, str]]:
    """Each field that is wrong and why, in the user's words.

    >>> try: ProjectEntry(name="churn", complexity=11)
    ... except ValidationError as problem: reasons(problem)
    [('complexity', 'should be less than or equal to 10')]
    """
    return [(str(error["loc"][0]) if error["loc"] else "", _plain(error["msg"])) for error in problem.errors()]


def in_order(first: datetime | None, then: datetime | None, otherwise: str) -> None:
    """Refuse two known moments that are in the wrong order."""
    if first and then and then < first:
        raise refused(otherwise)


def _plain(message: str) -> str:
    words = {"Input should": "should", "String should": "should", "Field required": "is missing"}
    words |= {"Extra inputs are not permitted": "is not a field that can be told", "Tuple should": "should"}
    for technical, plain in words.items():
        message = message.replace(technical, plain)
    return message
