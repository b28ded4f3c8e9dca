"""A pipeline that a webhook of GitLab pushes, onto the page: it counts no attempts, and its jobs are retried within."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from maestro_core.actions.push import PushDoor, connect_push, push_pipeline_runs, receive_webhook
from maestro_core.actions.push_entries import PipelineRunEntry
from maestro_core.actions.push_signature import Proof, Scheme
from maestro_core.models import DeploymentEvent, PipelineRun
from maestro_core.reports import pipelines
from maestro_core.reports.pipelines import Pipelines
from maestro_core.terms import Period, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import MONDAY, a_run, a_source, told
from tests.builders import a_project
from tests.conftest import NOW

PERIOD = Period(MONDAY, NOW)


def a_build(number: int, status: str, day: int) -> dict[str, Any]:
    """A job of ten minutes."""
    at = f"2026-06-{day:02d} 09:{{}}:00 UTC".format
    return {
        "id": number,
        "stage": "test",
        "name": "unit",
        "status": status,
        "created_at": at("01"),
        "started_at": at("02"),
        "finished_at": at("12"),
    }


def push(ws: Workspace, door: PushDoor, build: dict[str, Any], **told: Any) -> None:
    """A pipeline whose latest jobs are these: a retried job takes the place of the first."""
    pipeline = {
        "id": 31,
        "ref": "main",
        "sha": "b" * 40,
        "source": "push",
        "status": build["status"],
        "created_at": "2026-06-02 09:00:00 UTC",
        "finished_at": build["finished_at"],
        **told,
    }
    project = {"web_url": "https://gitlab.example.org/team/app"}
    body = json.dumps({"object_attributes": pipeline, "project": project, "builds": [build]}).encode()
    proof = Proof(scheme=Scheme.GITLAB, event="Pipeline Hook", proof=door.secret)
    receive_webhook(ws, source_id=door.source_id, proof=proof, body=body)


def answered(ws: Workspace, project_id: Any) -> Pipelines:
    return pipelines.pipelines(ws, projects=[project_id], period=PERIOD)


def test_a_pushed_pipeline_of_gitlab_has_no_attempt_and_its_retried_jobs_are_a_re_run(ws: Workspace) -> None:
    project_id = a_project(ws)
    door = connect_push(ws, project_id=project_id)
    for build in (a_build(1, "failed", 2), a_build(2, "success", 11)):
        push(ws, door, build, queued_duration=120)
    entry = {"id": "1", "pipeline": "other", "created_at": MONDAY, "sha": "c" * 40, "attempt": 1}
    push_pipeline_runs(ws, project_id=project_id, runs=[PipelineRunEntry.model_validate(entry)])
    rows = pipelines.latest_runs(ws, projects=[project_id], period=PERIOD).rows.set_index("pipeline")
    assert rows["attempt"].fillna(0).to_dict() == {"pipeline": 0, "other": 1}
    assert rows.loc[["pipeline"], "retried"].tolist() == [1]
    answer = answered(ws, project_id)
    assert (answer.now.rerun_rate.value, answer.now.rerun_rate.sample) == (0.5, 2)
    assert answer.now.minutes.value == pytest.approx(20)
    assert answer.now.wasted.value == pytest.approx(0.5)
    assert answer.flakiness.value == 1


@pytest.mark.parametrize("waited", [{"queued_duration": 120}, {}])
def test_a_pushed_pipeline_waited_until_its_first_job_began(ws: Workspace, waited: dict[str, int]) -> None:
    project_id = a_project(ws)
    door = connect_push(ws, project_id=project_id)
    push(ws, door, a_build(1, "failed", 2), **waited)
    assert answered(ws, project_id).now.queue_time.value == 2
    if waited:
        push(ws, door, a_build(2, "success", 11), **waited)
        assert answered(ws, project_id).now.queue_time.value == 2


def test_the_first_end_of_a_pipeline_that_is_sent_once_more_after_its_retry_changes_nothing(ws: Workspace) -> None:
    project_id = a_project(ws)
    door = connect_push(ws, project_id=project_id)
    for build in (a_build(1, "failed", 2), a_build(2, "success", 11), a_build(1, "failed", 2)):
        push(ws, door, build, queued_duration=120)
    assert answered(ws, project_id).now.success_rate.value == 1


def test_a_deployment_keeps_its_last_end_whatever_is_sent_once_more(ws: Workspace) -> None:
    door = connect_push(ws, project_id=a_project(ws))
    for status, minute in (("failed", 1), ("success", 9), ("failed", 1)):
        told = {
            "deployment_id": 15,
            "environment": "production",
            "status": status,
            "status_changed_at": f"2026-06-02 09:0{minute}:00 +0000",
        }
        proof = Proof(scheme=Scheme.GITLAB, event="Deployment Hook", proof=door.secret)
        receive_webhook(ws, source_id=door.source_id, proof=proof, body=json.dumps(told).encode())
    assert ws.session.scalars(select(DeploymentEvent.outcome)).all() == [PipelineOutcome.SUCCESS]


@pytest.mark.parametrize("pushes_first", [True, False])
def test_a_child_pipeline_that_is_pushed_is_no_run_where_gitlab_is_read(ws: Workspace, pushes_first: bool) -> None:
    """Its jobs are read as those of its parent."""
    project_id = a_project(ws)
    door = connect_push(ws, project_id=project_id)

    def pushed() -> None:
        push(ws, door, a_build(1, "success", 2), source="parent_pipeline")

    if pushes_first:
        pushed()
        assert len(ws.session.scalars(select(PipelineRun.id)).all()) == 1, "nobody else tells of it"
    source = a_source(ws, SourceKind.GITLAB, project_id=project_id)
    told(ws, source, runs=(a_run("900"),))
    if not pushes_first:
        pushed()
    assert ws.session.scalars(select(PipelineRun.external_id)).all() == ["900"]
