"""Whether outcomes changed, asked so often that it must cost next to nothing."""

from __future__ import annotations

from sqlalchemy import func, select

from maestro_core.models import Project
from maestro_core.workspace import Workspace

MEASURED = (Project.model_performance, Project.business_impact, Project.delivery, Project.compute_cost)


def outcomes_known(ws: Workspace) -> tuple[object, ...]:
    """Another answer after an outcome was recorded, changed or withdrawn: one row of counts and sums, no project.

    Two changes at once that leave every sum as it was go unseen until the next training by the clock.
    """
    sums = (func.sum(column) for column in MEASURED)
    ends = (func.max(Project.finished_at), func.min(Project.finished_at), func.count(Project.finished_at))
    return tuple(ws.session.execute(select(func.count(Project.outcome), *ends, *sums)).one())
