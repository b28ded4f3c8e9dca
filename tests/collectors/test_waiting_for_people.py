"""What waits for somebody, to approve or to enter something, neither runs nor waits for a machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from maestro_core.collectors.circleci import CircleCI
from maestro_core.collectors.delivery import DeliveryBatch, SeenPipelineJob, SeenPipelineRun
from maestro_core.collectors.jenkins import Jenkins
from maestro_core.collectors.pacing import Clock
from tests.collectors.circleci_answering import SLUG, START, PretendCircle, a_job, a_workflow, told
from tests.collectors.jenkins_answering import START as BUILT
from tests.collectors.jenkins_answering import PretendJenkins, a_build, a_stage
from tests.collectors.replay_json import replaying

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CLOCK = Clock(lambda: START + 72 * HOUR, lambda _seconds: None)
NEVER = {"started_at": None, "stopped_at": None, "job_number": None}


def of_circle(circle: PretendCircle) -> tuple[list[SeenPipelineRun], list[SeenPipelineJob]]:
    with replaying(circle.answer) as replay:
        collector = CircleCI(location=f"{replay.url}/{SLUG}", token=SecretStr("s3cret"), clock=CLOCK)
        return _rows(list(collector.collect({})))


def _rows(batches: list[Any]) -> tuple[list[SeenPipelineRun], list[SeenPipelineJob]]:
    known: list[DeliveryBatch] = batches
    return [run for batch in known for run in batch.runs], [job for batch in known for job in batch.jobs]


def held(circle: PretendCircle, *, hours: int) -> dict[str, Any]:
    """A workflow whose only job began so long after it was created, once somebody had approved."""
    circle.add(1, "failed")
    (workflow,) = circle.workflows["pipeline-1"]
    ask = a_job("ask", START, "success", type="approval", **NEVER)
    at = START + HOUR + hours * HOUR
    circle.jobs[workflow["id"]] = [ask, a_job("deploy", at, "failed", dependencies=[ask["id"]])]
    workflow["stopped_at"] = told(at + 5 * MINUTE)
    return workflow


def test_a_workflow_that_begins_with_an_approval_did_not_wait_for_a_machine_meanwhile() -> None:
    circle = PretendCircle()
    held(circle, hours=40)
    ((run,), (job,)) = of_circle(circle)
    assert run.created_at == run.started_at == START + 41 * HOUR
    assert (job.name, run.finished_at) == ("deploy", START + 41 * HOUR + 5 * MINUTE)


def test_an_approval_that_a_re_run_takes_over_keeps_nobody_waiting() -> None:
    circle = PretendCircle()
    first = held(circle, hours=2)
    again = a_workflow("build", START + 5 * HOUR)
    ask = circle.jobs[first["id"]][0]
    later = a_job("deploy", START + 5 * HOUR + 3 * MINUTE, dependencies=[ask["id"]])
    circle.workflows["pipeline-1"].append(again)
    circle.jobs[again["id"]] = [ask, later]
    _, second = of_circle(circle)[0]
    assert (second.attempt, second.created_at) == (2, START + 5 * HOUR)
    assert second.started_at == START + 5 * HOUR + 3 * MINUTE


def test_an_approval_in_the_middle_leaves_how_long_the_first_job_waited() -> None:
    circle = PretendCircle()
    circle.add(1)
    (workflow,) = circle.workflows["pipeline-1"]
    unit = circle.jobs[workflow["id"]][0]
    ask = a_job("ask", START, "success", type="approval", dependencies=[unit["id"]], **NEVER)
    deploy = a_job("deploy", START + 50 * HOUR, dependencies=[ask["id"]])
    circle.jobs[workflow["id"]] += [ask, deploy]
    ((run,), jobs) = of_circle(circle)
    assert (run.created_at, run.started_at) == (START + HOUR, START + HOUR + MINUTE)
    assert [job.name for job in jobs] == ["unit", "deploy"]


def test_a_stage_that_waits_for_an_input_costs_the_minutes_around_it() -> None:
    jenkins = PretendJenkins(jobs={"/job/app": [a_build(1)]})
    day = 24 * 60 * 60_000
    jenkins.stages["/job/app", 1] = [
        a_stage("6", "Build"),
        a_stage("11", "Deploy", durationMillis=day + 120_000, pauseDurationMillis=day),
        a_stage("16", "Odd", durationMillis=60_000, pauseDurationMillis=day),
    ]
    with replaying(jenkins.answer) as replay:
        _, jobs = _rows(
            list(Jenkins(location=f"{replay.url}/job/app", token=SecretStr("a:b"), clock=CLOCK).collect({}))
        )
    took = [job.finished_at - job.started_at for job in jobs if job.finished_at and job.started_at]
    assert took == [MINUTE, 2 * MINUTE, timedelta()]
    assert jobs[1].finished_at == BUILT + 24 * HOUR + 2 * MINUTE
