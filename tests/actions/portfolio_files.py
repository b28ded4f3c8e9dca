"""Files of a portfolio for tests, and what they left in the database."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from openpyxl import Workbook
from sqlalchemy import func, select

from maestro_core.actions.portfolio_import import ImportPreview
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion, Person, Project, TeamMember
from maestro_core.workspace import Workspace

PORTFOLIO = {
    "projects": [
        "name,complexity,started_at,finished_at,outcome,delivery",
        "churn,6,2026-01-12,2026-05-29,success,80",
        "fraud,7,2026-02-01,,,",
    ],
    "members": [
        "project,person,email,role,experience_years",
        "churn,Ada,ada@example.org,data scientist,4",
        "fraud,Ada,,,4",
        "fraud,Bob,,ML engineer,",
    ],
    "artifacts": ["kind,name,tags", 'dataset,orders,"daily, gold"', "model,scorer,"],
    "usage": [
        "project,kind,artifact,used_at,version,person",
        "churn,dataset,orders,2026-02-01,3,ada@example.org",
        "churn,model,scorer,2026-02-01T09:30:00Z,,",
        "fraud,dataset,orders,2026-03-01,3,",
    ],
}


def zipped(tables: dict[str, list[str]], encoding: str = "utf-8") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, lines in tables.items():
            archive.writestr(f"{table}.csv", "\n".join(lines).encode(encoding))
    return written.getvalue()


def a_workbook(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def projects_csv(*lines: str) -> dict[str, Any]:
    return {"name": "projects.csv", "content": "\n".join(lines).encode()}


def numbers(ws: Workspace) -> list[int | None]:
    tables = (Project, Person, TeamMember, Artifact, ArtifactVersion, ArtifactUsage)
    return [ws.session.scalar(select(func.count()).select_from(table)) for table in tables]


def reasons(answer: ImportPreview) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in answer.problems.to_numpy().tolist()]
