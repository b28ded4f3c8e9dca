"""Keeping plans of team sizing under a name: stored, renamed, removed, and brought back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import valid
from maestro_core.actions.scenario_entries import NameEntry, PlanEntry
from maestro_core.actions.unique import unless_taken
from maestro_core.errors import NotNow
from maestro_core.learning.utility import SUCCESS, Utility
from maestro_core.models import Project, Scenario, new_key
from maestro_core.reports.scenarios import KEPT, Expected, version_of
from maestro_core.reports.team_sizing_plan import Plan, latest_run
from maestro_core.workspace import Workspace

ANOTHER_NAME = "Choose another name, or change the scenario that has it."
READ_AGAIN = "Keep yours as another scenario, or open this one again and change what it says now."


@action(Permission.EDIT_SCENARIOS)
def keep_scenario(
    ws: Workspace,
    *,
    name: str,
    plan: Plan,
    baseline: Plan | None = None,
    utility: Utility = SUCCESS,
    project_id: UUID | None = None,
    expected: Expected | None = None,
) -> UUID:
    """Keep a plan under a name, with what it is compared with and what matters, and what is expected of it; its key.

    `expected` is what `reports.scenarios.expected` told just now: asking takes a while, in which nobody else should
    wait to write. A name that is taken, or team sizes that were learned anew since, raise `NotNow`, a value that cannot
    be `InvalidInput`.
    """
    if project_id is not None:
        ws.get(Project, project_id)
    told = valid(NameEntry, {"name": name})
    by, at = ws.member.membership_id, ws.now
    scenario = Scenario(
        id=new_key(),
        name=told.name,
        project_id=project_id,
        created_by=by,
        created_at=at,
        changed_by=by,
        changed_at=at,
        **_content(ws, plan, baseline, utility, expected),
    )
    with unless_taken(ws, f"There is a scenario named {told.name} already.", advice=ANOTHER_NAME):
        ws.session.add(scenario)
    return scenario.id


@action(Permission.EDIT_SCENARIOS)
def change_scenario(
    ws: Workspace,
    *,
    scenario_id: UUID,
    version: str,
    plan: Plan,
    baseline: Plan | None = None,
    utility: Utility = SUCCESS,
    expected: Expected | None = None,
) -> None:
    """Let a scenario hold another plan; its name and its address stay.

    What it holds goes for good, so whoever replaces it says what was read, by its `version`. Where somebody let it hold
    something else since, `NotNow` says so and nothing is lost.
    """
    scenario = _kept(ws, scenario_id)
    ws.session.refresh(scenario, with_for_update=True)
    if version_of(scenario.plan, scenario.baseline, scenario.utility) != version:
        raise NotNow(f"{scenario.name} was changed since you opened it.", advice=READ_AGAIN)
    for name, value in _content(ws, plan, baseline, utility, expected).items():
        setattr(scenario, name, value)
    _sign(ws, scenario)


@action(Permission.EDIT_SCENARIOS)
def rename_scenario(ws: Workspace, *, scenario_id: UUID, name: str) -> None:
    """Give a scenario another name; its address stays."""
    scenario, told = _kept(ws, scenario_id), valid(NameEntry, {"name": name})
    with unless_taken(ws, f"There is a scenario named {told.name} already.", advice=ANOTHER_NAME):
        scenario.name = told.name
        _sign(ws, scenario)


@action(Permission.EDIT_SCENARIOS)
def remove_scenario(ws: Workspace, *, scenario_id: UUID) -> None:
    """Take a scenario off every list. It can be brought back for 30 days; what was removed before is gone for good."""
    _kept(ws, scenario_id).removed_at = ws.now
    ws.session.execute(delete(Scenario).where(Scenario.removed_at < ws.now - KEPT))


@action(Permission.EDIT_SCENARIOS)
def restore_scenario(ws: Workspace, *, scenario_id: UUID) -> None:
    """Bring a removed scenario back; refused where its name is taken by now."""
    scenario = ws.get(Scenario, scenario_id)
    taken = f"There is another scenario named {scenario.name} by now."
    with unless_taken(ws, taken, advice="Rename that one first, then bring this one back."):
        scenario.removed_at = None


def _kept(ws: Workspace, scenario_id: UUID) -> Scenario:
    scenario = ws.get(Scenario, scenario_id)
    if scenario.removed_at is not None:
        raise NotNow(f"{scenario.name} was removed.", advice="Bring it back first.")
    return scenario


def _sign(ws: Workspace, scenario: Scenario) -> None:
    scenario.changed_by, scenario.changed_at = ws.member.membership_id, ws.now


def _content(
    ws: Workspace, plan: Plan, baseline: Plan | None, utility: Utility, expected: Expected | None
) -> dict[str, Any]:
    """What a scenario holds, as plain JSON; a baseline that nobody chose is the plan itself."""
    return {
        "plan": _checked(plan),
        "baseline": _checked(baseline or plan),
        "utility": asdict(utility),
        "expected": {} if expected is None else _present(ws, expected).targets,
    }


def _checked(plan: Plan) -> dict[str, Any]:
    return valid(PlanEntry, asdict(plan)).model_dump(mode="json")


def _present(ws: Workspace, expected: Expected) -> Expected:
    """The same, unless team sizes were learned anew since that was expected."""
    run = latest_run(ws)
    if expected.trained_at != (run.trained_at if run else None):
        raise NotNow("Team sizes were learned anew in this moment.", advice="Try again: other numbers may be expected.")
    return expected
