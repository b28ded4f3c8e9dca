"""Migrations run up and down on both databases, once, whole or not at all, and make what the models say."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, select, text

from maestro_core import migrations
from maestro_core.database import connect, sqlite_url
from maestro_core.errors import WrongSetup
from maestro_core.migrations import migrate
from maestro_core.models import Base
from maestro_core.portfolios import open_portfolios
from maestro_core.settings import CHECKOUT, Settings
from maestro_core.vault import Vault
from maestro_core.workspace import enter_tenant
from tests.conftest import DATABASES, Postgres
from tests.rows import TABLES, fill

HEAD = max(path.stem[:4] for path in (migrations.HERE / "versions").glob("[0-9]*.py"))
VERSION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "next", "{head}"


def upgrade():
    op.create_table("half_made", sa.Column("id", sa.Integer))
    {step}


def downgrade():
    op.drop_table("half_made")
"""
OPEN = """
import sys
from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
print("ready", flush=True)
sys.stdin.readline()
portfolios = open_portfolios(Settings())
print(portfolios.own.membership_id, portfolios.sample.membership_id)
"""


@pytest.fixture(params=DATABASES)
def blank(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[Engine]:
    """A database that has never been migrated, as the role that migrates."""
    if request.param == "sqlite":
        engine = connect(sqlite_url(tmp_path / "blank.sqlite"), vault=vault)
        yield engine
        engine.dispose()
    else:
        yield from _blank_postgresql(request.getfixturevalue("postgres"), vault)


def _blank_postgresql(postgres: Postgres, vault: Vault) -> Iterator[Engine]:
    with postgres.superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE blank OWNER maestro_owner"))
        url = postgres.owner.url.set(database="blank").render_as_string(hide_password=False)
        engine = connect(url, vault=vault)
        yield engine
        engine.dispose()
        connection.execute(text("DROP DATABASE blank"))


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Add a migration after the last: it makes a table, then takes this step."""

    def add(step: str) -> None:
        head = migrations.configuration
        (tmp_path / "next.py").write_text(VERSION.format(step=step, head=HEAD))

        def with_one_more(connection: Connection) -> Config:
            config = head(connection)
            config.set_main_option("path_separator", "newline")
            config.set_main_option("version_locations", f"{migrations.HERE / 'versions'}\n{tmp_path}")
            return config

        monkeypatch.setattr(migrations, "configuration", with_one_more)

    return add


def _tables(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_up_and_down_and_up_again_takes_less_than_five_seconds_each(blank: Engine) -> None:
    for revision, tables in (("head", set(Base.metadata.tables)), ("base", set()), ("head", set(Base.metadata.tables))):
        started = time.perf_counter()
        migrate(blank, revision=revision)
        assert time.perf_counter() - started < 5
        assert _tables(blank) == tables | {"alembic_version"}


def test_going_down_leaves_no_functions_or_policies(blank: Engine) -> None:
    migrate(blank)
    migrate(blank, revision="base")
    if blank.dialect.name == "postgresql":
        with blank.connect() as connection:
            assert connection.execute(text("SELECT FROM pg_policies")).all() == []
            assert connection.execute(text("SELECT FROM pg_proc WHERE proname LIKE 'maestro%'")).all() == []


def test_the_migrated_tables_are_those_of_the_models(blank: Engine) -> None:
    migrate(blank)
    with blank.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_comparison_would_see_a_difference(blank: Engine) -> None:
    migrate(blank)
    with blank.connect() as connection, connection.begin():
        connection.execute(text("ALTER TABLE project ADD COLUMN forgotten TEXT"))
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [change[0] for change in compare_metadata(context, Base.metadata)] == ["remove_column"]
        connection.execute(text("ALTER TABLE project DROP COLUMN forgotten"))


def test_migrating_again_changes_nothing(blank: Engine) -> None:
    migrate(blank)
    with blank.begin() as connection:
        tenant = fill(connection)
        rows = {table.name: connection.execute(select(table)).all() for table in TABLES}
    migrate(blank)
    with blank.begin() as connection:
        enter_tenant(connection, tenant.id)
        assert {table.name: connection.execute(select(table)).all() for table in TABLES} == rows


def test_starting_again_waits_for_no_writer(tmp_path: Path) -> None:
    settings = Settings(data_directory=tmp_path)
    portfolios = open_portfolios(settings)
    with portfolios.sample.engine.connect() as writing, writing.begin():
        started = time.monotonic()
        open_portfolios(settings)
    assert time.monotonic() - started < 20, "SQLite would have waited for 30 s, and then refused"


def test_a_migration_that_fails_leaves_the_former_state(blank: Engine, next_version: Callable[[str], None]) -> None:
    migrate(blank)
    before = _tables(blank)
    next_version('raise RuntimeError("half way")')
    with pytest.raises(RuntimeError, match="half way"):
        migrate(blank)
    with blank.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    assert _tables(blank) == before


def test_changing_a_table_keeps_the_rows_that_refer_to_it(blank: Engine, next_version: Callable[[str], None]) -> None:
    migrate(blank)
    with blank.begin() as connection:
        tenant = fill(connection)
    next_version(
        """with op.batch_alter_table("project") as batch:
        batch.alter_column("description", existing_type=sa.Text(), nullable=True)"""
    )
    migrate(blank)
    with blank.begin() as connection:
        enter_tenant(connection, tenant.id)
        counts = {table.name: len(connection.execute(select(table)).all()) for table in TABLES}
    assert counts == {table.name: 1 for table in TABLES}


def test_references_are_checked_again_after_a_migration(tmp_path: Path, vault: Vault) -> None:
    engine = connect(sqlite_url(tmp_path / "checked.sqlite"), vault=vault)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_migration_that_loses_what_rows_refer_to_is_refused(
    tmp_path: Path, vault: Vault, next_version: Callable[[str], None]
) -> None:
    engine = connect(sqlite_url(tmp_path / "lost.sqlite"), vault=vault)
    migrate(engine)
    with engine.begin() as connection:
        fill(connection)
    next_version('op.execute("DELETE FROM person")')
    with pytest.raises(WrongSetup, match="account"):
        migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM person")) == 1
    engine.dispose()


@pytest.mark.slow
def test_processes_that_start_at_once_migrate_once_and_agree(blank: Engine, tmp_path: Path) -> None:
    environment = os.environ | {"MAESTRO_DATA_DIRECTORY": str(tmp_path / "fresh"), "PYTHONPATH": str(CHECKOUT)}
    if blank.dialect.name == "postgresql":
        owner = blank.url.render_as_string(hide_password=False)
        environment["MAESTRO_OWNER_DATABASE_URL"] = owner
        environment["MAESTRO_DATABASE_URL"] = owner.replace("maestro_owner", "maestro_app")
    processes = [_opening(environment) for _ in range(3)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    answers = [process.communicate("go\n", timeout=180) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    assert len({printed for printed, _ in answers}) == 1


def _opening(environment: dict[str, str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", OPEN]
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
