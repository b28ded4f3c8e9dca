"""Scenarios: kept under a name, changed, renamed, removed and brought back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from maestro_core.actions.scenarios import (
    change_scenario,
    keep_scenario,
    remove_scenario,
    rename_scenario,
    restore_scenario,
)
from maestro_core.errors import InvalidInput, NotAllowed, NotFound, NotNow
from maestro_core.models import Project, Scenario
from maestro_core.reports.scenarios import expected, scenario, scenarios
from maestro_core.reports.team_sizing import Plan, Utility
from maestro_core.terms import Role
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW, House
from tests.reports.test_team_sizing import learned, past_projects

PLAN = Plan(6.0, 4, experience=3.5, domain="fraud", artifacts=2.0, roles={"analyst": 1})


def kept(ws: Workspace, name: str = "small team", plan: Plan = PLAN, **told: Any) -> UUID:
    return keep_scenario(ws, name=name, plan=plan, **told)


def version(ws: Workspace, key: UUID) -> str:
    return scenario(ws, scenario_id=key).version


def names(ws: Workspace) -> list[str]:
    return list(scenarios(ws).scenarios["name"])


def test_what_is_kept_is_read_back(ws: Workspace) -> None:
    project = a_project(ws, "churn")
    key = kept(ws, baseline=Plan(6.0, 2), utility=Utility(2, 1, 0), project_id=project)
    stored = scenario(ws, scenario_id=key)
    assert (stored.plan, stored.baseline, stored.utility) == (PLAN, Plan(6.0, 2), Utility(2, 1, 0))
    assert (stored.project, stored.created_by, stored.created_at) == ("churn", "Local owner", NOW)


def test_a_plan_without_a_baseline_is_compared_with_itself(ws: Workspace) -> None:
    assert scenario(ws, scenario_id=kept(ws)).baseline == PLAN


def test_what_is_expected_now_is_kept_with_it(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    now = expected(ws, plan=PLAN)
    told = scenario(ws, scenario_id=kept(ws, expected=now)).expected
    assert set(told) == {"success", "duration", "cost"}
    assert told["cost"]["low"] < told["cost"]["value"] < told["cost"]["high"]


def test_what_was_expected_before_sizes_were_learned_anew_is_not_kept(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        before = expected(ws, plan=PLAN)
        learned(ws)
    assert (before.trained_at, before.targets) == (None, {})
    with pytest.raises(NotNow, match="learned anew"), house.open() as ws:
        kept(ws, expected=before)
    with house.open() as ws:
        kept(ws, expected=expected(ws, plan=PLAN))


def test_what_somebody_else_put_there_is_not_overwritten_unknowingly(house: House) -> None:
    with house.open() as ws:
        key = kept(ws)
        read = version(ws, key)
    with house.open(role=Role.ANALYST) as ws:
        change_scenario(ws, scenario_id=key, version=read, plan=Plan(6.0, 9))
    with pytest.raises(NotNow, match="changed since") as refusal, house.open() as ws:
        change_scenario(ws, scenario_id=key, version=read, plan=Plan(6.0, 2))
    assert "as another scenario" in refusal.value.advice
    with house.open() as ws:
        assert scenario(ws, scenario_id=key).plan.team_size == 9
        rename_scenario(ws, scenario_id=key, name="nine people")
        change_scenario(ws, scenario_id=key, version=version(ws, key), plan=Plan(6.0, 2))
        assert scenario(ws, scenario_id=key).plan.team_size == 2


def test_another_name_is_no_other_version(ws: Workspace) -> None:
    key = kept(ws)
    before = version(ws, key)
    rename_scenario(ws, scenario_id=key, name="tiny team")
    ws.session.flush()
    assert version(ws, key) == before


def test_a_plan_is_kept_before_anything_is_learned(ws: Workspace) -> None:
    assert scenario(ws, scenario_id=kept(ws)).expected == {}


def test_a_name_is_taken_until_its_scenario_is_removed(ws: Workspace) -> None:
    first = kept(ws)
    with pytest.raises(NotNow, match="small team"):
        kept(ws, " small team ")
    remove_scenario(ws, scenario_id=first)
    kept(ws)
    with pytest.raises(NotNow, match="another scenario"):
        restore_scenario(ws, scenario_id=first)
    assert names(ws) == ["small team"]


def test_another_name_keeps_the_address(ws: Workspace) -> None:
    key, _ = kept(ws), kept(ws, "large team")
    rename_scenario(ws, scenario_id=key, name="tiny team")
    assert scenario(ws, scenario_id=key).name == "tiny team"
    with pytest.raises(NotNow, match="large team"):
        rename_scenario(ws, scenario_id=key, name="large team")
    assert names(ws) == ["large team", "tiny team"]


def test_a_change_says_who_and_when(house: House) -> None:
    with house.open() as ws:
        key = kept(ws)
    later = NOW + timedelta(hours=2)
    with house.open(role=Role.ANALYST, now=later) as ws:
        change_scenario(ws, scenario_id=key, version=version(ws, key), plan=Plan(6.0, 9))
        stored = scenario(ws, scenario_id=key)
    assert (stored.plan.team_size, stored.changed_by, stored.changed_at) == (9, "analyst", later)
    assert (stored.created_by, stored.created_at) == ("Local owner", NOW)


def test_what_is_removed_is_brought_back_whole(ws: Workspace) -> None:
    key = kept(ws)
    before = scenario(ws, scenario_id=key)
    remove_scenario(ws, scenario_id=key)
    assert names(ws) == []
    assert list(scenarios(ws).removed["scenario_id"]) == [key]
    with pytest.raises(NotNow, match="was removed"):
        change_scenario(ws, scenario_id=key, version=before.version, plan=PLAN)
    with pytest.raises(NotNow, match="was removed"):
        rename_scenario(ws, scenario_id=key, name="x")
    with pytest.raises(NotFound):
        scenario(ws, scenario_id=key)
    restore_scenario(ws, scenario_id=key)
    assert scenario(ws, scenario_id=key) == before
    assert scenarios(ws).removed.empty


def test_what_was_removed_over_30_days_ago_goes_for_good(house: House) -> None:
    with house.open() as ws:
        old, other = kept(ws), kept(ws, "other")
        remove_scenario(ws, scenario_id=old)
    with house.open(now=NOW + timedelta(days=31)) as ws:
        assert scenarios(ws).removed.empty
        remove_scenario(ws, scenario_id=other)
        ws.session.flush()
        assert ws.session.scalars(select(Scenario.id)).all() == [other]


def test_a_scenario_outlives_its_project(ws: Workspace) -> None:
    project = a_project(ws, "churn")
    key = kept(ws, project_id=project)
    ws.session.delete(ws.get(Project, project))
    ws.session.flush()
    assert scenario(ws, scenario_id=key).project is None


@pytest.mark.parametrize(
    "plan", [Plan(11, 4), Plan(5, 0), Plan(5, 16), Plan(5, 4, experience=-1), Plan(5, 4, roles={"wizard": 1})]
)
def test_a_plan_that_cannot_be_is_not_kept(ws: Workspace, plan: Plan) -> None:
    with pytest.raises(InvalidInput):
        kept(ws, plan=plan)
    assert ws.session.scalar(select(func.count()).select_from(Scenario)) == 0


def test_a_blank_name_and_a_strange_project_are_refused(ws: Workspace) -> None:
    with pytest.raises(InvalidInput, match="Name"):
        kept(ws, "  ")
    with pytest.raises(NotFound):
        kept(ws, project_id=uuid4())


def test_a_viewer_reads_scenarios_and_changes_none(house: House) -> None:
    with house.open() as ws:
        key = kept(ws)
    with house.open(role=Role.VIEWER) as ws:
        assert names(ws) == ["small team"]
        with pytest.raises(NotAllowed):
            remove_scenario(ws, scenario_id=key)
