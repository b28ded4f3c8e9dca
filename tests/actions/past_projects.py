"""Projects that something can be learned from."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, a_use, an_artifact
from tests.conftest import NOW

DAY = timedelta(days=1)


def past_projects(ws: Workspace, number: int = 36) -> list[UUID]:
    """Long finished projects, every other of which used an artifact that helped, and every third another one."""
    artifact, other, projects = an_artifact(ws), an_artifact(ws, "other"), []
    for place in range(number):
        project = a_finished_project(
            ws,
            success=50.0 + 20 * (place % 2) + place % 5,
            complexity=2.0 + place % 6,
            team_size=2.0 + place % 4,
            started_at=NOW - (500 + 3 * (place % 7)) * DAY,
            finished_at=NOW - (400 + place) * DAY,
            compute_cost=100.0 + place,
        )
        if place % 2:
            a_use(ws, artifact, project, NOW - 490 * DAY)
        if place % 3 == 0:
            a_use(ws, other, project, NOW - 490 * DAY)
        projects.append(project)
    return projects


def a_running_project(ws: Workspace, **facts: object) -> UUID:
    return a_project(ws, **{"complexity": 4.0, "team_size": 3.0, "started_at": NOW - 20 * DAY} | facts)
