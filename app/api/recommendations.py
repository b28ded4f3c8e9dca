"""Recommendations and plans over REST."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Body, status
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.depends import ForReading, InWorkspace
from maestro_core.actions import planned_uses as actions
from maestro_core.reports import recommendations as reports
from maestro_core.reports.recommendations import Recommendations

MOST = 50
EXAMPLES: dict[str, Example] = {
    "a project": {
        "summary": "For a project that is registered",
        "value": {"project_id": "01981d3a-5b7e-7c4e-8f35-6f0b3c9a1d20", "limit": 5},
    },
    "a description": {
        "summary": "For one that is only described yet",
        "value": {
            "description": "Which customers leave within a month",
            "problem_type": "classification",
            "domain": "telecommunications",
            "artifact_ids": [],
        },
    },
}

router = APIRouter(tags=["recommendations"])


class Wanted(BaseModel):
    """For which project: one that is registered, or one as it is described."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project_id: UUID | None = Field(default=None, examples=["01981d3a-5b7e-7c4e-8f35-6f0b3c9a1d20"])
    description: str = Field(default="", max_length=4000, examples=["Which customers leave within a month"])
    problem_type: str | None = Field(default=None, max_length=200, examples=["classification"])
    domain: str | None = Field(default=None, max_length=200, examples=["telecommunications"])
    artifact_ids: list[UUID] = Field(default=[], max_length=200, description="What it uses already.", examples=[[]])
    limit: int = Field(default=10, ge=1, le=MOST, examples=[5])

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.project_id and (self.described or self.artifact_ids):
            raise ValueError("tell either project_id, or what the project is like")
        return self

    @property
    def described(self) -> bool:
        """Whether anything is told of what it is like."""
        return bool(self.description or self.problem_type or self.domain)


@router.post("/recommendations")
def recommendations(ws: ForReading, wanted: Annotated[Wanted, Body(openapi_examples=EXAMPLES)]) -> Recommendations:
    """What a project could use next, the strongest first, each with its reasons, its impact and its companions."""
    if wanted.project_id:
        return reports.recommendations(ws, project_id=wanted.project_id, limit=wanted.limit)
    return reports.recommendations_like(
        ws,
        description=wanted.description,
        problem_type=wanted.problem_type,
        domain=wanted.domain,
        artifact_ids=wanted.artifact_ids,
        limit=wanted.limit,
    )


@router.put("/projects/{project_id}/plans/{artifact_id}", status_code=status.HTTP_204_NO_CONTENT)
def plan_use(ws: InWorkspace, project_id: UUID, artifact_id: UUID) -> None:
    """Plan that a project uses an artifact. A plan is no use; a recorded use fulfils it."""
    actions.plan_use(ws, project_id=project_id, artifact_id=artifact_id)


@router.delete("/projects/{project_id}/plans/{artifact_id}", status_code=status.HTTP_204_NO_CONTENT)
def drop_plan(ws: InWorkspace, project_id: UUID, artifact_id: UUID) -> None:
    """Take the plan back."""
    actions.drop_plan(ws, project_id=project_id, artifact_id=artifact_id)
