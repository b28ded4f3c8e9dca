"""The facts of every project in one frame: what reports show, and what scoring and learning start from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import ColumnElement, Float, Select, Subquery, false, func, select, union
from sqlalchemy.orm import InstrumentedAttribute

from maestro_core.models import (
    Artifact,
    ArtifactUsage,
    ArtifactVersion,
    Person,
    PlannedUse,
    Project,
    TeamMember,
    Tenant,
    TrackedExperiment,
    TrackedRun,
)
from maestro_core.scoring.success import SuccessWeights, success_scores
from maestro_core.workspace import Workspace

DAY = 86_400


def project_facts(ws: Workspace, *, project_id: UUID | None = None) -> pd.DataFrame:
    """One row per project, or the one of this project: first those without a start, then the oldest.

    project_id, name, description, problem_type, domain, complexity (1 to 10), team_size (as stated, else the number
    of members), experience (mean years of the members), artifacts (distinct ones used), started_at, finished_at,
    outcome, the three parts of success, success (0 to 100 by the tenant's weights, only with an outcome), duration
    (days from start to finish), cost (in the tenant's currency), experiments (as stated, else tracked runs),
    created_at. What is not known is missing; only `artifacts` is 0 where no use was recorded.
    """
    statement = _facts()
    if project_id is not None:
        statement = statement.where(Project.id == project_id)
    facts = ws.frame(statement)
    duration = (facts["finished_at"] - facts["started_at"]).dt.total_seconds() / DAY
    return facts.assign(success=success_scores(facts, success_weights(ws.tenant)), duration=duration)


def facts_at_start(ws: Workspace, facts: pd.DataFrame) -> pd.DataFrame:
    """The same facts with team_size, experience and artifacts as they stood when each project started.

    That is all that may foretell or size a project: who joined later is left out, and what was first used later, so
    that a long project does not count more of both for being long. Artifacts are the distinct ones that were in use,
    or planned and not taken back, by the start. A team size that is stated stays; who joined at no known time counts
    from the start. A project without a start or an end has not begun, and all that is known of it counts; of one that
    has ended without a known start, its artifacts are missing, and its team where anybody joined at a known time.
    """
    stated = ws.frame(select(Project.id.label("project_id"), Project.team_size.label("stated")))
    teams, uses = ws.frame(_teams_at_start()), ws.frame(_uses_at_start())
    known = stated.merge(teams, on="project_id", how="left").merge(uses, on="project_id", how="left")
    told = facts.drop(columns=["team_size", "experience", "artifacts"]).merge(known, on="project_id")
    is_untold = _has_ended_without_a_start(told)
    is_team_untold = is_untold & (told["dated"] > 0)
    return told.assign(
        team_size=told["stated"].fillna(told["members"].mask(is_team_untold)),
        experience=told["experience"].mask(is_team_untold),
        artifacts=told["artifacts"].fillna(0).astype(float).mask(is_untold),
    )[list(facts.columns)]


def usage_facts(ws: Workspace) -> pd.DataFrame:
    """Which project used which artifact: project_id, artifact_id, kind and first_used_at, each pair once."""
    first_used_at = func.min(ArtifactUsage.used_at).label("first_used_at")
    pair = (ArtifactUsage.project_id, ArtifactUsage.artifact_id)
    uses = ws.frame(select(*pair, first_used_at).group_by(*pair))
    kinds = ws.frame(select(Artifact.id.label("artifact_id"), Artifact.kind))
    return uses.merge(kinds, on="artifact_id")[["project_id", "artifact_id", "kind", "first_used_at"]]


def version_facts(ws: Workspace) -> pd.DataFrame:
    """The version of each artifact that a project used last: project_id, artifact_id, version_id, version_at.

    `version_at` is when that version was made. Uses that do not tell their version are out.
    """
    version = (ArtifactVersion.id.label("version_id"), ArtifactVersion.created_at.label("version_at"))
    group = (ArtifactUsage.project_id, ArtifactUsage.artifact_id, *version)
    used = ws.frame(
        select(*group, func.max(ArtifactUsage.used_at).label("used_at"))
        .join(ArtifactVersion, ArtifactVersion.id == ArtifactUsage.version_id)
        .group_by(*group)
    )
    last = used.sort_values(["used_at", "version_at"]).drop_duplicates(["project_id", "artifact_id"], keep="last")
    return last.drop(columns="used_at").reset_index(drop=True)


def success_weights(tenant: Tenant) -> SuccessWeights:
    """What this organisation counts as success."""
    return SuccessWeights(
        model_performance=tenant.weight_model_performance,
        business_impact=tenant.weight_business_impact,
        delivery=tenant.weight_delivery,
    )


def _facts() -> Select[*tuple[Any, ...]]:
    teams, uses, runs = _teams(), _uses(), _runs()
    return (
        select(
            Project.id.label("project_id"),
            *(Project.name, Project.description, Project.problem_type, Project.domain, Project.complexity),
            func.coalesce(Project.team_size, teams.c.members).label("team_size"),
            teams.c.experience,
            func.coalesce(uses.c.artifacts, 0).label("artifacts"),
            *(Project.started_at, Project.finished_at, Project.outcome),
            *(Project.model_performance, Project.business_impact, Project.delivery),
            Project.compute_cost.label("cost"),
            func.coalesce(Project.experiments, runs.c.runs).label("experiments"),
            Project.created_at,
        )
        .outerjoin(teams, teams.c.project_id == Project.id)
        .outerjoin(uses, uses.c.project_id == Project.id)
        .outerjoin(runs, runs.c.project_id == Project.id)
        # Left to themselves, SQLite puts what is missing first, and PostgreSQL last.
        .order_by(Project.started_at.nulls_first(), Project.id)
    )


def _teams() -> Subquery:
    return (
        select(
            TeamMember.project_id,
            func.count().label("members"),
            func.avg(TeamMember.experience_years, type_=Float).label("experience"),
        )
        .join(Person, Person.id == TeamMember.person_id)
        .where(Person.is_bot == false())
        .group_by(TeamMember.project_id)
        .subquery("teams")
    )


def _teams_at_start() -> Select[*tuple[Any, ...]]:
    return (
        select(
            TeamMember.project_id,
            func.count().label("members"),
            func.count(TeamMember.joined_at).label("dated"),
            func.avg(TeamMember.experience_years, type_=Float).label("experience"),
        )
        .join(Person, Person.id == TeamMember.person_id)
        .join(Project, Project.id == TeamMember.project_id)
        .where(Person.is_bot == false())
        .where(TeamMember.joined_at.is_(None) | _by_the_start(TeamMember.joined_at))
        .group_by(TeamMember.project_id)
    )


def _uses_at_start() -> Select[*tuple[Any, ...]]:
    used = select(ArtifactUsage.project_id, ArtifactUsage.artifact_id).where(_by_the_start(ArtifactUsage.used_at))
    planned = select(PlannedUse.project_id, PlannedUse.artifact_id).where(_by_the_start(PlannedUse.planned_at))
    known = union(
        used.join(Project, Project.id == ArtifactUsage.project_id),
        planned.join(Project, Project.id == PlannedUse.project_id),
    ).subquery("known")
    return select(known.c.project_id, func.count().label("artifacts")).group_by(known.c.project_id)


def _has_ended_without_a_start(facts: pd.DataFrame) -> pd.Series[bool]:
    """All that is known of such a project is its whole life: what of it stood at the start is not."""
    return facts["started_at"].isna() & (facts["finished_at"].notna() | facts["outcome"].notna())


def _by_the_start(moment: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return Project.started_at.is_(None) | (moment <= Project.started_at)


def _uses() -> Subquery:
    artifacts = func.count(ArtifactUsage.artifact_id.distinct()).label("artifacts")
    return select(ArtifactUsage.project_id, artifacts).group_by(ArtifactUsage.project_id).subquery("uses")


def _runs() -> Subquery:
    return (
        select(TrackedExperiment.project_id, func.count().label("runs"))
        .join(TrackedRun, TrackedRun.experiment_id == TrackedExperiment.id)
        .group_by(TrackedExperiment.project_id)
        .subquery("runs")
    )
