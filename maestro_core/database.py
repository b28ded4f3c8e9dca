"""Connections to SQLite and PostgreSQL, and the batched upsert that both share."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, TypeGuard, TypeVar, cast
from uuid import UUID

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Executable,
    Table,
    Text,
    any_,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from maestro_core.errors import WrongSetup
from maestro_core.models import Base
from maestro_core.models.base import Key
from maestro_core.vault import Vault

URL_ADVICE = "The URL of a database looks like: postgresql://user:password@host:5432/maestro"
MOST_VALUES = 10_000
"""In one statement: SQLite takes 32,766."""
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
INTEGERS: Mapping[bool | None, int | None] = {None: None, False: 0, True: 1}
LONGEST_WAIT_SECONDS = 30
PRAGMAS = (
    f"busy_timeout = {LONGEST_WAIT_SECONDS * 1000}",
    "foreign_keys = ON",
    # Else a row that INSERT OR REPLACE takes away would go without asking the trigger that seals it.
    "recursive_triggers = ON",
    "synchronous = NORMAL",
    "cache_size = -8192",
    "wal_autocheckpoint = 8000",
)

Item = TypeVar("Item")
Told = Mapping[Column[Any], Sequence[Any]]


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
    keep: Collection[str] = (),
) -> int:
    """Insert rows, or update these columns where a row with the same `on` columns exists; the number of rows told.

    `on` names a unique constraint without its tenant. Without `update`, rows that exist are left as they are; of its
    columns, None does not replace what is there in those to `keep`. All rows name the same columns.
    """
    batch = [dict(row) for row in rows]
    if batch:
        # On the connection, not the session: its bulk insert looks at every row twice.
        session.flush()
        connection = session.connection()
        connection.execute(_resolving(_insert(connection, table), on, update, keep), batch)
    return len(batch)


def upsert_columns(
    session: Session,
    table: type[Base],
    columns: Mapping[str, Sequence[Any]],
    *,
    on: Sequence[str],
    update: Sequence[str] = (),
) -> int:
    """As `upsert`, for many rows told by column, with their keys, of which no two are the same.

    No row is looked at in Python: on SQLite the driver loops over converted columns, PostgreSQL gets an array of each.
    """
    size = len(next(iter(columns.values())))
    if size:
        session.flush()
        connection = session.connection()
        write = _write_values if is_sqlite(connection) else _write_arrays
        write(connection, _insert(connection, table), _filled(connection, table, columns, size), on, update)
    return size


def among(
    session: Session, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], texts: Sequence[str]
) -> ColumnElement[bool]:
    """Whether a text is one of very many, told as one value: a list of that many parameters takes long to build."""
    if is_sqlite(session.connection()):
        return column.in_(select(func.json_each(json.dumps(list(texts))).table_valued("value").c.value))
    return column == any_(literal(list(texts), postgresql.ARRAY(Text)))


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Items in parts that fit one statement.

    >>> [len(part) for part in chunks(range(25_000))]
    [10000, 10000, 5000]
    """
    return (items[start : start + MOST_VALUES] for start in range(0, len(items), MOST_VALUES))


def _insert(connection: Connection, table: type[Base]) -> Any:
    return INSERTS[connection.dialect.name](cast(Table, table.__table__))


def _resolving(statement: Any, on: Sequence[str], update: Sequence[str], keep: Collection[str] = ()) -> Executable:
    """The insertion, and what is done where the row is there."""
    keys = [*on, "tenant_id"]
    if not update:
        return cast(Executable, statement.on_conflict_do_nothing(index_elements=keys))
    excluded = {name: statement.excluded[name] for name in update}
    excluded |= {name: func.coalesce(excluded[name], statement.table.c[name]) for name in keep}
    return cast(Executable, statement.on_conflict_do_update(index_elements=keys, set_=excluded))


def _filled(connection: Connection, table: type[Base], columns: Mapping[str, Sequence[Any]], size: int) -> Told:
    """The columns with the tenant's, and with constant defaults."""
    ours = cast(Table, table.__table__).columns
    constant = {column.name: column.default.arg for column in ours if _is_constant(column.default)}
    constant["tenant_id"] = connection.get_execution_options()["tenant_id"]
    told = {name: [value] * size for name, value in constant.items()} | dict(columns)
    return {ours[name]: values for name, values in told.items()}


def _is_constant(default: object) -> TypeGuard[ScalarElementColumnDefault]:
    return isinstance(default, ScalarElementColumnDefault)


def _write_values(
    connection: Connection, insertion: Any, columns: Told, on: Sequence[str], update: Sequence[str]
) -> None:
    statement: Any = _resolving(insertion, on, update)
    compiled = statement.compile(dialect=connection.dialect, column_keys=[column.name for column in columns])
    converted = {column.name: _converted(column, connection.dialect, values) for column, values in columns.items()}
    rows = list(zip(*(converted[name] for name in compiled.positiontup), strict=True))
    connection.exec_driver_sql(str(compiled), rows)


def _converted(column: Column[Any], dialect: Dialect, values: Sequence[Any]) -> Iterable[Any]:
    convert = _converter(column.type, dialect)
    if convert is None:
        return values
    first = values[0]
    if values[-1] is first and values.count(first) == len(values):  # the tenant, the repository
        return repeat(convert(first), len(values))
    return map(convert, values)


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    # Of bytes and of truth values, the driver asks of each how to write it, which takes as long as writing it.
    if isinstance(kind, Boolean):
        return INTEGERS.get
    if isinstance(kind, Key):
        return _blob
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _blob(key: UUID | None) -> bytearray | None:
    return None if key is None else bytearray(key.bytes)


def _write_arrays(
    connection: Connection, insertion: Any, columns: Told, on: Sequence[str], update: Sequence[str]
) -> None:
    # Not COPY, which is refused under row security.
    arrays = (literal(list(values), postgresql.ARRAY(column.type)) for column, values in columns.items())
    names = [column.name for column in columns]
    rows = func.unnest(*arrays).table_valued(*names).render_derived()
    chosen = insertion.from_select(names, select(*(rows.c[name] for name in names)), include_defaults=False)
    connection.execute(_resolving(chosen, on, update))


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
    _turn_on_log(connection)


def _turn_on_log(connection: sqlite3.Connection) -> None:
    """Write ahead from now on. Where two do so in a new file at the same moment, SQLite refuses one without waiting."""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _begin(connection: Connection) -> None:
    # A reader that turns writer fails at once where another wrote in between; a writer that says so at the start waits.
    reading = connection.get_execution_options().get("reading", False)
    # As PostgreSQL refuses it: else what a question changed by mistake would be kept here.
    connection.exec_driver_sql(f"PRAGMA query_only = {reading:d}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
