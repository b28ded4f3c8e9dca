"""Who is on the team of a project, over REST. `/projects/{project_id}` tells them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel

from app.api.depends import InWorkspace, told
from maestro_core.actions import projects as actions
from maestro_core.actions.entries import MemberEntry, PersonEntry

router = APIRouter(prefix="/teams", tags=["teams"])


class NewMember(PersonEntry, MemberEntry):
    """Somebody on a project, with role, experience and dates."""


class Member(BaseModel):
    """A member by the key with which they are changed or taken off."""

    member_id: UUID


@router.post("/{project_id}/members", status_code=status.HTTP_201_CREATED)
def add_member(ws: InWorkspace, project_id: UUID, member: NewMember) -> Member:
    """Put a person on a project; 409 where they are on it already."""
    return Member(member_id=actions.add_member(ws, project_id=project_id, **told(member)))


@router.patch("/members/{member_id}", status_code=status.HTTP_204_NO_CONTENT)
def change_member(ws: InWorkspace, member_id: UUID, changes: MemberEntry) -> None:
    """Change role, experience or dates; null empties a field, what is left out stays."""
    actions.change_member(ws, member_id=member_id, **told(changes))


@router.delete("/members/{member_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_member(ws: InWorkspace, member_id: UUID) -> None:
    """Take a person off a project; the person stays known."""
    actions.remove_member(ws, member_id=member_id)
