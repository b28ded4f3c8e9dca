"""Learned from what was known at the start, and foretold from what was known at a moment: length is in neither."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
from sqlalchemy import select, update

from maestro_core.actions import training
from maestro_core.actions.training_questions import COME_WITH_THE_END, as_known_by, learn, portfolio_now
from maestro_core.models import Prediction, Project, TeamMember
from maestro_core.reports.predictions import predictions
from maestro_core.reports.team_sizing_plan import plan_of, planning_range
from maestro_core.workspace import Workspace
from tests.actions.past_projects import DAY, a_running_project, past_projects
from tests.builders import a_finished_project, a_member, a_use, an_artifact
from tests.conftest import NOW, House


def test_who_joins_later_does_not_change_what_is_learned_of_team_sizes(house: House) -> None:
    """Long projects gain members: counted, they would have long projects come of large teams."""
    with house.open() as ws:
        projects = past_projects(ws)
        for place, project in enumerate(projects):
            ws.get(Project, project).team_size = None
            for _ in range(2 + place % 4):
                a_member(ws, project, years=5.0)
        ws.session.flush()
        before = learned(ws)
        for project in projects[:9]:
            later = a_member(ws, project, years=30.0)
            ws.session.execute(
                update(TeamMember).where(TeamMember.person_id == later).values(joined_at=NOW - 450 * DAY)
            )
        assert learned(ws) == before


def test_what_is_used_later_does_not_change_what_is_learned_of_team_sizes_nor_a_plan(house: House) -> None:
    """Long projects find the time to use more: counted, length would foretell itself."""
    with house.open() as ws:
        projects = past_projects(ws)
        for place, project in enumerate(projects):
            for _ in range(place % 3):
                a_use(ws, an_artifact(ws), project, NOW - 600 * DAY)
        before, plans = learned(ws), [plan_of(ws, project_id=project) for project in projects]
        seen = planning_range(ws)
        for project in projects[:9]:
            a_use(ws, an_artifact(ws), project, NOW - 450 * DAY)
        assert learned(ws) == before
        assert [plan_of(ws, project_id=project) for project in projects] == plans
        assert planning_range(ws) == seen
        assert seen.artifacts == (0, 2)
        a_use(ws, an_artifact(ws), projects[0], NOW - 600 * DAY)
        assert learned(ws) != before


def test_who_joins_later_does_not_change_what_is_adjusted_for(house: House) -> None:
    """A team that grew because a project went on for long is a consequence, which nothing is adjusted for."""
    with house.open() as ws:
        projects = past_projects(ws)
        before = learned(ws, "impact")
        for project in projects[:9]:
            later = a_member(ws, project, years=30.0)
            joined = update(TeamMember).where(TeamMember.person_id == later).values(joined_at=NOW - 450 * DAY)
            ws.session.execute(joined)
        assert learned(ws, "impact") == before


def test_what_was_known_at_a_moment_tells_nothing_that_came_later(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        a_running_project(ws)
        whole = portfolio_now(ws)
    then = NOW - 420 * DAY
    known = as_known_by(whole, then)
    ended = known.projects["finished_at"].notna()
    assert (ended.sum(), len(known.projects)) == (16, 36)
    assert known.projects.loc[~ended, COME_WITH_THE_END].isna().all(axis=None)
    assert known.projects.loc[ended, "finished_at"].max() <= then
    assert as_known_by(whole, NOW - 495 * DAY).usage.empty
    assert as_known_by(whole, NOW).data_hash == replace(whole, versions=pd.DataFrame()).data_hash


def test_forecasts_of_the_past_are_learned_from_what_was_known_and_judged_by_what_came(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        late = a_finished_project(
            ws,
            complexity=4.0,
            team_size=3.0,
            compute_cost=120.0,
            started_at=NOW - 300 * DAY,
            finished_at=NOW - 100 * DAY,
        )
    told = training.train_as_of(partial(house.open, now=NOW - 200 * DAY))
    assert told == dict.fromkeys(("success", "duration", "cost"), "learned from 36 projects")
    training.train(house.open)
    with house.open(reading=True) as ws:
        assert set(ws.session.scalars(select(Prediction.project_id))) == {late}
        assert set(ws.session.scalars(select(Prediction.predicted_at))) == {NOW - 200 * DAY}
        answer = predictions(ws)
    assert [one.live_coverage.sample for one in answer.predictors] == [1, 1, 1]
    assert answer.trained_at == NOW


def learned(ws: Workspace, question: str = "team_size") -> object:
    return learn(portfolio_now(ws), question).run.coefficients
