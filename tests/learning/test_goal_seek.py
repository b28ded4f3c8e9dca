"""What gets me there: the smallest change that the past supports, or that there is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.errors import InvalidInput
from maestro_core.learning import team_size
from maestro_core.learning.goal_seek import Step, seek
from maestro_core.learning.team_size import Plan, Utility
from maestro_core.learning.team_size_curves import supported
from maestro_core.learning.team_size_plan import as_rows
from tests.learning.past_teams import projects

PLAN = Plan(6.0, 3, experience=5.0, domain="retail", artifacts=4.0)


@pytest.fixture(scope="module")
def model() -> team_size.TeamSizeModel:
    return team_size.fit(projects(120))


def now(model: team_size.TeamSizeModel, plan: Plan = PLAN, utility: Utility | None = None) -> float:
    return seek(model, plan, goal=0.01, utility=utility or Utility(success=1)).now.value


def is_supported(model: team_size.TeamSizeModel, step: Step) -> bool:
    row = as_rows([step.plan])
    return bool(supported(model, row)[0] and model.seen.within(row)[0])


def test_a_goal_that_is_reached_needs_no_change(model) -> None:
    found = seek(model, PLAN, goal=now(model) - 1)
    assert (found.reached, found.steps, found.closest) == (True, (), None)
    assert "already" in found.sentences[0]


@settings(max_examples=25)
@given(st.floats(0.5, 20), st.floats(2, 9), st.integers(1, 9))
def test_every_step_reaches_the_goal_is_supported_and_changes_what_it_says(model, more, complexity, size) -> None:
    plan = Plan(complexity, size, experience=5.0, domain="retail", artifacts=4.0)
    goal = now(model, plan) + more
    found = seek(model, plan, goal=goal)
    for step in found.steps:
        assert step.value >= goal - 1e-9 or step.value == 100
        assert is_supported(model, step)
        assert step.probability >= 0.45
        assert {name: (getattr(plan, name), getattr(step.plan, name)) for name in step.changes} == step.changes
    assert [step.change for step in found.steps] == sorted(step.change for step in found.steps)
    assert bool(found.steps) != (found.closest is not None) or found.reached or not found.steps


def test_levers_move_only_where_the_past_makes_them_credible(model) -> None:
    for step in seek(model, PLAN, goal=now(model) + 4).steps:
        assert step.plan.experience >= PLAN.experience
        assert step.plan.artifacts >= PLAN.artifacts
        assert step.plan.complexity <= PLAN.complexity
        assert step.plan.domain == PLAN.domain


def test_a_higher_goal_needs_at_least_as_large_a_change(model) -> None:
    start = now(model)
    smallest = [seek(model, PLAN, goal=start + more).steps[0].change for more in (1, 3, 5)]
    assert smallest == sorted(smallest)


def test_a_pair_is_told_only_where_it_needs_less_than_either_alone(model) -> None:
    steps = seek(model, PLAN, goal=now(model) + 3).steps
    alone = {next(iter(step.changes)): step.change for step in steps if len(step.changes) == 1}
    for step in steps:
        if len(step.changes) == 2:
            assert all(step.change < alone.get(lever, float("inf")) for lever in step.changes)


def test_the_size_that_a_bad_plan_needs_is_found(model) -> None:
    crowded = Plan(6.0, 9, experience=5.0, domain="retail", artifacts=4.0)
    best = max(now(model, Plan(6.0, size, 5.0, "retail", 4.0)) for size in (2, 3, 4))
    step = seek(model, crowded, goal=best - 2, levers=["team_size"]).steps[0]
    assert 2 <= step.plan.team_size <= 5


def test_what_nothing_reaches_is_said_with_the_closest_supported_plan(model) -> None:
    found = seek(model, PLAN, goal=99.9)
    assert found.steps == ()
    assert is_supported(model, found.closest)
    assert found.closest.value > found.now.value
    assert "Nothing that the past supports" in found.sentences[0]
    assert found.closest.probability < 0.05


@pytest.mark.parametrize(
    ("utility", "goal", "said"),
    [(Utility(success=1), 99.9, "points"), (Utility(duration=1), 1.0, "days"), (Utility(1, 1, 1), 99.9, "points")],
)
def test_what_is_expected_has_its_unit_and_the_level_of_its_interval(
    model, utility: Utility, goal: float, said: str
) -> None:
    told = seek(model, PLAN, goal=goal, utility=utility).sentences[-1]
    assert re.search(rf"[\d,]+ {said} expected \(80 % interval [\d,]+ to [\d,]+\);", told), told


def test_a_plan_like_no_other_has_no_step(model) -> None:
    found = seek(model, Plan(6.0, 3, experience=59.0, domain="retail"), goal=99.0, levers=["team_size"])
    assert (found.steps, found.closest) == ((), None)
    assert "Nothing that the past supports is like this plan" in found.sentences[0]


def test_days_and_cost_are_to_be_at_most_the_goal(model) -> None:
    faster = seek(model, PLAN, goal=0.8 * now(model, utility=Utility(duration=1)), utility=Utility(duration=1))
    assert faster.steps
    assert all(step.value <= 0.8 * faster.now.value + 1e-6 for step in faster.steps)
    assert all(step.low <= step.value <= step.high for step in faster.steps)


def test_weighted_points_can_be_a_goal(model) -> None:
    mixed = Utility(1, 1, 1)
    found = seek(model, PLAN, goal=now(model, utility=mixed) + 2, utility=mixed)
    assert found.steps
    assert found.steps[0].value >= found.now.value + 2


def test_a_single_project_is_less_sure_than_the_expectation(model) -> None:
    step = seek(model, PLAN, goal=now(model) + 2).steps[0]
    assert abs(step.single - 0.5) <= abs(step.probability - 0.5) + 1e-9


def test_what_the_plan_leaves_open_starts_from_the_median(model) -> None:
    found = seek(model, Plan(6.0, 3), goal=now(model, Plan(6.0, 3)) + 3, levers=["experience", "complexity"])
    changed = [step for step in found.steps if "experience" in step.changes]
    assert all(step.changes["experience"][0] is None for step in changed)
    assert all(step.plan.artifacts is None for step in found.steps)


def test_a_lever_that_never_varied_is_not_moved() -> None:
    alike = team_size.fit(projects(40).assign(experience=None, artifacts=3.0))
    found = seek(alike, Plan(6.0, 5, artifacts=3.0), goal=99.0, levers=["experience", "artifacts"])
    assert found.steps == ()


@pytest.mark.parametrize(("goal", "levers"), [(50.0, ["mood"]), (-1.0, ["team_size"])])
def test_what_cannot_be_asked_is_refused(model, goal, levers) -> None:
    with pytest.raises(InvalidInput):
        seek(model, PLAN, goal=goal, levers=levers, utility=Utility(duration=1))
