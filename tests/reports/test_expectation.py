"""What is expected of one project: sums that hold, ranges that are named, twins that are found, fair hindsight."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest

from maestro_core.errors import NotEnoughData, NotFound
from maestro_core.learning.predictors import PREDICTORS
from maestro_core.reports import expectation
from maestro_core.reports.expectation import Expectation, Expected, PlannedProject
from maestro_core.terms import Outcome, Role, Target
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_member, a_project
from tests.conftest import NOW, House

DAY = timedelta(days=1)
PLAN = PlannedProject(complexity=4.0, team_size=3.0, domain="retail", problem_type="ranking", artifacts=0.0)


def a_past(ws: Workspace, number: int = 14) -> list[UUID]:
    """Ended projects: the more complex, the less success and the longer."""
    return [
        a_finished_project(
            ws,
            f"past {place}",
            success=90.0 - 6 * (place % 7) + place % 3,
            complexity=1.0 + place % 7,
            team_size=2.0 + place % 4,
            domain="retail" if place % 2 else "health",
            problem_type="ranking",
            compute_cost=100.0 * (1 + place % 7),
            started_at=NOW - (60 + 10 * (place % 7)) * DAY,
        )
        for place in range(number)
    ]


def of(answer: Expectation, target: Target) -> Expected:
    return next(one for one in answer.expected if one.target is target)


def test_the_steps_lead_from_the_average_project_to_the_prediction(ws: Workspace) -> None:
    a_past(ws)
    answer = expectation.planned(ws, plan=PLAN)
    for target in Target:
        steps, told = answer.contributions.query("target == @target"), of(answer, target)
        assert steps["start"].iloc[0] == pytest.approx(told.average)
        assert steps["end"].iloc[-1] == pytest.approx(told.expected.value)
        np.testing.assert_allclose(steps["start"].iloc[1:], steps["end"].iloc[:-1])
        assert steps["contribution"].abs().is_monotonic_decreasing
        back = PREDICTORS[target].scale.back
        forth = PREDICTORS[target].scale.forth(np.array([told.average]))
        assert back(forth + steps["contribution"].sum())[0] == pytest.approx(told.expected.value)


def test_complexity_is_told_in_the_words_of_each_target(ws: Workspace) -> None:
    a_past(ws)
    parts = expectation.planned(ws, plan=PlannedProject(complexity=7.0)).contributions
    effects = parts[parts["feature"] == "complexity"].set_index("target")["effect"]
    assert effects[Target.SUCCESS].startswith("−")
    assert effects[Target.COST].startswith("× ")
    assert float(effects[Target.COST].removeprefix("× ")) > 1


def test_below_ten_projects_there_is_no_interval_but_the_number_missing_and_similar_projects(ws: Workspace) -> None:
    a_past(ws, 7)
    answer = expectation.planned(ws, plan=PLAN)
    told = of(answer, Target.SUCCESS)
    assert (told.expected.value, told.expected.low, told.missing) == (None, None, 3)
    assert told.expected.reason == "needs 3 more outcomes"
    assert told.median.sample == 7
    assert answer.contributions.empty
    assert len(answer.similar) == 5
    with pytest.raises(NotEnoughData, match="3 more"):
        expectation.dependence(ws, target=Target.SUCCESS, feature="complexity", plan=PLAN)


def test_without_any_past_there_is_nothing_to_compare_with(ws: Workspace) -> None:
    answer = expectation.planned(ws, plan=PLAN)
    assert answer.similar.empty
    assert of(answer, Target.COST).median.reason == "no past project tells"
    assert expectation.usual(ws).typical == PlannedProject()


def test_the_most_similar_past_projects_come_with_what_became_of_them(ws: Workspace) -> None:
    a_past(ws)
    near = expectation.planned(ws, plan=replace(PLAN, team_size=5.0)).similar
    assert near["distance"].is_monotonic_increasing
    assert (near["name"].iloc[0], near["distance"].iloc[0]) == ("past 3", 0)
    assert near[["name", "success", "duration", "cost", "outcome"]].notna().all(axis=None)


def test_what_no_past_project_had_is_named(ws: Workspace) -> None:
    a_past(ws)
    answer = expectation.planned(ws, plan=PlannedProject(complexity=10.0, domain="<b>space</b>"))
    assert answer.facts.loc[answer.facts["outside"], "feature"].tolist() == ["complexity", "domain"]
    assert answer.warnings[0].startswith("Complexity 10 is beyond the 1 to 7 of past projects")
    assert "“<b>space</b>”" in answer.warnings[1]
    assert of(answer, Target.COST).outside == ["complexity", "domain"]


def test_what_no_past_project_tells_is_said_to_count_for_nothing(ws: Workspace) -> None:
    a_past(ws)
    answer = expectation.planned(ws, plan=replace(PLAN, experience=5.0))
    assert answer.warnings == ["Experience: no past project tells it, so that it counts for nothing here."]
    facts = answer.facts.set_index("feature")
    assert (facts.loc["experience", "seen"], facts["outside"].any()) == ("", False)
    assert expectation.planned(ws, plan=PLAN).warnings == []


def test_a_fact_is_held_to_the_past_projects_of_a_predictor_that_was_told_it(ws: Workspace) -> None:
    """Of fewer projects the success is known than the cost: only of the others is it known who was there."""
    a_past(ws)
    for place in range(4):
        project_id = a_project(ws, outcome=Outcome.FAILURE, compute_cost=100.0 + place, started_at=NOW - DAY)
        a_member(ws, project_id, name=f"of {place}", years=1.0 + place)
    warnings = expectation.planned(ws, plan=replace(PLAN, experience=9.0)).warnings
    assert warnings[0].startswith("Experience 9 is beyond the 1 to 4 of past projects")


def test_an_ended_project_is_told_by_models_that_did_not_see_it(ws: Workspace) -> None:
    a_past(ws)
    odd = a_finished_project(ws, "odd", success=1.0, complexity=4.0, team_size=3.0, domain="retail")
    answer = expectation.expectation(ws, project_id=odd)
    told = of(answer, Target.SUCCESS)
    assert answer.has_ended
    assert (told.actual, told.expected.sample) == (1.0, 14)
    assert told.expected.low is not None
    assert told.expected.low > 1
    assert "odd" not in set(answer.similar["name"])


def test_a_project_is_what_it_was_at_its_start(ws: Workspace) -> None:
    a_past(ws)
    project = a_project(ws, "running", complexity=4.0, started_at=NOW - 20 * DAY)
    for name in ("Ada", "Bo"):
        a_member(ws, project, name=name, years=4.0)
    facts = expectation.expectation(ws, project_id=project).facts.set_index("feature")["value"]
    assert (facts["team_size"], facts["experience"], facts["artifacts"]) == ("2", "4", "0")


def test_dependence_is_asked_of_a_project_a_plan_or_the_past_alone(ws: Workspace) -> None:
    projects = a_past(ws)
    one = expectation.dependence(ws, target=Target.COST, feature="complexity", plan=PLAN)
    assert one.value == 4
    at = one.own.set_index("at")["value"]
    assert at[4.0] == pytest.approx(of(expectation.planned(ws, plan=PLAN), Target.COST).expected.value)
    assert (one.is_word, min(one.past), max(one.past)) == (False, 1, 7)
    word = expectation.dependence(ws, target=Target.COST, feature="domain", project_id=projects[0])
    assert (word.is_word, word.value) == (True, "health")
    assert expectation.dependence(ws, target=Target.COST, feature="complexity").value is None


def test_a_fact_that_nothing_is_predicted_from_and_a_project_of_nobody_are_not_found(ws: Workspace) -> None:
    a_past(ws)
    with pytest.raises(NotFound):
        expectation.dependence(ws, target=Target.COST, feature="success")
    with pytest.raises(NotFound):
        expectation.dependence(ws, target=Target.COST, feature="domain", project_id=uuid4())
    with pytest.raises(NotFound):
        expectation.expectation(ws, project_id=uuid4())


def test_a_plan_starts_from_the_middle_of_the_past(ws: Workspace) -> None:
    a_past(ws)
    running = a_project(ws, "zebra")
    answer = expectation.usual(ws)
    assert (answer.typical.complexity, answer.typical.problem_type) == (4, "ranking")
    assert answer.seen["complexity"] == (1, 7)
    assert answer.domains == ["health", "retail"]
    assert answer.projects["project_id"].iloc[0] == running


def test_costs_are_in_the_currency_of_the_organisation(ws: Workspace) -> None:
    ws.tenant.currency = "CHF"
    assert of(expectation.planned(ws, plan=PLAN), Target.COST).unit == "CHF"


def test_answers_survive_the_cache_and_become_json(ws: Workspace) -> None:
    projects = a_past(ws)
    for answer in (
        expectation.expectation(ws, project_id=projects[0]),
        expectation.planned(ws, plan=PLAN),
        expectation.dependence(ws, target=Target.COST, feature="domain", plan=PLAN),
        expectation.usual(ws),
    ):
        assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()


def test_whoever_may_look_may_ask(house: House) -> None:
    with house.open() as ws:
        a_past(ws, 3)
    with house.open(role=Role.VIEWER, reading=True) as ws:
        assert len(expectation.planned(ws, plan=PLAN).similar) == 3
