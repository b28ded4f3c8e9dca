"""From Jenkins and CircleCI into the database: wherever a reading is cut off, nothing is lost or told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from maestro_core.actions.store_delivery import store_delivery
from maestro_core.collectors import Collector
from maestro_core.collectors.circleci import CircleCI
from maestro_core.collectors.jenkins import Jenkins
from maestro_core.collectors.pacing import Clock
from maestro_core.models import DataQualityIssue, DataSource, PipelineJob, PipelineRun, ProcessMetric
from maestro_core.terms import SourceKind
from tests.actions.stored_delivery import a_source
from tests.collectors.circleci_answering import SLUG, PretendCircle
from tests.collectors.jenkins_answering import START, PretendJenkins, a_build, a_stage
from tests.collectors.replay_json import replaying
from tests.conftest import House

CLOCK = Clock(lambda: START + timedelta(days=30), lambda _seconds: None)
APP = "/job/app"
Makes = Callable[[], Collector]


def _jenkins() -> PretendJenkins:
    unfinished = (3, 140)
    builds = [a_build(number, None if number in unfinished else "FAILURE") for number in range(1, 231)]
    return PretendJenkins({APP: builds}, stages={(APP, n): [a_stage("6", "Build", "FAILED")] for n in range(1, 231)})


def _circle() -> PretendCircle:
    circle = PretendCircle()
    for number in range(1, 51):
        circle.add(number, "running" if number in (3, 40) else "failed")
    return circle


@pytest.fixture(params=["jenkins", "circleci"])
def makes(request: pytest.FixtureRequest) -> Iterator[tuple[SourceKind, Makes]]:
    """A tool with several pages, some of which is unfinished."""
    if request.param == "jenkins":
        with replaying(_jenkins().answer) as replay:
            yield SourceKind.JENKINS, lambda: Jenkins(location=replay.url + APP, clock=CLOCK)
    else:
        with replaying(_circle().answer) as replay:
            yield SourceKind.CIRCLECI, lambda: CircleCI(location=f"{replay.url}/{SLUG}", clock=CLOCK)


def _source(house: House, kind: SourceKind) -> UUID:
    with house.open() as ws:
        return a_source(ws, kind).id


def _read(house: House, source_id: UUID, collector: Collector, *, batches: int | None = None) -> int:
    """How many batches were stored, each in a workspace of its own."""
    with house.open(reading=True) as ws:
        cursor = ws.get(DataSource, source_id).cursor
    stored = 0
    for batch in collector.collect(cursor):
        with house.open() as ws:
            store_delivery(ws, ws.get(DataSource, source_id), batch)  # type: ignore[arg-type]
        stored += 1
        if stored == batches:
            break
    return stored


def _everything(house: House, source_id: UUID) -> list[list[Any]]:
    run = PipelineRun
    with house.open(reading=True) as ws:
        mine = run.source_id == source_id
        project_id = ws.get(DataSource, source_id).project_id
        jobs = select(run.external_id, run.attempt, PipelineJob.name, PipelineJob.external_id, PipelineJob.outcome)
        days = select(ProcessMetric.measure, ProcessMetric.day, ProcessMetric.value)
        told = (
            select(run.external_id, run.attempt, run.outcome, run.created_at, run.finished_at, run.sha).where(mine),
            jobs.join(PipelineJob, PipelineJob.run_id == run.id).where(mine),
            days.where(ProcessMetric.project_id == project_id),
            select(DataQualityIssue.kind, DataQualityIssue.subject).where(DataQualityIssue.source_id == source_id),
        )
        return [sorted(map(str, ws.session.execute(each))) for each in told]


@pytest.mark.slow
def test_a_reading_cut_off_after_every_batch_leaves_what_a_whole_one_leaves(
    house: House, makes: tuple[SourceKind, Makes]
) -> None:
    kind, collector = makes
    whole, parts = _source(house, kind), _source(house, kind)
    assert _read(house, whole, collector()) > 2
    for _ in range(20):
        if _read(house, parts, collector(), batches=1) == 0:
            break
    assert _everything(house, parts) == _everything(house, whole)
    assert len(_everything(house, whole)[0]) in (230, 50)
