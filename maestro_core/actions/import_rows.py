"""Checking rows one by one and against each other: which can be imported, and why the others cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from maestro_core.actions.entries import reasons
from maestro_core.actions.import_files import RawRow, RawTable
from maestro_core.actions.import_tables import TABLES, Row

MOST_PROBLEMS = 1_000


@dataclass(frozen=True)
class GoodRow:
    """A row that can be imported."""

    table: str
    number: int
    row: Row


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be imported."""

    table: str
    number: int
    column: str
    reason: str


@dataclass
class Checked:
    """The rows of a file that can be imported, and what is wrong with the others."""

    good: list[GoodRow]
    problems: list[Problem]
    notes: list[str]

    def of(self, table: str) -> list[GoodRow]:
        return [good for good in self.good if good.table == table]


def check_rows(tables: Iterable[RawTable]) -> Checked:
    """Each row as the thing it tells of. Rows that tell one thing in different ways are all refused."""
    checked = Checked([], [], [])
    for table in tables:
        checked.notes += _unknown_columns(table)
        missing = [name for name, told in TABLES[table.name].model_fields.items() if told.is_required()]
        missing = [name for name in missing if name not in table.columns]
        checked.problems += [Problem(table.name, 1, column, "this column is missing") for column in missing]
        for raw in () if missing else table.rows:
            _check(table.name, raw, checked)
    _refuse_contradictions(checked)
    return checked


def _unknown_columns(table: RawTable) -> list[str]:
    unknown = [column for column in table.columns if column not in TABLES[table.name].model_fields]
    return [f"The column {column!r} of {table.name} is not known and is left out." for column in unknown]


def _check(table: str, raw: RawRow, checked: Checked) -> None:
    model = TABLES[table]
    told = {column: cell for column, cell in raw.cells.items() if column in model.model_fields}
    if "" in raw.cells:
        checked.problems.append(Problem(table, raw.number, "", "has more cells than the first row names"))
        return
    try:
        checked.good.append(GoodRow(table, raw.number, model.model_validate(told)))
    except ValidationError as problem:
        checked.problems += [Problem(table, raw.number, column, reason) for column, reason in reasons(problem)]


def _refuse_contradictions(checked: Checked) -> None:
    """A thing told twice alike counts once; told differently, nobody knows which is meant."""
    same = defaultdict(list)
    for good in checked.good:
        same[(good.table, *good.row.key)].append(good)
    kept: list[GoodRow] = []
    for rows in same.values():
        if all(other.row == rows[0].row for other in rows):
            kept.append(rows[0])
            continue
        numbers = ", ".join(str(row.number) for row in rows)
        checked.problems += [
            Problem(row.table, row.number, "", f"rows {numbers} contradict each other") for row in rows
        ]
    checked.good = kept
