"""What if: what a plan starts from, what it is compared with, and what it is warned about."""

from __future__ import annotations

import pickle
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from maestro_core.errors import NotEnoughData, NotFound
from maestro_core.learning import team_size
from maestro_core.models import Person, TeamMember, TrainingRun
from maestro_core.reports import team_sizing, team_sizing_plan
from maestro_core.reports.facts import project_facts
from maestro_core.reports.team_sizing import Plan, Utility
from maestro_core.terms import Target, TeamRole
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_member, a_project, added
from tests.conftest import NOW

DAY = timedelta(days=1)


def past_projects(ws: Workspace, number: int = 24) -> None:
    """Projects of complexity 2 to 7 with 2 to 5 people, which cost more and took longer the harder they were."""
    for place in range(number):
        complexity, people = 2.0 + place % 6, 2.0 + place % 4
        a_finished_project(
            ws,
            success=50 + 3 * people - abs(people - complexity / 2),
            complexity=complexity,
            team_size=people,
            domain="fraud",
            started_at=NOW - (60 + 9 * complexity + place) * DAY,
            compute_cost=100 * complexity + place,
        )


def learned(ws: Workspace) -> None:
    model = team_size.fit(project_facts(ws))
    run = TrainingRun(
        question="team_size",
        trained_at=NOW,
        rows=24,
        data_hash="",
        settings={},
        metrics={},
        coefficients=model.to_json(),
    )
    added(ws, run)


def a_role(ws: Workspace, project_id: UUID, role: TeamRole, *, is_bot: bool = False) -> None:
    person = added(ws, Person(name=str(role), is_bot=is_bot))
    added(ws, TeamMember(project_id=project_id, person_id=person, role=role))


def test_below_15_outcomes_it_says_how_many_are_missing(ws: Workspace) -> None:
    past_projects(ws, 13)
    assert (team_sizing_plan.planning_range(ws).missing, team_sizing_plan.planning_range(ws).is_learned) == (2, False)
    with pytest.raises(NotEnoughData, match="2 more outcomes") as told:
        team_sizing.what_if(ws, plan=Plan(5, 4))
    assert told.value.advice


def test_an_outcome_without_complexity_or_team_is_still_missing(ws: Workspace) -> None:
    for _ in range(20):
        a_finished_project(ws)
    assert team_sizing_plan.planning_range(ws).missing == 15


