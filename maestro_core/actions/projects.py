"""Adding and changing projects, their outcomes and their members."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import MemberEntry, OutcomeEntry, PersonEntry, ProjectEntry, valid
from maestro_core.actions.people import person_known_as
from maestro_core.actions.unique import unless_taken
from maestro_core.errors import InvalidInput, NotNow
from maestro_core.models import Project, TeamMember, new_key
from maestro_core.workspace import Workspace

ANOTHER_NAME = "Choose another name, or change the project that has it."


@action(Permission.EDIT_PROJECTS)
def add_project(ws: Workspace, /, *, name: str, **facts: Any) -> UUID:
    """Add a project; `facts` are the other fields of `ProjectEntry`. Its key.

    A name that is taken raises `NotNow`, a value that cannot be `InvalidInput`.
    """
    told = valid(ProjectEntry, {"name": name} | facts)
    project = Project(id=new_key(), created_at=ws.now, **dict(told))
    with unless_taken(ws, f"There is a project named {told.name} already.", advice=ANOTHER_NAME):
        ws.session.add(project)
    return project.id


@action(Permission.EDIT_PROJECTS)
def change_project(ws: Workspace, /, *, project_id: UUID, **changes: Any) -> None:
    """Change these fields of a project; None empties one, the others stay as they are."""
    project = ws.get(Project, project_id)
    told = valid(ProjectEntry, _fields(project, ProjectEntry) | changes)
    if project.outcome and told.finished_at is None:
        raise NotNow(f"{project.name} has an outcome.", advice="Withdraw the outcome before the end.")
    with unless_taken(ws, f"There is a project named {told.name} already.", advice=ANOTHER_NAME):
        _assign(project, dict(told))


@action(Permission.EDIT_PROJECTS)
def record_outcome(ws: Workspace, /, *, project_id: UUID, **told: Any) -> None:
    """Record how a project ended and the parts of its success; the fields are those of `OutcomeEntry`.

    Fields that are not told stay as they are; `outcome=None` withdraws the outcome. A project with an outcome has an
    end, and the end is not in the future.
    """
    project = ws.get(Project, project_id)
    entry = valid(OutcomeEntry, _fields(project, OutcomeEntry) | told)
    valid(ProjectEntry, _fields(project, ProjectEntry) | {"finished_at": entry.finished_at})
    if entry.outcome and entry.finished_at is None:
        raise InvalidInput(f"When did {project.name} finish?", advice="Tell the date with the outcome.")
    if entry.outcome and entry.finished_at and entry.finished_at > ws.now:
        raise InvalidInput(f"{project.name} has not finished yet.", advice="Record the outcome when it has.")
    _assign(project, dict(entry))


@action(Permission.EDIT_PROJECTS)
def remove_project(ws: Workspace, *, project_id: UUID) -> None:
    """Remove a project with its members, uses, sources and everything they brought. It cannot be undone."""
    ws.session.delete(ws.get(Project, project_id))
    ws.session.flush()


@action(Permission.EDIT_PROJECTS)
def add_member(ws: Workspace, /, *, project_id: UUID, person: str, email: str | None = None, **facts: Any) -> UUID:
    """Put a person on a project; `facts` are the fields of `MemberEntry`. The key of the member."""
    project, who = ws.get(Project, project_id), valid(PersonEntry, {"person": person, "email": email})
    told = valid(MemberEntry, facts)
    person_id = person_known_as(ws, name=who.person, email=who.email)
    member = TeamMember(id=new_key(), project_id=project.id, person_id=person_id, **dict(told))
    with unless_taken(ws, f"{who.person} is on {project.name} already.", advice="Change the member instead."):
        ws.session.add(member)
    return member.id


@action(Permission.EDIT_PROJECTS)
def change_member(ws: Workspace, /, *, member_id: UUID, **changes: Any) -> None:
    """Change the role, experience or dates of a member; what is not told stays as it is."""
    member = ws.get(TeamMember, member_id)
    _assign(member, dict(valid(MemberEntry, _fields(member, MemberEntry) | changes)))


@action(Permission.EDIT_PROJECTS)
def remove_member(ws: Workspace, *, member_id: UUID) -> None:
    """Take a person off a project; the person stays known."""
    ws.session.delete(ws.get(TeamMember, member_id))
    ws.session.flush()


def _fields(row: Project | TeamMember, entry: type[ProjectEntry | OutcomeEntry | MemberEntry]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in entry.model_fields}


def _assign(row: Project | TeamMember, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
