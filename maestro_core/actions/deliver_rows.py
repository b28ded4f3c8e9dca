"""Writing the deployments, changes and incidents that the rules made: what is made again keeps its key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

import pandas as pd
from sqlalchemy import delete, select

from maestro_core.database import chunks, upsert
from maestro_core.models import Base, Deployment, DeploymentChange, Incident, new_key
from maestro_core.reports import records
from maestro_core.scoring.deployment_failures import Judged
from maestro_core.workspace import Workspace

KEY = ("source_id", "service", "origin", "external_id")
UNIQUE = ("source_id", "project_id", "service", "origin", "external_id")
DEPLOYMENT = (
    "name", "environment", "url", "sha", "branch", "outcome", "started_at", "finished_at", "is_first", "changes",
    "changes_reason", "is_rework", "failed", "recovered_at", "reason",
)  # fmt: skip
INCIDENT = ("title", "url", "opened_at", "resolved_at", "deployment_id", "is_linked")
CHANGE = ("commit_id", "started_at", "is_squashed", "pull_request_id")

Change = tuple[Any, ...]


def store_made(ws: Workspace, project_id: UUID, made: Judged, changes: pd.DataFrame) -> None:
    """Let the stored deployments and incidents of a project be these."""
    keys = _store(ws, project_id, Deployment, made.deployments, DEPLOYMENT)
    causes = [None if pd.isna(cause) else keys[int(cause)] for cause in made.incidents["cause"]]
    incidents = made.incidents.assign(deployment_id=pd.Series(causes, dtype=object, index=made.incidents.index))
    _store(ws, project_id, Incident, incidents, INCIDENT)
    _store_changes(ws, project_id, keys, changes)


def forget_made(ws: Workspace, project_id: UUID) -> None:
    """Remove what rules made of a project."""
    for table in (Incident, Deployment):
        ws.session.execute(delete(table).where(table.project_id == project_id))


def _store(
    ws: Workspace, project_id: UUID, table: type[Any], made: pd.DataFrame, values: tuple[str, ...]
) -> list[UUID]:
    """The keys of the rows, in their order."""
    columns = [getattr(table, name) for name in KEY]
    stored = {
        tuple(row[1:]): row[0]
        for row in ws.session.execute(select(table.id, *columns).where(table.project_id == project_id))
    }
    rows = records(made[[*KEY, *values]])
    told = [tuple(row[name] for name in KEY) for row in rows]
    keys = [stored.pop(key, None) or new_key() for key in told]
    for part in chunks(list(stored.values())):
        ws.session.execute(delete(table).where(table.id.in_(part)))
    whole = [row | {"id": key, "project_id": project_id} for key, row in zip(keys, rows, strict=True)]
    upsert(ws.session, cast(type[Base], table), whole, on=UNIQUE, update=values)
    return keys


def _store_changes(ws: Workspace, project_id: UUID, keys: list[UUID], changes: pd.DataFrame) -> None:
    stored = _stored_changes(ws, project_id)
    made: dict[UUID, set[Change]] = defaultdict(set)
    for place, change in zip(changes["deployment"].tolist(), _plain(changes), strict=True):
        made[keys[place]].add(change)
    different = [key for key in stored.keys() | made.keys() if stored.get(key) != made.get(key)]
    for part in chunks(different):
        ws.session.execute(delete(DeploymentChange).where(DeploymentChange.deployment_id.in_(part)))
    rows = [
        {"deployment_id": key} | dict(zip(CHANGE, change, strict=True))
        for key in different
        for change in made.get(key, ())
    ]
    upsert(ws.session, DeploymentChange, rows, on=("deployment_id", "commit_id"))


def _plain(changes: pd.DataFrame) -> Iterator[Change]:
    """The rows as they are stored; there are many, so column by column."""
    pull_requests = changes["pull_request_id"].astype(object)
    columns = (
        changes["commit_id"].tolist(),
        changes["started_at"].dt.to_pydatetime().tolist(),
        changes["is_squashed"].astype(bool).tolist(),
        pull_requests.where(pull_requests.notna(), None).tolist(),
    )
    return zip(*columns, strict=True)


def _stored_changes(ws: Workspace, project_id: UUID) -> dict[UUID, set[Change]]:
    columns = [getattr(DeploymentChange, name) for name in CHANGE]
    statement = select(DeploymentChange.deployment_id, *columns).join(
        Deployment, Deployment.id == DeploymentChange.deployment_id
    )
    stored: dict[UUID, set[Change]] = defaultdict(set)
    for deployment_id, *change in ws.session.execute(statement.where(Deployment.project_id == project_id)):
        stored[deployment_id].add(tuple(change))
    return stored
