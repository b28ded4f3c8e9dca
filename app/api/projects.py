"""Projects over REST."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, status

from app.api.depends import ForReading, InWorkspace, ItsName, refuse_other_name, told
from maestro_core.actions import projects as actions
from maestro_core.actions.entries import OutcomeEntry, ProjectChanges, ProjectEntry
from maestro_core.reports import correlations as correlation_reports
from maestro_core.reports import projects as reports
from maestro_core.reports import upgrades as upgrade_reports
from maestro_core.reports.correlations import Correlations
from maestro_core.reports.projects import OutcomesMissing, ProjectFacts, ProjectReport, Projects
from maestro_core.reports.upgrades import ProjectUpgrades

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("")
def projects(ws: ForReading) -> Projects:
    """All projects with their facts and states, the latest start first."""
    return reports.projects(ws)


@router.post("", status_code=status.HTTP_201_CREATED)
def add_project(ws: InWorkspace, project: ProjectEntry) -> ProjectFacts:
    """Add a project."""
    return reports.facts(ws, project_id=actions.add_project(ws, **told(project)))


@router.get("/correlations")
def correlations(ws: ForReading) -> Correlations:
    """Whether collaboration, churn and commit frequency go along with results, across all projects."""
    return correlation_reports.correlations(ws)


@router.get("/outcomes-missing")
def outcomes_missing(ws: ForReading) -> OutcomesMissing:
    """How many outcomes are missing until predictions, team sizing and impact work, and which could be told."""
    return reports.outcomes_missing(ws)


@router.get("/{project_id}")
def project(ws: ForReading, project_id: UUID) -> ProjectReport:
    """Everything about a project."""
    return reports.project(ws, project_id=project_id)


@router.get("/{project_id}/upgrades")
def upgrades(ws: ForReading, project_id: UUID) -> ProjectUpgrades:
    """Newer versions of the artifacts that a project uses, and what these go along with."""
    return upgrade_reports.upgrades_for(ws, project_id=project_id)


@router.patch("/{project_id}")
def change_project(ws: InWorkspace, project_id: UUID, changes: ProjectChanges) -> ProjectFacts:
    """Change what is told of a project; null empties a field, what is left out stays."""
    actions.change_project(ws, project_id=project_id, **told(changes))
    return reports.facts(ws, project_id=project_id)


@router.delete("/{project_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_project(ws: InWorkspace, project_id: UUID, name: ItsName) -> None:
    """Remove a project with everything its sources brought, once its name confirms it. It cannot be undone."""
    refuse_other_name(name, reports.facts(ws, project_id=project_id).name)
    actions.remove_project(ws, project_id=project_id)


@router.patch("/{project_id}/success")
def record_outcome(ws: InWorkspace, project_id: UUID, outcome: OutcomeEntry) -> ProjectFacts:
    """Record how a project ended and the parts of its success; what is left out stays."""
    actions.record_outcome(ws, project_id=project_id, **told(outcome))
    return reports.facts(ws, project_id=project_id)
