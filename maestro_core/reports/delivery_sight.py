"""What can be seen of the delivery of projects: rules, sources, and what is missing."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, exists, select

from maestro_core.models import DataQualityIssue, DataSource, IncidentRule, Issue
from maestro_core.terms import UNREADABLE, IncidentOrigin, SourceKind
from maestro_core.workspace import Workspace

TELLS_OF_ISSUES = (SourceKind.GITHUB, SourceKind.GITLAB)
NO_RULE = "no rule says what an incident is"
NO_SOURCE = "no source tells of incidents"


def blind_to_incidents(ws: Workspace, *, projects: Collection[UUID], service: str | None = None) -> str | None:
    """Why nothing is known of incidents: then a rate without any would be a guess. None where some could be seen."""
    reasons = [_blind(ws, project_id, service) for project_id in projects]
    missing = [reason for reason in reasons if reason]
    if not missing:
        return None
    return missing[0] if len(reasons) == 1 else f"{len(missing)} of {len(reasons)} projects: {missing[0]}"


def _blind(ws: Workspace, project_id: UUID, service: str | None) -> str | None:
    rules = select(IncidentRule.origin, IncidentRule.service).where(IncidentRule.project_id == project_id)
    origins = {
        origin
        for origin, of in ws.session.execute(rules)
        if service is None or of.casefold() in ("", service.casefold())
    }
    if not origins:
        return NO_RULE
    if IncidentOrigin.FIX in origins:
        return None
    mine = DataSource.project_id == project_id
    told: list[Select[UUID]] = [select(Issue.id).where(Issue.project_id == project_id)]
    if IncidentOrigin.LABEL in origins:
        told.append(_read().where(mine))
    if IncidentOrigin.PUSHED in origins:
        told.append(select(DataSource.id).where(mine, DataSource.kind == SourceKind.PUSH))
    return None if any(ws.session.scalar(found.limit(1)) for found in told) else NO_SOURCE


def _read() -> Select[UUID]:
    """Sources whose issues were read to the end, though there may be none."""
    unreadable = exists().where(DataQualityIssue.source_id == DataSource.id, DataQualityIssue.kind == UNREADABLE)
    read = (DataSource.kind.in_(TELLS_OF_ISSUES), DataSource.refreshed_at.is_not(None))
    return select(DataSource.id).where(*read, ~unreadable.where(DataQualityIssue.subject == "issues"))
