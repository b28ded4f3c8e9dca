"""What people and programs may ask of team sizes, checked alike for forms and API."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID

from pydantic import Field, model_validator

from maestro_core.actions.entries import Entry
from maestro_core.actions.entry_fields import Label, Name, refused
from maestro_core.learning.team_size import SIZES, Utility
from maestro_core.reports.team_sizing_plan import Plan
from maestro_core.terms import TeamRole

LARGEST = max(SIZES)
"""People in the largest team that is asked about."""

Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Lever = Literal["team_size", "experience", "artifacts", "complexity"]
Headcount = Annotated[int, Field(ge=0, le=LARGEST)]


class PlanEntry(Entry):
    """A project as it could be. What is null or left out is not known and counts as usual."""

    complexity: float = Field(
        ge=1, le=10, allow_inf_nan=False, description="1 is routine, 10 is research.", examples=[6.5]
    )
    team_size: int = Field(ge=1, le=LARGEST, description="People.", examples=[4])
    experience: float | None = Field(
        default=None, ge=0, le=60, allow_inf_nan=False, description="Mean years of the members.", examples=[5]
    )
    domain: Label = Field(default=None, examples=["fraud"])
    artifacts: float | None = Field(
        default=None,
        ge=0,
        le=10_000,
        allow_inf_nan=False,
        description="Different ones in use or planned by the start.",
        examples=[3],
    )
    roles: dict[TeamRole, Headcount] = Field(
        default={},
        description="How many people of each role; the curves do not depend on it.",
        examples=[{"data scientist": 2}],
    )

    def as_plan(self) -> Plan:
        """The same as what reports ask about."""
        return Plan(**self.model_dump(mode="json"))


class UtilityEntry(Entry):
    """What matters, and how much: weights of more success, less time and less cost, of which only the ratio counts."""

    success: Weight = Field(default=0.0, examples=[2])
    duration: Weight = Field(default=0.0, examples=[1])
    cost: Weight = Field(default=0.0, examples=[1])

    @model_validator(mode="after")
    def _weighs(self) -> Self:
        if not self.success + self.duration + self.cost:
            raise refused("something has to matter: give at least one weight above zero")
        return self

    def as_utility(self) -> Utility:
        """The same as what reports ask about."""
        return Utility(**dict(self))


ONLY_SUCCESS = UtilityEntry(success=1.0)


class WhatIfEntry(Entry):
    """A plan, what it is compared with, and what matters: success, where nothing else is told."""

    plan: PlanEntry = Field(examples=[{"complexity": 6.5, "team_size": 4, "domain": "fraud"}])
    baseline: PlanEntry | None = Field(default=None, examples=[{"complexity": 6.5, "team_size": 3, "domain": "fraud"}])
    utility: UtilityEntry = Field(default=ONLY_SUCCESS, examples=[{"success": 2, "duration": 1, "cost": 1}])

    def as_told(self) -> dict[str, Any]:
        """The arguments of the reports and actions that this is about."""
        baseline = self.baseline.as_plan() if self.baseline else None
        return {"plan": self.plan.as_plan(), "baseline": baseline, "utility": self.utility.as_utility()}


class ReplacingEntry(WhatIfEntry):
    """What a scenario is to hold instead of what was read of it."""

    version: str = Field(
        min_length=1,
        max_length=64,
        description="Of the scenario as it was read: what somebody else put there since is not overwritten.",
        examples=["9f86d081884c7d65"],
    )


class GoalEntry(Entry):
    """A goal that a plan should reach, and what of the plan may be changed."""

    plan: PlanEntry = Field(examples=[{"complexity": 6.5, "team_size": 4, "domain": "fraud"}])
    goal: float = Field(
        allow_inf_nan=False,
        description="Points of success or of several weights; at most so many days, or so much currency.",
        examples=[80],
    )
    utility: UtilityEntry = Field(default=ONLY_SUCCESS, examples=[{"success": 1}])
    levers: tuple[Lever, ...] = Field(default=get_args(Lever), min_length=1, examples=[["team_size", "experience"]])


class ScenarioEntry(WhatIfEntry):
    """A plan to keep under a name; without a baseline it is compared with itself."""

    name: Name = Field(examples=["Two more engineers"])
    project_id: UUID | None = Field(
        default=None, description="The project that the plan started from.", examples=[None]
    )


class NameEntry(Entry):
    """Another name."""

    name: Name = Field(examples=["Three more engineers"])
