"""An installation finds or makes its own portfolio and the sample, and never mixes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from maestro_core.database import connect, sqlite_url
from maestro_core.errors import WrongSetup
from maestro_core.migrations import migrate
from maestro_core.models import Project, Tenant
from maestro_core.portfolios import Portfolio, Portfolios, add_tenant, open_portfolios
from maestro_core.settings import Settings
from maestro_core.terms import Role
from maestro_core.vault import Vault
from maestro_core.workspace import open_workspace
from tests.conftest import DATABASES, NOW, Postgres


@pytest.fixture(params=DATABASES)
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield Settings(data_directory=tmp_path)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE installation OWNER maestro_owner"))
        owner, application = (
            engine.url.set(database="installation").render_as_string(hide_password=False)
            for engine in (postgres.owner, postgres.application)
        )
        yield Settings.model_validate(
            {"data_directory": tmp_path, "database_url": application, "owner_database_url": owner}
        )
        connection.execute(text("DROP DATABASE installation WITH (FORCE)"))


def _close(portfolios: Portfolios) -> None:
    portfolios.own.engine.dispose()
    portfolios.sample.engine.dispose()


def _names(portfolio: Portfolio) -> list[str]:
    with open_workspace(portfolio.engine, portfolio.membership_id, reading=True) as ws:
        return list(ws.session.scalars(select(Project.name)))


def test_the_second_start_finds_what_the_first_made(installation: Settings) -> None:
    first, second = open_portfolios(installation), open_portfolios(installation)
    assert first.own.membership_id == second.own.membership_id
    assert first.sample.membership_id == second.sample.membership_id
    _close(first)
    _close(second)


def test_the_local_owner_owns_both_and_only_one_is_the_sample(installation: Settings) -> None:
    portfolios = open_portfolios(installation)
    for portfolio, is_sample in ((portfolios.own, False), (portfolios.sample, True)):
        assert portfolio.is_sample is is_sample
        with open_workspace(portfolio.engine, portfolio.membership_id) as ws:
            assert ws.member.role is Role.OWNER
            assert ws.tenant.is_sample is is_sample
            assert len(ws.session.scalars(select(Tenant)).all()) == 1
    _close(portfolios)


def test_a_project_of_the_sample_is_not_in_the_own_portfolio(installation: Settings) -> None:
    portfolios = open_portfolios(installation)
    with open_workspace(portfolios.sample.engine, portfolios.sample.membership_id) as ws:
        ws.session.add(Project(name="a sample", created_at=NOW))
    assert (_names(portfolios.sample), _names(portfolios.own)) == (["a sample"], [])
    _close(portfolios)


def test_a_second_tenant_in_one_file_is_refused_and_needs_postgresql(tmp_path: Path, vault: Vault) -> None:
    engine = connect(sqlite_url(tmp_path / "one.sqlite"), vault=vault)
    migrate(engine)
    with engine.begin() as connection:
        membership_id = add_tenant(connection, "First", is_sample=False)
    with pytest.raises(WrongSetup, match="already holds a tenant") as refusal, engine.begin() as connection:
        add_tenant(connection, "Second", is_sample=False)
    assert "A second tenant needs PostgreSQL" in refusal.value.advice
    with open_workspace(engine, membership_id) as ws:
        assert ws.session.scalars(select(Tenant.name)).all() == ["First"]
    engine.dispose()


def test_postgresql_holds_several_tenants(postgres: Postgres) -> None:
    with postgres.application.begin() as connection:
        add_tenant(connection, "First", is_sample=False)
        add_tenant(connection, "Second", is_sample=False)


def test_serving_as_the_owner_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    owner = postgres.owner.url.render_as_string(hide_password=False)
    with pytest.raises(WrongSetup, match="row security does not bind") as refusal:
        open_portfolios(Settings.model_validate({"data_directory": tmp_path, "database_url": owner}))
    assert "MAESTRO_OWNER_DATABASE_URL" in refusal.value.advice


@pytest.mark.parametrize("url", ["sqlite:///x.sqlite", "mysql://user:hidden@host/maestro", "hidden nonsense"])
def test_a_database_url_that_is_not_postgresql_is_refused_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetup, match=r"database URL|mysql|SQLite") as refusal:
        open_portfolios(Settings.model_validate({"data_directory": tmp_path, "database_url": url}))
    assert "postgresql://" in refusal.value.advice
    assert "hidden" not in str(refusal.value)


def test_a_server_that_does_not_answer_is_said_to_be_the_setup(tmp_path: Path) -> None:
    url = "postgresql://user:hidden@127.0.0.1:1/maestro"
    with pytest.raises(WrongSetup, match="does not answer") as refusal:
        open_portfolios(Settings.model_validate({"data_directory": tmp_path, "database_url": url}))
    assert "hidden" not in str(refusal.value)
