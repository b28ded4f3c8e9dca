"""Planning to use an artifact, and taking the plan back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.database import upsert
from maestro_core.errors import NotNow
from maestro_core.models import Artifact, ArtifactUsage, PlannedUse, Project, new_key
from maestro_core.workspace import Workspace


@action(Permission.USE_ARTIFACTS)
def plan_use(ws: Workspace, *, project_id: UUID, artifact_id: UUID) -> None:
    """Plan that a project uses an artifact; planned again, it stays planned since the first time.

    A plan is no use: it counts in no score. It is fulfilled once a use is recorded, by whatever tells it. Made before
    the project starts, it counts among the artifacts that the project begins with, which predictions start from.
    """
    project, artifact = ws.get(Project, project_id), ws.get(Artifact, artifact_id)
    if _is_used(ws, project_id, artifact_id):
        raise NotNow(f"{project.name} uses {artifact.name} already.", advice="There is nothing to plan.")
    plan = {"id": new_key(), "project_id": project.id, "artifact_id": artifact.id, "planned_at": ws.now}
    upsert(ws.session, PlannedUse, [plan], on=("project_id", "artifact_id"), update=[])


@action(Permission.USE_ARTIFACTS)
def drop_plan(ws: Workspace, *, project_id: UUID, artifact_id: UUID) -> None:
    """Take back the plan that a project uses an artifact; where there is none, nothing changes."""
    project, artifact = ws.get(Project, project_id), ws.get(Artifact, artifact_id)
    mine = (PlannedUse.project_id == project.id, PlannedUse.artifact_id == artifact.id)
    ws.session.execute(delete(PlannedUse).where(*mine))


def _is_used(ws: Workspace, project_id: UUID, artifact_id: UUID) -> bool:
    uses = (ArtifactUsage.project_id == project_id, ArtifactUsage.artifact_id == artifact_id)
    return ws.session.scalar(select(ArtifactUsage.id).where(*uses).limit(1)) is not None
