"""What is pushed is a source of its own kind: it is never read."""

from __future__ import annotations

import pandas as pd
import pytest
from sqlalchemy import select

from maestro_core.actions.push import connect_push, push_deployments, push_incidents
from maestro_core.actions.push_entries import DeploymentEntry, IncidentEntry
from maestro_core.actions.refresh import due_sources, request_refresh
from maestro_core.actions.sources import disconnect
from maestro_core.errors import NotNow
from maestro_core.models import DataSource, Deployment, DeploymentRule, Incident, IncidentRule
from maestro_core.reports.sources import sources
from maestro_core.terms import DeploymentOrigin, IncidentOrigin
from maestro_core.workspace import Workspace
from tests.builders import a_project, added


def test_what_is_pushed_is_never_due_and_cannot_be_refreshed(ws: Workspace) -> None:
    door = connect_push(ws, project_id=a_project(ws, "shop"))
    assert due_sources(ws, older_than=ws.now) == []
    with pytest.raises(NotNow, match="never read"):
        request_refresh(ws, source_id=door.source_id)
    (told,) = sources(ws).sources.to_dict("records")
    assert (told["name"], told["projects"], pd.isna(told["next_due_at"])) == ("Pushed to shop", ["shop"], True)


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
