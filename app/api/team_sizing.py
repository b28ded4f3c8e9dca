"""Team sizing over REST: what a plan would bring, what reaches a goal, and scenarios that are kept."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.depends import ForReading, InTurn, InWorkspace
from maestro_core.actions import scenarios as actions
from maestro_core.actions.scenario_entries import GoalEntry, NameEntry, ReplacingEntry, ScenarioEntry, WhatIfEntry
from maestro_core.reports import scenarios as reports
from maestro_core.reports import team_sizing, team_sizing_plan
from maestro_core.reports.scenarios import Comparison, Scenarios, StoredScenario
from maestro_core.reports.team_sizing import Plan, Range, Sought, WhatIf

router = APIRouter(tags=["team sizing"])


@router.get("/team-sizing")
def planning_range(ws: ForReading) -> Range:
    """What past projects were like, the plan in their middle, and whether team sizes are learned."""
    return team_sizing_plan.planning_range(ws)


@router.get("/team-sizing/projects/{project_id}")
def plan_of(ws: ForReading, project_id: UUID) -> Plan:
    """A project as it is now, to start a what-if from."""
    return team_sizing_plan.plan_of(ws, project_id=project_id)


@router.post("/team-sizing/what-if")
def what_if(ws: ForReading, question: WhatIfEntry) -> WhatIf:
    """Success, duration and cost of a plan at 1 to 15 people, the sizes to choose, and how far that holds."""
    return team_sizing.what_if(ws, **question.as_told())


@router.post("/team-sizing/goal-seek")
def goal_seek(ws: ForReading, question: GoalEntry) -> Sought:
    """The smallest changes of a plan that the past supports and that are expected to reach a goal."""
    plan, utility = question.plan.as_plan(), question.utility.as_utility()
    return team_sizing.goal_seek(ws, plan=plan, goal=question.goal, utility=utility, levers=question.levers)


@router.get("/scenarios")
def scenarios(ws: ForReading) -> Scenarios:
    """All scenarios by name with who made and changed them, and those that can be brought back."""
    return reports.scenarios(ws)


@router.post("/scenarios", status_code=status.HTTP_201_CREATED)
def keep_scenario(doors: InTurn, told: ScenarioEntry) -> StoredScenario:
    """Keep a plan under a name, with what is expected of it now."""
    expected = doors.ask(reports.expected, plan=told.plan.as_plan())
    named: dict[str, Any] = {"name": told.name, "project_id": told.project_id, "expected": expected}
    scenario_id = doors.tell(actions.keep_scenario, **named, **told.as_told())
    return doors.ask(reports.scenario, scenario_id=scenario_id)


@router.get("/scenarios/compare")
def compare(
    ws: ForReading, scenario: Annotated[list[UUID], Query(description="Two to four; the others against the first")]
) -> Comparison:
    """Two to four scenarios side by side: inputs, outcomes with their differences, and curves."""
    return reports.compare(ws, scenario_ids=scenario)


@router.get("/scenarios/{scenario_id}")
def scenario(ws: ForReading, scenario_id: UUID) -> StoredScenario:
    """One scenario, with what was expected of it when it was kept."""
    return reports.scenario(ws, scenario_id=scenario_id)


@router.put("/scenarios/{scenario_id}")
def change_scenario(doors: InTurn, scenario_id: UUID, told: ReplacingEntry) -> StoredScenario:
    """Let a scenario hold another plan; its name stays. 409 where it holds something else than what was read."""
    expected = doors.ask(reports.expected, plan=told.plan.as_plan())
    known: dict[str, Any] = {"scenario_id": scenario_id, "version": told.version, "expected": expected}
    doors.tell(actions.change_scenario, **known, **told.as_told())
    return doors.ask(reports.scenario, scenario_id=scenario_id)


@router.put("/scenarios/{scenario_id}/name")
def rename_scenario(ws: InWorkspace, scenario_id: UUID, told: NameEntry) -> StoredScenario:
    """Give a scenario another name."""
    actions.rename_scenario(ws, scenario_id=scenario_id, name=told.name)
    return reports.scenario(ws, scenario_id=scenario_id)


@router.delete("/scenarios/{scenario_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_scenario(ws: InWorkspace, scenario_id: UUID) -> None:
    """Take a scenario off every list; it can be brought back for 30 days."""
    actions.remove_scenario(ws, scenario_id=scenario_id)


@router.post("/scenarios/{scenario_id}/restore")
def restore_scenario(ws: InWorkspace, scenario_id: UUID) -> StoredScenario:
    """Bring a removed scenario back."""
    actions.restore_scenario(ws, scenario_id=scenario_id)
    return reports.scenario(ws, scenario_id=scenario_id)
