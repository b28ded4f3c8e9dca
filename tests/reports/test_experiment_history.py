"""The history of an experiment: in the words of people, and whole where the audit does not hold all of it."""

from __future__ import annotations

from datetime import timedelta

from maestro_core.actions import experiments as actions
from maestro_core.models import Experiment, ExperimentDecision, Variant
from maestro_core.reports import experiments as reports
from maestro_core.reports.experiment_history import history
from maestro_core.terms import ExperimentKind, ExperimentState, ExperimentUnit
from maestro_core.workspace import Workspace
from tests.builders import a_project, added
from tests.conftest import NOW, House
from tests.experimented import TWO, a_design, a_running_experiment, teams

DAY = timedelta(days=1)


def test_what_was_told_is_said_in_names_not_in_keys(ws: Workspace) -> None:
    projects = teams(ws, 4)
    experiment_id = a_design(ws, projects)
    actions.withdraw(ws, experiment_id=experiment_id, project_id=projects[0])
    ways = [{"name": "as before"}, {"name": "in pairs"}]
    actions.change_design(ws, experiment_id=experiment_id, variants=ways)
    told = reports.experiment(ws, experiment_id=experiment_id).history.set_index("what")["told"]
    assert told["withdrew a project"] == "project: team 00"
    assert told["changed the design"] == "variants: as before / in pairs"
    assert told["enrolled projects"] == "projects: 4"


def test_without_the_audit_the_experiment_tells_what_it_recorded_itself(ws: Workspace) -> None:
    told = history(ws, a_sample_experiment(ws))
    assert list(told["what"]) == ["decided", "stopped it", "started it", "designed it"]
    assert list(told["told"]) == ["stays open: it helps", "reason: enough", "", ""]


def test_deciding_again_keeps_the_decision_that_came_with_the_sample(house: House) -> None:
    with house.open(now=NOW + DAY) as ws:
        experiment_id = a_sample_experiment(ws).id
        actions.decide(ws, experiment_id=experiment_id, variant=None, reason="or does it")
    with house.open(now=NOW + 2 * DAY) as ws:
        told = reports.experiment(ws, experiment_id=experiment_id).history
    assert list(told["what"]) == ["decided", "decided", "stopped it", "started it", "designed it"]
    assert list(told["told"])[:2] == ["reason: or does it", "stays open: it helps"]


def a_sample_experiment(ws: Workspace) -> Experiment:
    """As where the rows came with the sample: nobody did anything in this organisation."""
    facts = {"kind": ExperimentKind.WORKFLOW, "unit": ExperimentUnit.TEAM, "state": ExperimentState.STOPPED}
    days = {"created_at": NOW - 3 * DAY, "started_at": NOW - 2 * DAY, "stopped_at": NOW - DAY, "stop_reason": "enough"}
    mine = ws.member.membership_id
    drawn = {"primary_metric": "success", "planned_units": 20, "seed": 1, "created_by": mine}
    experiment_id = added(ws, Experiment(name="pairs", **facts, **days, **drawn))
    ways = [Variant(experiment_id=experiment_id, name=name, place=place) for place, name in enumerate(TWO)]
    ws.session.add_all(ways)
    added(ws, ExperimentDecision(experiment_id=experiment_id, reason="it helps", decided_by=mine, decided_at=NOW))
    return ws.get(Experiment, experiment_id)


def test_the_history_says_who_did_what_also_what_was_refused(house: House) -> None:
    with house.open(now=NOW - DAY) as ws:
        experiment_id = a_running_experiment(ws, teams(ws, 4))
        a_running_experiment(ws, [a_project(ws) for _ in range(4)], name="another")
    with house.open() as ws:
        actions.stop_experiment(ws, experiment_id=experiment_id, reason="enough")
        actions.decide(ws, experiment_id=experiment_id, variant="treatment", reason="it helps")
        actions.decide(ws, experiment_id=experiment_id, variant=None, reason="or does it")
    with house.open() as ws:
        told = reports.experiment(ws, experiment_id=experiment_id)
    assert list(told.history["what"])[::-1] == [
        "designed it",
        "enrolled projects",
        "started it",
        "stopped it",
        "decided",
        "decided",
    ]
    assert told.history["told"].iloc[2] == "reason: enough"
    assert list(told.decisions["variant"]) == ["stays open", "treatment"]
    assert told.decisions["decided_by"].notna().all()
