"""What if: success, duration and cost by team size, and the size to choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pandas as pd
from sqlalchemy import false, func, select

from maestro_core.access import Permission
from maestro_core.errors import NotEnoughData, NotFound
from maestro_core.learning import team_size
from maestro_core.learning.role_mix import role_mix
from maestro_core.learning.team_size import Recommendation, TeamSizeModel
from maestro_core.models import Person, TeamMember, TrainingRun
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.facts import project_facts
from maestro_core.terms import Target
from maestro_core.workspace import Workspace

QUESTION = "team_size"
"""How training runs of this question are called."""


@dataclass(frozen=True)
class Plan:
    """What is asked about: a project as it could be. What is unknown is None and counts as usual.

    `roles` says how many people of each role; what is left out is not decided. The curves do not depend on it.
    """

    complexity: float
    team_size: int
    experience: float | None = None
    domain: str | None = None
    artifacts: float | None = None
    roles: dict[str, int] = field(default_factory=dict)


class WhatIf(Report):
    """The three curves, the expectation at the plan's own size, and the sizes to choose from.

    `usual_roles` and `recommended_roles` are the usual mix at the plan's size and at the recommended one. `warnings`
    say where the plan leaves what past projects were like. `differences` compares with a baseline, when one is given:
    target, baseline, scenario, difference, and the 80 % bands of both.
    """

    plan: Plan
    curves: Frame
    at_size: Frame
    recommendation: Recommendation
    usual_roles: dict[str, int]
    recommended_roles: dict[str, int]
    warnings: list[str]
    baseline_curves: Frame | None
    differences: Frame | None
    outcomes: int
    trained_at: datetime
    currency: str


class Range(Report):
    """What past projects looked like: what inputs may sensibly be, and the project in their middle."""

    complexity: tuple[float, float]
    team_size: tuple[float, float]
    experience: tuple[float, float]
    artifacts: tuple[float, float]
    domains: tuple[str, ...]
    typical: Plan
    outcomes: int
    missing: int
    is_learned: bool


@report(Permission.VIEW)
def what_if(ws: Workspace, *, plan: Plan, baseline: Plan | None = None, goal: Target = Target.SUCCESS) -> WhatIf:
    """Success, duration and cost of this plan at 1 to 15 people, from the latest fit; `NotEnoughData` without one."""
    run = _latest_fit(ws)
    model = TeamSizeModel.from_json(run.coefficients)
    curves, members = _curves(model, plan), _members(ws)
    before = _curves(model, baseline) if baseline else None
    recommendation = team_size.recommend(curves, goal=goal)
    return WhatIf(
        plan=plan,
        curves=curves,
        at_size=_at_size(curves, plan),
        recommendation=recommendation,
        usual_roles=role_mix(members, size=plan.team_size).to_dict(),
        recommended_roles=role_mix(members, size=recommendation.size).to_dict() if recommendation.size else {},
        warnings=[*_beyond(plan, planning_range(ws)), *_unsupported(curves, plan), *_odd_roles(plan)],
        baseline_curves=before,
        differences=_differences(_at_size(before, baseline), _at_size(curves, plan))
        if baseline and before is not None
        else None,
        outcomes=run.rows,
        trained_at=run.trained_at,
        currency=ws.tenant.currency,
    )


@report(Permission.VIEW)
def planning_range(ws: Workspace) -> Range:
    """The range of each input among projects with an outcome, and how many outcomes are missing."""
    facts = project_facts(ws)
    ended = facts[facts["success"].notna() & facts["complexity"].notna() & facts["team_size"].notna()]
    spans = {name: _span(ended[name]) for name in ("complexity", "team_size", "experience", "artifacts")}
    is_learned = ws.session.scalar(select(TrainingRun.id).where(TrainingRun.question == QUESTION).limit(1)) is not None
    return Range(
        **spans,
        domains=tuple(sorted(facts["domain"].dropna().unique())),
        typical=_typical(ended),
        outcomes=len(ended),
        missing=max(team_size.MINIMUM - len(ended), 0),
        is_learned=is_learned,
    )


@report(Permission.VIEW)
def plan_of(ws: Workspace, *, project_id: UUID) -> Plan:
    """A project as it is now, to start a what-if from; what it does not say is taken as middling."""
    facts = project_facts(ws, project_id=project_id)
    if facts.empty:
        raise NotFound("There is no such project here.")
    row = facts.iloc[0]
    members = _members(ws)
    roles = members.loc[members["project_id"] == project_id, "role"].value_counts().sort_index()
    return Plan(
        complexity=_rounded(row["complexity"]) or 5.0,
        team_size=_a_size(_known(row["team_size"]) or 3),
        experience=_rounded(row["experience"]),
        domain=row["domain"] if isinstance(row["domain"], str) else None,
        artifacts=float(row["artifacts"]),
        roles={str(role): int(count) for role, count in roles.items()},
    )


def _curves(model: TeamSizeModel, plan: Plan) -> pd.DataFrame:
    return team_size.curves(
        model,
        complexity=plan.complexity,
        experience=plan.experience,
        domain=plan.domain,
        artifacts=plan.artifacts,
    )


def _at_size(curves: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    return curves[curves["team_size"] == plan.team_size].reset_index(drop=True)


def _differences(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    columns = {"value": "", "low": "_low", "high": "_high"}
    sides = [
        side.set_index("target")[list(columns)].rename(columns={old: name + new for old, new in columns.items()})
        for name, side in (("baseline", before), ("scenario", now))
    ]
    both = sides[0].join(sides[1]).reset_index()
    return both.assign(difference=both["scenario"] - both["baseline"])


def _beyond(plan: Plan, seen: Range) -> Iterator[str]:
    """Inputs that no past project had."""
    spans = {
        "Complexity": (plan.complexity, seen.complexity),
        "Experience": (plan.experience, seen.experience),
        "Artifacts reused": (plan.artifacts, seen.artifacts),
    }
    for name, (value, (low, high)) in spans.items():
        if value is not None and not low <= value <= high:
            yield f"{name} {value:g} is outside of what past projects had, {low:g} to {high:g}: trust this less."
    if plan.domain is not None and plan.domain not in seen.domains:
        yield f"No past project was about {plan.domain}: the answer is that of any domain."


def _unsupported(curves: pd.DataFrame, plan: Plan) -> Iterator[str]:
    if not _at_size(curves, plan)["supported"].all():
        yield f"No comparable past project had a team of {plan.team_size}: what is said of it is extrapolation."


def _odd_roles(plan: Plan) -> Iterator[str]:
    stated = sum(plan.roles.values())
    if stated > plan.team_size:
        yield f"The roles add up to {stated} people, but the team has {plan.team_size}."


def _typical(ended: pd.DataFrame) -> Plan:
    """The middle of past projects, in their most frequent domain; of none, a middling plan."""
    middle = ended[["complexity", "team_size", "experience", "artifacts"]].median()
    domains = ended["domain"].mode()
    return Plan(
        complexity=_rounded(middle["complexity"]) or 5.0,
        team_size=_a_size(_known(middle["team_size"]) or 3),
        experience=_rounded(middle["experience"]),
        domain=str(domains.iloc[0]) if len(domains) else None,
        artifacts=_rounded(middle["artifacts"], digits=0),
    )


def _a_size(people: float) -> int:
    return max(min(team_size.SIZES), min(max(team_size.SIZES), round(people)))


def _latest_fit(ws: Workspace) -> TrainingRun:
    latest = select(TrainingRun).where(TrainingRun.question == QUESTION).order_by(TrainingRun.trained_at.desc())
    run = ws.session.scalars(latest.limit(1)).first()
    if run is None:
        missing = planning_range(ws).missing
        wanted = (
            f"{missing} more {'outcomes are' if missing > 1 else 'outcome is'} needed"
            if missing
            else "the next refresh will learn it"
        )
        raise NotEnoughData(
            f"Team sizes are not learned yet: {wanted}.",
            advice="Enter the outcomes of finished projects with their complexity and team size, or import them.",
        )
    return run


def _members(ws: Workspace) -> pd.DataFrame:
    size = func.count().over(partition_by=TeamMember.project_id).label("team_size")
    columns = select(TeamMember.project_id, TeamMember.role, size)
    return ws.frame(columns.join(Person, Person.id == TeamMember.person_id).where(Person.is_bot == false()))


def _span(values: pd.Series[float]) -> tuple[float, float]:
    known = values.dropna()
    return (float(known.min()), float(known.max())) if len(known) else (1.0, 10.0)


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _rounded(value: float, *, digits: int = 1) -> float | None:
    """As an input shows it: what starts a scenario is then exactly what the inputs say."""
    return None if pd.isna(value) else round(float(value), digits)
