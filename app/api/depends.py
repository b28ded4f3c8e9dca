"""What routes ask for: a workspace that commits before the answer is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel

from maestro_core.errors import NotAllowed
from maestro_core.portfolios import Portfolio
from maestro_core.workspace import Workspace, open_workspace

ELSEWHERE = ("cross-site", "same-site")


def _portfolio(request: Request) -> Portfolio:
    portfolio: Portfolio = request.app.state.portfolios.own
    return portfolio


def _reading(request: Request) -> Iterator[Workspace]:
    place = _portfolio(request)
    with open_workspace(place.engine, place.membership_id, reading=True) as ws:
        yield ws


def _writing(request: Request) -> Iterator[Workspace]:
    refuse_other_sites(request)
    place = _portfolio(request)
    with open_workspace(place.engine, place.membership_id) as ws:
        yield ws


def refuse_other_sites(request: Request) -> None:
    """Raise `NotAllowed` where the page of another site makes its visitor's browser write to this machine."""
    if request.headers.get("sec-fetch-site") in ELSEWHERE:
        raise NotAllowed("Another website may not write here.")


def told(body: BaseModel) -> dict[str, Any]:
    """What a body says; a field that it leaves out is not told."""
    return {name: getattr(body, name) for name in body.model_fields_set}


# By default FastAPI ends a dependency after the answer is sent: a failed commit would still have been a 200.
ForReading = Annotated[Workspace, Depends(_reading, scope="function")]
InWorkspace = Annotated[Workspace, Depends(_writing, scope="function")]
