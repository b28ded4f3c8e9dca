"""Which deployments failed, which mended one, and what is an incident."""

from __future__ import annotations

import pytest

from maestro_core.actions.deliver import setting_of
from maestro_core.models import DeliverySetting
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import added
from tests.delivered import Delivered, a_delivered_project, at


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    found = a_delivered_project(ws)
    found.rule()
    found.commits("a", "b<a", "c<b", "d<c")
    return found


def failed(team: Delivered) -> list[bool]:
    return list(team.deployments()["failed"])


def test_an_incident_within_a_day_means_that_the_last_deployment_before_it_failed(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0)
    team.event("b", 1)
    team.issue("Checkout is down", 3, closed=8)
    rows = team.deployments()
    assert list(rows["failed"]) == [False, True]
    assert rows["reason"][1] == "Failed: the incident “Checkout is down” was opened 2 h after it"
    assert rows["recovered_at"][1] == at(8)


def test_after_a_day_an_incident_has_no_deployment_unless_the_setting_says_longer(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0)
    team.issue("Slow", 25)
    assert failed(team) == [False]
    setting = setting_of(team.ws, team.project_id)
    assert setting is not None
    setting.failure_hours = 26
    assert failed(team) == [True]


@pytest.mark.parametrize("name", ["the key", "abcdef1", "https://ci.example.org/9"])
def test_an_explicit_link_beats_the_time(team: Delivered, name: str) -> None:
    team.incident_rule()
    team.event("abcdef1234", 0, external_id="the key", url="https://ci.example.org/9")
    team.event("b", 100)
    team.issue("Down", 101, deployment=name)
    assert failed(team) == [True, False]
    assert list(team.incidents()["is_linked"]) == [True]


def test_an_incident_that_names_none_goes_by_time_beside_one_that_does(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0, external_id="the key")
    team.event("b", 100)
    team.issue("Down", 101, deployment="the key")
    team.issue("Down again", 102)
    assert failed(team) == [True, True]


def test_an_incident_that_names_an_unknown_deployment_is_nobodys(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0)
    team.issue("Down in staging", 1, deployment="staging-17")
    assert failed(team) == [False]
    assert list(team.incidents()["deployment_id"]) == [None]


def test_an_incident_of_one_service_is_not_that_of_another(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0, service="api")
    team.event("a", 1, service="web")
    team.issue("Down", 2, labels=["incident", "service:API"])
    assert failed(team) == [True, False]


def test_an_issue_without_the_label_is_no_incident_and_a_pushed_one_is_by_its_own_rule(team: Delivered) -> None:
    team.incident_rule(pattern="sev*")
    team.event("a", 0)
    team.issue("Ugly button", 1, labels=["bug"])
    pushed = team.source(SourceKind.PUSH)
    team.issue("Paged", 2, labels=[], source_id=pushed)
    assert team.incidents().empty
    team.incident_rule(IncidentOrigin.PUSHED, "")
    assert list(team.incidents()["title"]) == ["Paged"]


def test_a_rollback_to_an_earlier_commit_means_that_the_deployment_before_it_failed(team: Delivered) -> None:
    for sha, hours in (("a", 0), ("b", 10), ("a", 12)):
        team.event(sha, hours)
    rows = team.deployments()
    assert list(rows["failed"]) == [False, True, False]
    assert list(rows["is_rework"]) == [False, False, True]
    assert rows["recovered_at"][1] == at(12)
    assert rows["reason"][2] == "Rework: rollback to an earlier commit"


def test_two_that_end_in_the_wrong_order_are_a_race_and_no_rollback(team: Delivered) -> None:
    team.event("a", 0)
    team.event("c", 10)
    team.event("b", 11, created_at=at(9))
    assert failed(team) == [False, False, False]


@pytest.mark.parametrize(
    "told", [{"branch": "hotfix/login"}, {"description": "Rollback to 1.2"}, {"branch": "team/HOTFIX-7"}]
)
def test_a_hotfix_by_its_words_means_that_the_deployment_before_it_failed(
    team: Delivered, told: dict[str, str]
) -> None:
    team.event("a", 0)
    team.event("b", 5, **told)
    rows = team.deployments()
    assert list(rows["failed"]) == [True, False]
    assert list(rows["is_rework"]) == [False, True]


@pytest.mark.parametrize(
    "told",
    [
        {"branch": "feature/rollback-button"},
        {"description": "Support commit/rollback in the session"},
        {"description": "Document undo/revert in the editor"},
    ],
)
def test_work_on_a_feature_of_that_name_is_no_rollback(team: Delivered, told: dict[str, str]) -> None:
    team.event("a", 0)
    team.event("b", 5, **told)
    assert failed(team) == [False, False]
    assert not team.deployments()["is_rework"].any()


def test_a_hotfix_days_later_is_rework_and_nothing_failed(team: Delivered) -> None:
    team.event("a", 0)
    team.event("b", 50, branch="hotfix/login")
    rows = team.deployments()
    assert (list(rows["failed"]), list(rows["is_rework"])) == ([False, False], [False, True])


