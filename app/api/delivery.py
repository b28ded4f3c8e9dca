"""How fast and how safely a project ships, over REST: the DORA metrics, and the rules that they rest on."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.depends import ForReading, InWorkspace, ThePeriod
from app.api.teams import Team
from maestro_core.actions import delivery_rules as actions
from maestro_core.actions.delivery_entries import DeliveryEntry, DeploymentRuleEntry, IncidentRuleEntry, RulesEntry
from maestro_core.actions.delivery_rules import Preview
from maestro_core.actions.entry_fields import Words
from maestro_core.reports import delivery as reports
from maestro_core.reports import delivery_rules as rule_reports
from maestro_core.reports.delivery import DoraKeys, Services
from maestro_core.reports.delivery_rules import DeliveryCoverage, DeliveryRules, SuggestedRules

router = APIRouter(prefix="/teams", tags=["delivery"])
RULES = "/{project_id}/delivery-rules"

OneService = Annotated[Words | None, Query(description="One service; without it all of them are added up")]


@router.get("/{project_id}/dora")
def dora(ws: ForReading, team: Team, period: ThePeriod, service: OneService = None) -> DoraKeys:
    """The five DORA metrics of a project, with the rows behind each number, weeks, months and the Quick Check score."""
    return reports.dora_keys(ws, projects=[team], period=period, service=service)


@router.get("/{project_id}/services")
def services(ws: ForReading, team: Team, period: ThePeriod) -> Services:
    """Every service that was ever deployed, those with the most deployments in the period first."""
    return reports.services(ws, projects=[team], period=period)


@router.get("/{project_id}/delivery-coverage")
def coverage(ws: ForReading, team: Team) -> DeliveryCoverage:
    """Whether a project has rules of delivery, and something to apply them to."""
    return rule_reports.coverage(ws, projects=[team])


@router.get(RULES)
def rules(ws: ForReading, team: Team) -> DeliveryRules:
    """What counts as a deployment and as an incident in a project, and what could."""
    return rule_reports.rules(ws, project_id=team)


@router.get(f"{RULES}/suggested")
def suggested_rules(ws: ForReading, team: Team) -> SuggestedRules:
    """Rules that the names of what tools told suggest; nothing is added."""
    return rule_reports.suggested_rules(ws, project_id=team)


@router.post(f"{RULES}/preview")
def preview(ws: ForReading, team: Team, rules: RulesEntry) -> Preview:
    """What rules would count; nothing is changed."""
    return actions.preview(ws, project_id=team, deployments=rules.deployments, incidents=rules.incidents)


@router.post(RULES, status_code=status.HTTP_201_CREATED)
def add_rules(ws: InWorkspace, project_id: UUID, rules: RulesEntry) -> DeliveryRules:
    """Add rules, and make the deployments and incidents of the project anew."""
    actions.add_rules(ws, project_id=project_id, deployments=rules.deployments, incidents=rules.incidents)
    return rule_reports.rules(ws, project_id=project_id)


@router.put("/{project_id}/delivery-settings")
def set_delivery(ws: InWorkspace, project_id: UUID, setting: DeliveryEntry) -> DeliveryRules:
    """Say within how many hours and by which words a deployment counts as failed."""
    actions.set_delivery(ws, project_id=project_id, **dict(setting))
    return rule_reports.rules(ws, project_id=project_id)


@router.put("/deployment-rules/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
def change_deployment_rule(ws: InWorkspace, rule_id: UUID, told: DeploymentRuleEntry) -> None:
    """Let a rule of deployments count something else."""
    actions.change_deployment_rule(ws, rule_id=rule_id, told=told)


@router.delete("/deployment-rules/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_deployment_rule(ws: InWorkspace, rule_id: UUID) -> None:
    """Remove a rule with the deployments that only it counted."""
    actions.remove_deployment_rule(ws, rule_id=rule_id)


@router.put("/incident-rules/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
def change_incident_rule(ws: InWorkspace, rule_id: UUID, told: IncidentRuleEntry) -> None:
    """Let a rule of incidents count something else."""
    actions.change_incident_rule(ws, rule_id=rule_id, told=told)


@router.delete("/incident-rules/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_incident_rule(ws: InWorkspace, rule_id: UUID) -> None:
    """Remove a rule with the incidents that only it counted."""
    actions.remove_incident_rule(ws, rule_id=rule_id)
