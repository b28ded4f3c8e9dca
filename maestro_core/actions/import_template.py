"""A file to fill in: each table with its columns, and what each column means."""

from __future__ import annotations

import csv
import io
import zipfile
from enum import StrEnum

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from maestro_core.actions.import_tables import MEANINGS, NOTES, TABLES


class TemplateKind(StrEnum):
    """Which program is to open the template; the value is the file's extension."""

    EXCEL = "xlsx"
    CSV = "zip"


def template(kind: TemplateKind) -> bytes:
    """An empty portfolio file: a workbook, or a zip of CSV files with the notes as text."""
    return _workbook() if kind is TemplateKind.EXCEL else _archive()


def _workbook() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for table, meanings in MEANINGS.items():
        sheet = book.create_sheet(table)
        for number, (column, meaning) in enumerate(meanings.items(), start=1):
            cell = sheet.cell(1, number, _heading(table, column))
            cell.font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(number)].width = max(14, min(40, len(meaning) // 2))
        sheet.freeze_panes = "A2"
    notes = book.create_sheet("notes")
    for row in _notes():
        notes.append(row)
    for letter, width in (("A", 12), ("B", 20), ("C", 100)):
        notes.column_dimensions[letter].width = width
    for cells in notes.iter_rows(min_col=3, max_col=3):
        cells[0].alignment = Alignment(wrap_text=True, vertical="top")
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, meanings in MEANINGS.items():
            text = io.StringIO(newline="")
            csv.writer(text).writerow(_heading(table, column) for column in meanings)
            # Excel takes a CSV file for UTF-8 only where it starts with a byte order mark.
            archive.writestr(f"{table}.csv", text.getvalue().encode("utf-8-sig"))
        archive.writestr("notes.txt", "\n".join(" – ".join(filter(None, row)) for row in _notes()))
    return written.getvalue()


def _heading(table: str, column: str) -> str:
    """A required column has a star behind it."""
    return f"{column} *" if TABLES[table].model_fields[column].is_required() else column


def _notes() -> list[tuple[str, str, str]]:
    general = [("", "", note) for note in NOTES]
    columns = [(table, column, meaning) for table, told in MEANINGS.items() for column, meaning in told.items()]
    return [*general, ("table", "column", "meaning"), *columns]
