"""What every table shares: keys made in Python, aware times, and the tenant that owns each row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Enum,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine
from uuid_utils.compat import uuid7


class _SixteenBytes(LargeBinary):
    """A UUID on SQLite, in half the bytes of its text. Processors of the type itself cost less than a decorator's."""

    def __init__(self) -> None:
        super().__init__(16)

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002
        return lambda key: None if key is None else key.int.to_bytes(16, "big")

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002
        return lambda stored: None if stored is None else UUID(bytes=stored)


class Key(TypeDecorator[UUID]):
    """A UUID: PostgreSQL's own type, and 16 bytes rather than 32 characters on SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        own = postgresql.UUID(as_uuid=True) if dialect.name == "postgresql" else _SixteenBytes()
        return dialect.type_descriptor(own)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC: SQLite forgets time zones, this restores them and refuses naive times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        # What a decorator does around its type takes three times as long, and histories have 100,000s of moments.
        return _written_moment if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _read_moment if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a naive time: {value}")
    return value.astimezone(UTC)


def _written_moment(value: datetime | None) -> str | None:
    """As SQLAlchemy writes a time on SQLite."""
    if value is None:
        return None
    moment = value if value.tzinfo is UTC else _in_utc(value)
    return moment.isoformat(" ", "microseconds").removesuffix("+00:00")


def _read_moment(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """Plain JSON: PostgreSQL's binary kind there, text on SQLite."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.JSONB() if dialect.name == "postgresql" else JSON())


def word(enum: type[Any]) -> Enum:
    """A column type that stores an enumeration's values as text, so that a new word needs no migration."""
    return Enum(enum, values_callable=lambda words: [str(w.value) for w in words], native_enum=False, length=40)


class Base(DeclarativeBase):
    """The tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to say it
        UUID: Key,
        datetime: UtcDateTime,
        str: Text,
        dict[str, Any]: Json,
        list[str]: Json,
    }


def new_key() -> UUID:
    """A UUIDv7: unique, and sorted by the time it was made."""
    return uuid7()


def present_tenant(context: DefaultExecutionContext) -> UUID:
    """The tenant of the workspace whose connection runs the statement."""
    tenant_id: UUID = context.execution_options["tenant_id"]
    return tenant_id


# No tenant means no rows: current_setting answers NULL, or '' on a connection that had one before.
PRESENT_TENANT_SQL = "nullif(current_setting('maestro.tenant_id', true), '')::uuid"


class OwnedByTenant:
    """A row that belongs to one tenant. Keys and references include it: PostgreSQL checks them past row security."""

    # The key first: queries name it, and not the tenant, which row security adds on PostgreSQL only.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_key, sort_order=-2)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=present_tenant, sort_order=-1)


def refers(column: str, table: str, *, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """A reference to a row of the same tenant."""
    return ForeignKeyConstraint([column, "tenant_id"], [f"{table}.id", f"{table}.tenant_id"], ondelete=ondelete)


def of_tenant() -> ForeignKeyConstraint:
    """The reference from a row to its tenant."""
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE")


def between(column: str, low: float, high: float) -> CheckConstraint:
    """A check that a number stays in its range."""
    return CheckConstraint(text(f"{column} BETWEEN {low} AND {high}"), name=f"{column}_range")
