"""Importing past projects from a file over REST: take the template, fill it in, look at the preview, then import."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api.depends import ForReading, InWorkspace
from maestro_core.actions import portfolio_import as actions
from maestro_core.actions.entry_fields import Name
from maestro_core.actions.portfolio_import import ImportCounts, ImportPreview, TemplateKind
from maestro_core.errors import InvalidInput

OCTETS = "application/octet-stream"
FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
}

router = APIRouter(prefix="/imports", tags=["imports"])

FileName = Annotated[
    Name,
    Query(
        description="What the file is called: .xlsx, .zip or, of one table, such as projects.csv",
        examples=["portfolio.xlsx"],
    ),
]


async def _content(request: Request) -> bytes:
    # Forms of other websites cannot send this type, so that no visitor's browser is made to import anything.
    if request.headers.get("content-type") != OCTETS:
        raise InvalidInput(f"Send the file itself, as {OCTETS}.", advice=f"curl --data-binary, Content-Type: {OCTETS}")
    return await request.body()


# Asked for before the workspace: whoever sends slowly must not keep others from writing meanwhile.
Content = Annotated[bytes, Depends(_content)]


@router.get("/template", response_class=Response)
def template(kind: TemplateKind = TemplateKind.EXCEL) -> Response:
    """An empty file to fill in: a workbook, or a zip of CSV files, with what each column means."""
    named = {"content-disposition": f'attachment; filename="maestro-portfolio.{kind}"'}
    return Response(actions.template(kind), media_type=OCTETS, headers=named)


@router.post("/preview", openapi_extra=FILE)
def preview(content: Content, ws: ForReading, name: FileName) -> ImportPreview:
    """What importing a file would do, and which rows cannot be imported, and why; nothing is written."""
    return actions.preview(ws, name=name, content=content)


@router.post("", openapi_extra=FILE)
def import_portfolio(content: Content, ws: InWorkspace, name: FileName) -> ImportCounts:
    """Write every row that can be imported; told again, what differs changes and nothing is added twice."""
    return actions.import_portfolio(ws, name=name, content=content)
