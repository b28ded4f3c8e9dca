"""Experiments are assigned once, by a seed, for good; and what was started is never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from maestro_core.actions import experiments as actions
from maestro_core.actions.projects import remove_project
from maestro_core.errors import InvalidInput, NotAllowed, NotEnoughData, NotFound, NotNow
from maestro_core.models import Assignment, AuditEvent, Experiment, Variant
from maestro_core.terms import ExperimentKind, ExperimentState, ExperimentUnit, Role
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, an_artifact
from tests.conftest import NOW, House
from tests.experimented import TWO, a_design, a_running_experiment, predict, teams, variants

THREE = ({"name": "as it is"}, {"name": "pairs"}, {"name": "mobs", "weight": 2})


def test_an_experiment_is_designed_with_control_and_treatment_and_audited(ws: Workspace) -> None:
    experiment_id = actions.design_experiment(ws, name=" pairs ", kind=ExperimentKind.WORKFLOW)
    found = ws.get(Experiment, experiment_id)
    assert (found.name, found.state, found.unit) == ("pairs", ExperimentState.DRAFT, ExperimentUnit.TEAM)
    assert list(ws.session.scalars(select(Variant.name).order_by(Variant.place))) == list(TWO)
    assert "experiments.design_experiment" in list(ws.session.scalars(select(AuditEvent.action)))


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"variants": ({"name": "a"},)}, "Variants should be at least two: the control"),
        ({"variants": ({"name": "a"}, {"name": "A"})}, "same name"),
        ({"primary_metric": "happiness"}, "should be one of"),
        ({"further_metrics": ("success",)}, "named twice"),
        ({"planned_units": 3}, "4"),
        ({"kind": ExperimentKind.ARTIFACT_USE}, "names it"),
        ({"artifact_id": uuid4()}, "no other experiment"),
        ({"worthwhile": 0}, "greater than 0"),
        ({"primary_metric": "succeeded", "worthwhile": 10.0}, "enter 0.1"),
        ({"worthwhile": 101.0}, "at most 100 points"),
        ({"name": " "}, "Name"),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_the_reason(ws: Workspace, told: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        a_design(ws, **told)


def test_an_experiment_about_an_artifact_keeps_its_name_also_when_the_artifact_is_gone(ws: Workspace) -> None:
    artifact_id = an_artifact(ws, "orders")
    experiment_id = a_design(ws, kind=ExperimentKind.ARTIFACT_USE, artifact_id=artifact_id)
    assert ws.get(Experiment, experiment_id).artifact_name == "orders"
    with pytest.raises(NotFound):
        a_design(ws, name="other", kind=ExperimentKind.ARTIFACT_USE, artifact_id=uuid4())


def test_two_experiments_do_not_share_a_name(ws: Workspace) -> None:
    a_design(ws)
    with pytest.raises(NotNow, match="already"):
        a_design(ws)


def test_a_draft_changes_and_what_is_not_told_stays(ws: Workspace) -> None:
    experiment_id = a_design(ws, planned_units=30)
    actions.change_design(ws, experiment_id=experiment_id, variants=THREE, hypothesis="it helps")
    found = ws.get(Experiment, experiment_id)
    assert (found.planned_units, found.hypothesis, found.seed) == (30, "it helps", 7)
    assert list(ws.session.scalars(select(Variant.weight).order_by(Variant.place))) == [1, 1, 2]


def test_only_projects_without_an_outcome_take_part_and_each_once(ws: Workspace) -> None:
    experiment_id = a_design(ws, teams(ws, 2))
    with pytest.raises(NotNow, match="outcome already"):
        actions.enrol(ws, experiment_id=experiment_id, project_ids=[a_finished_project(ws)])
    with pytest.raises(NotNow, match="takes part already"):
        actions.enrol(ws, experiment_id=experiment_id, project_ids=list(_projects(ws, experiment_id))[:1])
    with pytest.raises(NotFound):
        actions.enrol(ws, experiment_id=experiment_id, project_ids=[uuid4()])


def test_the_start_shares_out_the_teams_and_the_same_seed_draws_the_same(ws: Workspace) -> None:
    projects = teams(ws, 10)
    first = variants(ws, a_running_experiment(ws, projects))
    again = variants(ws, a_running_experiment(ws, projects[::-1], name="again"))
    other = variants(ws, a_running_experiment(ws, projects, name="other", seed=8))
    assert sorted(first.values()) == ["control"] * 5 + ["treatment"] * 5
    assert first == again != other


def test_all_projects_of_a_team_get_the_same_variant(ws: Workspace) -> None:
    experiment_id = a_design(ws)
    for team in range(6):
        members = [a_project(ws, f"{team}-{number}") for number in range(3)]
        actions.enrol(ws, experiment_id=experiment_id, project_ids=members, team=f"team {team}")
    actions.start_experiment(ws, experiment_id=experiment_id)
    rows = ws.session.execute(select(Assignment.team, Assignment.variant_id)).all()
    assert len(set(rows)) == 6
    assert len(rows) == 18


def test_projects_within_teams_are_shared_out_in_each_team(ws: Workspace) -> None:
    experiment_id = a_design(ws, unit=ExperimentUnit.PROJECT)
    for team in range(3):
        members = [a_project(ws, f"{team}-{number}") for number in range(4)]
        actions.enrol(ws, experiment_id=experiment_id, project_ids=members, team=f"team {team}")
    actions.start_experiment(ws, experiment_id=experiment_id)
    pairs = select(Assignment.team, Variant.name).join(Variant, Variant.id == Assignment.variant_id)
    rows = [(row.team, row.name) for row in ws.session.execute(pairs)]
    assert {rows.count((f"team {team}", name)) for team in range(3) for name in TWO} == {2}


def test_simple_and_complex_projects_are_shared_out_alike(ws: Workspace) -> None:
    projects = [a_project(ws, f"p{number}", complexity=1 + number % 10) for number in range(20)]
    drawn = variants(ws, a_running_experiment(ws, projects))
    rows = ws.session.execute(select(Assignment.project_id, Assignment.stratum))
    strata = {row.project_id: row.stratum for row in rows}
    for stratum in set(strata.values()):
        names = [drawn[project] for project in projects if strata[project] == stratum]
        assert abs(names.count("control") - names.count("treatment")) <= 1
    assert len(set(strata.values())) == 3


def test_fewer_than_two_units_a_variant_do_not_start(ws: Workspace) -> None:
    experiment_id = a_design(ws, teams(ws, 3))
    with pytest.raises(NotEnoughData, match="1 more team to start"):
        actions.start_experiment(ws, experiment_id=experiment_id)


def test_what_has_ended_or_gone_since_does_not_start(house: House) -> None:
    with house.open() as ws:
        projects = teams(ws, 5)
        experiment_id = a_design(ws, projects)
        remove_project(ws, project_id=projects[0])
    with pytest.raises(NotNow, match="was removed"), house.open() as ws:
        actions.start_experiment(ws, experiment_id=experiment_id)
    with house.open() as ws:
        actions.withdraw(ws, experiment_id=experiment_id, project_id=projects[0])
        actions.start_experiment(ws, experiment_id=experiment_id)


def test_after_the_start_neither_design_nor_assignment_changes(ws: Workspace) -> None:
    projects = teams(ws, 4)
    experiment_id = a_running_experiment(ws, projects)
    told = {"experiment_id": experiment_id}
    for attempt in (
        lambda: actions.change_design(ws, **told, planned_units=50),
        lambda: actions.withdraw(ws, **told, project_id=projects[0]),
        lambda: actions.start_experiment(ws, **told),
        lambda: actions.remove_draft(ws, **told),
        lambda: actions.decide(ws, **told, variant=None, reason="too early"),
        lambda: actions.archive_experiment(ws, **told),
    ):
        with pytest.raises(NotNow):
            attempt()


@pytest.mark.parametrize("column", ["variant_id", "team", "stratum", "assigned_at", "forecasts", "project_id"])
def test_the_database_refuses_to_change_an_assignment_whoever_asks(ws: Workspace, column: str) -> None:
    experiment_id = a_running_experiment(ws, teams(ws, 4))
    others: dict[str, Any] = {"variant_id": None, "assigned_at": NOW + timedelta(days=1), "forecasts": {"success": 1.0}}
    others |= {"project_id": uuid4(), "team": "another", "stratum": "another"}
    mine = Assignment.experiment_id == experiment_id
    with pytest.raises(DBAPIError, match="never changes"), ws.session.begin_nested():
        ws.session.execute(update(Assignment).where(mine).values({column: others[column]}))


def test_a_late_team_is_drawn_by_the_same_seed_and_marked(ws: Workspace) -> None:
    names = []
    for name in ("first", "second"):
        experiment_id = a_running_experiment(ws, teams(ws, 4) if name == "first" else _known(ws), name=name)
        late = [_late(ws, number) for number in range(6)]
        actions.enrol(ws, experiment_id=experiment_id, project_ids=late)
        drawn = variants(ws, experiment_id)
        names.append([drawn[project] for project in late])
        is_late = select(Assignment.is_late).where(Assignment.project_id.in_(late))
        assert all(ws.session.scalars(is_late.where(Assignment.experiment_id == experiment_id)))
    assert names[0] == names[1]
    assert sorted(names[0][:4]) == ["control", "control", "treatment", "treatment"]


def test_a_late_project_of_a_team_that_is_there_gets_the_variant_of_its_team(ws: Workspace) -> None:
    projects = teams(ws, 4)
    experiment_id = a_running_experiment(ws, projects)
    late = a_project(ws, "late")
    actions.enrol(ws, experiment_id=experiment_id, project_ids=[late], team="team 02")
    drawn = variants(ws, experiment_id)
    assert drawn[late] == drawn[projects[2]]


def test_what_was_predicted_before_the_assignment_is_kept_with_it_and_nothing_later(house: House) -> None:
    with house.open() as ws:
        projects = teams(ws, 4)
        for days, value in ((2, 40.0), (1, 55.0), (0, 99.0)):
            predict(ws, projects[0], value, at=NOW - timedelta(days=days))
        a_running_experiment(ws, projects)
    with house.open() as ws:
        rows = ws.session.execute(select(Assignment.project_id, Assignment.forecasts))
        kept = {row.project_id: row.forecasts for row in rows}
    assert kept[projects[0]] == {"success": 55.0}
    assert kept[projects[1]] == {}


def test_a_stopped_experiment_is_decided_again_and_again_and_put_away(ws: Workspace) -> None:
    experiment_id = a_running_experiment(ws, teams(ws, 4))
    actions.stop_experiment(ws, experiment_id=experiment_id, reason="all have ended")
    with pytest.raises(NotNow, match="stopped"):
        actions.enrol(ws, experiment_id=experiment_id, project_ids=[a_project(ws)])
    with pytest.raises(InvalidInput, match="no variant"):
        actions.decide(ws, experiment_id=experiment_id, variant="placebo", reason="why not")
    with pytest.raises(InvalidInput):
        actions.decide(ws, experiment_id=experiment_id, variant="treatment", reason=" ")
    for variant in ("treatment", None):
        actions.decide(ws, experiment_id=experiment_id, variant=variant, reason="as it seems")
    actions.archive_experiment(ws, experiment_id=experiment_id)
    assert ws.get(Experiment, experiment_id).archived_at == NOW
    actions.bring_back_experiment(ws, experiment_id=experiment_id)
    assert ws.get(Experiment, experiment_id).archived_at is None


def test_a_draft_is_removed_with_what_belongs_to_it(ws: Workspace) -> None:
    experiment_id = a_design(ws, teams(ws, 2))
    actions.remove_draft(ws, experiment_id=experiment_id)
    assert ws.session.scalars(select(Variant.id)).all() == ws.session.scalars(select(Assignment.id)).all() == []


def test_only_who_may_edit_experiments_does(house: House) -> None:
    for role in (Role.VIEWER, Role.ANALYST):
        with pytest.raises(NotAllowed), house.open(role=role) as ws:
            a_design(ws)
    with house.open(role=Role.MANAGER) as ws:
        a_design(ws)


def _projects(ws: Workspace, experiment_id: UUID) -> list[UUID]:
    mine = Assignment.experiment_id == experiment_id
    return list(ws.session.scalars(select(Assignment.project_id).where(mine)))


def _known(ws: Workspace) -> list[UUID]:
    """The projects that were there at the first start."""
    return list(ws.session.scalars(select(Assignment.project_id).where(Assignment.is_late.is_(False))))


def _late(ws: Workspace, number: int) -> UUID:
    name = f"late {number}"
    known = ws.session.scalar(select(Assignment.project_id).where(Assignment.project_name == name))
    return known or a_project(ws, name, complexity=4.0)
