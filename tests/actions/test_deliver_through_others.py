"""Whose incident a fix ends when something else was deployed between what failed and its fix."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pandas as pd
import pytest

from maestro_core.actions.deliver import setting_of
from maestro_core.terms import PipelineOutcome
from maestro_core.workspace import Workspace
from tests.delivered import Delivered, a_delivered_project, at

HOTFIX = {"branch": "hotfix/login"}


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    return a_team(ws)


def a_team(ws: Workspace) -> Delivered:
    found = a_delivered_project(ws)
    found.rule()
    found.incident_rule()
    found.commits("a", "b<a", "c<b", "d<c", "e<d", "f<e")
    return found


def failed(team: Delivered) -> str:
    """The commits whose deployment failed."""
    rows = team.deployments()
    return "".join(rows["sha"][rows["failed"]])


def recovered(team: Delivered) -> dict[str, pd.Timestamp]:
    """When the deployments of these commits had recovered."""
    rows = team.deployments()
    told = rows[rows["recovered_at"].notna()]
    return dict(zip(told["sha"], told["recovered_at"], strict=True))


@pytest.mark.parametrize("closed", [None, 40, 5, 3.5])
def test_a_hotfix_ends_what_is_broken_and_blames_nothing_that_came_between(
    team: Delivered, closed: float | None
) -> None:
    team.event("a", 0)
    team.issue("Down", 1, closed=closed)
    team.event("b", 2)
    team.event("c", 3)
    team.event("d", 4, **HOTFIX)
    assert failed(team) == "a"
    assert recovered(team) == {"a": at(min(closed or 4, 4))}
    assert team.deployments()["reason"][0].endswith("; 4 h later came a fix: “hotfix/login”")


def test_what_was_resolved_before_the_last_deployment_needs_no_fix(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1, closed=1.5)
    team.event("b", 2)
    team.event("c", 3, **HOTFIX)
    assert failed(team) == "ab"
    assert recovered(team) == {"a": at(1.5), "b": at(3)}


def test_of_two_that_are_broken_a_hotfix_ends_the_latest_and_the_next_hotfix_the_other(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1)
    team.event("b", 2)
    team.issue("Slow", 3)
    team.event("c", 4)
    team.event("d", 5, **HOTFIX)
    assert recovered(team) == {"b": at(5)}
    team.event("e", 6)
    team.event("f", 7, branch="hotfix/search")
    assert (failed(team), recovered(team)) == ("ab", {"a": at(7), "b": at(5)})


def test_what_is_open_is_meant_before_what_was_just_resolved(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1)
    team.event("b", 2)
    team.issue("Slow", 2.5, closed=3.5)
    team.event("c", 3)
    team.event("d", 4, **HOTFIX)
    assert recovered(team) == {"a": at(4), "b": at(3.5)}


def test_a_hotfix_that_names_an_incident_ends_that_one_and_leaves_the_other_to_the_next(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1, external_id="41")
    team.event("b", 2)
    team.issue("Slow", 3, external_id="42")
    team.event("c", 4, description="Hotfix for #42")
    assert recovered(team) == {"b": at(4)}
    team.event("d", 5, **HOTFIX)
    assert (failed(team), recovered(team)) == ("ab", {"a": at(5), "b": at(4)})


def test_an_incident_that_a_hotfix_ended_does_not_explain_another(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1)
    team.event("b", 2, **HOTFIX)
    team.event("c", 3)
    team.event("d", 4, branch="hotfix/search")
    assert (failed(team), recovered(team)) == ("ac", {"a": at(2), "c": at(4)})


@pytest.mark.parametrize("chain", [{"service": "web"}, {"environment": "production-eu"}, {"sha": "x"}])
def test_a_hotfix_ends_nothing_of_another_service_environment_or_repository(
    team: Delivered, chain: dict[str, Any]
) -> None:
    team.commits("x", repository=team.repository())
    broken: dict[str, Any] = {"service": "api", "environment": "production"}
    team.event("a", 0, **broken)
    team.issue("Down", 1, labels=["incident", "service:api"])
    team.event("b", 2, **broken)
    told = {"sha": "c"} | broken | HOTFIX | chain
    team.event(hours=3, **told)
    assert (failed(team), recovered(team)) == ("a", {})


def test_a_hotfix_long_after_the_incident_ends_it_no_more_where_others_came_between(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 2)
    team.event("b", 3)
    team.event("c", 27.5, **HOTFIX)
    assert (failed(team), recovered(team)) == ("a", {})
    setting = setting_of(team.ws, team.project_id)
    assert setting is not None
    setting.failure_hours = 26
    assert (failed(team), recovered(team)) == ("a", {"a": at(27.5)})


def test_the_window_counts_from_the_incident_where_that_opened_late(team: Delivered) -> None:
    key = team.event("a", 0)
    team.event("b", 30)
    team.issue("Found out late", 31, deployment=key)
    team.event("c", 32)
    team.event("d", 33, **HOTFIX)
    assert (failed(team), recovered(team)) == ("a", {"a": at(33)})


def test_an_incident_that_opens_after_the_hotfix_is_not_ended_by_it(team: Delivered) -> None:
    key = team.event("a", 0)
    team.event("b", 1)
    team.event("c", 2, **HOTFIX)
    team.issue("Found out late", 3, deployment=key)
    assert (failed(team), recovered(team)) == ("ab", {"b": at(2)})


@pytest.mark.parametrize(("target", "ended"), [("a", "bc"), ("b", "c")])
def test_a_rollback_ends_all_that_it_takes_back_and_nothing_that_it_keeps(
    team: Delivered, target: str, ended: str
) -> None:
    team.event("a", 0)
    team.event("b", 1)
    team.issue("Down", 1.5)
    team.event("c", 2)
    team.issue("Slow", 2.5)
    team.event("d", 3)
    team.event(target, 4)
    assert (failed(team), recovered(team)) == ("bc", dict.fromkeys(ended, at(4)))


def test_a_rollback_to_what_is_broken_blames_what_it_takes_back(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1)
    team.event("b", 2)
    team.event("a", 3)
    assert (failed(team), set(recovered(team))) == ("ab", {"b"})


def test_an_incident_that_was_open_when_an_attempt_failed_is_meant_before_that(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1)
    team.event("b", 2)
    team.event("c", 3, outcome=PipelineOutcome.FAILURE)
    team.event("d", 4, **HOTFIX)
    assert (failed(team), recovered(team)) == ("a", {"a": at(4)})


def test_the_order_in_which_tools_tell_changes_nothing(ws: Workspace) -> None:
    events: tuple[tuple[str, float, dict[str, str]], ...] = (("a", 0, {}), ("b", 2, {}), ("c", 3, HOTFIX))
    for order in permutations(events):
        team = a_team(ws)
        for sha, hours, told in order:
            team.event(sha, hours, **told)
            team.deployments()
        team.issue("Down", 1)
        assert (failed(team), recovered(team)) == ("a", {"a": at(3)})


def test_what_was_made_by_another_rule_is_made_anew_and_made_again_is_the_same(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1)
    team.event("b", 2)
    team.event("c", 3, **HOTFIX)
    made = team.deployments()
    setting = setting_of(team.ws, team.project_id)
    assert setting is not None
    setting.made_from = "by another rule"
    pd.testing.assert_frame_equal(team.deployments(), made)
    assert setting.made_from != "by another rule"
