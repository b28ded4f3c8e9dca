"""How the people of a project work together, over REST: of the team, never of one person."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.depends import ForReading, ThePeriod
from app.api.teams import Team
from maestro_core.reports import collaboration as reports
from maestro_core.reports import patterns
from maestro_core.reports.collaboration import Collaboration
from maestro_core.reports.patterns import Hours, Newcomers, PeopleAndCode, Reviewing, SideBySide, Silos

router = APIRouter(prefix="/teams/{project_id}", tags=["collaboration"])


@router.get("/collaboration")
def collaboration(ws: ForReading, team: Team, period: ThePeriod) -> Collaboration:
    """The collaboration score with its parts, the network of who works with whom, and what stands out."""
    return reports.collaboration(ws, projects=[team], period=period)


@router.get("/patterns/side-by-side")
def side_by_side(ws: ForReading, team: Team, period: ThePeriod) -> SideBySide:
    """How often people work on the same files within days, or sign commits together; people as keys."""
    return patterns.side_by_side(ws, projects=[team], period=period)


@router.get("/patterns/silos")
def silos(ws: ForReading, team: Team, period: ThePeriod) -> Silos:
    """Files and folders that one person alone works on, and people who share no file with anybody."""
    return patterns.silos(ws, projects=[team], period=period)


@router.get("/patterns/people-and-code")
def people_and_code(ws: ForReading, team: Team, period: ThePeriod) -> PeopleAndCode:
    """The busiest folders and who works in them; people as keys, without an order of merit."""
    return patterns.people_and_code(ws, projects=[team], period=period)


@router.get("/patterns/hours")
def hours(ws: ForReading, team: Team, period: ThePeriod) -> Hours:
    """How much is done at night and at weekends, by the authors' own clocks, and whether that changes."""
    return patterns.hours(ws, projects=[team], period=period)


@router.get("/patterns/reviewing")
def reviewing(ws: ForReading, team: Team, period: ThePeriod) -> Reviewing:
    """Whether one person reviews for all."""
    return patterns.reviewing(ws, projects=[team], period=period)


@router.get("/patterns/newcomers")
def newcomers(ws: ForReading, team: Team, period: ThePeriod) -> Newcomers:
    """How soon the work of people who are new gets in, and who stays; of a year up to the end of the period."""
    return patterns.arriving(ws, projects=[team], period=period)
