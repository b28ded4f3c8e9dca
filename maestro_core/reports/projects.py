"""Projects: what is known of each, and which outcomes are still to be told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import ScalarSelect, false, func, select

from maestro_core.access import GRANTS, Permission
from maestro_core.errors import NotFound
from maestro_core.learning.intervals import MINIMUM_FOR_INTERVALS
from maestro_core.learning.team_size import MINIMUM as MINIMUM_FOR_TEAM_SIZING
from maestro_core.models import (
    Artifact,
    ArtifactScore,
    ArtifactUsage,
    ArtifactVersion,
    DataSource,
    Person,
    Prediction,
    ProcessMetric,
    Project,
    TeamMember,
    TrackedExperiment,
)
from maestro_core.reports import Frame, Report, records, report
from maestro_core.reports.facts import project_facts
from maestro_core.reports.pipeline_weeks import is_week_sum
from maestro_core.scoring.impact import MINIMUM_OUTCOMES
from maestro_core.terms import Outcome
from maestro_core.workspace import MAYBE_DELETED, Workspace


class ProjectState(StrEnum):
    """Where a project stands: not ended, ended one way or another, or ended and nobody has said how."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    UNDECIDED = "finished without outcome"


class Projects(Report):
    """All projects, the latest start first: the columns of `project_facts`, and the state of each."""

    projects: Frame


class ProjectFacts(Report):
    """What is known of one project; success is 0 to 100, duration in days, cost in the organisation's currency."""

    project_id: UUID
    name: str
    description: str
    problem_type: str | None
    domain: str | None
    complexity: float | None
    team_size: float | None
    experience: float | None
    artifacts: int
    started_at: datetime | None
    finished_at: datetime | None
    outcome: Outcome | None
    model_performance: float | None
    business_impact: float | None
    delivery: float | None
    success: float | None
    duration: float | None
    cost: float | None
    experiments: float | None
    created_at: datetime
    state: ProjectState


class ProjectReport(Report):
    """Everything about one project."""

    facts: ProjectFacts
    stated_team_size: float | None
    stated_experiments: int | None
    members: Frame
    """member_id, person, role, experience_years, joined_at, left_at; names only for who may view people."""
    artifacts: Frame
    """One row per artifact used: version last used, first and last use, uses, and its latest score and effect."""
    sources: Frame
    activity: Frame
    """week (its first day), measure, value: what sources counted, summed over the organisation's weeks."""
    predictions: Frame
    """The latest of each target, with its 80 % interval."""


class OutcomesMissing(Report):
    """How far the known outcomes reach, and which ended projects could add one."""

    scored: int
    """Projects with a success score."""
    for_predictions: int
    """How many more outcomes predictions need."""
    for_team_sizing: int
    """How many more outcomes of projects with a complexity and a team size team sizing needs."""
    for_impact: int
    """How many more outcomes artifact impact needs."""
    projects: Frame
    """Ended projects without a success score: project_id, name, finished_at, missing."""


@report(Permission.VIEW)
def projects(ws: Workspace) -> Projects:
    """Every project with its facts and state."""
    facts = project_facts(ws)
    return Projects(projects=facts.assign(state=project_states(facts)).iloc[::-1].reset_index(drop=True))


@report(Permission.VIEW)
def present(ws: Workspace, *, projects: Collection[UUID]) -> list[UUID]:
    """These projects, each once, in their order; `NotFound` names the first that is not here."""
    known = set(ws.session.scalars(select(Project.id).where(Project.id.in_(projects))))
    return [key if key in known else ws.get(Project, key).id for key in dict.fromkeys(projects)]


@report(Permission.VIEW)
def facts(ws: Workspace, *, project_id: UUID) -> ProjectFacts:
    """What is known of this project."""
    return _facts(ws, project_id)


@report(Permission.VIEW)
def project(ws: Workspace, *, project_id: UUID) -> ProjectReport:
    """Everything about this project."""
    row = ws.get(Project, project_id)
    return ProjectReport(
        facts=_facts(ws, project_id),
        stated_team_size=row.team_size,
        stated_experiments=row.experiments,
        members=_members(ws, project_id),
        artifacts=_artifacts(ws, project_id),
        sources=_sources(ws, project_id),
        activity=_weekly_activity(ws, project_id),
        predictions=_predictions(ws, project_id),
    )


@report(Permission.VIEW)
def outcomes_missing(ws: Workspace) -> OutcomesMissing:
    """How many outcomes are missing until predictions and impact work, and where to enter them."""
    return missing_outcomes(project_facts(ws))


