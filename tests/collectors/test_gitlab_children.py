"""Child pipelines of GitLab: their jobs belong to the run of the pipeline that began them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from maestro_core.collectors.gitlab import GitLab
from maestro_core.collectors.gitlab_children import UNKNOWN_PARENTS
from tests.collectors.delivery_reading import Watch, batches, oddities, stored
from tests.replay.gitlab import START, GitLabProject, stamp
from tests.replay.server import Replay, replaying

DAY = timedelta(days=1)


@pytest.fixture
def project() -> GitLabProject:
    return GitLabProject()


@pytest.fixture
def server(project: GitLabProject) -> Iterator[Replay]:
    with replaying(project.answer) as replay:
        replay.now = START + 30 * DAY
        yield replay


def gitlab(server: Replay, *, history: timedelta = 365 * DAY) -> GitLab:
    clock = Watch(server.now).clock
    return GitLab(location=f"{server.url}/group/team/churn", token=SecretStr("glpat"), clock=clock, history=history)


def told(server: Replay) -> tuple[set[str], set[tuple[str, str]]]:
    """The runs, and the jobs with the runs they belong to."""
    read = stored(batches(gitlab(server)))
    return {run for run, _ in read["runs"]}, {(job.run, job.name) for job in read["jobs"].values()}


def test_jobs_of_children_belong_to_the_run_that_people_see(server: Replay, project: GitLabProject) -> None:
    parent = project.a_pipeline()
    child = project.a_child(parent, "services", jobs=[project.a_job(name="build")])
    project.a_child(child, "shop", jobs=[project.a_job(name="test", status="failed")])
    run = str(parent["id"])
    assert told(server) == ({run}, {(run, "rubocop"), (run, "services / build"), (run, "services / shop / test")})


def test_a_child_whose_job_is_gone_is_still_told(server: Replay, project: GitLabProject) -> None:
    parent = project.a_pipeline(jobs=[])
    project.a_child(parent, None)
    assert told(server)[1] == {(str(parent["id"]), "child pipeline / rubocop")}


def test_many_children_are_asked_for_in_questions_that_gitlab_answers(server: Replay, project: GitLabProject) -> None:
    parent = project.a_pipeline(jobs=[])
    for number in range(35):
        project.a_child(parent, f"part {number}")
    assert len(told(server)[1]) == 35


def test_a_run_that_began_after_the_runs_were_read_comes_with_its_child(server: Replay, project: GitLabProject) -> None:
    parent = project.a_pipeline(at=START)
    project.a_child(parent, "services", at=START + 20 * DAY)
    read = stored(batches(gitlab(server, history=15 * DAY)))
    assert [run for run, _ in read["runs"]] == [str(parent["id"])], "it is older than what is read of runs"


def test_a_child_that_changes_after_its_parent_ended_is_told_again(server: Replay, project: GitLabProject) -> None:
    parent = project.a_pipeline()
    job = project.a_job(status="running", finished_at=None)
    child = project.a_child(parent, "services", jobs=[job], status="running")
    *_, last = batches(gitlab(server))
    assert not list(batches(gitlab(server), last.cursor))
    job |= {"status": "success", "finished_at": stamp(START + DAY)}
    child |= {"status": "success", "updated_at": stamp(START + DAY)}
    (again,) = stored(batches(gitlab(server), last.cursor))["jobs"].values()
    assert (again.run, again.finished_at) == (str(parent["id"]), START + DAY)


def test_children_whose_parents_are_not_told_are_left_out_and_that_is_said(
    server: Replay, project: GitLabProject
) -> None:
    project.a_child(project.a_pipeline(jobs=[]), "services")
    project.speaks_graphql = False
    read = list(batches(gitlab(server)))
    assert stored(read)["jobs"] == {}
    assert UNKNOWN_PARENTS in oddities(read)


def test_a_server_that_cannot_list_children_lists_runs_which_are_none(server: Replay, project: GitLabProject) -> None:
    run = str(project.a_pipeline()["id"])
    server.answering = lambda asked: project.answer(
        replace(asked, query={name: value for name, value in asked.query.items() if name != "source"})
    )
    assert told(server) == ({run}, {(run, "rubocop")})
