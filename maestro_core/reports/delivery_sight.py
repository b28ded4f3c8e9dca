"""What can be seen of the delivery of projects: rules, sources, and what is missing."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select

from maestro_core.models import DataSource, IncidentRule, Issue
from maestro_core.terms import IncidentOrigin, SourceKind
from maestro_core.workspace import Workspace

TELLS_OF_ISSUES = (SourceKind.GITHUB, SourceKind.GITLAB, SourceKind.PUSH)
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
    told = ws.session.execute(rules).all()
    origins = {origin for origin, of in told if service is None or of.casefold() in ("", service.casefold())}
    if not origins:
        return NO_RULE
    if IncidentOrigin.FIX in origins:
        return None
    kinds = PUSHED if origins == {IncidentOrigin.PUSHED} else TELLS_OF_ISSUES
    source = select(func.count(DataSource.id)).where(DataSource.project_id == project_id, DataSource.kind.in_(kinds))
    issue = select(Issue.id).where(Issue.project_id == project_id).limit(1)
    return None if ws.session.scalar(source) or ws.session.scalar(issue) else NO_SOURCE


PUSHED = (SourceKind.PUSH,)
