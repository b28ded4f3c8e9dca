"""What to expect of projects, over REST: predictions with their reasons, plans, and the models behind them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.depends import ForReading
from maestro_core.actions.entries import Entry
from maestro_core.actions.entry_fields import Complexity, Count, Label, People, Years
from maestro_core.reports import expectation as reports
from maestro_core.reports import prediction_card as cards
from maestro_core.reports import predictions as portfolio
from maestro_core.reports.expectation import Dependence, Expectation, PlannedProject, Usual
from maestro_core.reports.prediction_card import ModelCard
from maestro_core.reports.predictions import Predictions
from maestro_core.terms import Target

router = APIRouter(tags=["predictions"])

Level = Annotated[
    Literal["80", "90"], Query(description="Per cent of outcomes that an interval is to contain", examples=["80"])
]


class PlannedProjectEntry(Entry):
    """A project that does not exist yet: what is known before its start. What is left out is not known."""

    complexity: Complexity = Field(default=None, description="1 is routine, 10 is research.", examples=[6])
    team_size: People = Field(default=None, description="People at the start.", examples=[4])
    experience: Years = Field(default=None, description="Mean years of the members.", examples=[5.5])
    artifacts: Count = Field(
        default=None, description="Different artifacts in use or planned by the start.", examples=[3]
    )
    domain: Label = Field(default=None, examples=["telecommunications"])
    problem_type: Label = Field(default=None, examples=["classification"])


@router.get("/predictions")
def predictions(ws: ForReading, level: Level = "80") -> Predictions:
    """What to expect of every running project, how good each predictor is, and what rings."""
    return portfolio.predictions(ws, level=_share(level))


@router.post("/predictions")
def predict(ws: ForReading, plan: PlannedProjectEntry, level: Level = "80") -> Expectation:
    """What to expect of a planned project, with its reasons and the most similar past projects; nothing is stored."""
    return reports.planned(ws, plan=PlannedProject(**plan.model_dump()), level=_share(level))


@router.get("/predictions/usual")
def usual(ws: ForReading) -> Usual:
    """What past projects were like, to start a plan from: the middle of numbers, what was seen, and the words met."""
    return reports.usual(ws)


@router.get("/predictions/models/{target}")
def model_card(ws: ForReading, target: Target) -> ModelCard:
    """The model card of a predictor: what it was trained on, how good it is, what it is for and what it is not for."""
    return cards.model_card(ws, target=target)


@router.get("/predictions/models/{target}/dependence/{feature}")
def dependence(
    ws: ForReading,
    target: Target,
    feature: str,
    project_id: Annotated[UUID | None, Query(description="Also of this project, were only this fact changed")] = None,
) -> Dependence:
    """How a prediction hangs on one fact: partial dependence over the past projects."""
    return reports.dependence(ws, target=target, feature=feature, project_id=project_id)


@router.post("/predictions/models/{target}/dependence/{feature}")
def dependence_of_plan(ws: ForReading, target: Target, feature: str, plan: PlannedProjectEntry) -> Dependence:
    """The same with what the prediction of a plan would be, were only this fact changed; nothing is stored."""
    return reports.dependence(ws, target=target, feature=feature, plan=PlannedProject(**plan.model_dump()))


@router.get("/projects/{project_id}/predictions")
def of_project(ws: ForReading, project_id: UUID, level: Level = "80") -> Expectation:
    """What to expect of a project; of one that has ended, what models say that did not learn from it."""
    return reports.expectation(ws, project_id=project_id, level=_share(level))


def _share(level: str) -> float:
    """Per cent as a share.

    >>> _share("80")
    0.8
    """
    return int(level) / 100
