"""From GitLab into the database and onto the page: a job that is retried later, in the pipeline that it belongs to."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from maestro_core.actions.derived import derive_project
from maestro_core.actions.store_delivery import store_delivery
from maestro_core.collectors.gitlab import GitLab
from maestro_core.collectors.pacing import Clock
from maestro_core.models import DataSource, PipelineRun
from maestro_core.reports import pipelines
from maestro_core.reports.pipelines import Pipelines
from maestro_core.terms import Period, SourceKind
from tests.actions.stored_delivery import a_source
from tests.conftest import House
from tests.replay.gitlab import START, GitLabProject, stamp
from tests.replay.server import Replay, replaying

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PERIOD = Period(START - DAY, START + 13 * DAY)


def test_a_pipeline_whose_job_is_retried_later_stays_one_run_and_becomes_a_re_run(house: House) -> None:
    project = GitLabProject()
    failed = project.a_job(status="failed", failure_reason="script_failure")
    jobs = [failed]
    told = project.a_pipeline(status="failed", jobs=jobs)
    with house.open() as ws:
        source_id = a_source(ws, SourceKind.GITLAB).id
    with replaying(project.answer) as replay:
        replay.now = START + 10 * DAY
        first = _refreshed(house, source_id, replay)
        jobs.append(project.a_job(at=START + 9 * DAY))
        failed["retried"] = True
        told |= {"status": "success", "updated_at": stamp(START + 10 * DAY)}
        replay.now += DAY
        second = _refreshed(house, source_id, replay)
    assert (first.now.runs.value, first.now.rerun_rate.value, first.now.wasted.value) == (1, 0, 1)
    assert (second.now.runs.value, second.now.rerun_rate.value, second.now.wasted.value) == (1, 1, pytest.approx(0.5))
    assert second.flakiness.value == 1


def _refreshed(house: House, source_id: UUID, replay: Replay) -> Pipelines:
    """What the page says after a refresh, which sums the weeks that are over."""
    clock = Clock(lambda: replay.now, lambda _seconds: None)
    collector = GitLab(location=f"{replay.url}/group/team/churn", clock=clock)
    with house.open(now=replay.now) as ws:
        source = ws.get(DataSource, source_id)
        for batch in collector.collect(source.cursor):
            store_delivery(ws, source, batch)  # type: ignore[arg-type]
        assert source.project_id
        derive_project(ws, source.project_id)
        stored = ws.session.scalar(select(func.count(PipelineRun.id)).where(PipelineRun.source_id == source_id))
        answer = pipelines.pipelines(ws, projects=[source.project_id], period=PERIOD)
        assert answer.now.runs.value == stored
        return answer