def test_the_commit_tells_of_a_revert_without_pull_requests(team: Delivered) -> None:
    team.event("a", 0)
    team.event("d", 5)
    team.commit("r", "d", at_hours=6, subject='Revert "Change b"')
    team.event("r", 7)
    assert failed(team) == [False, True, False]


def test_a_revert_of_what_was_never_deployed_mends_nothing(team: Delivered) -> None:
    team.event("c", 0)
    team.commit("r", "d", at_hours=6, subject='Revert "Change d"')
    team.event("r", 7)
    assert list(team.deployments()["is_rework"]) == [False, False]


def test_to_revert_a_revert_is_new_work(team: Delivered) -> None:
    team.event("c", 0)
    team.commit("r", "c", at_hours=6, subject='Revert "Revert "Change b""')
    team.event("r", 7)
    assert list(team.deployments()["is_rework"]) == [False, False]


@pytest.mark.parametrize(
    "told", [{"title": "Hotfix: login"}, {"labels": ["customer", "hotfix"]}, {"head_branch": "hotfix/login"}]
)
def test_the_pull_request_of_its_commit_tells_of_a_hotfix(team: Delivered, told: dict[str, object]) -> None:
    team.event("a", 0)
    team.pull_request("b", -1, **told)
    team.event("b", 5)
    assert list(team.deployments()["is_rework"]) == [False, True]


def test_own_patterns_replace_the_usual_ones(team: Delivered) -> None:
    added(team.ws, DeliverySetting(project_id=team.project_id, failure_hours=24, hotfix_patterns=["urgent*"]))
    team.event("a", 0)
    team.event("b", 5, branch="hotfix/login")
    team.event("c", 6, branch="urgent/login")
    assert list(team.deployments()["is_rework"]) == [False, False, True]


def test_the_same_commit_deployed_again_under_the_words_of_a_hotfix_is_none(team: Delivered) -> None:
    team.event("a", 0)
    team.event("b", 5, branch="hotfix/login")
    team.event("b", 6, branch="hotfix/login")
    assert list(team.deployments()["is_rework"]) == [False, True, False]


def test_a_deployment_made_for_an_incident_is_rework_and_mends_what_caused_it(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0)
    team.issue("Down", 2, external_id="42")
    team.event("b", 30, description="Closes #42: do not page")
    rows = team.deployments()
    assert list(rows["is_rework"]) == [False, True]
    assert rows["recovered_at"][0] == at(30)
    assert rows["reason"][1] == "Rework: made for the incident “Down”"


def test_recovery_is_the_first_of_incident_resolved_and_fix_deployed(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0)
    team.issue("Down", 1, closed=9)
    team.event("b", 5, branch="hotfix/1")
    assert team.deployments()["recovered_at"][0] == at(5)


def test_what_is_not_mended_yet_has_not_recovered(team: Delivered) -> None:
    team.incident_rule()
    team.event("a", 0)
    team.issue("Down", 1)
    row = team.deployments().iloc[0]
    assert row["failed"]
    assert row["recovered_at"] != row["recovered_at"]  # NaT


def test_a_failure_that_only_its_fix_tells_of_is_an_incident_where_a_rule_says_so(team: Delivered) -> None:
    for sha, hours in (("a", 0), ("b", 10), ("a", 12)):
        team.event(sha, hours)
    assert team.incidents().empty
    team.incident_rule(IncidentOrigin.FIX, "")
    found = team.incidents()
    assert list(found["title"]) == ["2 h later came a fix: rollback to an earlier commit"]
    assert (found["opened_at"][0], found["resolved_at"][0]) == (at(10), at(12))
    team.incident_rule()
    team.issue("Down", 11)
    assert list(team.incidents()["title"]) == ["Down"]


def test_a_hotfix_is_of_its_own_service_and_repository(team: Delivered) -> None:
    other = team.repository()
    team.commits("x", "y<x", repository=other)
    team.event("a", 0)
    team.event("x", 1)
    team.event("b", 2, branch="hotfix/1")
    assert failed(team) == [True, False, False]


def test_a_hotfix_release_is_told_by_its_title(team: Delivered) -> None:
    team.rule(DeploymentOrigin.RELEASE, "v*")
    team.release("v1.0.0", "a", 0, is_tag=False)
    team.release("v1.0.1", "b", 3, is_tag=False, name="Hotfix for login")
    assert failed(team) == [True, False]


def test_incidents_without_a_deployment_and_rules_without_an_issue_are_nothing_to_stumble_over(ws: Workspace) -> None:
    team = a_delivered_project(ws)
    team.incident_rule(service="api")
    assert team.incidents().empty
    team.issue("Down", 1)
    assert list(team.incidents()["service"]) == ["api"]
    team.rule(service="web")
    assert team.deployments().empty
