"""Alembic's migrations, run once at the start, under a lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from maestro_core.database import is_sqlite
from maestro_core.errors import WrongSetup

HERE = Path(__file__).parent


def migrate(engine: Engine, *, application_role: str | None = None, revision: str = "head") -> None:
    """Bring the tables to a revision; on PostgreSQL, let the application's role use them. One process at a time."""
    if revision == "head" and not application_role and _is_at_head(engine):
        return  # Without waiting for whoever writes.
    with engine.connect() as connection, _references_at_the_end(connection), connection.begin():
        if not is_sqlite(connection):
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('maestro migrations'))"))
        step = command.downgrade if revision == "base" else command.upgrade
        step(configuration(connection), revision)
        if application_role and revision != "base":
            _grant(connection, application_role)
        if is_sqlite(connection):
            _check_references(connection)


def _is_at_head(engine: Engine) -> bool:
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        wanted = ScriptDirectory.from_config(configuration(connection)).get_heads()
        return set(MigrationContext.configure(connection).get_current_heads()) == set(wanted)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _references_at_the_end(connection: Connection) -> Iterator[None]:
    # SQLite changes a table by making it anew and dropping the former, which deletes every row that refers to it.
    if not is_sqlite(connection):
        yield
        return
    # Past SQLAlchemy: within a transaction, which it would begin, SQLite ignores this.
    driver = cast(sqlite3.Connection, connection.connection.driver_connection)
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _check_references(connection: Connection) -> None:
    lost = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if lost:
        raise WrongSetup(f"Rows refer to nothing after the migration, in: {', '.join(sorted(lost))}.")


def _grant(connection: Connection, role: str) -> None:
    name = connection.dialect.identifier_preparer.quote_identifier(role)
    for statement in (
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name}",
        f"REVOKE UPDATE, DELETE ON audit_event FROM {name}",
        # What refers to a tenant goes with it, and that would take the audit along.
        f"REVOKE DELETE ON tenant FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
    ):
        connection.execute(text(statement))
