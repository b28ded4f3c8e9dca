"""PostgreSQL: what the catalogue says about row security, and what the application's role cannot do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from maestro_core.database import connect
from maestro_core.errors import WrongSetup
from maestro_core.migrations import migrate, security
from maestro_core.models import Base, new_key
from maestro_core.portfolios import refuse_powerful_role
from maestro_core.vault import Vault
from maestro_core.workspace import enter_tenant, open_workspace
from tests.conftest import Postgres
from tests.rows import FullTenant, fill

LOOKUPS = {match for function in security.LOOKUPS for match in re.findall(r"CREATE FUNCTION (\w+)", function)}


@pytest.fixture
def catalogue(postgres: Postgres) -> Iterator[Connection]:
    with postgres.superuser.connect() as connection:
        yield connection


@pytest.fixture
def application(postgres: Postgres) -> Iterator[Connection]:
    with postgres.application.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def tenants(postgres: Postgres) -> tuple[FullTenant, FullTenant]:
    with postgres.application.begin() as one, postgres.application.begin() as other:
        return fill(one), fill(other)


def _names(connection: Connection, query: str) -> set[str]:
    return set(connection.scalars(text(query)))


def test_every_table_has_row_security_enabled_and_forced(catalogue: Connection) -> None:
    secured = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
    )
    assert _names(catalogue, secured) == set(Base.metadata.tables) | {"alembic_version"}
    forced = _names(catalogue, secured + " AND relrowsecurity AND relforcerowsecurity")
    assert forced == set(Base.metadata.tables)


def test_every_policy_for_the_application_compares_with_the_present_tenant_both_ways(catalogue: Connection) -> None:
    query = text("SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies")
    for policy in catalogue.execute(query):
        if policy.policyname == "lookup":
            assert (policy.roles, policy.cmd) == (["maestro_owner"], "SELECT")
            assert policy.tablename in {"tenant", "user", "membership"}
            continue
        column = "id" if policy.tablename == "tenant" else "tenant_id"
        mine = f"({column} = (NULLIF(current_setting('maestro.tenant_id'::text, true), ''::text))::uuid)"
        assert (policy.roles, policy.cmd, policy.qual, policy.with_check) == (["public"], "ALL", mine, mine)
    assert _names(catalogue, "SELECT tablename FROM pg_policies WHERE policyname = 'present_tenant'") == set(
        Base.metadata.tables
    )


def test_every_reference_and_every_unique_index_includes_the_tenant(catalogue: Connection) -> None:
    references = """
        SELECT c.conname FROM pg_constraint c
        WHERE c.contype = 'f' AND c.confrelid <> 'tenant'::regclass AND NOT EXISTS (
            SELECT FROM pg_attribute child, pg_attribute parent, unnest(c.conkey, c.confkey) AS pair (ours, theirs)
            WHERE child.attrelid = c.conrelid AND child.attnum = pair.ours AND child.attname = 'tenant_id'
            AND parent.attrelid = c.confrelid AND parent.attnum = pair.theirs AND parent.attname = 'tenant_id')"""
    assert _names(catalogue, references) == set()
    unique = """
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname = 'tenant_id')"""
    assert _names(catalogue, unique) == {"pk_tenant", "alembic_version_pkc"}


def test_only_the_named_lookups_look_past_the_tenant_and_nobody_else_may_call_them(catalogue: Connection) -> None:
    query = text("SELECT proname, proconfig, proacl::text[] AS grants FROM pg_proc WHERE prosecdef")
    functions = {row.proname: row for row in catalogue.execute(query)}
    assert set(functions) == LOOKUPS
    for function in functions.values():
        assert function.proconfig == ["search_path=public, pg_temp"]
        grantees = {grant.partition("=")[0] for grant in function.grants}
        assert grantees == {"maestro_owner", "maestro_app"}, "an empty name is PUBLIC"


def test_a_temporary_table_does_not_deceive_a_lookup(application: Connection, tenants: Any) -> None:
    forged = new_key()
    application.execute(text("CREATE TEMP TABLE membership (id uuid, tenant_id uuid, role text) ON COMMIT DROP"))
    row = {"id": forged, "tenant": tenants[1].id}
    application.execute(text("INSERT INTO membership VALUES (:id, :tenant, 'owner')"), row)
    application.execute(text("SET LOCAL search_path = pg_temp, public"))
    found = application.execute(text("SELECT * FROM maestro_membership(:id)"), {"id": forged}).all()
    assert found == []


def test_the_application_owns_nothing_and_is_bound(catalogue: Connection) -> None:
    powers = text(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'maestro_app'"
    )
    assert tuple(catalogue.execute(powers).one()) == (False, False, False, False)
    owned = "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'maestro_app'"
    assert _names(catalogue, owned) == set()
    member = "SELECT rolname FROM pg_roles WHERE rolname <> 'maestro_app' AND pg_has_role('maestro_app', oid, 'MEMBER')"
    assert _names(catalogue, member) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET refused = false",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DELETE FROM tenant",
        "TRUNCATE project CASCADE",
        "ALTER TABLE project DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE project NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY present_tenant ON project",
        "CREATE POLICY all_of_it ON project USING (true)",
        "SET ROLE maestro_owner",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE maestro_app BYPASSRLS",
        "CREATE TABLE public.mine (id int)",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TRIGGER spy AFTER INSERT ON project EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "UPDATE alembic_version SET version_num = '0'",
        "COPY project TO PROGRAM 'cat'",
        "SELECT pg_read_file('PG_VERSION')",
    ],
)
def test_the_application_is_refused(statement: str, application: Connection, tenants: Any) -> None:
    enter_tenant(application, tenants[0].id)
    with pytest.raises(DBAPIError, match=r"permission denied|must be (owner|superuser)|attribute"):
        application.execute(text(statement))


def test_switching_row_security_off_shows_an_error_rather_than_rows(application: Connection, tenants: Any) -> None:
    enter_tenant(application, tenants[0].id)
    application.execute(text("SET LOCAL row_security = off"))
    with pytest.raises(DBAPIError, match="would be affected by row-level security"):
        application.execute(text("SELECT * FROM project"))


def test_deleting_a_user_leaves_the_memberships_of_others(postgres: Postgres, tenants: Any) -> None:
    """Once, a membership could take in a user of another tenant, and then change or delete them."""
    mine, theirs = tenants
    user = Base.metadata.tables["user"]
    with pytest.raises(DBAPIError, match="foreign key"), open_workspace(postgres.application, mine.membership_id) as ws:
        statement = text("UPDATE membership SET user_id = :user")
        ws.session.execute(statement, {"user": theirs.rows[user]["id"]})


def test_a_failing_condition_does_not_tell_what_others_have(postgres: Postgres, tenants: Any) -> None:
    mine, theirs = tenants
    name = theirs.rows[Base.metadata.tables["project"]]["name"]
    spying = text("SELECT count(*) FROM project WHERE 1 / (CASE WHEN name = :name THEN 0 ELSE 1 END) = 1")
    with open_workspace(postgres.application, mine.membership_id) as ws:
        assert ws.session.scalar(spying, {"name": name}) == 1
    with pytest.raises(DBAPIError, match="zero"), open_workspace(postgres.application, theirs.membership_id) as ws:
        ws.session.scalar(spying, {"name": name})


@pytest.fixture
def as_admin(postgres: Postgres) -> Iterator[Connection]:
    with postgres.superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _engine_as(postgres: Postgres, role: str, *, database: str = "maestro") -> Engine:
    return create_engine(postgres.superuser.url.set(username=role, database=database))


@pytest.mark.parametrize("role", ["postgres", "maestro_owner", "a_bypasser", "a_deputy", "a_deputy_of_a_bypasser"])
def test_serving_as_a_role_that_is_not_bound_is_refused(role: str, postgres: Postgres, as_admin: Connection) -> None:
    as_admin.execute(text("CREATE ROLE a_bypasser LOGIN BYPASSRLS"))
    as_admin.execute(text("CREATE ROLE a_deputy LOGIN NOINHERIT IN ROLE maestro_owner"))
    as_admin.execute(text("CREATE ROLE a_deputy_of_a_bypasser LOGIN NOINHERIT IN ROLE a_bypasser"))
    engine = _engine_as(postgres, role)
    try:
        with pytest.raises(WrongSetup) as refusal:
            refuse_powerful_role(engine)
        assert "CREATE ROLE maestro_app" in refusal.value.advice
    finally:
        engine.dispose()
        as_admin.execute(text("DROP ROLE a_deputy_of_a_bypasser, a_deputy, a_bypasser"))


def test_serving_as_the_application_is_allowed(postgres: Postgres) -> None:
    refuse_powerful_role(postgres.application)


def test_a_database_without_tables_is_told_so(postgres: Postgres, as_admin: Connection) -> None:
    as_admin.execute(text("CREATE DATABASE empty OWNER maestro_owner"))
    engine = _engine_as(postgres, "maestro_app", database="empty")
    with pytest.raises(WrongSetup, match="no tables yet") as refusal:
        refuse_powerful_role(engine)
    assert "MAESTRO_OWNER_DATABASE_URL" in refusal.value.advice
    engine.dispose()
    as_admin.execute(text("DROP DATABASE empty"))


def test_a_role_with_an_odd_name_is_granted_what_it_needs(
    postgres: Postgres, as_admin: Connection, vault: Vault
) -> None:
    as_admin.execute(text("""CREATE ROLE "odd""; name" LOGIN"""))
    as_admin.execute(text("CREATE DATABASE odd OWNER maestro_owner"))
    url = postgres.owner.url.set(database="odd")
    owner = connect(url.render_as_string(hide_password=False), vault=vault)
    migrate(owner, application_role='odd"; name')
    owner.dispose()
    engine = _engine_as(postgres, 'odd"; name', database="odd")
    refuse_powerful_role(engine)
    engine.dispose()
    as_admin.execute(text("DROP DATABASE odd"))
    as_admin.execute(text("""DROP ROLE "odd""; name" """))
