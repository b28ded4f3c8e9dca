"""Upserts, frames, snapshots and writers that wait, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import func, literal, select
from sqlalchemy.exc import DBAPIError

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.database import connect, sqlite_url, upsert
from maestro_core.errors import NotAllowed
from maestro_core.models import (
    Artifact,
    ArtifactVersion,
    AuditEvent,
    Branch,
    Person,
    ProcessMetric,
    Project,
    new_key,
)
from maestro_core.reports import records
from maestro_core.terms import ArtifactKind, Role
from maestro_core.vault import Vault
from maestro_core.workspace import Workspace
from tests.conftest import NOW, House


def an_artifact(name: str, **values: Any) -> dict[str, Any]:
    return {"id": new_key(), "kind": ArtifactKind.MODEL, "name": name, "created_at": NOW, **values}


def stored(ws: Workspace) -> dict[str, tuple[str, str | None]]:
    rows = ws.session.execute(select(Artifact.name, Artifact.description, Artifact.owner))
    return {row.name: (row.description, row.owner) for row in rows}


def test_an_upsert_inserts_with_the_tenant_and_the_defaults(ws: Workspace) -> None:
    assert upsert(ws.session, Artifact, [an_artifact("churn"), an_artifact("fraud")], on=("kind", "name")) == 2
    assert stored(ws) == {"churn": ("", None), "fraud": ("", None)}
    assert set(ws.session.scalars(select(Artifact.tenant_id))) == {ws.member.tenant_id}


def test_an_upsert_makes_the_keys_it_is_not_given(ws: Workspace) -> None:
    rows: list[dict[str, Any]] = [{"name": name, "is_bot": False} for name in ("Ada", "Grace")]
    upsert(ws.session, Person, rows, on=("id",))
    assert len(set(ws.session.scalars(select(Person.id)))) == 2


def test_an_upsert_changes_the_named_columns_only(ws: Workspace) -> None:
    upsert(ws.session, Artifact, [an_artifact("churn", description="old", owner="Ada")], on=("kind", "name"))
    (key,) = ws.session.scalars(select(Artifact.id))
    again = an_artifact("churn", description="new", owner="Grace")
    upsert(ws.session, Artifact, [again], on=("kind", "name"), update=("description",))
    assert stored(ws) == {"churn": ("new", "Ada")}
    assert ws.session.scalars(select(Artifact.id)).all() == [key]


def test_without_columns_to_update_what_exists_is_left_as_it_is(ws: Workspace) -> None:
    upsert(ws.session, Artifact, [an_artifact("churn", description="old")], on=("kind", "name"))
    upsert(ws.session, Artifact, [an_artifact("churn", description="new")], on=("kind", "name"))
    assert stored(ws) == {"churn": ("old", None)}


def test_of_two_rows_with_one_key_in_a_batch_the_last_counts(ws: Workspace) -> None:
    twice = [an_artifact("churn", description=text) for text in ("first", "last")]
    upsert(ws.session, Artifact, twice, on=("kind", "name"), update=("description",))
    assert stored(ws) == {"churn": ("last", None)}


def test_an_upsert_of_nothing_does_nothing(ws: Workspace) -> None:
    assert upsert(ws.session, Artifact, [], on=("kind", "name"), update=("description",)) == 0
    assert upsert(ws.session, Artifact, iter(()), on=("kind", "name")) == 0
    assert stored(ws) == {}


def test_an_upsert_to_a_missing_parent_fails(house: House) -> None:
    row = {"artifact_id": new_key(), "version": "1", "created_at": NOW}
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"), house.open() as ws:
        upsert(ws.session, ArtifactVersion, [row], on=("artifact_id", "version"))


def test_an_upsert_that_names_no_unique_constraint_fails(house: House) -> None:
    with pytest.raises(DBAPIError), house.open() as ws:
        upsert(ws.session, Artifact, [an_artifact("churn")], on=("description",))


def test_ten_thousand_rows_are_one_upsert(ws: Workspace) -> None:
    upsert(ws.session, Artifact, (an_artifact(f"model {n}") for n in range(10_000)), on=("kind", "name"))
    upsert(ws.session, Artifact, (an_artifact(f"model {n}") for n in range(10_000)), on=("kind", "name"))
    assert ws.session.scalar(select(func.count(Artifact.id))) == 10_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.text("xyz", max_size=3)), max_size=4),
)
def test_upserts_behave_like_a_dictionary(house: House, batches: list[dict[str, str]]) -> None:
    expected: dict[str, str] = {}
    with house.open() as ws:
        savepoint = ws.session.begin_nested()
        for batch in batches:
            rows = [an_artifact(name, description=text) for name, text in batch.items()]
            upsert(ws.session, Artifact, rows, on=("kind", "name"), update=("description",))
            expected |= batch
        assert {name: description for name, (description, _) in stored(ws).items()} == expected
        savepoint.rollback()


def test_a_frame_has_the_type_of_each_kind_of_column(ws: Workspace) -> None:
    project = Project(name="churn", complexity=3, experiments=7, created_at=NOW)
    ws.session.add(project)
    ws.session.flush()
    metric = ProcessMetric(project_id=project.id, day=NOW.date(), measure="commits", value=2)
    ws.session.add_all([metric, Person(name="Ada", email=None, is_bot=False)])
    ws.session.flush()
    frame = ws.frame(
        select(
            Project.id,
            Project.name,
            Project.complexity,
            Project.experiments,
            Project.started_at,
            Project.created_at,
            Project.outcome,
            ProcessMetric.day,
            Person.is_bot,
            func.count(Project.id).over().label("projects"),
            func.max(Project.created_at).over().label("latest"),
            func.sum(Project.experiments).over().label("runs"),
        )
        .join(ProcessMetric, ProcessMetric.project_id == Project.id)
        .join(Person, literal(value=True))
    )
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "id": "object",
        "name": "object",
        "complexity": "float64",
        "experiments": "int64",
        "started_at": "datetime64[us, UTC]",
        "created_at": "datetime64[us, UTC]",
        "outcome": "object",
        "day": "object",
        "is_bot": "bool",
        "projects": "int64",
        "latest": "datetime64[us, UTC]",
        "runs": "int64",
    }
    assert records(frame)[0]["id"] == project.id
    assert records(frame)[0]["latest"] == NOW
    assert records(frame)[0]["outcome"] is None


def test_an_average_is_a_number_on_both_databases(ws: Workspace) -> None:
    ws.session.add_all([Project(name=name, experiments=n, created_at=NOW) for name, n in (("a", 1), ("b", 2))])
    ws.session.flush()
    frame = ws.frame(select(func.avg(Project.experiments).label("mean")))
    assert (str(frame["mean"].dtype), frame["mean"][0]) == ("float64", 1.5)


def test_a_flag_that_nobody_set_is_not_false(ws: Workspace) -> None:
    ws.session.add(Project(name="churn", created_at=NOW))
    ws.session.flush()
    frame = ws.frame(select(Project.name, Branch.merged).outerjoin(Branch, Branch.name == Project.name))
    assert frame["merged"].isna().all()


def test_moments_keep_their_microseconds_and_their_order(ws: Workspace) -> None:
    moments = [datetime(2026, 1, 1, 12, 0, 0, microsecond, UTC) for microsecond in (1, 0, 999_999)]
    ws.session.add_all([Project(name=str(n), created_at=moment) for n, moment in enumerate(moments)])
    ws.session.flush()
    ws.session.expire_all()
    assert ws.session.scalars(select(Project.created_at).order_by(Project.created_at)).all() == sorted(moments)
    assert ws.session.scalars(select(Project.name).where(Project.created_at > moments[0])).all() == ["2"]


@action(Permission.EDIT_PROJECTS)
def note(ws: Workspace, *, value: object) -> None:
    """Change nothing, and be audited."""


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}, b"\xff", {"raw": b"\xff"}, NOW, object, "a\0b"])
def test_every_argument_can_be_audited_also_when_refused(house: House, value: object) -> None:
    with house.open() as ws:
        note(ws, value=value)
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        note(ws, value=value)
    with house.open(reading=True) as ws:
        events = ws.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [(set(event.arguments), event.refused) for event in events] == [({"value"}, False), ({"value"}, True)]


@pytest.mark.parametrize("value", ["x" * 100_000, ["x" * 10] * 10_000, dict.fromkeys(range(10000), "x")])
def test_the_audit_of_a_large_argument_is_short(ws: Workspace, value: object) -> None:
    note(ws, value=value)
    ws.session.flush()
    assert len(ws.session.scalars(select(AuditEvent)).one().arguments["value"]) <= 501


def test_a_secret_in_an_argument_is_audited_as_asterisks(ws: Workspace) -> None:
    note(ws, value={"token": SecretStr("glpat-secret"), "others": [SecretStr("glpat-secret")]})
    ws.session.flush()
    assert ws.session.scalars(select(AuditEvent)).one().arguments == {
        "value": {"token": "**********", "others": ["**********"]}
    }


def names(ws: Workspace) -> list[str]:
    return list(ws.session.scalars(select(Project.name).order_by(Project.name)))


def test_a_reader_is_not_held_up_by_a_writer_and_sees_one_state(house: House) -> None:
    with house.open() as ws:
        ws.session.add(Project(name="before", created_at=NOW))
    with house.open(reading=True) as reader:
        assert names(reader) == ["before"]
        with house.open() as writer:
            writer.session.add(Project(name="meanwhile", created_at=NOW))
            writer.session.flush()
            with house.open(reading=True) as another:
                assert names(another) == ["before"]
        assert names(reader) == ["before"]
    with house.open(reading=True) as ws:
        assert names(ws) == ["before", "meanwhile"]


def test_writers_at_once_wait_for_each_other_and_none_fails(house: House) -> None:
    with house.open() as ws:
        ws.session.add(Project(name="counter", experiments=0, created_at=NOW))
    failures: list[BaseException] = []

    def count() -> None:
        try:
            for _ in range(10):
                with house.open() as ws:
                    counter = ws.session.scalars(select(Project).with_for_update()).one()
                    counter.experiments = (counter.experiments or 0) + 1
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with house.open(reading=True) as ws:
        assert ws.session.scalars(select(Project.experiments)).one() == 40


def test_a_new_file_may_be_opened_by_several_at_the_same_moment(tmp_path: Path, vault: Vault) -> None:
    together = threading.Barrier(4)

    def opened(number: int) -> str:
        engine = connect(sqlite_url(tmp_path / f"{number // 4}.sqlite"), vault=vault)
        together.wait()
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(opened, range(400))) == {"wal"}


def test_a_reading_workspace_refuses_to_write_and_the_next_one_writes(house: House) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), house.open(reading=True) as ws:
        ws.session.add(Project(name="churn", created_at=NOW))
        ws.session.flush()
    with house.open() as ws:
        ws.session.add(Project(name="churn", created_at=NOW))
    with house.open(reading=True) as ws:
        assert names(ws) == ["churn"]
