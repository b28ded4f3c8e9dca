"""One user, in one tenant, in one transaction: the only argument that carries power."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from numbers import Number
from typing import Any, TypeVar
from uuid import UUID

import pandas as pd
from sqlalchemy import Connection, DateTime, Engine, Float, Integer, Numeric, Select, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import Boolean, NullType, TypeEngine

from maestro_core.access import GRANTS, Permission
from maestro_core.database import is_sqlite
from maestro_core.errors import NotAllowed, NotFound
from maestro_core.models import AuditEvent, Membership, OwnedByTenant, Tenant, UtcDateTime
from maestro_core.terms import Role
from maestro_core.vault import Vault

Row = TypeVar("Row", bound=OwnedByTenant)
MAYBE_DELETED = "It may have been deleted, or be in the other portfolio."


@dataclass(frozen=True)
class Member:
    """Who acts: a membership, its tenant and its role."""

    membership_id: UUID
    tenant_id: UUID
    role: Role


@dataclass(frozen=True)
class Workspace:
    """What a report or action works with. Every statement sees only the rows of its tenant."""

    session: Session
    member: Member
    now: datetime
    vault: Vault

    def require(self, permission: Permission, *, action: str = "", arguments: dict[str, Any] | None = None) -> None:
        """Raise `NotAllowed` where the role of this member does not grant the permission."""
        if permission in GRANTS[self.member.role]:
            return
        refusal = NotAllowed(
            f"A {self.member.role} may not {permission}.", advice="Ask an owner of this organisation for the role."
        )
        refusal.action, refusal.arguments = action or str(permission), arguments or {}
        raise refusal

    def get(self, table: type[Row], key: UUID) -> Row:
        """One row of this tenant, or `NotFound`."""
        row = self.session.get(table, (key, self.member.tenant_id))
        if row is None:
            raise NotFound(f"There is no {_words(table.__name__)} {key} here.", advice=MAYBE_DELETED)
        return row

    def frame(self, statement: Select[*tuple[Any, ...]]) -> pd.DataFrame:
        """The rows of a query with the right type for each column, also where there are none."""
        result = self.session.execute(statement)
        # As plain tuples: pandas would look at every row of SQLAlchemy's own kind for the fields of a dataclass.
        frame = pd.DataFrame([tuple(row) for row in result], columns=list(result.keys()))
        types = {column.key: column.type for column in statement.selected_columns}
        return frame.assign(**{name: _typed(frame[name], types[name]) for name in frame.columns if name in types})

    @property
    def tenant(self) -> Tenant:
        """The organisation and what it decides for all its projects."""
        tenant = self.session.get(Tenant, self.member.tenant_id)
        if tenant is None:
            raise NotFound("This organisation is gone.")
        return tenant


@contextmanager
def open_workspace(
    engine: Engine, membership_id: UUID, *, reading: bool = False, now: datetime | None = None
) -> Iterator[Workspace]:
    """A workspace that commits at the end, or rolls back on an error. Only doors open one.

    `reading` opens a snapshot that cannot be written to, and on SQLite never waits for a writer.
    """
    moment = now or datetime.now(UTC)
    try:
        with _workspace(engine, membership_id, reading=reading, now=moment) as ws:
            yield ws
    except NotAllowed as refusal:
        if refusal.action:
            with _workspace(engine, membership_id, reading=False, now=moment) as ws:
                ws.session.add(an_audit_event(ws, refusal.action, refusal.arguments, refused=True))
        raise


def an_audit_event(ws: Workspace, action: str, arguments: dict[str, Any], *, refused: bool = False) -> AuditEvent:
    """What the member of this workspace did, or was refused."""
    return AuditEvent(
        membership_id=ws.member.membership_id,
        action=action,
        arguments=arguments,
        refused=refused,
        happened_at=ws.now,
    )


@contextmanager
def _workspace(engine: Engine, membership_id: UUID, *, reading: bool, now: datetime) -> Iterator[Workspace]:
    with engine.connect().execution_options(reading=reading) as connection, connection.begin():
        if reading and not is_sqlite(connection):
            # Before the first query, which takes the snapshot. A report is several queries about one state.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        member = _member(connection, membership_id)
        enter_tenant(connection, member.tenant_id)
        with Session(connection, expire_on_commit=False) as session:
            vault: Vault = connection.get_execution_options()["vault"]
            yield Workspace(session, member, now, vault)
            session.flush()


def _member(connection: Connection, membership_id: UUID) -> Member:
    if is_sqlite(connection):
        statement = select(Membership.tenant_id, Membership.role).where(Membership.id == membership_id)
        row = connection.execute(statement).one_or_none()
    else:
        lookup = text("SELECT tenant_id, role FROM maestro_membership(:id)")
        row = connection.execute(lookup, {"id": membership_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such membership.")
    return Member(membership_id, row.tenant_id, Role(row.role))


def enter_tenant(connection: Connection, tenant_id: UUID) -> None:
    """Let this transaction, and only it, see and write the rows of a tenant."""
    connection.execution_options(tenant_id=tenant_id)
    if not is_sqlite(connection):
        connection.execute(text("SELECT set_config('maestro.tenant_id', :id, true)"), {"id": str(tenant_id)})


def _typed(column: pd.Series[Any], kind: TypeEngine[Any]) -> pd.Series[Any]:
    if isinstance(kind, UtcDateTime | DateTime):
        return pd.to_datetime(column, utc=True).astype("datetime64[us, UTC]")
    if isinstance(kind, Boolean) and not column.isna().any():
        return column.astype(bool)
    if isinstance(kind, Integer) and not column.isna().any():
        return column.astype("int64")
    if isinstance(kind, Integer | Float | Numeric) or (isinstance(kind, NullType) and _all_numbers(column)):
        return column.astype("float64")
    return column.astype(object)


def _all_numbers(column: pd.Series[Any]) -> bool:
    # SQLAlchemy does not know the type of an average, which PostgreSQL answers as Decimal.
    return all(value is None or isinstance(value, Number) for value in column)


def _words(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
