"""Many rows as columns, read past the ORM: a hundred thousand of them in the time that objects take for a tenth."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Float, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from maestro_core.workspace import Workspace

PORTION = 200
"""Rows read at once: more of them outlive Python's young garbage, whose collection then costs more than the reading."""


class Seconds(FunctionElement[float]):
    """A moment as seconds since 1970. A hundred thousand of these are read in the time of a few thousand datetimes."""

    inherit_cache = True
    type = Float()


@compiles(Seconds)
def _seconds(element: Seconds, compiler: Any, **options: Any) -> str:
    return f"CAST(EXTRACT(epoch FROM {compiler.process(element.clauses, **options)}) AS DOUBLE PRECISION)"


@compiles(Seconds, "sqlite")
def _seconds_on_sqlite(element: Seconds, compiler: Any, **options: Any) -> str:
    return f"((julianday({compiler.process(element.clauses, **options)}) - 2440587.5) * 86400.0)"


class Moment(FunctionElement[Any]):
    """A moment to the microsecond, as numpy reads it: ISO text on SQLite, microseconds since 1970 on PostgreSQL."""

    inherit_cache = True
    type = NullType()


@compiles(Moment)
def _moment(element: Moment, compiler: Any, **options: Any) -> str:
    return f"CAST(EXTRACT(epoch FROM {compiler.process(element.clauses, **options)}) * 1000000 AS BIGINT)"


@compiles(Moment, "sqlite")
def _moment_on_sqlite(element: Moment, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


class KeyBytes(FunctionElement[Any]):
    """A key as its bytes: objects for keys take longer to make and compare than all that is measured of their rows."""

    inherit_cache = True
    type = NullType()


@compiles(KeyBytes)
def _key_bytes(element: KeyBytes, compiler: Any, **options: Any) -> str:
    return f"uuid_send({compiler.process(element.clauses, **options)})"


@compiles(KeyBytes, "sqlite")
def _key_bytes_on_sqlite(element: KeyBytes, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


def narrow(
    ws: Workspace, statement: Select[*tuple[Any, ...]], *, moments: Collection[str] = (), numbers: Collection[str] = ()
) -> pd.DataFrame:
    """The rows of a query by column. `moments` are seconds since 1970, `numbers` whole numbers, the rest is as stored.

    A word of an enumeration arrives as its text where the query says so with `type_coerce`: making words of a hundred
    thousand texts costs more than all that is measured of them.
    """
    ws.session.flush()
    result = ws.session.connection().execute(statement)
    names = list(result.keys())
    kinds = [_kind(name, moments, numbers) for name in names]
    # From the driver: SQLAlchemy would make a row of its own of each of its tuples.
    read = partial(result.cursor.fetchmany, PORTION)
    portions = [_arrays(portion, kinds) for portion in iter(read, [])] or [_arrays((), kinds)]
    columns = (np.concatenate(values) for values in zip(*portions, strict=True))
    # Not inferred: pandas would look at every text for its kind.
    told = {name: pd.Series(column, dtype=column.dtype) for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(told).assign(**{name: _moments(told[name]) for name in moments})


def _kind(name: str, moments: Collection[str], numbers: Collection[str]) -> str:
    if name in moments:
        return "float64"
    return "int64" if name in numbers else "object"


def _arrays(portion: Any, kinds: list[str]) -> list[np.ndarray[Any, Any]]:
    columns = list(zip(*portion, strict=True)) or [()] * len(kinds)
    return [np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)]


def exact_moments(told: pd.Series[Any]) -> pd.Series[Any]:
    """What was selected as `Moment`."""
    moments = np.array(told.to_list(), dtype="datetime64[us]")
    return pd.Series(moments, index=told.index).dt.tz_localize("UTC")


def _moments(seconds: pd.Series[Any]) -> pd.Series[Any]:
    # SQLite counts in whole milliseconds; as fractions of a second they would come back a little off.
    return pd.to_datetime((seconds * 1e3).round(), unit="ms", utc=True).astype("datetime64[us, UTC]")
