"""What a question about team size starts from: a project as it could be, and what past projects were like."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pandas as pd
from sqlalchemy import false, func, select

from maestro_core.access import Permission
from maestro_core.errors import NotEnoughData, NotFound
from maestro_core.learning import team_size_plan
from maestro_core.learning.team_size_curves import SIZES
from maestro_core.learning.team_size_model import FORM, MINIMUM, TeamSizeModel
from maestro_core.models import Person, TeamMember, TrainingRun
from maestro_core.reports import Report, report
from maestro_core.reports.facts import facts_at_start, project_facts
from maestro_core.workspace import Workspace

QUESTION = "team_size"
"""How training runs of this question are called."""


@dataclass(frozen=True)
class Plan(team_size_plan.Plan):
    """What is asked about: a project as it could be. What is unknown is None and counts as usual.

    `roles` says how many people of each role; what is left out is not decided. The curves do not depend on it.
    """

    roles: dict[str, int] = field(default_factory=dict)


class Range(Report):
    """What past projects looked like: what inputs may sensibly be, and the project in their middle.

    The range of an input that no past project tells is None.
    """

    complexity: tuple[float, float] | None
    team_size: tuple[float, float] | None
    experience: tuple[float, float] | None
    artifacts: tuple[float, float] | None
    domains: tuple[str, ...]
    typical: Plan
    outcomes: int
    missing: int
    is_learned: bool


@report(Permission.VIEW)
def planning_range(ws: Workspace) -> Range:
    """The range of each input among projects with an outcome, and how many outcomes are missing."""
    return range_of(facts_at_start(ws, project_facts(ws)), is_learned=latest_run(ws) is not None)


def range_of(facts: pd.DataFrame, *, is_learned: bool = True) -> Range:
    """The same from the facts of projects as of their start."""
    ended = facts[facts["success"].notna() & facts["complexity"].notna() & facts["team_size"].notna()]
    spans = {name: _span(ended[name]) for name in ("complexity", "team_size", "experience", "artifacts")}
    return Range(
        **spans,
        domains=tuple(sorted(ended["domain"].dropna().unique())),
        typical=_typical(ended),
        outcomes=len(ended),
        missing=max(MINIMUM - len(ended), 0),
        is_learned=is_learned,
    )


@report(Permission.VIEW)
def plan_of(ws: Workspace, *, project_id: UUID) -> Plan:
    """A project as it is now, to start a what-if from; what it does not say is taken as middling.

    Of artifacts those in use or planned at its start count, as those of past projects do: more come with time.
    """
    facts = project_facts(ws, project_id=project_id)
    if facts.empty:
        raise NotFound("There is no such project here.")
    row = facts.iloc[0]
    team = members(ws)
    roles = team.loc[team["project_id"] == project_id, "role"].value_counts().sort_index()
    return Plan(
        complexity=_rounded(row["complexity"]) or 5.0,
        team_size=_a_size(_known(row["team_size"]) or 3),
        experience=_rounded(row["experience"]),
        domain=row["domain"] if isinstance(row["domain"], str) else None,
        artifacts=_known(facts_at_start(ws, facts)["artifacts"].iloc[0]),
        roles={str(role): int(count) for role, count in roles.items()},
    )


def latest_fit(ws: Workspace) -> tuple[TrainingRun, TeamSizeModel]:
    """The latest learning and what it learned, or `NotEnoughData` that says how many outcomes are missing."""
    run = latest_run(ws)
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
    return run, TeamSizeModel.from_json(run.coefficients)


def members(ws: Workspace) -> pd.DataFrame:
    """The people of all projects without bots: project_id, role, experience in years, and the size of their team."""
    size = func.count().over(partition_by=TeamMember.project_id).label("team_size")
    columns = select(TeamMember.project_id, TeamMember.role, TeamMember.experience_years.label("experience"), size)
    return ws.frame(columns.join(Person, Person.id == TeamMember.person_id).where(Person.is_bot == false()))


def latest_run(ws: Workspace) -> TrainingRun | None:
    """The latest fit that this version can read; an earlier one is learned anew."""
    latest = select(TrainingRun).where(TrainingRun.question == QUESTION).order_by(TrainingRun.trained_at.desc())
    run = ws.session.scalars(latest.limit(1)).first()
    return run if run is not None and run.coefficients.get("form") == FORM else None


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
    return max(min(SIZES), min(max(SIZES), round(people)))


def _span(values: pd.Series[float]) -> tuple[float, float] | None:
    known = values.dropna()
    return (float(known.min()), float(known.max())) if len(known) else None


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _rounded(value: float, *, digits: int = 1) -> float | None:
    """As an input shows it: what starts a scenario is then exactly what the inputs say."""
    return None if pd.isna(value) else round(float(value), digits)
