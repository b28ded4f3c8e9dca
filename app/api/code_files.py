"""One file of the code over REST: its history, how many know it, and what changes with it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from app.api.depends import ForReading
from maestro_core.reports import code_file as reports
from maestro_core.reports.code_file import FileHistory

router = APIRouter(prefix="/files/{file_id}", tags=["teams"])


@router.get("")
def file(ws: ForReading, file_id: UUID) -> FileHistory:
    """What happened to a file since it was created, under all its names, and which files change with it."""
    return reports.file(ws, file_id=file_id)


@router.get("/authors")
def authors(ws: ForReading, file_id: UUID) -> list[str]:
    """The names of those who know a file, for who may see them; 422 where fewer than four know the project's code."""
    return reports.authors(ws, file_id=file_id)
