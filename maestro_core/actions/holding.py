"""Waiting for what is being stored, before people are removed."""

from __future__ import annotations

from sqlalchemy import select

from maestro_core.models import Project
from maestro_core.workspace import Workspace


def hold_projects(ws: Workspace) -> None:
    """Let nothing be stored until this workspace ends: whatever is, holds the row of its project first.

    With somebody who is removed goes what names them: also what was stored between looking and removing.
    """
    ws.session.execute(select(Project.id).order_by(Project.id).with_for_update())
