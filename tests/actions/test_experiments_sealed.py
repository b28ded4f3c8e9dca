"""What an experiment compares, and whom, never changes once it started: neither by actions nor by plain SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Delete, Insert, Update, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from maestro_core.actions import experiments as actions
from maestro_core.actions.projects import remove_project
from maestro_core.actions.sample import EMPTIED, make_sample
from maestro_core.models import Assignment, Base, Experiment, Tenant, Variant
from maestro_core.terms import ExperimentKind, ExperimentState, ExperimentUnit
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW, House
from tests.experimented import a_design, a_running_experiment, teams

LATER = NOW + timedelta(days=1)
OTHER: dict[str, Any] = {
    "name": "another",
    "hypothesis": "another",
    "kind": ExperimentKind.ARTIFACT_USE,
    "unit": ExperimentUnit.PROJECT,
    "artifact_id": uuid4(),
    "artifact_name": "another",
    "primary_metric": "cost",
    "further_metrics": ["duration"],
    "planned_units": 99,
    "worthwhile": 1.0,
    "seed": 8,
    "complexity_cuts": [1.0],
    "created_by": uuid4(),
    "created_at": LATER,
    "started_at": LATER,
    "state": ExperimentState.DRAFT,
}


def refused(ws: Workspace, statement: Update | Delete | Insert, *, why: str) -> None:
    with pytest.raises(DBAPIError, match=why), ws.session.begin_nested():
        ws.session.execute(statement)


def test_every_column_of_an_experiment_is_either_sealed_or_tells_of_its_end(ws: Workspace) -> None:
    ending = {"id", "tenant_id", "stop_reason", "stopped_at", "archived_at"}
    assert {column.name for column in Experiment.__table__.columns} == OTHER.keys() | ending
    experiment_id = a_running_experiment(ws, teams(ws, 4))
    for column, value in OTHER.items():
        change = update(Experiment).where(Experiment.id == experiment_id).values({column: value})
        refused(ws, change, why="design of an experiment never changes")


def test_a_draft_is_open_to_every_change(ws: Workspace) -> None:
    experiment_id = a_design(ws, teams(ws, 4))
    ws.session.execute(update(Experiment).values(OTHER))
    ws.session.execute(update(Variant).values(weight=3))
    ws.session.execute(insert(Variant).values(id=uuid4(), experiment_id=experiment_id, place=2, name="third"))
    ws.session.execute(delete(Variant))
    ws.session.execute(delete(Assignment))


@pytest.mark.parametrize(
    ("column", "value"), [("project_name", "another"), ("is_late", True), ("enrolled_at", LATER), ("variant_id", None)]
)
def test_how_a_project_came_to_take_part_is_sealed_with_its_assignment(
    ws: Workspace, column: str, value: object
) -> None:
    a_running_experiment(ws, teams(ws, 4))
    refused(ws, update(Assignment).values({column: value}), why="an assignment never changes")


def test_an_assignment_is_never_taken_back(ws: Workspace) -> None:
    projects = teams(ws, 4)
    experiment_id = a_running_experiment(ws, projects)
    refused(ws, delete(Assignment).where(Assignment.project_id == projects[0]), why="never taken back")
    actions.stop_experiment(ws, experiment_id=experiment_id)
    ws.session.flush()
    refused(ws, delete(Assignment), why="never taken back")


def test_arms_are_neither_added_nor_changed_nor_removed_after_the_draw(ws: Workspace) -> None:
    experiment_id = a_running_experiment(ws, teams(ws, 4))
    third = {"id": uuid4(), "experiment_id": experiment_id, "place": 2, "name": "third", "weight": 9.0}
    for statement in (insert(Variant).values(third), update(Variant).values(weight=9.0), delete(Variant)):
        refused(ws, statement, why="design of an experiment never changes")


def test_what_is_replaced_on_sqlite_is_asked_as_what_is_deleted(ws: Workspace) -> None:
    if ws.session.connection().dialect.name != "sqlite":
        pytest.skip("PostgreSQL cannot replace a row")
    a_running_experiment(ws, teams(ws, 4))
    columns = ", ".join(column.name for column in Assignment.__table__.columns)
    replaced = text(f"INSERT OR REPLACE INTO assignment ({columns}) SELECT {columns} FROM assignment")
    with pytest.raises(DBAPIError, match="never taken back"), ws.session.begin_nested():
        ws.session.execute(replaced)


@pytest.mark.parametrize(
    ("column", "value"),
    [("stopped_at", LATER), ("stopped_at", None), ("stop_reason", "another"), ("state", ExperimentState.RUNNING)],
)
def test_the_end_of_an_experiment_stays_as_it_was_told(ws: Workspace, column: str, value: object) -> None:
    experiment_id = a_running_experiment(ws, teams(ws, 4))
    actions.stop_experiment(ws, experiment_id=experiment_id, reason="all have ended")
    ws.session.flush()
    refused(ws, update(Experiment).values({column: value}), why="end of an experiment never changes")


def test_a_temporary_table_does_not_deceive_the_seal(ws: Workspace) -> None:
    if ws.session.connection().dialect.name != "postgresql":
        pytest.skip("triggers of SQLite see no temporary tables")
    a_running_experiment(ws, teams(ws, 4))
    ws.session.execute(text("CREATE TEMP TABLE experiment (id uuid, tenant_id uuid, state text) ON COMMIT DROP"))
    ws.session.execute(text("SET LOCAL search_path = pg_temp, public"))
    refused(ws, delete(Assignment), why="never taken back")


def test_others_still_join_stop_and_decide(ws: Workspace) -> None:
    experiment_id = a_running_experiment(ws, teams(ws, 4))
    actions.enrol(ws, experiment_id=experiment_id, project_ids=[a_project(ws, "late")])
    actions.stop_experiment(ws, experiment_id=experiment_id, reason="enough")
    actions.decide(ws, experiment_id=experiment_id, variant="treatment", reason="it helps")
    actions.archive_experiment(ws, experiment_id=experiment_id)
    ws.session.flush()
    assert ws.get(Experiment, experiment_id).archived_at == NOW


def _all(ws: Workspace, _experiment_id: UUID) -> None:
    ws.session.execute(delete(Experiment))


def _by_the_session(ws: Workspace, experiment_id: UUID) -> None:
    ws.session.delete(ws.get(Experiment, experiment_id))
    ws.session.flush()


@pytest.mark.parametrize("remove", [_all, _by_the_session])
def test_a_whole_experiment_can_be_erased(house: House, remove: Callable[[Workspace, UUID], None]) -> None:
    with house.open() as ws:
        experiment_id = a_running_experiment(ws, teams(ws, 4))
        actions.stop_experiment(ws, experiment_id=experiment_id)
        actions.decide(ws, experiment_id=experiment_id, variant=None, reason="nothing seen")
    with house.open() as ws:
        remove(ws, experiment_id)
    with house.open(reading=True) as ws:
        assert _left(ws) == 0


def test_a_project_that_took_part_is_removed_and_its_assignment_stays(house: House) -> None:
    with house.open() as ws:
        projects = teams(ws, 4)
        a_running_experiment(ws, projects)
    with house.open() as ws:
        remove_project(ws, project_id=projects[0])
        assert ws.session.scalar(select(func.count(Assignment.id))) == 4


def test_a_whole_organisation_can_be_erased_by_who_owns_the_tables(
    house: House, request: pytest.FixtureRequest
) -> None:
    with house.open() as ws:
        a_running_experiment(ws, teams(ws, 4))
        tenant_id = ws.member.tenant_id
    engine = house.portfolio.engine
    if engine.dialect.name == "postgresql":
        engine = request.getfixturevalue("postgres").superuser
    with engine.begin() as connection:
        connection.execute(delete(Tenant).where(Tenant.id == tenant_id))
        mine = select(func.count()).select_from(Assignment).where(Assignment.tenant_id == tenant_id)
        assert connection.scalar(mine) == 0


@pytest.mark.slow
def test_the_sample_is_made_anew_over_experiments_that_have_started(house: House) -> None:
    with house.open() as ws:
        ws.tenant.is_sample = True
        a_running_experiment(ws, teams(ws, 4), name="before")
    with house.open() as ws:
        make_sample(ws, seed=1)
        assert ws.session.scalar(select(Experiment.id).where(Experiment.name == "before")) is None


def test_the_sample_empties_its_tables_over_experiments_that_have_started(house: House) -> None:
    with house.open() as ws:
        a_running_experiment(ws, teams(ws, 4))
    with house.open() as ws:
        for table in EMPTIED:
            ws.session.execute(delete(table))
        assert _left(ws) == 0


def _left(ws: Workspace) -> int:
    tables: tuple[type[Base], ...] = (Experiment, Variant, Assignment)
    return sum(ws.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
