"""Rules of delivery: suggested from what is there, looked at before they count, added, changed and removed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from maestro_core.actions.delivery_entries import DeploymentRuleEntry, IncidentRuleEntry
from maestro_core.actions.delivery_rules import (
    add_rules,
    change_deployment_rule,
    preview,
    remove_deployment_rule,
    remove_incident_rule,
    set_delivery,
)
from maestro_core.errors import InvalidInput, NotAllowed, NotNow
from maestro_core.reports.delivery_rules import coverage, rules, suggested_rules
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, PipelineOutcome, Role, SourceKind
from maestro_core.workspace import Workspace
from tests.conftest import House
from tests.delivered import Delivered, a_delivered_project

PRODUCTION = DeploymentRuleEntry(origin=DeploymentOrigin.ENVIRONMENT, pattern="prod*")
INCIDENTS = IncidentRuleEntry(origin=IncidentOrigin.LABEL, pattern="incident")


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    return a_delivered_project(ws)


def suggested(team: Delivered) -> list[list[tuple[str, str, str]]]:
    found = suggested_rules(team.ws, project_id=team.project_id).deployments
    return [[(rule.origin, rule.pattern, rule.service) for rule in group] for group in found]


def test_what_a_rule_would_count_is_what_it_then_counts(team: Delivered) -> None:
    team.event("a", 0)
    team.event("b", 1, outcome=PipelineOutcome.FAILURE)
    team.event("c", 2, outcome=None, finished_at=None)
    team.event("d", 3, environment="staging")
    team.issue("Down", 4)
    told = preview(team.ws, project_id=team.project_id, deployments=[PRODUCTION], incidents=[INCIDENTS])
    assert (told.deployments, told.unsuccessful, told.unfinished, told.incidents) == (1, 1, 1, 1)
    assert team.deployments().empty, "a preview changes nothing"
    add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION], incidents=[INCIDENTS])
    assert list(team.deployments()["outcome"]) == ["success", "failure"]
    assert len(team.incidents()) == 1


def test_what_a_rule_gives_to_a_service_does_not_count_for_all_besides(team: Delivered) -> None:
    of_api = DeploymentRuleEntry(origin=DeploymentOrigin.ENVIRONMENT, pattern="production", service="api")
    team.event("a", 0, environment="production")
    team.event("b", 1, environment="prod-eu")
    told = preview(team.ws, project_id=team.project_id, deployments=[PRODUCTION, of_api])
    assert told.deployments == 2
    add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION, of_api])
    assert list(team.deployments()["service"]) == ["api", ""]


def test_a_preview_of_nothing_is_empty(team: Delivered) -> None:
    told = preview(team.ws, project_id=team.project_id, deployments=[PRODUCTION])
    assert (told.deployments, told.first_at, told.latest_deployments.empty) == (0, None, True)


def test_a_rule_is_changed_removed_and_brought_back(team: Delivered) -> None:
    team.event("a", 0)
    team.event("b", 1, environment="staging")
    (key,) = add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION])
    first = set(team.deployments()["sha"])
    change_deployment_rule(team.ws, rule_id=key, told=DeploymentRuleEntry(origin=DeploymentOrigin.ENVIRONMENT))
    assert (first, set(team.deployments()["sha"])) == ({"a"}, {"a", "b"})
    remove_deployment_rule(team.ws, rule_id=key)
    assert team.deployments().empty
    add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION])
    assert set(team.deployments()["sha"]) == {"a"}


def test_removing_the_rule_of_incidents_makes_failures_unseen(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 1)
    _, key = add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION], incidents=[INCIDENTS])
    assert list(team.deployments()["failed"]) == [True]
    remove_incident_rule(team.ws, rule_id=key)
    assert list(team.deployments()["failed"]) == [False]
    assert team.incidents().empty


def test_the_same_rule_twice_is_refused(team: Delivered) -> None:
    add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION])
    with pytest.raises(NotNow, match="this rule already"):
        add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION])


@pytest.mark.parametrize("pattern", ["", "*", " ** "])
def test_a_rule_that_would_count_every_test_or_issue_is_refused(pattern: str) -> None:
    for origin in (DeploymentOrigin.PIPELINE, DeploymentOrigin.JOB):
        with pytest.raises(ValidationError, match="needs a name"):
            DeploymentRuleEntry(origin=origin, pattern=pattern)
    with pytest.raises(ValidationError, match="needs one"):
        IncidentRuleEntry(origin=IncidentOrigin.LABEL, pattern=pattern)


def test_hours_and_words_of_failures_are_set_and_judged_anew(team: Delivered) -> None:
    team.event("a", 0)
    team.event("b", 30, branch="urgent-1")
    add_rules(team.ws, project_id=team.project_id, deployments=[PRODUCTION])
    set_delivery(team.ws, project_id=team.project_id, failure_hours=36, hotfix_patterns=["urgent*"])
    assert list(team.deployments()["failed"]) == [True, False]
    known = rules(team.ws, project_id=team.project_id)
    assert (known.failure_hours, known.hotfix_patterns) == (36, ("urgent*",))
    with pytest.raises(InvalidInput):
        set_delivery(team.ws, project_id=team.project_id, failure_hours=0)


def test_who_may_only_look_changes_no_rule(house: House) -> None:
    with house.open() as ws:
        project_id = a_delivered_project(ws).project_id
    with house.open(role=Role.VIEWER) as ws:
        assert rules(ws, project_id=project_id).deployments.empty
    with pytest.raises(NotAllowed), house.open(role=Role.ANALYST) as ws:
        add_rules(ws, project_id=project_id, deployments=[PRODUCTION])


def test_nothing_told_suggests_nothing_but_to_learn_from_fixes(team: Delivered) -> None:
    assert suggested(team) == []
    found = suggested_rules(team.ws, project_id=team.project_id).incidents
    assert [rule.origin for rule in found] == ["fix"]


def test_environments_of_production_are_suggested_first(team: Delivered) -> None:
    for environment in ("Production", "prod-eu", "staging", "product-preview"):
        team.event("a", 0, environment=environment)
    run = team.run("a", 0, pipeline="CI")
    team.job(run, "deploy-staging", 0)
    team.job(run, "deploy-prod", 0)
    team.run("a", 0, pipeline="Deploy to production")
    team.release("v1.2.3", "a", 0)
    team.release("nightly", "a", 0)
    assert suggested(team) == [
        [("environment", "prod*", "")],
        [("pipeline", "Deploy to production", "")],
        [("job", "deploy-prod", "")],
        [("tag", "v[0-9]*", "")],
    ]


def test_environments_named_after_services_give_each_service_a_rule(team: Delivered) -> None:
    for environment in ("api-production", "web-production", "api-staging"):
        team.event("a", 0, environment=environment)
    assert suggested(team)[0] == [("environment", "api-production", "api"), ("environment", "web-production", "web")]


def test_labels_of_harm_and_pushes_are_suggested_as_incidents(team: Delivered) -> None:
    team.issue("Down", 0, labels=["Incident", "bug"])
    team.issue("Slow", 0, labels=["severity-1"])
    team.source(SourceKind.PUSH)
    found = suggested_rules(team.ws, project_id=team.project_id).incidents
    assert [(rule.origin, rule.pattern) for rule in found] == [
        ("label", "Incident"), ("label", "severity-1"), ("pushed", ""), ("fix", ""),
    ]  # fmt: skip


def test_what_is_missing_is_told_project_by_project(team: Delivered) -> None:
    other = a_delivered_project(team.ws)
    other.event("a", 0)
    other.rule()
    found = coverage(team.ws, projects=[team.project_id, other.project_id])
    rows = found.projects.set_index("project_id")[["deployment_rules", "incident_rules", "told"]]
    assert rows.loc[team.project_id].tolist() == [0, 0, 0]
    assert rows.loc[other.project_id].tolist() == [1, 0, 1]
