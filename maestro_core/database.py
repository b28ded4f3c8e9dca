"""Connections to SQLite and PostgreSQL, and the batched upsert that both share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, Executable, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from maestro_core.errors import WrongSetup
from maestro_core.models import Base
from maestro_core.vault import Vault

URL_ADVICE = "The URL of a database looks like: postgresql://user:password@host:5432/maestro"
MOST_VALUES = 10_000
"""In one statement: SQLite takes 32,766."""
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# Wait before anything else: turning on the log already needs the file.
PRAGMAS = ("busy_timeout = 30000", "journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL")

Item = TypeVar("Item")


def connect(url: str, *, vault: Vault) -> Engine:
    """An engine for a database URL; its workspaces decrypt with this vault."""
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        return _connect_sqlite(address.database or "", vault)
    address = address.set(drivername="postgresql+psycopg")
    return create_engine(address, pool_pre_ping=True, execution_options={"vault": vault})


def _address(url: str) -> URL:
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        # Its own message may show the password.
        raise WrongSetup("The database URL cannot be read.", advice=URL_ADVICE) from None
    if address.get_backend_name() not in INSERTS:
        raise WrongSetup(f"Maestro does not work on {address.get_backend_name()}.", advice=URL_ADVICE)
    return address


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def is_sqlite(bind: Engine | Connection) -> bool:
    return bind.dialect.name == "sqlite"


def upsert(
    session: Session,
    table: type[Base],
    rows: Iterable[Mapping[str, Any]],
    *,
    on: Sequence[str],
    update: Sequence[str] = (),
) -> int:
    """Insert rows, or update these columns where a row with the same `on` columns exists; the number of rows told.

    `on` names a unique constraint without its tenant. Without `update`, rows that exist are left as they are.
    All rows name the same columns.
    """
    batch = [dict(row) for row in rows]
    if batch:
        # On the connection, not the session: its bulk insert looks at every row twice.
        session.flush()
        session.connection().execute(_upsert(session, table, on, update), batch)
    return len(batch)


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Items in parts that fit one statement.

    >>> [len(part) for part in chunks(range(25_000))]
    [10000, 10000, 5000]
    """
    return (items[start : start + MOST_VALUES] for start in range(0, len(items), MOST_VALUES))


def _upsert(session: Session, table: type[Base], on: Sequence[str], update: Sequence[str]) -> Executable:
    statement: Any = INSERTS[session.get_bind().dialect.name](cast(Table, table.__table__))
    keys = [*on, "tenant_id"]
    if not update:
        return cast(Executable, statement.on_conflict_do_nothing(index_elements=keys))
    excluded = {name: statement.excluded[name] for name in update}
    return cast(Executable, statement.on_conflict_do_update(index_elements=keys, set_=excluded))


def _connect_sqlite(path: str, vault: Vault) -> Engine:
    engine = create_engine(f"sqlite:///{path}", execution_options={"vault": vault})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin on its own, but not before DDL or a SELECT: transactions are ours, see _begin.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A reader that turns writer fails at once where another wrote in between; a writer that says so at the start waits.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
