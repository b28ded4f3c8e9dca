"""Whether Maestro is well."""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from app.api.depends import ForReading

VERSION = version("maestro")

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The server answers, and so does its database; otherwise there is a 503."""

    status: Literal["ok"] = "ok"
    version: str = Field(default=VERSION, examples=["0.1.0"])


@router.get("/health")
def health(ws: ForReading) -> Health:
    """Whether the server and its database answer."""
    ws.session.scalar(select(1))
    return Health()
