"""What if: success, duration and cost by team size, the size to choose, and how far that holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

import pandas as pd
from threadpoolctl import threadpool_limits

from maestro_core.access import Permission
from maestro_core.learning import team_size
from maestro_core.learning.goal_seek import Sought, seek
from maestro_core.learning.role_mix import RoleMix, usual_mix
from maestro_core.learning.seniority import Seniority, seniority
from maestro_core.learning.sensitivity import sensitivity
from maestro_core.learning.team_size import Recommendation, TeamSizeModel, Utility
from maestro_core.learning.team_size_seen import LEVERS
from maestro_core.learning.utility import SUCCESS
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.facts import facts_at_start, project_facts
from maestro_core.reports.team_sizing_plan import Plan, Range, latest_fit, members, range_of
from maestro_core.workspace import Workspace

__all__ = ["Plan", "Range", "Sought", "Utility", "WhatIf", "goal_seek", "what_if"]


class WhatIf(Report):
    """The three curves, the expectation at the plan's own size, and the sizes to choose from.

    `weighed` is the curve of the utility in points, where more than one target counts. `sensitivity` says in words what
    a factor that nobody recorded would change. `usual_roles` and `recommended_roles` are the mix that past teams had,
    at the plan's size and at the recommended one, and `seniority` the experience that goes with the complexity, at the
    recommended size or else the plan's. `warnings` say where the plan leaves what past projects were like.
    `differences` compares with the baseline, when one is given: target, baseline, scenario, difference and its own 80 %
    band low to high, ratio, and `better`, the probability that the scenario is the better one.
    """

    plan: Plan
    utility: Utility
    curves: Frame
    weighed: Frame | None
    at_size: Frame
    recommendation: Recommendation
    sensitivity: tuple[str, ...]
    usual_roles: RoleMix
    recommended_roles: RoleMix | None
    seniority: Seniority
    warnings: tuple[str, ...]
    baseline: Plan | None
    baseline_curves: Frame | None
    differences: Frame | None
    outcomes: int
    trained_at: datetime
    currency: str


@report(Permission.VIEW)
def what_if(ws: Workspace, *, plan: Plan, baseline: Plan | None = None, utility: Utility = SUCCESS) -> WhatIf:
    """Success, duration and cost of this plan at 1 to 15 people, from the latest fit; `NotEnoughData` without one."""
    # Threads that wait for each other over matrices this small would double the time that a move of a slider takes.
    with threadpool_limits(limits=1):
        return _answer(ws, plan, baseline, utility)


@report(Permission.VIEW)
def goal_seek(
    ws: Workspace,
    *,
    plan: Plan,
    goal: float,
    utility: Utility = SUCCESS,
    levers: Collection[str] = LEVERS,
) -> Sought:
    """The smallest changes of this plan that the past supports and that are expected to reach a goal.

    The goal is points of success, days or currency at most or, where several weights count, points of utility.
    """
    with threadpool_limits(limits=1):
        _, model = latest_fit(ws)
        asked = _as_told(plan, range_of(facts_at_start(ws, project_facts(ws))))
        return seek(model, asked, goal=goal, utility=utility, levers=levers)


def _as_told(plan: Plan, seen: Range) -> Plan:
    """The plan without what no past project tells: it changes no answer, and no goal is reached by changing it."""
    return replace(
        plan,
        experience=None if seen.experience is None else plan.experience,
        artifacts=None if seen.artifacts is None else plan.artifacts,
    )


def _answer(ws: Workspace, plan: Plan, baseline: Plan | None, utility: Utility) -> WhatIf:
    run, model = latest_fit(ws)
    expected, facts = team_size.expect(model, plan), facts_at_start(ws, project_facts(ws))
    team = _ended(members(ws), facts)
    curves = team_size.summary(expected)
    at_size = curves[curves["team_size"] == plan.team_size].reset_index(drop=True)
    recommendation = team_size.recommend(expected, utility)
    best = recommendation.size
    return WhatIf(
        plan=plan,
        utility=utility,
        curves=curves,
        weighed=None if utility.only else team_size.utility_curve(expected, utility),
        at_size=at_size,
        recommendation=recommendation,
        sensitivity=sensitivity(expected, model.hidden, utility).sentences,
        usual_roles=usual_mix(team, size=plan.team_size),
        recommended_roles=usual_mix(team, size=best) if best else None,
        seniority=seniority(team, facts, complexity=plan.complexity, size=best or plan.team_size),
        warnings=(*_beyond(plan, range_of(facts)), *_unsupported(at_size, plan), *_odd_roles(plan)),
        baseline=baseline,
        **_compared(model, plan, baseline),
        outcomes=run.rows,
        trained_at=run.trained_at,
        currency=ws.tenant.currency,
    )


def _ended(team: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """The members of past projects: what a running one has may not be what it should have had."""
    return team[team["project_id"].isin(facts.loc[facts["outcome"].notna(), "project_id"])]


def _compared(model: TeamSizeModel, plan: Plan, baseline: Plan | None) -> dict[str, pd.DataFrame | None]:
    if baseline is None:
        return {"baseline_curves": None, "differences": None}
    return {
        "baseline_curves": team_size.summary(team_size.expect(model, baseline)),
        "differences": team_size.difference(model, plan, baseline),
    }


def _beyond(plan: Plan, seen: Range) -> Iterator[str]:
    """Inputs that no past project had."""
    spans = {
        "Complexity": (plan.complexity, seen.complexity),
        "Experience": (plan.experience, seen.experience),
        "Artifacts reused": (plan.artifacts, seen.artifacts),
    }
    for name, (value, span) in spans.items():
        if value is not None and span is not None and not span[0] <= value <= span[1]:
            yield (
                f"{name} {value:g} is outside of what past projects had, {span[0]:g} to {span[1]:g}: trust this less."
            )
    if plan.domain is not None and plan.domain not in seen.domains:
        yield f"No past project was about {plan.domain}: the answer is that of any domain."


def _unsupported(at_size: pd.DataFrame, plan: Plan) -> Iterator[str]:
    if not at_size["supported"].all():
        yield f"No comparable past project had a team of {plan.team_size}: what is said of it is extrapolation."


def _odd_roles(plan: Plan) -> Iterator[str]:
    stated = sum(plan.roles.values())
    if stated > plan.team_size:
        yield f"The roles add up to {stated} people, but the team has {plan.team_size}."
