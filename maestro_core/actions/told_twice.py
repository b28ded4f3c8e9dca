"""What both a tool's own source and a push tell: one run or deployment, kept as the tool's source tells it.

Both name it by the tool's key. The commit must agree too, since what is pushed may be numbered by anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select

from maestro_core.actions.cleaning import clean_key
from maestro_core.collectors.delivery import DeliveryBatch, SeenDeployment
from maestro_core.collectors.gitlab_children import SOURCE as CHILD
from maestro_core.database import chunks
from maestro_core.models import DataSource, DeploymentEvent, PipelineRun
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

READ = (SourceKind.GITHUB, SourceKind.GITLAB, SourceKind.JENKINS, SourceKind.CIRCLECI)
Same = tuple[str, int, str]
"""Key, attempt and commit."""


def without_what_is_read(ws: Workspace, source: DataSource, batch: DeliveryBatch) -> DeliveryBatch:
    """What was pushed, but for what another source of the project told itself, which tells more.

    A deployment's end that the other source has not seen is kept until it has: some wait for weeks to be approved. A
    source of GitLab tells the jobs of child pipelines as those of their parents.
    """
    others = _sources(ws, source, *READ)
    knows_children = bool(_sources(ws, source, SourceKind.GITLAB))
    runs = {_same(row) for row in _alike(ws, PipelineRun, others, batch.runs)}
    ended = {_same(row): bool(row.outcome) for row in _alike(ws, DeploymentEvent, others, batch.deployments)}
    return replace(
        batch,
        runs=tuple(
            run for run in batch.runs if _same(run) not in runs and not (knows_children and run.trigger == CHILD)
        ),
        deployments=tuple(each for each in batch.deployments if _is_news(each, ended.get(_same(each)))),
    )


def _is_news(told: SeenDeployment, has_ended: bool | None) -> bool:
    """Whether this tells more than is read of it; None is nothing."""
    return has_ended is None or (not has_ended and told.outcome is not None)


def forget_what_was_pushed(ws: Workspace, source: DataSource, batch: DeliveryBatch) -> list[datetime]:
    """Remove what was pushed before its own source told it; when the runs among it were created.

    A deployment's end that was pushed stays until its own source tells one.
    """
    pushed = [] if source.kind is SourceKind.PUSH else _sources(ws, source, SourceKind.PUSH)
    runs = [*_alike(ws, PipelineRun, pushed, batch.runs), *_children(ws, source, pushed)]
    ended = {_same(each) for each in batch.deployments if each.outcome}
    events = _alike(ws, DeploymentEvent, pushed, batch.deployments)
    deployments = [row for row in events if not row.outcome or _same(row) in ended]
    for model, rows in ((PipelineRun, runs), (DeploymentEvent, deployments)):
        for some in chunks([row.id for row in rows]):
            ws.session.execute(delete(model).where(model.id.in_(some)))
    return [row.created_at for row in runs]


def _children(ws: Workspace, source: DataSource, pushed: Sequence[UUID]) -> Iterator[Row[UUID, datetime]]:
    """Child pipelines that were pushed as runs of their own, before a source of GitLab was connected."""
    if pushed and source.kind is SourceKind.GITLAB:
        mine = select(PipelineRun.id, PipelineRun.created_at).where(PipelineRun.source_id.in_(pushed))
        yield from ws.session.execute(mine.where(PipelineRun.trigger == CHILD))


def _sources(ws: Workspace, source: DataSource, *kinds: SourceKind) -> list[UUID]:
    mine = select(DataSource.id).where(DataSource.project_id == source.project_id, DataSource.kind.in_(kinds))
    return list(ws.session.scalars(mine))


def _alike(ws: Workspace, model: Any, sources: Sequence[UUID], told: Iterable[Any]) -> Iterator[Row[Any]]:
    """The rows of these sources that tell the same as what is told now."""
    same = {_same(each) for each in told if each.sha}
    columns = [model.id, model.external_id, model.sha, model.created_at, model.outcome]
    attempt = [model.attempt] if model is PipelineRun else []
    of_sources = select(*columns, *attempt).where(model.source_id.in_(sources))
    for some in chunks(sorted({key for key, _, _ in same}) if sources else []):
        rows = ws.session.execute(of_sources.where(model.external_id.in_(some)))
        yield from (row for row in rows if _same(row) in same)


def _same(each: Any) -> Same:
    return clean_key(each.external_id), getattr(each, "attempt", 1), each.sha or ""
