"""The portfolios of this installation: the organisation's own, and a sample that never mixes with it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.exc import OperationalError

from maestro_core.database import URL_ADVICE, connect, is_sqlite, sqlite_url
from maestro_core.errors import WrongSetup
from maestro_core.migrations import migrate
from maestro_core.models import Membership, Tenant, User, new_key
from maestro_core.settings import Settings
from maestro_core.terms import Role
from maestro_core.vault import Vault, open_vault
from maestro_core.workspace import enter_tenant

LOCAL_EMAIL = "owner@localhost"
OWN_FILE = "maestro.sqlite"
TOO_POWERFUL = "MAESTRO_DATABASE_URL names a role that row security does not bind."
ONE_PER_FILE = "This SQLite file already holds a tenant, and keeps only one apart from others."
MAKE_ROLES = (
    "Make two roles: CREATE ROLE maestro_owner LOGIN PASSWORD '…'; CREATE ROLE maestro_app LOGIN PASSWORD '…'; "
    "CREATE DATABASE maestro OWNER maestro_owner; then set MAESTRO_OWNER_DATABASE_URL to the first and "
    "MAESTRO_DATABASE_URL to the second."
)


@dataclass(frozen=True)
class Portfolio:
    """Where a tenant's data is, and the membership through which this installation sees it."""

    engine: Engine
    membership_id: UUID
    is_sample: bool


@dataclass(frozen=True)
class Portfolios:
    """The organisation's own portfolio and the sample: two files on SQLite, two tenants on PostgreSQL."""

    own: Portfolio
    sample: Portfolio


def open_portfolios(settings: Settings) -> Portfolios:
    """Migrate what needs it, and find or make the local tenants and their owner. Once per process, at its start."""
    vault = open_vault(settings)
    if settings.database_url is None:
        return _in_files(settings, vault)
    return _in_postgresql(settings, vault)


def connect_own(settings: Settings) -> Engine:
    """The database of the organisation's own portfolio, for a process that works for another which has migrated it."""
    vault = open_vault(settings)
    if settings.database_url is None:
        return connect(sqlite_url(settings.data_directory / OWN_FILE), vault=vault)
    engine = _server(settings.database_url, vault)
    refuse_powerful_role(engine)
    return engine


def _in_files(settings: Settings, vault: Vault) -> Portfolios:
    settings.data_directory.mkdir(parents=True, exist_ok=True)
    own = connect(sqlite_url(settings.data_directory / OWN_FILE), vault=vault)
    sample = connect(sqlite_url(settings.data_directory / "sample.sqlite"), vault=vault)
    for engine in (own, sample):
        migrate(engine)
    return Portfolios(_portfolio(own, is_sample=False), _portfolio(sample, is_sample=True))


def _in_postgresql(settings: Settings, vault: Vault) -> Portfolios:
    engine = _server(settings.database_url, vault)
    if settings.owner_database_url:
        owner = _server(settings.owner_database_url, vault)
        migrate(owner, application_role=engine.url.username)
        owner.dispose()
    refuse_powerful_role(engine)
    return Portfolios(_portfolio(engine, is_sample=False), _portfolio(engine, is_sample=True))


def _server(url: SecretStr | None, vault: Vault) -> Engine:
    engine = connect(url.get_secret_value() if url else "", vault=vault)
    if is_sqlite(engine):
        raise WrongSetup("MAESTRO_DATABASE_URL names a SQLite file.", advice=f"Leave it unset for SQLite. {URL_ADVICE}")
    try:
        engine.connect().close()
    except OperationalError as problem:
        raise WrongSetup(f"PostgreSQL does not answer: {problem.orig}", advice=URL_ADVICE) from problem
    return engine


def refuse_powerful_role(engine: Engine) -> None:
    """Raise `WrongSetup` where the application would connect as a superuser, an owner or a bypassing role.

    Also where it could become one by SET ROLE, and where there are no tables yet.
    """
    question = text(
        "SELECT rolsuper OR rolbypassrls"
        # A member of the owner, or of a role past row security, becomes it by SET ROLE.
        " OR EXISTS (SELECT FROM pg_roles p"
        " WHERE (p.rolsuper OR p.rolbypassrls) AND pg_has_role(r.oid, p.oid, 'MEMBER'))"
        " OR EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass('public.project')"
        " AND pg_has_role(r.oid, c.relowner, 'MEMBER'))"
        " FROM pg_roles r WHERE rolname = current_user"
    )
    with engine.connect() as connection:
        if connection.scalar(question):
            raise WrongSetup(TOO_POWERFUL, advice=MAKE_ROLES)
        if connection.scalar(text("SELECT to_regclass('public.project')")) is None:
            raise WrongSetup("The database has no tables yet.", advice="Set MAESTRO_OWNER_DATABASE_URL. " + MAKE_ROLES)


def add_tenant(connection: Connection, name: str, *, is_sample: bool) -> UUID:
    """A new tenant with the local user as its owner; the key of the membership. A SQLite file takes only one."""
    if is_sqlite(connection) and connection.scalar(select(Tenant.id).limit(1)):
        raise WrongSetup(ONE_PER_FILE, advice="A second tenant needs PostgreSQL. " + MAKE_ROLES)
    tenant_id, user_id, membership_id = new_key(), new_key(), new_key()
    enter_tenant(connection, tenant_id)
    connection.execute(insert(Tenant).values(id=tenant_id, name=name, is_sample=is_sample))
    connection.execute(insert(User).values(id=user_id, email=LOCAL_EMAIL, name="Local owner"))
    connection.execute(insert(Membership).values(id=membership_id, user_id=user_id, role=Role.OWNER))
    return membership_id


def _portfolio(engine: Engine, *, is_sample: bool) -> Portfolio:
    # First without waiting for whoever writes: mostly it is there.
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        known = _local_memberships(connection).get(is_sample)
    if known is None:
        with engine.connect() as connection, connection.begin():
            known = _local_membership(connection, is_sample=is_sample)
    return Portfolio(engine, known, is_sample)


def _local_membership(connection: Connection, *, is_sample: bool) -> UUID:
    known = _local_memberships(connection)
    if is_sample in known:
        return known[is_sample]
    return add_tenant(connection, "Sample portfolio" if is_sample else "My organisation", is_sample=is_sample)


def _local_memberships(connection: Connection) -> dict[bool, UUID]:
    """The local owner's memberships, by whether their tenant is the sample."""
    if is_sqlite(connection):
        # A file from elsewhere may know more members than its local owner.
        local = select(Tenant.is_sample, Membership.id).where(
            Tenant.id == Membership.tenant_id, User.id == Membership.user_id, User.email == LOCAL_EMAIL
        )
        rows = connection.execute(local).all()
    else:
        # Two processes that start together would each make the tenants.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('maestro local tenants'))"))
        lookup = text("SELECT is_sample, membership_id FROM maestro_memberships(:email)")
        rows = connection.execute(lookup, {"email": LOCAL_EMAIL}).all()
    return {row[0]: row[1] for row in rows}
