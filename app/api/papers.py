"""One-page reports over REST: a file that prints on one page, for whoever does not open Maestro."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from app.api.depends import ForReading
from maestro_core.actions.scenario_entries import WhatIfEntry
from maestro_core.errors import NotFound
from maestro_core.reports import organisation, scenarios, team_sizing
from maestro_core.reports.scenarios import StoredScenario
from maestro_core.reports.team_sizing import WhatIf

router = APIRouter(tags=["team sizing"], default_response_class=HTMLResponse)


class Paper(Protocol):
    """Draws a what-if on a page of HTML. Who serves the pages too hands it over: doors know nothing of each other."""

    def __call__(
        self, answer: WhatIf, *, stored: StoredScenario | None, organisation: str, address: str, made_at: datetime
    ) -> bytes:
        """The page, of a scenario or of a plan that is not kept."""


def _paper(request: Request) -> Paper:
    paper: Paper | None = request.app.state.paper
    if paper is None:
        raise NotFound("Reports are drawn where the pages are served.", advice="Ask there, or for the what-if itself.")
    return paper


Drawn = Annotated[Paper, Depends(_paper)]


@router.post("/team-sizing/report")
def of_plan(ws: ForReading, paper: Drawn, question: WhatIfEntry) -> HTMLResponse:
    """A what-if as a one-page report: HTML without a script that needs nothing from elsewhere."""
    answer = team_sizing.what_if(ws, **question.as_told())
    named = organisation.organisation(ws).name
    return HTMLResponse(paper(answer, stored=None, organisation=named, address="", made_at=ws.now))


@router.get("/scenarios/{scenario_id}/report")
def of_scenario(ws: ForReading, paper: Drawn, request: Request, scenario_id: UUID) -> HTMLResponse:
    """A scenario as a one-page report, with what is expected of it today."""
    stored = scenarios.scenario(ws, scenario_id=scenario_id)
    answer = team_sizing.what_if(ws, plan=stored.plan, baseline=stored.baseline, utility=stored.utility)
    address = f"{request.url.scheme}://{request.url.netloc}/team_sizing?scenario={scenario_id}"
    named = organisation.organisation(ws).name
    return HTMLResponse(paper(answer, stored=stored, organisation=named, address=address, made_at=ws.now))
