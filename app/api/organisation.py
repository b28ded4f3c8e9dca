"""What the organisation decides for all its projects, over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.depends import ForReading, InWorkspace, told
from maestro_core.actions import left_out
from maestro_core.actions import organisation as actions
from maestro_core.actions.entries import Entry, WorkingHoursEntry
from maestro_core.actions.entry_fields import Name
from maestro_core.actions.left_out import MOST_PATTERNS, LeftOut
from maestro_core.actions.working_hours import set_working_hours
from maestro_core.reports import organisation as reports
from maestro_core.reports.organisation import Organisation, WeightsEffect

router = APIRouter(prefix="/organisation", tags=["organisation"])

Weight = Annotated[float, Query(ge=0, allow_inf_nan=False, description="Only the proportions matter", examples=[0.4])]


class OrganisationChanges(Entry):
    """What may change; what is left out stays. `OrganisationEntry` says what each may be."""

    name: str | None = Field(default=None, examples=["Data science"])
    currency: str | None = Field(default=None, description="ISO 4217.", examples=["EUR"])
    time_zone: str | None = Field(default=None, description="IANA.", examples=["Europe/Paris"])
    week_starts_on: int | None = Field(default=None, description="0 is Monday.", examples=[0])
    weight_model_performance: float | None = Field(default=None, examples=[0.4])
    weight_business_impact: float | None = Field(default=None, examples=[0.4])
    weight_delivery: float | None = Field(default=None, examples=[0.2])


class LeftOutEntry(Entry):
    """Globs of vendored and generated files, as in .gitignore; null: the usual ones."""

    patterns: tuple[Name, ...] | None = Field(max_length=MOST_PATTERNS, examples=[["vendor/", "*.min.js"]])


class WorkedEntry(Entry):
    """When the organisation works; null: hours are those of the calendar."""

    working_hours: WorkingHoursEntry | None


class Marked(BaseModel):
    """How many files count otherwise now."""

    files: int


@router.get("")
def organisation(ws: ForReading) -> Organisation:
    """What this organisation has decided: currency, time zone, week, what counts as success, what is left out."""
    return reports.organisation(ws)


@router.patch("")
def change_organisation(ws: InWorkspace, changes: OrganisationChanges) -> Organisation:
    """Change what is told. New weights change every success score at once; what is learned follows."""
    actions.change_organisation(ws, **told(changes))
    return reports.organisation(ws)


@router.get("/weights-effect")
def weights_effect(
    ws: ForReading, model_performance: Weight, business_impact: Weight, delivery: Weight
) -> WeightsEffect:
    """What other weights of success would do to the scores; nothing is changed."""
    return reports.weights_effect(
        ws, model_performance=model_performance, business_impact=business_impact, delivery=delivery
    )


@router.post("/left-out-paths/preview")
def preview_left_out_paths(ws: ForReading, paths: LeftOutEntry) -> LeftOut:
    """Which files some globs would leave out of every measure of lines; nothing is changed."""
    return left_out.preview(ws, patterns=paths.patterns)


@router.put("/left-out-paths")
def set_left_out_paths(ws: InWorkspace, paths: LeftOutEntry) -> Marked:
    """Leave files with these paths out, and count what rests on lines anew."""
    return Marked(files=left_out.set_left_out_paths(ws, patterns=paths.patterns))


@router.put("/working-hours")
def change_working_hours(ws: InWorkspace, worked: WorkedEntry) -> Organisation:
    """Tell first responses in these hours, or in those of the calendar again."""
    hours = worked.working_hours
    set_working_hours(ws, working_hours=None if hours is None else hours.model_dump())
    return reports.organisation(ws)
