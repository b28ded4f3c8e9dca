"""Reading a portfolio file into rows of raw cells. Files come from anywhere: size, shape and text are bounded."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from maestro_core.actions.import_tables import TABLES
from maestro_core.errors import InvalidInput

LARGEST_FILE = 20 * 2**20
LARGEST_UNPACKED = 200 * 2**20
MOST_ROWS = 50_000
MOST_COLUMNS = 50
MOST_MEMBERS = 200
"""Of an archive: a workbook has some twenty."""

Cell = str | int | float | datetime | date | None


@dataclass(frozen=True)
class RawRow:
    """The cells of a row by column, and its number as a spreadsheet shows it."""

    number: int
    cells: dict[str, Cell]


@dataclass(frozen=True)
class RawTable:
    """A table as it was read, with the columns that its first row names."""

    name: str
    columns: tuple[str, ...] = ()
    rows: tuple[RawRow, ...] = field(default=())


def read_tables(name: str, content: bytes) -> list[RawTable]:
    """The tables in an Excel workbook, a CSV file or a zip of CSV files; `InvalidInput` says what is wrong."""
    if len(content) > LARGEST_FILE:
        raise InvalidInput(
            f"The file is larger than {LARGEST_FILE // 2**20} MB.", advice="Split it: tables may come apart."
        )
    readers: dict[str, Callable[[bytes], list[RawTable]]] = {
        ".xlsx": _workbook,
        ".zip": _archive,
        ".csv": lambda content: [_csv(name, content)],
    }
    reader = readers.get(PurePosixPath(name).suffix.lower())
    if reader is None:
        raise InvalidInput("This is no .xlsx, .csv or .zip file.", advice="Start from a template.")
    tables = reader(content)
    if not tables:
        raise InvalidInput(
            "The file has none of the tables projects, members, artifacts and usage.",
            advice="Name the sheets or files like the tables, as the template does.",
        )
    return tables


def _workbook(content: bytes) -> list[RawTable]:
    _opened(content).close()
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        # A damaged sheet shows only while its rows are read.
        return [_table(table, _sheet_rows(book[title])) for title, table in _named(book.sheetnames)]
    except InvalidInput:
        raise
    except Exception as problem:  # openpyxl raises whatever the damage leads to
        raise InvalidInput("This Excel file cannot be read.", advice="Save it again as .xlsx.") from problem


def _sheet_rows(sheet: Any) -> Iterator[list[Any]]:
    if isinstance(sheet, ReadOnlyWorksheet):
        # The dimensions that a file tells of itself may be wrong, or a trap.
        sheet.reset_dimensions()
        yield from (list(row) for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))


def _archive(content: bytes) -> list[RawTable]:
    with _opened(content) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        try:
            return [_csv(name, archive.read(name)) for name, _ in _named(names)]
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as problem:
            raise InvalidInput(
                "The zip file is damaged or has a password.", advice="Zip the CSV files again."
            ) from problem


def _opened(content: bytes) -> zipfile.ZipFile:
    """An archive whose unpacked size is bearable: reading stops at the size that a member claims."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OverflowError) as problem:
        raise InvalidInput("The file is damaged.", advice="Save it again.") from problem
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise InvalidInput("The file unpacks to too much.", advice="Split it: tables may come apart.")
    return archive


def _csv(name: str, content: bytes) -> RawTable:
    table = next((table for _, table in _named([name])), None)
    if table is None:
        raise InvalidInput(
            "The name of the file does not say which table it is.",
            advice="Call it projects.csv, members.csv, artifacts.csv or usage.csv.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InvalidInput(f"{table}.csv is not UTF-8.", advice="Save it as “CSV UTF-8”.") from problem
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return _table(table, csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as problem:
        raise InvalidInput(f"{table}.csv cannot be read: {problem}.", advice="Save it again as CSV.") from problem


def _named(titles: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The first sheet or file of each table; a browser may have put “ (1)” behind the name."""
    left = dict.fromkeys(TABLES)
    for title in titles:
        stem = PurePosixPath(title).name.strip().casefold()
        table = next((table for table in left if stem.startswith(table)), None)
        if table:
            del left[table]
            yield title, table


def _table(name: str, rows: Iterable[list[Any]]) -> RawTable:
    numbered = enumerate(rows, start=1)
    columns = next((tuple(_column(cell) for cell in row) for _, row in numbered if _is_told(row)), ())
    told: list[RawRow] = []
    for number, row in numbered:
        if number > 20 * MOST_ROWS or len(told) > MOST_ROWS:
            raise InvalidInput(f"{name} has more than {MOST_ROWS:,} rows.", advice="Split it into several files.")
        if _is_told(row):
            told.append(RawRow(number, _cells(columns, row)))
    return RawTable(name, tuple(filter(None, columns)), tuple(told))


def _is_told(row: list[Any]) -> bool:
    return any(cell is not None and str(cell).strip() for cell in row)


def _column(cell: Any) -> str:
    return "_".join(str(cell if cell is not None else "").replace("*", " ").casefold().replace("_", " ").split())


def _cells(columns: tuple[str, ...], row: list[Any]) -> dict[str, Cell]:
    """What is told in a row; an empty cell says nothing. Cells beyond the named columns are kept under ''."""
    pairs = zip((*columns, *[""] * (len(row) - len(columns))), row, strict=False)
    return {column: cell for column, cell in pairs if _is_told([cell])}
