"""What other tools push to a project over REST: one thing, or a list of them."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Discriminator, Field, Tag

from app.api.depends import InWorkspace
from maestro_core.actions import push as actions
from maestro_core.actions.push import Stored
from maestro_core.actions.push_entries import DeploymentEntry, IncidentEntry, PipelineRunEntry

MOST = 1_000

router = APIRouter(prefix="/projects/{project_id}", tags=["push"])

Told = TypeVar("Told", bound=BaseModel)


def _how_many(body: Any) -> str:
    return "list" if isinstance(body, list) else "one"


# By what it is, so that a mistake is told of one field, and not also that one thing is no list.
OneOrMore = Annotated[
    Annotated[Told, Tag("one")] | Annotated[list[Told], Field(min_length=1, max_length=MOST), Tag("list")],
    Discriminator(_how_many),
]


def _listed(body: Told | list[Told]) -> list[Told]:
    return body if isinstance(body, list) else [body]


@router.post("/pipeline-runs")
def push_pipeline_runs(ws: InWorkspace, project_id: UUID, runs: OneOrMore[PipelineRunEntry]) -> Stored:
    """Tell one or more runs of CI pipelines. A run is known by its id and attempt: told again, it changes."""
    return actions.push_pipeline_runs(ws, project_id=project_id, runs=_listed(runs))


@router.post("/deployments")
def push_deployments(ws: InWorkspace, project_id: UUID, deployments: OneOrMore[DeploymentEntry]) -> Stored:
    """Tell one or more deployments. A deployment is known by its id: told again, it changes."""
    return actions.push_deployments(ws, project_id=project_id, deployments=_listed(deployments))


@router.post("/incidents")
def push_incidents(ws: InWorkspace, project_id: UUID, incidents: OneOrMore[IncidentEntry]) -> Stored:
    """Tell one or more incidents. An incident is known by its id: told again, it changes, such as to resolved."""
    return actions.push_incidents(ws, project_id=project_id, incidents=_listed(incidents))
