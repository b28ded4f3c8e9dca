"""Rows that belong to a person: moved from one to another, and kept as plain values to be put back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from maestro_core.models import Account, ArtifactUsage, IdentityDecision, Person, Project, TeamMember
from maestro_core.workspace import Workspace

MEMBERSHIP = ("project_id", "role", "experience_years", "joined_at", "left_at")
MOVED = {"accounts": Account, "usages": ArtifactUsage, "members": TeamMember, "decisions": IdentityDecision}
"""What a merge moves, by the name under which the decision keeps the keys."""


def person_as_told(person: Person) -> dict[str, Any]:
    """A person as plain values."""
    return {"id": str(person.id), "name": person.name, "email": person.email, "is_bot": person.is_bot}


def as_it_was(ws: Workspace, kept: Person, other: Person) -> dict[str, Any]:
    """What a merge moves, as keys, and whole where it is removed because both were in the same team."""
    shared = set(ws.session.scalars(select(TeamMember.project_id).where(TeamMember.person_id == kept.id)))
    members = list(ws.session.scalars(select(TeamMember).where(TeamMember.person_id == other.id)))
    return {
        "person": person_as_told(other),
        **{name: keys_of(ws, table, other.id) for name, table in MOVED.items() if table is not TeamMember},
        "members": [str(member.id) for member in members if member.project_id not in shared],
        "removed_members": [_membership(member) for member in members if member.project_id in shared],
    }


def move(ws: Workspace, before: dict[str, Any], other_id: UUID, person_id: UUID) -> None:
    """Give all that is somebody's to somebody else, but memberships in a team that both were in."""
    removed = [UUID(row["id"]) for row in before["removed_members"]]
    ws.session.execute(delete(TeamMember).where(TeamMember.id.in_(removed)))
    # Decisions about somebody who is merged now are about who remains.
    for table in MOVED.values():
        reassign(ws, table, other_id, person_id)


def put_back(ws: Workspace, row: dict[str, Any], person_id: UUID) -> None:
    """Make somebody a member again as they were, where the project is still there."""
    project_id = UUID(row["project_id"])
    if ws.session.get(Project, (project_id, ws.member.tenant_id)) is None:
        return
    ws.session.add(TeamMember(id=UUID(row["id"]), person_id=person_id, project_id=project_id, **_told(row)))


def reassign(ws: Workspace, table: Any, from_id: UUID, to_id: UUID, *, keys: Iterable[str] | None = None) -> None:
    """Give rows of one person to another: all, or those of these keys that are still theirs."""
    mine = table.person_id == from_id
    among = mine if keys is None else mine & table.id.in_([UUID(key) for key in keys])
    ws.session.execute(update(table).where(among).values(person_id=to_id))


def keys_of(ws: Workspace, table: Any, person_id: UUID) -> list[str]:
    """The keys of a person's rows."""
    return [str(key) for key in ws.session.scalars(select(table.id).where(table.person_id == person_id))]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    moments = {name: row[name] and datetime.fromisoformat(row[name]) for name in ("joined_at", "left_at")}
    return {"role": row["role"], "experience_years": row["experience_years"], **moments}


def _membership(member: TeamMember) -> dict[str, Any]:
    values = {name: getattr(member, name) for name in MEMBERSHIP}
    plain = {
        name: value if value is None or name == "experience_years" else str(value) for name, value in values.items()
    }
    return {"id": str(member.id)} | plain
