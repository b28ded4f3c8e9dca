"""How the team of a project delivers, over REST: its CI pipelines, code reviews and code, and what it could try."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from app.api.depends import ForReading, InTurn, InWorkspace, ThePeriod, told
from maestro_core.actions import team_recommendations as deeds
from maestro_core.actions.entry_fields import Words
from maestro_core.actions.team_recommendations import DismissalEntry
from maestro_core.reports import code as code_reports
from maestro_core.reports import knowledge as knowledge_reports
from maestro_core.reports import pipelines as pipeline_reports
from maestro_core.reports import projects
from maestro_core.reports import reviews as review_reports
from maestro_core.reports import team_recommendations as recommendation_reports
from maestro_core.reports.code import Code
from maestro_core.reports.knowledge import Knowledge
from maestro_core.reports.pipelines import Pipelines
from maestro_core.reports.reviews import Merged, Reviews
from maestro_core.reports.team_recommendations import TeamRecommendations

router = APIRouter(prefix="/teams", tags=["teams"])


def _team(ws: ForReading, project_id: UUID) -> UUID:
    """The project of a team, which must be there: a team without any run is another answer than no team."""
    return projects.facts(ws, project_id=project_id).project_id


Team = Annotated[UUID, Depends(_team)]
ThesePipelines = Annotated[list[Words] | None, Query(description="Names of pipelines; without any, all of them")]
PartOfPath = Annotated[str, Query(description="Only files with this in their path")]


@router.get("/{project_id}/cicd-metrics")
def cicd_metrics(ws: ForReading, team: Team, period: ThePeriod, pipeline: ThesePipelines = None) -> Pipelines:
    """How the CI pipelines of a project did: success, duration, waiting, cost, failures and flaky jobs."""
    return pipeline_reports.pipelines(ws, projects=[team], period=period, pipelines=pipeline or ())


@router.get("/{project_id}/reviews")
def reviews(ws: ForReading, team: Team, period: ThePeriod) -> Reviews:
    """How the pull requests of a project were reviewed, and what waits now; told of the team, never of one person."""
    return review_reports.reviews(ws, projects=[team], period=period)


@router.get("/{project_id}/reviews/merged")
def merged(ws: ForReading, team: Team, period: ThePeriod) -> Merged:
    """The merged pull requests behind the measures, the longest to the merge first; never of one person."""
    return review_reports.merged(ws, projects=[team], period=period)


@router.get("/{project_id}/code")
def code(ws: ForReading, team: Team, period: ThePeriod, path: PartOfPath = "") -> Code:
    """Who knows the code of a project, where it changes most and what changes together; never of one person."""
    return code_reports.code(ws, projects=[team], period=period, path=path)


@router.get("/{project_id}/code/knowledge")
def knowledge(ws: ForReading, team: Team) -> Knowledge:
    """On how many people the code of a project depends now, without the rows; never of one person."""
    return knowledge_reports.knowledge(ws, projects=[team])


@router.get("/{project_id}/recommendations")
def recommendations(ws: ForReading, team: Team, period: ThePeriod) -> TeamRecommendations:
    """What the numbers of a team suggest to try, with the rows and how sure it is; what was dismissed stands apart."""
    return recommendation_reports.team_recommendations(ws, projects=[team], period=period)


@router.post("/{project_id}/recommendations/{rule}/dismissal", status_code=status.HTTP_204_NO_CONTENT)
def dismiss_recommendation(
    doors: InTurn, project_id: UUID, rule: str, period: ThePeriod, dismissal: DismissalEntry
) -> None:
    """Keep a recommendation of this period away: for some days, or until its number gets clearly worse."""
    one = doors.ask(recommendation_reports.recommended, project_id=project_id, rule=rule, period=period)
    known: dict[str, Any] = {"project_id": project_id, "rule": rule, "value": one.told.value}
    doors.tell(deeds.dismiss_recommendation, **known, **told(dismissal))


@router.delete("/{project_id}/recommendations/{rule}/dismissal", status_code=status.HTTP_204_NO_CONTENT)
def restore_recommendation(ws: InWorkspace, project_id: UUID, rule: str) -> None:
    """Bring a dismissed recommendation back."""
    deeds.restore_recommendation(ws, project_id=project_id, rule=rule)
