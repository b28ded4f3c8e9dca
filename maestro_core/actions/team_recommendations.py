"""Dismissing a recommendation for a team until its number gets clearly worse, and bringing it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import Entry, valid
from maestro_core.actions.entry_fields import Words
from maestro_core.database import upsert
from maestro_core.models import DismissedRecommendation, Project, new_key
from maestro_core.reports.team_recommendations import refuse_unknown_rule
from maestro_core.workspace import Workspace

LONGEST_DAYS = 730


class DismissalEntry(Entry):
    """Why a recommendation is not wanted, and for how long; without days, until its number gets clearly worse."""

    why: Words = Field(default="", examples=["We release together with the hardware, every month."])
    days: int | None = Field(default=None, ge=1, le=LONGEST_DAYS, examples=[90])


@action(Permission.EDIT_PROJECTS)
def dismiss_recommendation(
    ws: Workspace, *, project_id: UUID, rule: str, value: float, why: str = "", days: int | None = None
) -> None:
    """Keep a recommendation away from a project's team: for some days, or until its number is clearly worse than this.

    `value` is the number that was read, by `reports.team_recommendations.recommended` or on the page: reading it takes
    a while, in which nobody else should wait to write. See `scoring.team_recommendations.is_clearly_worse`. Dismissed
    again, the present number, reason and time count. `NotFound` where there is no such project or rule any more.
    """
    entry = valid(DismissalEntry, {"why": why, "days": days})
    project = _project(ws, project_id, rule)
    row = {
        "id": new_key(),
        "project_id": project.id,
        "rule": rule,
        "value": value,
        "why": entry.why,
        "until": _until(ws.now, entry.days),
        "dismissed_by": ws.member.membership_id,
        "dismissed_at": ws.now,
    }
    changed = ("value", "why", "until", "dismissed_by", "dismissed_at")
    upsert(ws.session, DismissedRecommendation, [row], on=("project_id", "rule"), update=changed)


@action(Permission.EDIT_PROJECTS)
def restore_recommendation(ws: Workspace, *, project_id: UUID, rule: str) -> None:
    """Bring a dismissed recommendation back; where it was not dismissed, nothing changes."""
    project = _project(ws, project_id, rule)
    mine = (DismissedRecommendation.project_id == project.id, DismissedRecommendation.rule == rule)
    ws.session.execute(delete(DismissedRecommendation).where(*mine))


def _project(ws: Workspace, project_id: UUID, rule: str) -> Project:
    refuse_unknown_rule(rule)
    return ws.get(Project, project_id)


def _until(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now + timedelta(days=days)
