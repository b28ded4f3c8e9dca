"""The answers about a team, told of several projects together or of all, over REST: as the pages tell them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.delivery import OneService
from app.api.depends import ForReading, ThePeriod
from app.api.teams import PartOfPath, ThesePipelines
from maestro_core.reports import code as code_reports
from maestro_core.reports import collaboration as collaboration_reports
from maestro_core.reports import delivery as delivery_reports
from maestro_core.reports import delivery_rules, patterns
from maestro_core.reports import knowledge as knowledge_reports
from maestro_core.reports import pipelines as pipeline_reports
from maestro_core.reports import projects as project_reports
from maestro_core.reports import reviews as review_reports
from maestro_core.reports.code import Code
from maestro_core.reports.collaboration import Collaboration
from maestro_core.reports.delivery import DoraKeys, Services
from maestro_core.reports.delivery_rules import DeliveryCoverage
from maestro_core.reports.knowledge import Knowledge
from maestro_core.reports.patterns import Hours, Newcomers, PeopleAndCode, Reviewing, SideBySide, Silos
from maestro_core.reports.pipelines import Pipelines
from maestro_core.reports.reviews import Merged, Reviews

MOST_PROJECTS = 200

router = APIRouter(prefix="/portfolio", tags=["portfolio"])


def _projects(
    ws: ForReading,
    project: Annotated[
        list[UUID] | None, Query(max_length=MOST_PROJECTS, description="Which projects; without any, all of them")
    ] = None,
) -> list[UUID]:
    """Projects that are there: none of them is another answer than one that is not."""
    if not project:
        return list(project_reports.projects(ws).projects["project_id"])
    return project_reports.present(ws, projects=project)


Projects = Annotated[list[UUID], Depends(_projects)]


@router.get("/dora")
def dora(ws: ForReading, projects: Projects, period: ThePeriod, service: OneService = None) -> DoraKeys:
    """The five DORA metrics, with the rows behind each number, weeks, months and the Quick Check score."""
    return delivery_reports.dora_keys(ws, projects=projects, period=period, service=service)


@router.get("/services")
def services(ws: ForReading, projects: Projects, period: ThePeriod) -> Services:
    """Every service that was ever deployed, those with the most deployments in the period first."""
    return delivery_reports.services(ws, projects=projects, period=period)


@router.get("/delivery-coverage")
def delivery_coverage(ws: ForReading, projects: Projects) -> DeliveryCoverage:
    """Which projects have rules of delivery, and something to apply them to."""
    return delivery_rules.coverage(ws, projects=projects)


@router.get("/cicd-metrics")
def cicd_metrics(ws: ForReading, projects: Projects, period: ThePeriod, pipeline: ThesePipelines = None) -> Pipelines:
    """How the CI pipelines did: success, duration, waiting, cost, failures and flaky jobs."""
    return pipeline_reports.pipelines(ws, projects=projects, period=period, pipelines=pipeline or ())


@router.get("/reviews")
def reviews(ws: ForReading, projects: Projects, period: ThePeriod) -> Reviews:
    """How pull requests were reviewed, and what waits now; told of teams, never of one person."""
    return review_reports.reviews(ws, projects=projects, period=period)


@router.get("/reviews/merged")
def merged(ws: ForReading, projects: Projects, period: ThePeriod) -> Merged:
    """The merged pull requests behind the measures, the longest to the merge first; never of one person."""
    return review_reports.merged(ws, projects=projects, period=period)


@router.get("/code")
def code(ws: ForReading, projects: Projects, period: ThePeriod, path: PartOfPath = "") -> Code:
    """Who knows the code, project by project, where it changes most and what changes together; never of one person."""
    return code_reports.code(ws, projects=projects, period=period, path=path)


@router.get("/code/knowledge")
def knowledge(ws: ForReading, projects: Projects) -> Knowledge:
    """On how many people the code depends now, without the rows; never of one person."""
    return knowledge_reports.knowledge(ws, projects=projects)


@router.get("/collaboration")
def collaboration(ws: ForReading, projects: Projects, period: ThePeriod) -> Collaboration:
    """The collaboration score with its parts, the network of who works with whom, and what stands out."""
    return collaboration_reports.collaboration(ws, projects=projects, period=period)


@router.get("/patterns/side-by-side")
def side_by_side(ws: ForReading, projects: Projects, period: ThePeriod) -> SideBySide:
    """How often people work on the same files within days, or sign commits together; people as keys."""
    return patterns.side_by_side(ws, projects=projects, period=period)


@router.get("/patterns/silos")
def silos(ws: ForReading, projects: Projects, period: ThePeriod) -> Silos:
    """Files and folders that one person alone works on, and people who share no file with anybody."""
    return patterns.silos(ws, projects=projects, period=period)


@router.get("/patterns/people-and-code")
def people_and_code(ws: ForReading, projects: Projects, period: ThePeriod) -> PeopleAndCode:
    """The busiest folders and who works in them; people as keys, without an order of merit."""
    return patterns.people_and_code(ws, projects=projects, period=period)


@router.get("/patterns/hours")
def hours(ws: ForReading, projects: Projects, period: ThePeriod) -> Hours:
    """How much is done at night and at weekends, by the authors' own clocks, and whether that changes."""
    return patterns.hours(ws, projects=projects, period=period)


@router.get("/patterns/reviewing")
def reviewing(ws: ForReading, projects: Projects, period: ThePeriod) -> Reviewing:
    """Whether one person reviews for all."""
    return patterns.reviewing(ws, projects=projects, period=period)


@router.get("/patterns/newcomers")
def newcomers(ws: ForReading, projects: Projects, period: ThePeriod) -> Newcomers:
    """How soon the work of people who are new gets in, and who stays; of a year up to the end of the period."""
    return patterns.arriving(ws, projects=projects, period=period)
