"""One row for every table, made from the columns themselves: a new table is filled without a word here."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Date, Enum, Float, Integer, LargeBinary, Table, Text, insert

from maestro_core.models import Base, UtcDateTime, new_key
from maestro_core.models.base import Json, Key
from maestro_core.workspace import enter_tenant

TABLES: list[Table] = Base.metadata.sorted_tables
MODELS: dict[Table, Any] = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
COUNTER = itertools.count(1)
VALUES: dict[type[Any], Any] = {
    Boolean: lambda: False,
    Integer: lambda: next(COUNTER),
    Float: lambda: 5.0,
    Date: lambda: date(2026, 1, 1),
    UtcDateTime: lambda: datetime(2026, 1, 1, tzinfo=UTC),
    Json: dict,
    Key: new_key,
    LargeBinary: lambda: b"bytes",
    Text: lambda: f"text {next(COUNTER)}",
}


@dataclass(frozen=True)
class FullTenant:
    """A tenant with a row in every table."""

    id: UUID
    rows: dict[Table, dict[str, Any]] = field(default_factory=dict)

    @property
    def membership_id(self) -> UUID:
        key: UUID = self.rows[Base.metadata.tables["membership"]]["id"]
        return key

    def another(self, table: Table) -> dict[str, Any]:
        """A new row of this tenant, whose parents are rows of this tenant."""
        row = {column.name: _value(column) for column in table.columns}
        for reference in table.foreign_key_constraints:
            for element in reference.elements:
                row[element.parent.name] = self.rows[reference.referred_table][element.column.name]
        return row


def fill(connection: Connection) -> FullTenant:
    """A new tenant, in the transaction of this connection."""
    tenant = FullTenant(new_key())
    enter_tenant(connection, tenant.id)
    for table in TABLES:
        row = tenant.another(table)
        if table.name == "tenant":
            row["id"] = tenant.id
        connection.execute(insert(table), row)
        tenant.rows[table] = row
    return tenant


def owner_of(table: Table) -> Column[UUID]:
    """The column that says whose row it is."""
    return table.c["tenant_id"] if "tenant_id" in table.c else table.c["id"]


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, Enum):
        return next(iter(column.type.enum_class))  # type: ignore[arg-type]
    return next(make() for kind, make in VALUES.items() if isinstance(column.type, kind))
