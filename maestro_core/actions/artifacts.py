"""Registering artifacts and their versions, and recording who uses them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import ArtifactEntry, UseEntry, VersionEntry, valid
from maestro_core.actions.people import person_meant
from maestro_core.actions.unique import unless_taken
from maestro_core.database import upsert
from maestro_core.errors import NotFound
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion, Project, new_key
from maestro_core.terms import ArtifactKind
from maestro_core.workspace import Workspace


@action(Permission.EDIT_ARTIFACTS)
def register_artifact(ws: Workspace, /, *, name: str, kind: ArtifactKind, **facts: Any) -> UUID:
    """Make an artifact known; `facts` are the other fields of `ArtifactEntry`. Its key.

    An artifact is known by kind and name: registering it again changes what is told and keeps its key.
    """
    told = valid(ArtifactEntry, {"name": name, "kind": kind} | facts)
    row = {**dict(told), "tags": list(told.tags), "id": new_key(), "created_at": ws.now}
    upsert(ws.session, Artifact, [row], on=("kind", "name"), update=sorted(facts))
    return ws.session.scalars(select(Artifact.id).where(Artifact.kind == told.kind, Artifact.name == told.name)).one()


@action(Permission.EDIT_ARTIFACTS)
def change_artifact(ws: Workspace, /, *, artifact_id: UUID, **changes: Any) -> None:
    """Change these fields of an artifact; the others stay as they are."""
    artifact = ws.get(Artifact, artifact_id)
    known = {name: getattr(artifact, name) for name in ArtifactEntry.model_fields}
    told = valid(ArtifactEntry, known | changes)
    with unless_taken(ws, f"There is a {told.kind} named {told.name} already.", advice="Choose another name."):
        for name, value in {**dict(told), "tags": list(told.tags)}.items():
            setattr(artifact, name, value)


@action(Permission.EDIT_ARTIFACTS)
def add_version(ws: Workspace, /, *, artifact_id: UUID, version: str, **facts: Any) -> UUID:
    """Add a version with `digest` and `tags`; adding it again changes what is told. The key of the version."""
    told = valid(VersionEntry, {"version": version} | facts)
    return _version(ws, ws.get(Artifact, artifact_id).id, told, update=sorted(facts))


@action(Permission.EDIT_ARTIFACTS)
def remove_artifact(ws: Workspace, *, artifact_id: UUID) -> None:
    """Remove an artifact with its versions, uses and scores. It cannot be undone."""
    ws.session.delete(ws.get(Artifact, artifact_id))
    ws.session.flush()


@action(Permission.USE_ARTIFACTS)
def use_artifact(ws: Workspace, /, *, artifact_id: UUID, project: UUID | str, **facts: Any) -> bool:
    """Record that a project, given by key or name, uses an artifact; whether that was news.

    `facts` are the fields of `UseEntry`. A version or person not known yet becomes known. An `origin` told before
    changes nothing; without one, every call is a use of its own.
    """
    told = valid(UseEntry, facts)
    artifact, project_id = ws.get(Artifact, artifact_id), _project(ws, project)
    if told.origin and _is_told(ws, told.origin):
        return False
    use = ArtifactUsage(
        artifact_id=artifact.id,
        project_id=project_id,
        version_id=_version(ws, artifact.id, VersionEntry(version=told.version)) if told.version else None,
        person_id=person_meant(ws, told.person) if told.person else None,
        used_at=told.used_at or ws.now,
        origin=told.origin or f"told:{new_key()}",
    )
    with unless_taken(ws, "This use is being told by somebody else right now.", advice="There is nothing to do."):
        ws.session.add(use)
    return True


def _project(ws: Workspace, project: UUID | str) -> UUID:
    if isinstance(project, UUID):
        return ws.get(Project, project).id
    project_id = ws.session.scalar(select(Project.id).where(Project.name == project.strip()))
    if project_id is None:
        raise NotFound(f"There is no project named {project}.", advice="Add the project first, or correct its name.")
    return project_id


def _is_told(ws: Workspace, origin: str) -> bool:
    return ws.session.scalar(select(ArtifactUsage.id).where(ArtifactUsage.origin == origin)) is not None


def _version(ws: Workspace, artifact_id: UUID, told: VersionEntry, *, update: list[str] | None = None) -> UUID:
    row = {"id": new_key(), "artifact_id": artifact_id, "created_at": ws.now}
    row |= {"version": told.version, "digest": told.digest, "tags": list(told.tags)}
    upsert(ws.session, ArtifactVersion, [row], on=("artifact_id", "version"), update=update or [])
    same = (ArtifactVersion.artifact_id == artifact_id, ArtifactVersion.version == told.version)
    return ws.session.scalars(select(ArtifactVersion.id).where(*same)).one()
