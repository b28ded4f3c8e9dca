"""What counts as a deployment and as an incident: rules that people add, change and remove, after a look at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.deliver import new_setting, recount_delivery, setting_of, told_for
from maestro_core.actions.delivery_entries import DeliveryEntry, DeploymentRuleEntry, IncidentRuleEntry
from maestro_core.actions.entries import valid
from maestro_core.errors import NotNow
from maestro_core.models import Deployment, DeploymentRule, IncidentRule, Project, new_key
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.delivery_told import told_issues
from maestro_core.scoring.deployments import (
    DeploymentPattern,
    IncidentPattern,
    deployments_of,
    incidents_of,
    unfinished,
)
from maestro_core.terms import PipelineOutcome
from maestro_core.workspace import Workspace

SHOWN = 50
RECENT = timedelta(days=90)


class Preview(Report):
    """What rules would count: how much, since when, and the newest rows."""

    deployments: int
    recent_deployments: int
    """Of the last 90 days."""
    first_at: Any | None
    last_at: Any | None
    unsuccessful: int
    unfinished: int
    incidents: int
    recent_incidents: int
    latest_deployments: Frame
    """Newest first, at most 50: service, name, environment, branch, sha, finished_at, url."""
    latest_incidents: Frame
    """Newest first, at most 50: service, title, opened_at, resolved_at, url."""


@report(Permission.VIEW_DELIVERY)
def preview(
    ws: Workspace,
    *,
    project_id: UUID,
    deployments: Sequence[DeploymentRuleEntry] = (),
    incidents: Sequence[IncidentRuleEntry] = (),
) -> Preview:
    """What these rules would count in a project, by themselves; nothing is changed."""
    rules = [_deployment_pattern(entry) for entry in deployments]
    told = told_for(ws, ws.get(Project, project_id).id, rules)
    made = deployments_of(told, rules)
    done = made[made["outcome"] == PipelineOutcome.SUCCESS]
    services = ws.session.scalars(select(Deployment.service).where(Deployment.project_id == project_id).distinct())
    patterns = [_incident_pattern(entry) for entry in incidents]
    harm = incidents_of(told_issues(ws, project_id), patterns, services={*services, *made["service"]})
    since = ws.now - RECENT
    return Preview(
        deployments=len(done),
        recent_deployments=int((done["finished_at"] >= since).sum()),
        first_at=_or_none(done["finished_at"].min()),
        last_at=_or_none(done["finished_at"].max()),
        unsuccessful=len(made) - len(done),
        unfinished=unfinished(told, rules),
        incidents=len(harm),
        recent_incidents=int((harm["opened_at"] >= since).sum()),
        latest_deployments=_latest(done, ["service", "name", "environment", "branch", "sha", "finished_at", "url"]),
        latest_incidents=_latest(harm, ["service", "title", "opened_at", "resolved_at", "url"]),
    )


@action(Permission.EDIT_DELIVERY)
def add_rules(
    ws: Workspace,
    *,
    project_id: UUID,
    deployments: Sequence[DeploymentRuleEntry] = (),
    incidents: Sequence[IncidentRuleEntry] = (),
) -> list[UUID]:
    """Add rules to a project, and make its deployments and incidents anew; the keys of the rules."""
    project = ws.get(Project, project_id)
    rows = [
        *(_new(ws, DeploymentRule, project.id, entry) for entry in deployments),
        *(_new(ws, IncidentRule, project.id, entry) for entry in incidents),
    ]
    ws.session.flush()
    recount_delivery(ws, project.id)
    return [row.id for row in rows]


@action(Permission.EDIT_DELIVERY)
def change_deployment_rule(ws: Workspace, *, rule_id: UUID, told: DeploymentRuleEntry) -> None:
    """Let a rule count something else, and make the deployments of its project anew."""
    _change(ws, ws.get(DeploymentRule, rule_id), told)


@action(Permission.EDIT_DELIVERY)
def change_incident_rule(ws: Workspace, *, rule_id: UUID, told: IncidentRuleEntry) -> None:
    """Let a rule count something else, and make the incidents of its project anew."""
    _change(ws, ws.get(IncidentRule, rule_id), told)


@action(Permission.EDIT_DELIVERY)
def remove_deployment_rule(ws: Workspace, *, rule_id: UUID) -> None:
    """Remove a rule with the deployments that only it counted; adding it again brings them back."""
    _remove(ws, ws.get(DeploymentRule, rule_id))


@action(Permission.EDIT_DELIVERY)
def remove_incident_rule(ws: Workspace, *, rule_id: UUID) -> None:
    """Remove a rule with the incidents that only it counted; adding it again brings them back."""
    _remove(ws, ws.get(IncidentRule, rule_id))


@action(Permission.EDIT_DELIVERY)
def set_delivery(ws: Workspace, *, project_id: UUID, failure_hours: float, hotfix_patterns: Sequence[str] = ()) -> None:
    """Say how a project tells a failed deployment and its fix, and judge its deployments anew."""
    project = ws.get(Project, project_id)
    told = valid(DeliveryEntry, {"failure_hours": failure_hours, "hotfix_patterns": tuple(hotfix_patterns)})
    setting = setting_of(ws, project.id) or new_setting(ws, project.id)
    setting.failure_hours, setting.hotfix_patterns = told.failure_hours, list(told.hotfix_patterns)
    ws.session.flush()
    recount_delivery(ws, project.id)


def _new(ws: Workspace, table: type[Any], project_id: UUID, entry: DeploymentRuleEntry | IncidentRuleEntry) -> Any:
    _refuse_twins(ws, table, project_id, entry, besides=None)
    row = table(id=new_key(), project_id=project_id, **_values(entry))
    ws.session.add(row)
    ws.session.flush()
    return row


def _change(ws: Workspace, row: Any, entry: DeploymentRuleEntry | IncidentRuleEntry) -> None:
    _refuse_twins(ws, type(row), row.project_id, entry, besides=row.id)
    for name, value in _values(entry).items():
        setattr(row, name, value)
    ws.session.flush()
    recount_delivery(ws, row.project_id)


def _remove(ws: Workspace, row: Any) -> None:
    ws.session.delete(row)
    ws.session.flush()
    recount_delivery(ws, row.project_id)


def _refuse_twins(ws: Workspace, table: type[Any], project_id: UUID, entry: Any, *, besides: UUID | None) -> None:
    values = _values(entry)
    for other in ws.session.query(table).where(table.project_id == project_id):
        if other.id != besides and all(getattr(other, name) == value for name, value in values.items()):
            raise NotNow("There is this rule already.", advice="Change the other one, or leave it as it is.")


def _values(entry: DeploymentRuleEntry | IncidentRuleEntry) -> dict[str, Any]:
    told = dict(entry)
    return told | {"paths": list(told["paths"])} if "paths" in told else told


def _deployment_pattern(entry: DeploymentRuleEntry) -> DeploymentPattern:
    return DeploymentPattern(**dict(entry))


def _incident_pattern(entry: IncidentRuleEntry) -> IncidentPattern:
    return IncidentPattern(**dict(entry))


def _latest(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return rows[columns][::-1].head(SHOWN).reset_index(drop=True)


def _or_none(moment: Any) -> Any:
    return None if pd.isna(moment) else moment.to_pydatetime()
