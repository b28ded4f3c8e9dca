"""Which jobs that failed and passed on one commit are flaky, and which had something else to do the second time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from maestro_core.reports import pipelines
from maestro_core.terms import Period, PipelineOutcome
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW
from tests.reports.ci import DAY, a_job, a_run, a_tool

FAILURE, SUCCESS = PipelineOutcome.FAILURE, PipelineOutcome.SUCCESS
PERIOD = Period(NOW - 28 * DAY, NOW)


def flaky(ws: Workspace, project: UUID) -> list[str]:
    return list(pipelines.pipelines(ws, projects=[project], period=PERIOD).flaky["job"])


def both(ws: Workspace, *, triggers: tuple[str, str], with_jobs: bool = True, **again: Any) -> UUID:
    """A run that failed and one that passed on the same commit."""
    project = a_project(ws)
    tool = a_tool(ws, project)
    attempts: tuple[dict[str, Any], ...] = ({"external_id": "1"}, again)
    for trigger, outcome, facts in zip(triggers, (FAILURE, SUCCESS), attempts, strict=True):
        run = a_run(ws, tool, project, outcome=outcome, sha="a", trigger=trigger, **facts)
        if with_jobs:
            a_job(ws, run, outcome=outcome)
    return project


@pytest.mark.parametrize("trigger", ["workflow_run", "issue_comment", "repository_dispatch", "pipeline", "trigger"])
@pytest.mark.parametrize("with_jobs", [True, False])
def test_runs_that_name_a_commit_but_try_something_else_make_no_job_flaky(
    ws: Workspace, trigger: str, with_jobs: bool
) -> None:
    assert flaky(ws, both(ws, triggers=(trigger, trigger), with_jobs=with_jobs)) == []
    assert flaky(ws, both(ws, triggers=("push", trigger), with_jobs=with_jobs)) == []


@pytest.mark.parametrize("trigger", ["workflow_run", "issue_comment", "pull_request", "push"])
def test_another_attempt_at_a_run_tries_the_same_whatever_made_it_run(ws: Workspace, trigger: str) -> None:
    assert flaky(ws, both(ws, triggers=(trigger, trigger), external_id="1", attempt=2)) == ["test"]


def test_a_branch_and_its_merge_with_the_base_are_not_the_same(ws: Workspace) -> None:
    assert flaky(ws, both(ws, triggers=("push", "pull_request"))) == []
    assert flaky(ws, both(ws, triggers=("pull_request", "pull_request"))) == ["test"]
    assert flaky(ws, both(ws, triggers=("push", "schedule"))) == ["test"]


def test_pipelines_of_one_name_in_two_tools_are_two(ws: Workspace) -> None:
    project = a_project(ws)
    for outcome in (FAILURE, SUCCESS):
        a_job(ws, a_run(ws, a_tool(ws, project), project, outcome=outcome, sha="a"), outcome=outcome)
    assert flaky(ws, project) == []


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([[FAILURE, SUCCESS]], []),
        ([[FAILURE, SUCCESS], [FAILURE]], []),
        ([[FAILURE, SUCCESS], [FAILURE, SUCCESS]], []),
        ([[FAILURE, SUCCESS], [SUCCESS]], ["test"]),
    ],
)
def test_parts_of_a_matrix_that_share_a_name_are_flaky_once_none_fails_any_more(
    ws: Workspace, attempts: list[list[PipelineOutcome]], expected: list[str]
) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    for number, outcomes in enumerate(attempts, start=1):
        run = a_run(
            ws,
            tool,
            project,
            outcome=FAILURE if FAILURE in outcomes else SUCCESS,
            sha="a",
            external_id="1",
            attempt=number,
        )
        for outcome in outcomes:
            a_job(ws, run, outcome=outcome)
    assert flaky(ws, project) == expected
