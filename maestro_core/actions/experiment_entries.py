"""What people and programs may tell of experiments, checked alike for forms and API."""

from __future__ import annotations

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from maestro_core.actions.entries import Entry
from maestro_core.actions.entry_fields import Label, Name, Words, refused
from maestro_core.scoring.experiment_metrics import METRICS
from maestro_core.terms import ExperimentKind, ExperimentUnit, Target

FEWEST_VARIANTS, MOST_VARIANTS = 2, 5
BEST = 100
"""Points of success."""


def _known(metric: str) -> str:
    if metric not in METRICS:
        raise refused(f"should be one of {', '.join(METRICS)}")
    return metric


Metric = Annotated[str, AfterValidator(_known)]


class VariantEntry(Entry):
    """One of the ways that are compared; the first is the control."""

    name: Name = Field(examples=["reviewed in pairs"])
    description: Words = Field(default="", examples=["Every change is written by two people together."])
    weight: float = Field(default=1.0, gt=0, le=100, allow_inf_nan=False, description="Its share of the units.")


def _several(variants: Any) -> Any:
    if isinstance(variants, list | tuple) and len(variants) < FEWEST_VARIANTS:
        raise refused("should be at least two: the control, and what is compared with it")
    return variants


Variants = Annotated[tuple[VariantEntry, ...], BeforeValidator(_several)]


def _usual() -> tuple[VariantEntry, ...]:
    return (VariantEntry(name="control"), VariantEntry(name="treatment"))


class DesignChanges(Entry):
    """What may change of a draft."""

    name: Label = Field(default=None, examples=["Reviews in pairs"])
    kind: ExperimentKind | None = Field(default=None, examples=["workflow"])
    hypothesis: Words = Field(default="", examples=["What two people review together succeeds more."])
    unit: ExperimentUnit = Field(
        default=ExperimentUnit.TEAM, description="What is assigned, and what is counted.", examples=["team"]
    )
    artifact_id: UUID | None = Field(
        default=None, description="Where the use of an artifact is compared.", examples=[None]
    )
    primary_metric: Metric = Field(default=Target.SUCCESS, examples=["success"])
    further_metrics: tuple[Metric, ...] = Field(default=(), max_length=10, examples=[["duration", "cost"]])
    planned_units: int = Field(
        default=20, ge=4, le=10_000, description="Teams or projects, over all variants.", examples=[20]
    )
    worthwhile: float | None = Field(
        default=None,
        gt=0,
        le=1e12,
        allow_inf_nan=False,
        description="The smallest effect on the primary metric that would matter, in its unit.",
        examples=[10],
    )
    seed: int | None = Field(
        default=None,
        ge=0,
        lt=2**31,
        description="Of the assignment; one is chosen where none is told.",
        examples=[4711],
    )
    variants: Variants = Field(default_factory=_usual, min_length=FEWEST_VARIANTS, max_length=MOST_VARIANTS)


class ExperimentEntry(DesignChanges):
    """The design of an experiment: it can be changed until the start."""

    name: Name = Field(examples=["Reviews in pairs"])
    kind: ExperimentKind = Field(examples=["workflow"])

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if len({variant.name.casefold() for variant in self.variants}) < len(self.variants):
            raise refused("two variants have the same name")
        named = (self.primary_metric, *self.further_metrics)
        if len(set(named)) < len(named):
            raise refused("a metric is named twice")
        if (self.kind is ExperimentKind.ARTIFACT_USE) != (self.artifact_id is not None):
            raise refused("an experiment about the use of an artifact names it, and no other experiment does")
        return self

    @model_validator(mode="after")
    def _is_within_its_scale(self) -> Self:
        effect = self.worthwhile or 0
        if METRICS[self.primary_metric].is_share and effect > 1:
            raise refused("shares differ by at most 1: for ten percentage points enter 0.1")
        if self.primary_metric == Target.SUCCESS and effect > BEST:
            raise refused(f"success scores differ by at most {BEST} points")
        return self


class EnrolEntry(Entry):
    """Projects that take part, all of one team where that is told; else each is a team of its own."""

    project_ids: tuple[UUID, ...] = Field(min_length=1, max_length=1000)
    team: Label = Field(default=None, examples=["Platform"])


class StopEntry(Entry):
    """Why no more is counted."""

    reason: Words = Field(default="", examples=["The planned 20 teams have finished."])


class DecisionEntry(Entry):
    """What is decided after an experiment."""

    variant: Label = Field(
        default=None, description="The variant that is adopted; none where it stays open.", examples=["treatment"]
    )
    reason: Name = Field(max_length=2000, examples=["Better by 7 points, and it costs nothing."])
