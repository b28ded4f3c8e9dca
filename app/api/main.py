"""The API: its routers, how it answers problems, and its documentation."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from app.api import (
    artifacts,
    code_files,
    collaboration,
    delivery,
    experiments,
    health,
    imports,
    members,
    organisation,
    overview,
    papers,
    people,
    pipeline_rows,
    portfolio,
    predictions,
    projects,
    push,
    recommendations,
    sources,
    team_sizing,
    teams,
    training,
    webhooks,
)
from app.api.bounds import BoundedBody
from app.api.documentation import serve_documentation
from app.api.health import VERSION
from app.api.problems import PROBLEMS, answer_problems
from maestro_core.portfolios import Portfolios

TOPICS = (
    *(health, overview, projects, artifacts, recommendations, portfolio, teams, members, pipeline_rows, code_files),
    *(collaboration, delivery, people, experiments, predictions, training, team_sizing, papers),
    *(organisation, imports, sources, push, webhooks),
)
REFRESH_MINUTES = 60
DESCRIPTION = "What Maestro knows about projects and artifacts, and what can be told to it."


def create_api(
    portfolios: Portfolios, *, paper: papers.Paper | None = None, refresh_minutes: int = REFRESH_MINUTES
) -> FastAPI:
    """The API over the organisation's own portfolio; mount it anywhere. Who serves pages too hands over their paper."""
    api = FastAPI(title="Maestro API", version=VERSION, description=DESCRIPTION, docs_url=None, redoc_url=None)
    api.state.portfolios, api.state.paper, api.state.refresh_minutes = portfolios, paper, refresh_minutes
    version_1 = APIRouter(prefix="/v1", responses=PROBLEMS)
    for topic in TOPICS:
        version_1.include_router(topic.router)
    api.include_router(version_1)
    api.add_middleware(BoundedBody)
    answer_problems(api)
    serve_documentation(api)
    return api
