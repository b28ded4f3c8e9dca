"""What is made from collected rows after each refresh and each change of a rule: one line for each."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from maestro_core.actions.deliver import recount_delivery
from maestro_core.actions.file_knowledge import know_files
from maestro_core.actions.pipeline_weeks import sum_pipeline_weeks
from maestro_core.models import DataSource
from maestro_core.workspace import Workspace

DERIVED: tuple[Callable[[Workspace, UUID], None], ...] = (recount_delivery, know_files, sum_pipeline_weeks)
"""Each takes the project whose rows changed, and makes its part anew."""


def derive(ws: Workspace, source: DataSource) -> None:
    """Make anew what rests on the rows of a source."""
    if source.project_id:
        derive_project(ws, source.project_id)


def derive_project(ws: Workspace, project_id: UUID) -> None:
    """Make anew what rests on the rows of a project, and on who is who."""
    for make in DERIVED:
        make(ws, project_id)
