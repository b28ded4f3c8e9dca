"""How many people the code depends on, of what is stored for each file: no history is read."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.models import CodeFile, Repository
from maestro_core.reports import Report, report
from maestro_core.reports.file_rows import file_authors, present_files
from maestro_core.scoring import ownership
from maestro_core.terms import Measured
from maestro_core.workspace import Workspace


class Knowledge(Report):
    """Who knows some projects' files today, told of the team: the same numbers as in the report of the code."""

    truck_factor: Measured[int]
    one_author_share: Measured[float]
    knowledge_at_risk: Measured[float]


@report(Permission.VIEW)
def knowledge(ws: Workspace, *, projects: Collection[UUID]) -> Knowledge:
    """On how many people these projects' files depend, as they stand now; vendored and generated ones are left out."""
    mine = CodeFile.repository_id.in_(select(Repository.id).where(Repository.project_id.in_(projects)))
    present = present_files(ws, mine)
    files = present[~present["is_left_out"]]
    authors = file_authors(ws, mine)
    known = authors[authors["file_id"].isin(files["file_id"])]
    return Knowledge(
        truck_factor=ownership.truck_factor(known, files),
        one_author_share=ownership.one_author_share(known, files),
        knowledge_at_risk=ownership.knowledge_at_risk(known, files),
    )
