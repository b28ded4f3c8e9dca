"""Connecting tools of delivery: each once, under one address, with the project that the repository feeds."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from maestro_core.actions.sources import connect_git, connect_tool
from maestro_core.errors import InvalidInput, NotAllowed
from maestro_core.models import AuditEvent, DataSource, PipelineRun, ProcessMetric, Project, RefreshRun
from maestro_core.terms import Role, RunState, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import a_run, told
from tests.conftest import NOW, House

PASTED = {
    SourceKind.GITHUB: ("https://github.com/team/churn/pulls", "https://github.com/team/churn"),
    SourceKind.GITLAB: ("git@git.example.org:group/churn.git", "https://git.example.org/group/churn"),
    SourceKind.JENKINS: ("https://ci.example.org/job/churn/12/console", "https://ci.example.org/job/churn"),
}


@pytest.mark.parametrize("kind", PASTED)
def test_a_tool_is_kept_under_one_address_and_read_at_once(ws: Workspace, kind: SourceKind) -> None:
    pasted, address = PASTED[kind]
    source_id = connect_tool(ws, kind=kind, location=pasted)
    assert connect_tool(ws, kind=kind, location=address) == source_id
    source = ws.get(DataSource, source_id)
    assert (source.kind, source.location, source.name) == (kind, address, "churn")
    assert [(run.source_id, run.state) for run in ws.session.scalars(select(RefreshRun))] == [
        (source_id, RunState.QUEUED)
    ]


def test_it_tells_about_the_project_that_the_same_repository_feeds(ws: Workspace) -> None:
    [git] = connect_git(ws, location="git@github.com:Team/churn.git", project_name="Churn 2026")
    github = connect_tool(ws, kind=SourceKind.GITHUB, location="https://github.com/team/churn")
    assert ws.get(DataSource, github).project_id == ws.get(DataSource, git).project_id


def test_else_about_the_project_of_its_name_else_about_a_new_one(ws: Workspace) -> None:
    ws.session.add(Project(name="churn", created_at=NOW))
    for name in ("churn", "fraud"):
        connect_tool(ws, kind=SourceKind.GITHUB, location=f"https://github.com/team/{name}")
    assert sorted(ws.session.scalars(select(Project.name))) == ["churn", "fraud"]


def test_a_chosen_project_is_taken_also_for_a_tool_that_is_connected_already(ws: Workspace) -> None:
    location = "https://github.com/team/churn"
    first = connect_tool(ws, kind=SourceKind.GITHUB, location=location)
    told(ws, ws.get(DataSource, first), runs=(a_run(),))
    source = connect_tool(ws, kind=SourceKind.GITHUB, location=location, project_name="Shop")
    project = ws.get(DataSource, source).project_id
    assert project
    assert ws.get(Project, project).name == "Shop"
    # What was told before moves without another refresh, which may find nothing new.
    assert ws.session.scalars(select(PipelineRun.project_id)).all() == [project]
    assert ws.session.scalars(select(ProcessMetric.project_id)).all() == [project]


@pytest.mark.parametrize("kind", [SourceKind.GIT, SourceKind.MLFLOW, SourceKind.PUSH])
def test_what_is_no_tool_of_delivery_is_connected_otherwise(ws: Workspace, kind: SourceKind) -> None:
    with pytest.raises(InvalidInput, match="no tool of delivery"):
        connect_tool(ws, kind=kind, location="https://github.com/team/churn")


def test_its_token_is_encrypted_and_audited_as_asterisks(house: House) -> None:
    with house.open() as ws:
        source_id = connect_tool(
            ws, kind=SourceKind.GITHUB, location="https://github.com/team/churn", token=SecretStr("hunter2")
        )
    with house.open() as ws:
        kept = ws.get(DataSource, source_id).credentials
        told = [str(event.arguments) for event in ws.session.scalars(select(AuditEvent))]
    assert kept
    assert "hunter2" not in kept + "".join(told)


def test_who_may_only_look_connects_nothing(house: House) -> None:
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        connect_tool(ws, kind=SourceKind.GITHUB, location="https://github.com/team/churn")
