"""Only who is told to be of one team is assigned together: a project's own name puts it into nobody's team."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from maestro_core.actions import experiments as actions
from maestro_core.errors import NotNow
from maestro_core.models import Assignment, Project
from maestro_core.reports import experiments as reports
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.experimented import a_design, a_running_experiment, teams, variants


def test_a_lone_project_does_not_join_a_team_that_has_its_name(ws: Workspace) -> None:
    experiment_id = a_design(ws)
    alone = a_project(ws, "Platform")
    actions.enrol(ws, experiment_id=experiment_id, project_ids=teams(ws, 2), team="Platform")
    with pytest.raises(NotNow, match="Platform is also the name of a team") as refusal:
        actions.enrol(ws, experiment_id=experiment_id, project_ids=[alone])
    assert "Tell its team" in refusal.value.advice
    actions.enrol(ws, experiment_id=experiment_id, project_ids=[alone], team="Platform itself")
    assert reports.experiment(ws, experiment_id=experiment_id).enrolled_units == 2


def test_a_team_does_not_swallow_a_project_that_takes_part_by_itself(ws: Workspace) -> None:
    alone = a_project(ws, "Platform")
    experiment_id = a_design(ws, [alone])
    members = teams(ws, 2)
    with pytest.raises(NotNow, match="takes part by itself") as refusal:
        actions.enrol(ws, experiment_id=experiment_id, project_ids=members, team="Platform")
    assert "Withdraw it" in refusal.value.advice
    actions.withdraw(ws, experiment_id=experiment_id, project_id=alone)
    actions.enrol(ws, experiment_id=experiment_id, project_ids=[alone, *members], team="Platform")
    assert set(ws.session.scalars(select(Assignment.team))) == {"Platform"}


def test_a_project_that_took_the_former_name_of_another_does_not_join_it(ws: Workspace) -> None:
    first = a_project(ws, "Platform")
    experiment_id = a_design(ws, [first])
    ws.get(Project, first).name = "Platform 2025"
    ws.session.flush()
    with pytest.raises(NotNow, match="name of a team"):
        actions.enrol(ws, experiment_id=experiment_id, project_ids=[a_project(ws, "Platform")])


def test_a_late_project_named_like_a_team_is_refused_before_it_is_drawn_for_good(ws: Workspace) -> None:
    experiment_id = a_design(ws, teams(ws, 4))
    actions.enrol(ws, experiment_id=experiment_id, project_ids=[a_project(ws, "a"), a_project(ws, "b")], team="Web")
    actions.start_experiment(ws, experiment_id=experiment_id)
    with pytest.raises(NotNow, match="name of a team"):
        actions.enrol(ws, experiment_id=experiment_id, project_ids=[a_project(ws, "Web")])


def test_after_the_start_who_comes_late_can_be_of_the_team_of_a_lone_project(ws: Workspace) -> None:
    projects = teams(ws, 4)
    experiment_id = a_running_experiment(ws, projects)
    late = a_project(ws, "late")
    actions.enrol(ws, experiment_id=experiment_id, project_ids=[late], team="team 01")
    drawn = variants(ws, experiment_id)
    assert drawn[late] == drawn[projects[1]]


def test_before_the_start_only_teams_that_were_told_are_offered(ws: Workspace) -> None:
    experiment_id = a_design(ws, teams(ws, 4))
    pair = [a_project(ws, "a"), a_project(ws, "b")]
    actions.enrol(ws, experiment_id=experiment_id, project_ids=pair, team="Web")
    assert reports.candidates(ws, experiment_id=experiment_id).teams == ["Web"]
    actions.start_experiment(ws, experiment_id=experiment_id)
    assert len(reports.candidates(ws, experiment_id=experiment_id).teams) == 5
