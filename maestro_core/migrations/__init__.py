"""Alembic's migrations, run once at the start, under a lock."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from maestro_core.database import is_sqlite

HERE = Path(__file__).parent


def migrate(engine: Engine, *, application_role: str | None = None, revision: str = "head") -> None:
    """Bring the tables to a revision; on PostgreSQL, let the application's role use them. One process at a time."""
    with engine.connect() as connection, connection.begin():
        if not is_sqlite(connection):
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('maestro migrations'))"))
        step = command.downgrade if revision == "base" else command.upgrade
        step(configuration(connection), revision)
        if application_role and revision != "base":
            _grant(connection, application_role)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _grant(connection: Connection, role: str) -> None:
    name = connection.dialect.identifier_preparer.quote_identifier(role)
    for statement in (
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name}",
        f"REVOKE UPDATE, DELETE ON audit_event FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
    ):
        connection.execute(text(statement))
