"""What if: success, duration and cost by team size, and the size to choose."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.errors import NotEnoughData, NotFound
from maestro_core.learning import team_size
from maestro_core.learning.role_mix import role_mix
from maestro_core.learning.team_size import Recommendation, TeamSizeModel
from maestro_core.models import TeamMember, TrainingRun
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.facts import project_facts
from maestro_core.terms import Target
from maestro_core.workspace import Workspace


@dataclass(frozen=True)
class Plan:
    """What is asked about: a project as it could be. What is unknown is None and counts as usual."""

    complexity: float
    team_size: int
    experience: float | None = None
    domain: str | None = None
    artifacts: float | None = None


class WhatIf(Report):
    """The three curves, the expectation at the plan's own size, and the sizes to choose from."""

    plan: Plan
    curves: Frame
    at_size: Frame
    recommendation: Recommendation
    roles: dict[str, int]
    outcomes: int
    trained_at: str
    currency: str


class Range(Report):
    """What past projects looked like: what inputs may sensibly be."""

    complexity: tuple[float, float]
    team_size: tuple[float, float]
    experience: tuple[float, float]
    artifacts: tuple[float, float]
    domains: tuple[str, ...]
    outcomes: int
    missing: int


@report(Permission.VIEW)
def what_if(ws: Workspace, *, plan: Plan, goal: Target = Target.SUCCESS) -> WhatIf:
    """Success, duration and cost of this plan at 1 to 15 people, from the latest fit; `NotEnoughData` without one."""
    run = _latest_fit(ws)
    curves = team_size.curves(
        TeamSizeModel.from_json(run.coefficients),
        complexity=plan.complexity,
        experience=plan.experience,
        domain=plan.domain,
        artifacts=plan.artifacts,
    )
    recommendation = team_size.recommend(curves, goal=goal)
    return WhatIf(
        plan=plan,
        curves=curves,
        at_size=curves[curves["team_size"] == plan.team_size],
        recommendation=recommendation,
        roles=role_mix(_members(ws), size=recommendation.size or plan.team_size).to_dict(),
        outcomes=run.rows,
        trained_at=run.trained_at.isoformat(),
        currency=ws.tenant.currency,
    )


@report(Permission.VIEW)
def planning_range(ws: Workspace) -> Range:
    """The range of each input among projects with an outcome, and how many outcomes are missing."""
    facts = project_facts(ws)
    ended = facts[facts["success"].notna() & facts["complexity"].notna() & facts["team_size"].notna()]
    spans = {name: _span(ended[name]) for name in ("complexity", "team_size", "experience", "artifacts")}
    domains = tuple(sorted(facts["domain"].dropna().unique()))
    missing = max(team_size.MINIMUM - len(ended), 0)
    return Range(**spans, domains=domains, outcomes=len(ended), missing=missing)


@report(Permission.VIEW)
def plan_of(ws: Workspace, *, project_id: UUID) -> Plan:
    """A project as it is now, to start a what-if from; what it does not say is taken as middling."""
    facts = project_facts(ws, project_id=project_id)
    if facts.empty:
        raise NotFound("There is no such project here.")
    row = facts.iloc[0]
    return Plan(
        complexity=_known(row["complexity"]) or 5.0,
        team_size=max(1, min(15, round(_known(row["team_size"]) or 3))),
        experience=_known(row["experience"]),
        domain=row["domain"] if isinstance(row["domain"], str) else None,
        artifacts=float(row["artifacts"]),
    )


def _latest_fit(ws: Workspace) -> TrainingRun:
    latest = select(TrainingRun).where(TrainingRun.question == "team_size").order_by(TrainingRun.trained_at.desc())
    run = ws.session.scalars(latest.limit(1)).first()
    if run is None:
        missing = planning_range(ws).missing
        wanted = f"{missing} more outcomes are needed" if missing else "the next refresh will learn it"
        raise NotEnoughData(
            f"Team sizes are not learned yet: {wanted}.",
            advice="Enter the outcomes of finished projects with their complexity and team size, or import them.",
        )
    return run


def _members(ws: Workspace) -> pd.DataFrame:
    size = func.count().over(partition_by=TeamMember.project_id).label("team_size")
    return ws.frame(select(TeamMember.project_id, TeamMember.role, size))


def _span(values: pd.Series[float]) -> tuple[float, float]:
    known = values.dropna()
    return (float(known.min()), float(known.max())) if len(known) else (1.0, 10.0)


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
