"""What is pushed is a source of its own kind: it is never read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pandas as pd
import pytest
from sqlalchemy import select

from maestro_core.actions.push import connect_push, push_deployments, push_incidents, push_pipeline_runs
from maestro_core.actions.push_entries import DeploymentEntry, IncidentEntry, PipelineRunEntry
from maestro_core.actions.refresh import due_sources, request_refresh
from maestro_core.actions.sources import disconnect
from maestro_core.collectors.delivery import SeenDeployment
from maestro_core.errors import NotNow
from maestro_core.models import (
    DataSource,
    Deployment,
    DeploymentEvent,
    DeploymentRule,
    Incident,
    IncidentRule,
    PipelineJob,
    PipelineRun,
)
from maestro_core.reports.sources import sources
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, PipelineOutcome
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import MONDAY, TUESDAY, a_run, a_source, days, told
from tests.builders import a_project, added


def test_what_is_pushed_is_never_due_and_cannot_be_refreshed(ws: Workspace) -> None:
    door = connect_push(ws, project_id=a_project(ws, "shop"))
    assert due_sources(ws, older_than=ws.now) == []
    with pytest.raises(NotNow, match="never read"):
        request_refresh(ws, source_id=door.source_id)
    (shown,) = sources(ws).sources.to_dict("records")
    assert (shown["name"], shown["projects"], pd.isna(shown["next_due_at"])) == ("Pushed to shop", ["shop"], True)


def test_what_rests_on_what_is_pushed_is_made_anew_at_once(ws: Workspace) -> None:
    project_id = a_project(ws, "shop")
    added(ws, DeploymentRule(project_id=project_id, origin=DeploymentOrigin.ENVIRONMENT, pattern="production"))
    added(ws, IncidentRule(project_id=project_id, origin=IncidentOrigin.PUSHED, pattern=""))
    at = "2026-06-01T09:0{}:00Z".format
    deployed = {"id": "318", "outcome": "success", "created_at": at(0), "finished_at": at(4), "sha": "a" * 40}
    push_deployments(ws, project_id=project_id, deployments=[DeploymentEntry.model_validate(deployed)])
    harmed = {"id": "INC-77", "title": "Down", "opened_at": at(9), "deployment": "318"}
    push_incidents(ws, project_id=project_id, incidents=[IncidentEntry.model_validate(harmed)])
    assert ws.session.execute(select(Deployment.external_id, Deployment.failed)).all() == [("318", True)]
    assert ws.session.execute(select(Incident.title, Incident.is_linked)).all() == [("Down", True)]
    (source_id,) = ws.session.scalars(select(DataSource.id))
    disconnect(ws, source_id=source_id)
    assert ws.session.scalars(select(Deployment.id)).all() == ws.session.scalars(select(Incident.id)).all() == []


def test_incidents_are_made_anew_whichever_of_them_changes(ws: Workspace) -> None:
    project_id = a_project(ws, "shop")
    added(ws, IncidentRule(project_id=project_id, origin=IncidentOrigin.PUSHED, pattern=""))
    first = {"id": "INC-1", "title": "Down", "opened_at": "2026-06-01T09:00:00Z"}
    later = {"id": "INC-2", "title": "Slow", "opened_at": "2026-06-02T09:00:00Z"}
    ended = first | {"resolved_at": "2026-06-01T12:00:00Z"}
    for told_now, is_over in ((first, False), (later, False), (ended, True), (first, True)):
        push_incidents(ws, project_id=project_id, incidents=[IncidentEntry.model_validate(told_now)])
        told_of = select(Incident.resolved_at.is_not(None)).where(Incident.title == "Down")
        assert ws.session.scalars(told_of).all() == [is_over], "also where the event of its beginning comes once more"


@pytest.mark.parametrize("pushes_first", [True, False])
def test_what_a_source_and_a_push_both_tell_counts_once(ws: Workspace, pushes_first: bool) -> None:
    source = a_source(ws)
    sha = "a" * 40
    run = a_run("30433642", sha=sha)
    entry = {"id": run.external_id, "pipeline": "tests", "sha": sha, "created_at": "2026-05-31T23:00:00Z"}
    deployed = SeenDeployment(external_id="5", environment="production", created_at=MONDAY, sha=sha)
    deployment = {"id": "5", "sha": sha, "created_at": MONDAY}
    steps: list[Callable[[], object]] = [
        lambda: push_pipeline_runs(ws, project_id=_project(source), runs=[PipelineRunEntry.model_validate(entry)]),
        lambda: push_deployments(
            ws, project_id=_project(source), deployments=[DeploymentEntry.model_validate(deployment)]
        ),
        lambda: told(ws, source, runs=(run,), deployments=(deployed,)),
    ]
    for step in steps if pushes_first else reversed(steps):
        step()
    for table in (PipelineRun, DeploymentEvent):
        assert ws.session.scalars(select(table.source_id)).all() == [source.id]
    assert days(ws, source.project_id) == {("pipeline_runs", "2026-06-01"): 1}


def test_the_end_of_a_deployment_is_taken_from_who_tells_it_first(ws: Workspace) -> None:
    """Its own source may look again only after weeks, where somebody had to approve it."""
    source, sha = a_source(ws), "a" * 40
    begun = SeenDeployment(external_id="5", environment="production", created_at=MONDAY, sha=sha)
    ended = replace(begun, outcome=PipelineOutcome.FAILURE, finished_at=TUESDAY)
    pushed = {"id": "5", "sha": sha, "created_at": MONDAY, "outcome": "success", "finished_at": MONDAY}
    told(ws, source, deployments=(begun,))
    push_deployments(ws, project_id=_project(source), deployments=[DeploymentEntry.model_validate(pushed)])
    outcomes = select(DeploymentEvent.outcome).where(DeploymentEvent.outcome.is_not(None))
    assert ws.session.scalars(outcomes).all() == [PipelineOutcome.SUCCESS]
    told(ws, source, deployments=(begun,))
    assert ws.session.scalars(outcomes).all() == [PipelineOutcome.SUCCESS]
    told(ws, source, deployments=(ended,))
    push_deployments(ws, project_id=_project(source), deployments=[DeploymentEntry.model_validate(pushed)])
    assert ws.session.execute(select(DeploymentEvent.source_id, DeploymentEvent.outcome)).all() == [
        (source.id, PipelineOutcome.FAILURE)
    ]


def test_what_is_pushed_under_a_number_of_another_commit_is_another(ws: Workspace) -> None:
    source = a_source(ws)
    told(ws, source, runs=(a_run("17", sha="a" * 40), a_run("18")))
    entries = [
        PipelineRunEntry.model_validate({"id": "17", "pipeline": "tests", "sha": "b" * 40, "created_at": MONDAY}),
        PipelineRunEntry.model_validate({"id": "18", "pipeline": "tests", "created_at": MONDAY}),
    ]
    assert push_pipeline_runs(ws, project_id=_project(source), runs=entries).rows == 2
    told(ws, source, runs=(a_run("17", sha="a" * 40), a_run("18")))
    assert len(ws.session.scalars(select(PipelineRun.id)).all()) == 4


@pytest.mark.parametrize("ends_first", [True, False])
def test_what_ended_stands_wherever_it_comes_in_what_is_told_at_once(ws: Workspace, ends_first: bool) -> None:
    project_id = a_project(ws, "shop")
    began: dict[str, object] = {"id": "1742", "pipeline": "tests", "created_at": "2026-06-01T09:00:00Z"}
    end = {"outcome": "failure", "finished_at": "2026-06-01T09:10:00Z"}
    told_at_once = [began | {"jobs": [{"id": "1", "name": "unit"}]}, began | end]
    told_at_once[1] |= {"jobs": [{"id": "1", "name": "unit", "outcome": "failure"}]}
    in_order = reversed(told_at_once) if ends_first else told_at_once
    push_pipeline_runs(ws, project_id=project_id, runs=[PipelineRunEntry.model_validate(each) for each in in_order])
    assert ws.session.scalars(select(PipelineRun.outcome)).all() == [PipelineOutcome.FAILURE]
    assert ws.session.scalars(select(PipelineJob.outcome)).all() == [PipelineOutcome.FAILURE]


def _project(source: DataSource) -> UUID:
    assert source.project_id
    return source.project_id
