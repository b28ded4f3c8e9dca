"""How simulated frames become the sample's rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import pandas as pd
from sqlalchemy import Table, insert

from maestro_core.learning.simulation import SimulatedPortfolio
from maestro_core.models import Base, new_key
from maestro_core.workspace import Workspace


@dataclass(frozen=True)
class Keys:
    """The database's keys for the simulation's numbers, one list for each table."""

    projects: list[UUID]
    people: list[UUID]
    accounts: list[UUID]
    artifacts: list[UUID]
    versions: list[UUID]
    repositories: list[UUID]
    sources: list[UUID]
    commits: list[UUID]


def keys_for(portfolio: SimulatedPortfolio) -> Keys:
    """New keys for everything that other rows point at."""
    people, projects = portfolio.people, portfolio.projects
    counts = (projects, people, people, portfolio.artifacts, portfolio.versions, projects, projects, portfolio.commits)
    return Keys(*(new_keys(len(rows)) for rows in counts))


def new_keys(count: int) -> list[UUID]:
    """So many keys."""
    return [new_key() for _ in range(count)]


def of(keys: list[UUID], numbers: Iterable[int]) -> list[UUID]:
    """The keys of these numbers."""
    return [keys[number] for number in numbers]


def having(rows: pd.DataFrame, **columns: Any) -> list[dict[str, Any]]:
    """Rows as the database takes them, with more columns: a list gives each row its own value."""
    lists = {str(name): _plain(rows[name]) for name in rows}
    lists |= {name: value if isinstance(value, list) else [value] * len(rows) for name, value in columns.items()}
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


def put(ws: Workspace, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert them all; they name the same columns. Past the session, whose bulk insert looks at every row twice."""
    if rows:
        ws.session.connection().execute(insert(cast(Table, table.__table__)), rows)


def _plain(column: pd.Series[Any]) -> list[Any]:
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    return list(values)
