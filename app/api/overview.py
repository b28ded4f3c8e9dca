"""The state of the portfolio over REST, and what each of its numbers means."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.depends import ForReading
from maestro_core.reports import measures as catalogue
from maestro_core.reports import overview as reports
from maestro_core.reports.overview import Overview
from maestro_core.scoring.catalogue import Measure

router = APIRouter(tags=["overview"])


@router.get("/overview")
def overview(ws: ForReading) -> Overview:
    """How the portfolio does against the year before, what changed, what needs attention, and how fresh it is."""
    return reports.overview(ws)


@router.get("/measures")
def measures() -> list[Measure]:
    """Every measure with its unit, which direction is good news, its definition and where that comes from."""
    return catalogue.listed()
