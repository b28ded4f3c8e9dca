"""The sample's scenarios: what somebody who plans a project could have asked, kept as anybody keeps one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from maestro_core.actions.scenarios import keep_scenario
from maestro_core.learning.utility import Utility
from maestro_core.reports.facts import project_facts
from maestro_core.reports.scenarios import expected
from maestro_core.reports.team_sizing_plan import plan_of, planning_range
from maestro_core.workspace import Workspace

BALANCED = Utility(success=2.0, duration=1.0, cost=1.0)


def keep_scenarios(ws: Workspace) -> None:
    """Three plans: an ambitious project, a routine one that may not cost much, and a running one with more people."""
    for told in (*_planned(ws), *_running(ws)):
        keep_scenario(ws, **told, expected=expected(ws, plan=told["plan"]))


def _planned(ws: Workspace) -> Iterator[dict[str, Any]]:
    usual = planning_range(ws).typical
    hard, routine = replace(usual, complexity=8.5, team_size=3), replace(usual, complexity=3.0, team_size=3)
    twice, two = replace(hard, team_size=6), replace(routine, team_size=2)
    yield {"name": "An ambitious project with twice the team", "plan": twice, "baseline": hard}
    yield {"name": "A routine project for two", "plan": two, "baseline": routine, "utility": BALANCED}


def _running(ws: Workspace) -> Iterator[dict[str, Any]]:
    """The project that started last, with one person more."""
    facts = project_facts(ws)
    for project_id, name in facts.loc[facts["outcome"].isna(), ["project_id", "name"]].tail(1).to_numpy():
        now = plan_of(ws, project_id=project_id)
        more = replace(now, team_size=now.team_size + 1)
        told = {"name": f"{name} with one person more", "plan": more, "baseline": now}
        yield told | {"project_id": project_id}
