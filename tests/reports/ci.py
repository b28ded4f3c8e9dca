"""CI pipelines for tests, with only what matters spelled out."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from maestro_core.models import DataSource, PipelineJob, PipelineRun
from maestro_core.terms import PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import added
from tests.conftest import NOW

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_numbers = count(1)


def a_tool(
    ws: Workspace, project_id: UUID, *, kind: SourceKind = SourceKind.GITHUB, refreshed: datetime | None = NOW
) -> UUID:
    name = f"tool {next(_numbers)}"
    source = DataSource(
        kind=kind, name=name, location=name, project_id=project_id, created_at=NOW, refreshed_at=refreshed
    )
    return added(ws, source)


def a_run(
    ws: Workspace,
    source_id: UUID,
    project_id: UUID,
    *,
    at: datetime = NOW - DAY,
    outcome: PipelineOutcome | None = PipelineOutcome.SUCCESS,
    took: float = 10,
    **facts: Any,
) -> UUID:
    number = next(_numbers)
    told = {"external_id": str(number), "pipeline": "ci", "url": f"https://ci.example/{number}", "trigger": "push"}
    told |= {"branch": "main", "sha": f"{number:040x}", "started_at": at + MINUTE}
    told |= {"finished_at": at + (1 + took) * MINUTE} | facts
    return added(ws, PipelineRun(source_id=source_id, project_id=project_id, outcome=outcome, created_at=at, **told))


def a_job(
    ws: Workspace,
    run_id: UUID,
    name: str = "test",
    *,
    at: datetime = NOW - DAY,
    outcome: PipelineOutcome | None = PipelineOutcome.SUCCESS,
    took: float = 4,
    **facts: Any,
) -> UUID:
    number = next(_numbers)
    told = {"external_id": str(number), "url": f"https://ci.example/job/{number}", "created_at": at}
    told |= {"started_at": at, "finished_at": at + took * MINUTE} | facts
    return added(ws, PipelineJob(run_id=run_id, name=name, outcome=outcome, **told))
