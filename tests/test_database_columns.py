"""Rows told by column, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.database import among, upsert_columns
from maestro_core.models import Person, Project, new_key
from maestro_core.workspace import Workspace
from tests.conftest import NOW


def some_people(
    names: list[str], *, keys: list[UUID] | None = None, is_bot: bool | None = None
) -> dict[str, list[Any]]:
    told = {"id": keys or [new_key() for _ in names], "name": names, "email": [f"{name}@x" for name in names]}
    return told if is_bot is None else told | {"is_bot": [is_bot] * len(names)}


def test_columns_become_rows_with_the_tenant_and_the_defaults(ws: Workspace) -> None:
    assert upsert_columns(ws.session, Person, some_people(["Ada", "Zoë\n"]), on=("id",)) == 2
    told = ws.session.execute(select(Person.name, Person.email, Person.is_bot, Person.tenant_id).order_by(Person.name))
    tenant = ws.member.tenant_id
    assert told.all() == [("Ada", "Ada@x", False, tenant), ("Zoë\n", "Zoë\n@x", False, tenant)]


def test_columns_change_what_they_name_of_rows_that_are_there(ws: Workspace) -> None:
    keys = [new_key(), new_key()]
    upsert_columns(ws.session, Person, some_people(["Ada", "Bob"], keys=keys), on=("id",))
    upsert_columns(
        ws.session, Person, some_people(["Eve", "Eve"], keys=keys, is_bot=True), on=("id",), update=("is_bot",)
    )
    assert ws.session.execute(select(Person.name, Person.is_bot).order_by(Person.name)).all() == [
        ("Ada", True),
        ("Bob", True),
    ]
    upsert_columns(ws.session, Person, some_people(["Eve", "Eve"], keys=keys), on=("id",))
    assert set(ws.session.scalars(select(Person.name))) == {"Ada", "Bob"}


def test_columns_keep_moments_and_what_is_not_known(ws: Workspace) -> None:
    later = NOW + timedelta(hours=1)
    columns: dict[str, list[Any]] = {
        "id": [new_key(), new_key()],
        "name": ["a", "b"],
        "created_at": [NOW, later.astimezone(timezone(timedelta(hours=5)))],
        "finished_at": [None, NOW],
    }
    upsert_columns(ws.session, Project, columns, on=("id",))
    statement = select(Project.created_at, Project.finished_at).order_by(Project.name)
    assert ws.session.execute(statement).all() == [(NOW, None), (later, NOW)]


def test_columns_without_rows_do_nothing(ws: Workspace) -> None:
    assert upsert_columns(ws.session, Person, {"id": [], "name": []}, on=("id",)) == 0


def test_a_text_is_found_among_very_many(ws: Workspace) -> None:
    upsert_columns(ws.session, Person, some_people(["Ada", 'Zo"ë', "Eve"]), on=("id",))
    many = [f"p{number}" for number in range(100_000)]
    found = select(Person.name).where(among(ws.session, Person.name, ["Ada", 'Zo"ë', *many]))
    assert set(ws.session.scalars(found)) == {"Ada", 'Zo"ë'}
    assert ws.session.scalars(select(Person.name).where(among(ws.session, Person.name, []))).all() == []