def missing_outcomes(facts: pd.DataFrame) -> OutcomesMissing:
    """The same from facts that are already at hand."""
    scored = int(facts["success"].notna().sum())
    sized = facts[["success", "complexity", "team_size"]].notna().all(axis=1)
    is_over = facts["finished_at"].notna() | facts["outcome"].notna()
    # A cancelled project may well have no parts to tell.
    ended = facts[is_over & facts["success"].isna() & (facts["outcome"] != Outcome.CANCELLED)]
    missing = ended["outcome"].isna().map({True: "outcome", False: "parts of success"})
    return OutcomesMissing(
        scored=scored,
        for_predictions=max(0, MINIMUM_FOR_INTERVALS - scored),
        for_team_sizing=max(0, MINIMUM_FOR_TEAM_SIZING - int(sized.sum())),
        for_impact=max(0, MINIMUM_OUTCOMES - scored),
        projects=ended.assign(missing=missing)[["project_id", "name", "finished_at", "missing"]].reset_index(drop=True),
    )


def project_states(facts: pd.DataFrame) -> pd.Series[Any]:
    """The state of each project, from its outcome and the end it has or has not."""
    states = facts["outcome"].map(ProjectState, na_action="ignore").astype(object)
    unended = facts["finished_at"].isna()
    return states.mask(states.isna() & unended, ProjectState.RUNNING).mask(
        states.isna() & ~unended, ProjectState.UNDECIDED
    )


def latest_scores() -> ScalarSelect[Any]:
    """The day of the newest artifact scores."""
    return select(func.max(ArtifactScore.as_of)).scalar_subquery()


def _facts(ws: Workspace, project_id: UUID) -> ProjectFacts:
    known = project_facts(ws, project_id=project_id)
    if known.empty:
        raise NotFound(f"There is no project {project_id} here.", advice=MAYBE_DELETED)
    return ProjectFacts.model_validate(records(known.assign(state=project_states(known)))[0])


def _members(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    members = ws.frame(
        select(
            TeamMember.id.label("member_id"),
            Person.name.label("person"),
            *(TeamMember.role, TeamMember.experience_years, TeamMember.joined_at, TeamMember.left_at),
        )
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.project_id == project_id, Person.is_bot == false())
        .order_by(Person.name)
    )
    may_see_names = Permission.VIEW_PEOPLE in GRANTS[ws.member.role]
    return members if may_see_names else members.assign(person=None)


def _artifacts(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    used = _uses_by_version(ws, project_id).sort_values("last_used_at")
    artifacts = used.groupby("artifact_id", sort=False).agg(
        name=("name", "last"),
        kind=("kind", "last"),
        version=("version", "last"),
        first_used_at=("first_used_at", "min"),
        last_used_at=("last_used_at", "max"),
        uses=("uses", "sum"),
    )
    joined = artifacts.reset_index().merge(_scores(ws, project_id), on="artifact_id", how="left")
    return joined.sort_values("last_used_at", ascending=False, ignore_index=True)


def _uses_by_version(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    group = (ArtifactUsage.artifact_id, Artifact.name, Artifact.kind, ArtifactVersion.version)
    return ws.frame(
        select(
            *group,
            func.min(ArtifactUsage.used_at).label("first_used_at"),
            func.max(ArtifactUsage.used_at).label("last_used_at"),
            func.count().label("uses"),
        )
        .join(Artifact, Artifact.id == ArtifactUsage.artifact_id)
        .outerjoin(ArtifactVersion, ArtifactVersion.id == ArtifactUsage.version_id)
        .where(ArtifactUsage.project_id == project_id)
        .group_by(*group)
    )


def _scores(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    used = select(ArtifactUsage.artifact_id).where(ArtifactUsage.project_id == project_id)
    columns = (ArtifactScore.score, ArtifactScore.effect, ArtifactScore.effect_low, ArtifactScore.effect_high)
    return ws.frame(
        select(ArtifactScore.artifact_id, *columns).where(
            ArtifactScore.as_of == latest_scores(), ArtifactScore.artifact_id.in_(used)
        )
    )


def _sources(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    tracked = select(TrackedExperiment.source_id).where(TrackedExperiment.project_id == project_id)
    return ws.frame(
        select(DataSource.id.label("source_id"), DataSource.name, DataSource.kind, DataSource.refreshed_at)
        .where((DataSource.project_id == project_id) | DataSource.id.in_(tracked))
        .order_by(DataSource.name)
    )


def _weekly_activity(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    daily = ws.frame(
        select(ProcessMetric.day, ProcessMetric.measure, ProcessMetric.value).where(
            ProcessMetric.project_id == project_id, ~is_week_sum()
        )
    )
    days = pd.to_datetime(daily["day"])
    into_week = (days.dt.day_of_week - ws.tenant.week_starts_on) % 7
    weeks = days - pd.to_timedelta(into_week, unit="D")
    return daily.assign(week=weeks).groupby(["week", "measure"])["value"].sum().reset_index()


def _predictions(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    nth = func.row_number().over(partition_by=Prediction.target, order_by=Prediction.predicted_at.desc())
    mine = select(Prediction.id, nth.label("nth")).where(Prediction.project_id == project_id).subquery("mine")
    return ws.frame(
        select(
            *(Prediction.target, Prediction.value, Prediction.low, Prediction.high),
            *(Prediction.outside, Prediction.contributions, Prediction.predicted_at),
        )
        .join(mine, mine.c.id == Prediction.id)
        .where(mine.c.nth == 1)
        .order_by(Prediction.target)
    )
