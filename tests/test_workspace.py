"""A workspace is one user, in one tenant, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.errors import NotAllowed, NotFound
from maestro_core.models import AuditEvent, Project
from maestro_core.reports import Frame, Report, report
from maestro_core.terms import Role
from maestro_core.workspace import Workspace
from tests.conftest import NOW, House


@action(Permission.EDIT_PROJECTS)
def rename(ws: Workspace, *, name: str) -> None:
    ws.session.add(Project(name=name, created_at=ws.now))


@report(Permission.VIEW_AUDIT)
def audit(ws: Workspace) -> list[tuple[str, bool]]:
    return [(event.action, event.refused) for event in ws.session.scalars(select(AuditEvent))]


def test_what_an_action_changes_and_its_audit_are_committed_together(house: House) -> None:
    with house.open() as ws:
        rename(ws, name="churn")
    with house.open(reading=True) as ws:
        assert ws.session.scalars(select(Project.name)).all() == ["churn"]
        assert audit(ws) == [("test_workspace.rename", False)]


def test_an_error_rolls_everything_back(house: House) -> None:
    with pytest.raises(RuntimeError), house.open() as ws:
        rename(ws, name="churn")
        raise RuntimeError
    with house.open() as ws:
        assert ws.session.scalars(select(Project.name)).all() == []
        assert audit(ws) == []


def test_a_refusal_changes_nothing_and_is_audited(house: House) -> None:
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        rename(ws, name="churn")
    with house.open() as ws:
        assert ws.session.scalars(select(Project.name)).all() == []
        assert audit(ws) == [("test_workspace.rename", True)]


def test_an_action_outdates_what_doors_remember(house: House) -> None:
    with house.open() as ws:
        before = ws.tenant.data_version
        rename(ws, name="churn")
    with house.open() as ws:
        assert ws.tenant.data_version == before + 1


def test_a_key_of_nobody_opens_nothing(house: House) -> None:
    from maestro_core.workspace import open_workspace

    with pytest.raises(NotFound), open_workspace(house.portfolio.engine, uuid4()):
        pass


def test_a_missing_row_is_not_found(ws: Workspace) -> None:
    with pytest.raises(NotFound, match="no project"):
        ws.get(Project, uuid4())


def test_a_frame_has_its_types_also_when_empty(ws: Workspace) -> None:
    columns = select(Project.name, Project.started_at, Project.complexity, Project.experiments)
    expected = {"started_at": "datetime64[us, UTC]", "complexity": "float64"}
    assert {name: str(ws.frame(columns)[name].dtype) for name in expected} == expected
    ws.session.add(Project(name="churn", started_at=datetime(2026, 3, 1, tzinfo=UTC), created_at=NOW))
    ws.session.flush()
    frame = ws.frame(columns)
    assert {name: str(frame[name].dtype) for name in expected} == expected
    assert frame["started_at"].iloc[0] == datetime(2026, 3, 1, tzinfo=UTC)


def test_times_without_a_zone_are_refused(ws: Workspace) -> None:
    ws.session.add(Project(name="churn", started_at=datetime(2026, 3, 1), created_at=NOW))  # noqa: DTZ001
    with pytest.raises(Exception, match="naive"):
        ws.session.flush()
    ws.session.rollback()


def test_a_report_becomes_json_with_null_for_what_is_missing(ws: Workspace) -> None:
    class Projects(Report):
        projects: Frame

    ws.session.add(Project(name="churn", created_at=NOW))
    ws.session.flush()
    answer = Projects(projects=ws.frame(select(Project.name, Project.complexity, Project.created_at)))
    assert (
        answer.model_dump_json()
        == '{"projects":[{"name":"churn","complexity":null,"created_at":"2026-07-01T12:00:00Z"}]}'
    )
