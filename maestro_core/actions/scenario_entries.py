"""What people and programs may ask of team sizes, checked alike for forms and API."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from maestro_core.actions.entries import Entry
from maestro_core.actions.entry_fields import Label, Name, refused
from maestro_core.terms import TeamRole

LARGEST = 15
"""People in the largest team that is asked about."""

Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Headcount = Annotated[int, Field(ge=0, le=LARGEST)]


class PlanEntry(Entry):
    """A project as it could be. What is null or left out is not known and counts as usual."""

    complexity: float = Field(ge=1, le=10, allow_inf_nan=False, description="1 is routine, 10 is research.")
    team_size: int = Field(ge=1, le=LARGEST, description="People.")
    experience: float | None = Field(
        default=None, ge=0, le=60, allow_inf_nan=False, description="Mean years of the members."
    )
    domain: Label = None
    artifacts: float | None = Field(default=None, ge=0, le=10_000, allow_inf_nan=False, description="Reused ones.")
    roles: dict[TeamRole, Headcount] = Field(
        default={}, description="How many people of each role; the curves do not depend on it."
    )


class UtilityEntry(Entry):
    """What matters, and how much: weights of more success, less time and less cost, of which only the ratio counts."""

    success: Weight = 1.0
    duration: Weight = 0.0
    cost: Weight = 0.0

    @model_validator(mode="after")
    def _weighs(self) -> Self:
        if not self.success + self.duration + self.cost:
            raise refused("something has to matter: give at least one weight above zero")
        return self


class ScenarioEntry(Entry):
    """A plan to keep under a name; without a baseline it is compared with itself."""

    name: Name
    plan: PlanEntry
    baseline: PlanEntry | None = None
    utility: UtilityEntry = UtilityEntry()
    project_id: UUID | None = Field(default=None, description="The project that the plan started from.")


class NameEntry(Entry):
    """Another name."""

    name: Name
