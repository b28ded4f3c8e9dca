"""A plan is made once, taken back, and never made of what is used."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from maestro_core.actions.planned_uses import drop_plan, plan_use
from maestro_core.errors import NotAllowed, NotFound, NotNow
from maestro_core.models import AuditEvent, PlannedUse
from maestro_core.terms import Role
from maestro_core.workspace import Workspace
from tests.builders import a_project, a_use, an_artifact
from tests.conftest import NOW, House


def test_planned_twice_it_is_planned_since_the_first_time(house: House) -> None:
    with house.open() as ws:
        plan = {"project_id": a_project(ws), "artifact_id": an_artifact(ws)}
        plan_use(ws, **plan)
    with house.open(now=NOW + timedelta(days=1)) as ws:
        plan_use(ws, **plan)
        assert list(ws.session.scalars(select(PlannedUse.planned_at))) == [NOW]


def test_a_plan_taken_back_leaves_nothing_but_its_trace(ws: Workspace) -> None:
    plan = {"project_id": a_project(ws), "artifact_id": an_artifact(ws)}
    plan_use(ws, **plan)
    drop_plan(ws, **plan)
    drop_plan(ws, **plan)
    assert ws.session.scalar(select(PlannedUse.id)) is None
    deeds = ws.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id))
    assert list(deeds) == ["planned_uses.plan_use", *["planned_uses.drop_plan"] * 2]


def test_what_is_used_is_not_planned(ws: Workspace) -> None:
    artifact, project = an_artifact(ws, "orders"), a_project(ws, "churn")
    a_use(ws, artifact, project)
    with pytest.raises(NotNow, match="churn uses orders already"):
        plan_use(ws, project_id=project, artifact_id=artifact)


def test_a_viewer_plans_nothing(house: House) -> None:
    with house.open() as ws:
        plan = {"project_id": a_project(ws), "artifact_id": an_artifact(ws)}
    for act in (plan_use, drop_plan):
        with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
            act(ws, **plan)


def test_what_is_not_there_is_not_planned(ws: Workspace) -> None:
    with pytest.raises(NotFound):
        plan_use(ws, project_id=a_project(ws), artifact_id=uuid4())
    with pytest.raises(NotFound):
        drop_plan(ws, project_id=uuid4(), artifact_id=an_artifact(ws))
