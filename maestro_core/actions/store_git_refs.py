"""Storing the branches and tags of a repository as they stand now."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, select

from maestro_core.collectors.git_refs import BranchRow, TagRow
from maestro_core.database import chunks, upsert
from maestro_core.models import Branch, Release, Repository, new_key
from maestro_core.workspace import Workspace

TOLD = ("project_id", "sha", "released_at")


def store_branches(ws: Workspace, repository: Repository, branches: tuple[BranchRow, ...] | None) -> None:
    """The branches, all of them; None where they are not told yet."""
    if branches is None:
        return
    ws.session.execute(delete(Branch).where(Branch.repository_id == repository.id))
    rows = [asdict(branch) | {"repository_id": repository.id} for branch in branches]
    upsert(ws.session, Branch, rows, on=("repository_id", "name"))


def store_tags(ws: Workspace, repository: Repository, tags: tuple[TagRow, ...] | None) -> None:
    """The tags, all of them, as releases; None where they are not told yet."""
    if tags is None:
        return
    mine = Release.source_id == repository.source_id
    known = set(ws.session.scalars(select(Release.external_id).where(mine, Release.is_tag)))
    for part in chunks(sorted(known - {tag.name for tag in tags})):
        ws.session.execute(delete(Release).where(mine, Release.is_tag, Release.external_id.in_(part)))
    rows = [
        {"id": new_key(), "source_id": repository.source_id, "project_id": repository.project_id}
        | {"external_id": tag.name, "tag": tag.name, "name": tag.name, "sha": tag.sha, "released_at": tag.tagged_at}
        | {"is_tag": True, "url": ""}
        for tag in tags
    ]
    upsert(ws.session, Release, rows, on=("source_id", "external_id"), update=TOLD)
