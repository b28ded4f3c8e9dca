"""Which deployment or attempt a fix blames, and when it ends what was broken."""

from __future__ import annotations

import pandas as pd
import pytest

from maestro_core.terms import IncidentOrigin, PipelineOutcome
from maestro_core.workspace import Workspace
from tests.delivered import Delivered, a_delivered_project, at


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    found = a_delivered_project(ws)
    found.rule()
    found.incident_rule(IncidentOrigin.FIX, "")
    found.commits("a", "b<a", "c<b", "d<c")
    return found


def failed_event(team: Delivered, sha: str | None, hours: float, **facts: object) -> None:
    team.event(sha, hours, outcome=PipelineOutcome.FAILURE, **facts)


@pytest.mark.parametrize("closed", [200, None])
def test_a_fix_after_the_window_ends_an_incident_that_is_still_open(team: Delivered, closed: float | None) -> None:
    team.incident_rule()
    team.event("a", 0)
    team.issue("Down", 2, closed=closed)
    team.event("b", 30, branch="hotfix/login")
    rows = team.deployments()
    assert list(rows["failed"]) == [True, False]
    assert rows["recovered_at"][0] == at(30)


def test_a_fix_after_the_window_does_not_end_what_was_resolved_or_came_later(team: Delivered) -> None:
    team.incident_rule()
    key = team.event("a", 0)
    team.issue("Down", 2, closed=5)
    team.event("b", 30, branch="hotfix/login")
    assert team.deployments()["recovered_at"][0] == at(5)
    team.event("c", 100, external_id="later")
    team.event("d", 130, branch="hotfix/search")
    team.issue("Found out late", 140, deployment="later", closed=150)
    rows = team.deployments().set_index("external_id")
    assert (rows["recovered_at"][key], rows["recovered_at"]["later"]) == (at(5), at(150))


@pytest.mark.parametrize("words", ["Rollback to a", ""])
def test_a_rollout_that_failed_and_was_rolled_back_is_an_incident_and_no_failed_deployment(
    team: Delivered, words: str
) -> None:
    team.event("a", 0)
    failed_event(team, "b", 1)
    team.event("a", 2, description=words)
    rows = team.deployments()
    assert list(rows["failed"]) == [False, False, False]
    assert list(rows["is_rework"]) == [False, False, True]
    assert rows["recovered_at"].isna().all()
    assert rows["reason"][1].startswith("Failed: 1 h later came a fix: ")
    found = team.incidents().iloc[0]
    assert (found["deployment_id"], found["opened_at"], found["resolved_at"]) == (rows["id"][1], at(1), at(2))


def test_a_hotfix_of_a_failed_rollout_leaves_the_healthy_deployment_alone(team: Delivered) -> None:
    team.event("a", 0)
    failed_event(team, "b", 1)
    failed_event(team, "b", 2)
    team.event("c", 3, branch="hotfix/login")
    rows = team.deployments()
    assert not rows["failed"].any()
    assert list(rows["is_rework"]) == [False, False, False, True]
    assert list(team.incidents()["opened_at"]) == [at(1)]


def test_without_the_rule_for_fixes_a_failed_rollout_is_no_incident(team: Delivered, ws: Workspace) -> None:
    other = a_delivered_project(ws)
    other.rule()
    other.commits("a", "b<a", "c<b")
    other.event("a", 0)
    failed_event(other, "b", 1)
    other.event("c", 3, branch="hotfix/login")
    assert other.incidents().empty
    assert not other.deployments()["failed"].any()


def test_an_attempt_that_is_made_again_broke_nothing(team: Delivered) -> None:
    team.event("a", 0)
    failed_event(team, "b", 1)
    team.event("b", 2)
    assert team.incidents().empty
    assert not team.deployments()["is_rework"].any()


@pytest.mark.parametrize("last", ["b", "c"])
def test_a_hotfix_that_needs_a_second_attempt_still_blames_what_it_mends(team: Delivered, last: str) -> None:
    team.event("a", 0)
    failed_event(team, "b", 1, branch="hotfix/login")
    team.event(last, 2, branch="hotfix/login")
    assert list(team.deployments()["failed"]) == [True, False, False]


def test_what_was_tried_long_before_or_elsewhere_is_not_blamed(team: Delivered) -> None:
    team.event("a", 0)
    failed_event(team, "b", 1, environment="production-eu")
    failed_event(team, "b", 2)
    team.event("c", 40, branch="hotfix/login")
    assert team.incidents().empty
    assert not team.deployments()["failed"].any()


def test_what_an_incident_tells_of_already_is_not_told_twice(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0)
    failed_event(team, "b", 1)
    team.issue("Down", 1.5)
    team.event("a", 2, description="Rollback to a")
    assert list(team.incidents()["title"]) == ["Down"]
    assert team.deployments()["recovered_at"][0] == at(2)


def test_an_attempt_that_fails_while_another_deployment_runs_is_a_race_and_no_rollback(team: Delivered) -> None:
    team.event("a", 0)
    failed_event(team, "b", 1)
    team.event("a", 2, created_at=at(0.5))
    assert team.incidents().empty
    assert not team.deployments()["is_rework"].any()


def test_a_first_attempt_that_failed_is_mended_by_a_hotfix(team: Delivered) -> None:
    failed_event(team, None, 1)
    team.event(None, 2, branch="hotfix/login")
    assert list(team.incidents()["resolved_at"]) == [pd.Timestamp(at(2))]