def test_there_is_a_curve_for_every_target_and_size_and_the_plan_is_on_it(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    answer = team_sizing.what_if(ws, plan=Plan(5.0, 4))
    assert answer.curves.groupby("target")["team_size"].apply(list).to_dict() == {
        str(target): list(range(1, 16)) for target in Target
    }
    assert set(answer.at_size["team_size"]) == {4}
    assert (answer.curves["low"] <= answer.curves["value"]).all()


def test_a_plan_starts_from_the_project_as_it_is(ws: Workspace) -> None:
    project = a_project(ws, complexity=7.0, domain="fraud")
    a_member(ws, project, years=3)
    a_role(ws, project, TeamRole.ANALYST)
    plan = team_sizing_plan.plan_of(ws, project_id=project)
    assert plan == Plan(7.0, 2, experience=3.0, domain="fraud", artifacts=0.0, roles={"other": 1, "analyst": 1})
    with pytest.raises(NotFound):
        team_sizing_plan.plan_of(ws, project_id=uuid4())


def test_a_blank_plan_starts_in_the_middle_of_the_past(ws: Workspace) -> None:
    past_projects(ws)
    typical = team_sizing_plan.planning_range(ws).typical
    assert (typical.complexity, typical.team_size, typical.domain) == (4.5, 4, "fraud")


def test_nothing_known_of_the_past_still_makes_a_plan(ws: Workspace) -> None:
    assert team_sizing_plan.planning_range(ws).typical == Plan(5.0, 3)


def test_the_same_plan_differs_in_nothing_from_itself(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    plan = Plan(4.0, 3, domain="fraud")
    same = team_sizing.what_if(ws, plan=plan, baseline=plan).differences
    assert same is not None
    assert list(same["target"]) == list(Target)
    assert set(same["difference"]) == {0}


def test_differences_are_scenario_minus_baseline(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    easy, hard = Plan(3.0, 3, domain="fraud"), Plan(6.0, 3, domain="fraud")
    told = team_sizing.what_if(ws, plan=hard, baseline=easy).differences
    assert told is not None
    rows = told.set_index("target")
    assert (rows["difference"] == rows["scenario"] - rows["baseline"]).all()
    assert rows.loc["cost", "difference"] > 0
    back = team_sizing.what_if(ws, plan=easy, baseline=hard).differences
    assert back is not None
    assert list(back["difference"]) == pytest.approx([-value for value in told["difference"]])
    assert list(back["low"]) == pytest.approx([-value for value in told["high"]])
    assert list(back["better"]) == pytest.approx([1 - value for value in told["better"]])


def test_what_leaves_the_past_is_warned_about(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    assert team_sizing.what_if(ws, plan=Plan(5.0, 3, domain="fraud")).warnings == ()
    strange = Plan(9.5, 14, domain="surgery", roles={"analyst": 15})
    words = " ".join(team_sizing.what_if(ws, plan=strange).warnings)
    for expected in ("Complexity 9.5", "a team of 14", "surgery", "add up to 15"):
        assert expected in words


def test_what_no_past_project_tells_has_no_range_to_be_outside_of(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    assert team_sizing_plan.planning_range(ws).experience is None
    assert team_sizing.what_if(ws, plan=Plan(5.0, 3, experience=12.0, domain="fraud")).warnings == ()


def test_no_goal_is_reached_by_changing_what_no_past_project_tells(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    goals = [
        team_sizing.goal_seek(ws, plan=Plan(6.0, 2, experience=years, domain="fraud"), goal=60.0)
        for years in (None, 12.0)
    ]
    assert goals[0].steps
    assert [goal.sentences for goal in goals] == [goals[0].sentences] * 2


def test_a_domain_that_only_running_projects_have_is_none_of_the_past(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    a_project(ws, domain="surgery", started_at=NOW - DAY)
    assert team_sizing_plan.planning_range(ws).domains == ("fraud",)
    (warning,) = team_sizing.what_if(ws, plan=Plan(5.0, 3, domain="surgery")).warnings
    assert warning.startswith("No past project was about surgery")


def test_a_size_that_no_past_project_had_is_never_recommended(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    for goal in Target:
        choice = team_sizing.what_if(ws, plan=Plan(7.0, 3), utility=Utility.of(goal)).recommendation
        assert choice.size in range(2, 6)
        assert choice.size in choice.sizes
        assert choice.reasons


def test_the_usual_roles_add_up_to_the_size_and_bots_have_none(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    project, running = a_finished_project(ws), a_project(ws)
    a_role(ws, project, TeamRole.ANALYST)
    a_role(ws, project, TeamRole.ML_ENGINEER, is_bot=True)
    a_role(ws, running, TeamRole.DATA_ENGINEER)
    answer = team_sizing.what_if(ws, plan=Plan(5.0, 4))
    assert answer.usual_roles.people == {"analyst": 4}
    assert answer.recommended_roles
    assert sum(answer.recommended_roles.people.values()) == answer.recommendation.size
    assert answer.recommended_roles.reasons


def test_experience_goes_with_the_complexity_of_what_succeeded(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    for complexity, years in ((3.0, 2.0), (8.0, 12.0)):
        a_member(ws, a_finished_project(ws, complexity=complexity), years=years)
    easy, hard = (team_sizing.what_if(ws, plan=Plan(complexity, 4)).seniority for complexity in (3.0, 8.0))
    assert easy.years is not None
    assert hard.years is not None
    assert 2 < easy.years < hard.years < 12
    assert easy.reasons


def test_the_curves_do_not_depend_on_the_stated_roles(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    plain, staffed = Plan(5.0, 4), Plan(5.0, 4, roles={"analyst": 4})
    assert team_sizing.what_if(ws, plan=plain).curves.equals(team_sizing.what_if(ws, plan=staffed).curves)


def test_an_answer_survives_the_cache_and_becomes_json(ws: Workspace) -> None:
    past_projects(ws)
    learned(ws)
    answer = team_sizing.what_if(ws, plan=Plan(5.0, 4), baseline=Plan(4.0, 2))
    assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()


def test_a_plan_is_looked_at_in_one_thread_since_threads_would_double_the_time_of_the_processor(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_projects(ws)
    learned(ws)
    threads = []

    def watched(ws: Workspace) -> tuple[TrainingRun, team_size.TeamSizeModel]:
        threads.extend(pool["num_threads"] for pool in threadpool_info())
        return team_sizing_plan.latest_fit(ws)

    monkeypatch.setattr(team_sizing, "latest_fit", watched)
    plan = Plan(complexity=5.0, team_size=3)
    with threadpool_limits(limits=2):
        team_sizing.what_if(ws, plan=plan)
        team_sizing.goal_seek(ws, plan=plan, goal=80.0)
    assert set(threads) == {1}
