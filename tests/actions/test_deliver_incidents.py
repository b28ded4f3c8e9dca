"""Which incident a deployment names, and of which services an incident is."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from maestro_core.models import Issue, PullRequest
from maestro_core.terms import IncidentOrigin, SourceKind
from maestro_core.workspace import Workspace
from tests.delivered import Delivered, a_delivered_project, at


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    found = a_delivered_project(ws)
    found.rule()
    found.incident_rule()
    found.incident_rule(IncidentOrigin.PUSHED, "")
    found.commits("a", "b<a", "c<b")
    return found


def test_a_number_means_an_issue_of_the_same_repository(team: Delivered) -> None:
    other, there = team.repository(), team.source()
    team.commit("x", at_hours=-9, repository=other)
    team.commit("y", "x", at_hours=5, subject="Add a button (#42)", repository=other)
    team.event("a", 0)
    team.event("x", -1, source_id=there)
    team.issue("Down", 1, external_id="42")
    team.event("y", 6, source_id=there)
    rows = team.deployments()
    assert not rows["is_rework"].any()
    assert rows["recovered_at"].isna().all()
    team.event("b", 8, description="Closes #42")
    assert list(team.deployments()["is_rework"]) == [False, False, False, True]
    assert list(team.deployments()["recovered_at"].dropna()) == [at(8)]


def test_of_issues_with_one_number_that_of_the_own_repository_is_meant(team: Delivered) -> None:
    other, there = team.repository(), team.source()
    team.commits("x", "y<x", repository=other)
    team.event("a", 0)
    team.event("x", 0.5, source_id=there)
    team.issue("Down there", 1, external_id="42", source_id=there)
    team.issue("Down here", 1, external_id="42")
    team.event("b", 3, description="Closes #42")
    team.event("y", 4, source_id=there, description="Closes #42")
    assert list(team.deployments()["reason"])[-2:] == [
        f"Rework: made for the incident “Down {place}”" for place in ("here", "there")
    ]


def test_the_tracker_of_a_repository_is_known_from_pull_requests_where_another_tool_deploys(team: Delivered) -> None:
    jenkins = team.source(SourceKind.JENKINS)
    other, there = team.repository(), team.source()
    team.commits("x", "y<x", "z<y", repository=other)
    team.pull_request("y", -1, source_id=there)
    for sha, hours in (("a", 0), ("x", 1), ("y", 2)):
        team.event(sha, hours, source_id=jenkins)
    team.issue("Down", 3, external_id="42", source_id=there)
    team.event("b", 4, source_id=jenkins, description="Closes #42")
    team.event("z", 5, source_id=jenkins, description="Closes #42")
    assert list(team.deployments()["is_rework"]) == [False, False, False, False, True]


def test_with_one_repository_its_issues_are_meant_whoever_deploys(team: Delivered) -> None:
    jenkins = team.source(SourceKind.JENKINS)
    team.event("a", 0, source_id=jenkins)
    team.issue("Down", 1, external_id="42")
    team.event("b", 2, source_id=jenkins, description="Closes #42")
    assert list(team.deployments()["is_rework"]) == [False, True]


@pytest.mark.parametrize(
    ("words", "is_meant"),
    [
        *(
            ("Mend incident 42", True),
            ("Incident #42: the cache", True),
            ("release/42", False),
            ("Add 42 tests", False),
        ),
        *(("Add a button (#42)", False), ("Python 3.42", False), ("team/app#42", False)),
    ],
)
def test_a_pushed_incident_is_named_by_its_key_as_a_word(team: Delivered, words: str, is_meant: bool) -> None:
    team.event("a", 0)
    team.issue("Paged", 1, external_id="42", labels=[], source_id=team.source(SourceKind.PUSH))
    team.event("b", 40, description=words)
    assert list(team.deployments()["is_rework"]) == [False, is_meant]


def test_services_and_environments_are_the_same_whatever_their_case(team: Delivered) -> None:
    for place, (sha, service, environment) in enumerate(
        (("a", "api", "prod"), ("b", "API", "prod"), ("c", "api", "Prod"))
    ):
        team.event(sha, place, service=service, environment=environment)
    assert list(team.deployments()["changes"].fillna(0)) == [0, 1, 1]


def test_an_issue_that_ends_is_seen_though_another_tool_changed_one_later(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Newer", 20, closed=30, source_id=team.source(SourceKind.GITLAB))
    team.issue("Down", 6, external_id="8")
    assert team.incidents()["resolved_at"].notna().tolist() == [False, True]
    issue = team.ws.session.scalars(select(Issue).where(Issue.external_id == "8")).one()
    issue.closed_at = issue.updated_at = at(8)
    assert team.incidents()["resolved_at"].tolist() == [at(8), at(30)]


def test_a_label_is_seen_though_another_pull_request_changed_later(team: Delivered) -> None:
    team.event("a", 0)
    team.event("b", 5)
    team.pull_request("a", 50)
    changed = team.ws.get(PullRequest, team.pull_request("b", 1))
    assert not team.deployments()["is_rework"].any()
    changed.labels, changed.updated_at = ["hotfix"], at(10)
    assert list(team.deployments()["is_rework"]) == [False, True]


def test_an_incident_of_two_services_counts_for_both(team: Delivered) -> None:
    for place, service in enumerate(("api", "web", "docs")):
        team.event("a", place / 10, service=service)
    labels = ["incident", "service:api", "component/web", "svc=API"]
    team.issue("Down", 2, labels=labels, external_id="42")
    assert sorted(team.incidents()["service"]) == ["API", "web"]
    assert list(team.deployments()["failed"]) == [True, True, False]


def test_a_fix_ends_an_incident_of_two_services_where_it_is_deployed(team: Delivered) -> None:
    for place, service in enumerate(("api", "web")):
        team.event("a", place / 10, service=service)
    team.issue("Down", 2, labels=["incident", "service:api", "service:web"], external_id="42")
    team.event("b", 5, service="web", description="Closes #42")
    rows = team.deployments().set_index(["service", "sha"])
    assert (rows["recovered_at"]["web", "a"], rows["recovered_at"].isna()["api", "a"]) == (at(5), True)


@pytest.mark.parametrize("text", ["Hotfix: login", "Hotfix: login, fixes #9"])
def test_a_hotfix_blames_the_deployment_before_it_also_where_it_names_an_incident_of_no_known_cause(
    team: Delivered, text: str
) -> None:
    for place, service in enumerate(("api", "web")):
        team.event("a", place / 10, service=service)
    team.issue("Down", 1, labels=["incident", "service:billing"], external_id="9", closed=3)
    team.event("b", 2, service="api", description=text)
    rows = team.deployments()
    assert list(rows["failed"]) == [True, False, False]
    assert list(rows["is_rework"]) == [False, False, True]


def test_a_component_that_is_no_service_names_none(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 2, labels=["incident", "component: login"])
    assert list(team.deployments()["failed"]) == [True]


def test_a_label_of_a_service_says_nothing_where_no_service_is_known(team: Delivered) -> None:
    team.event("a", 0)
    team.issue("Down", 2, labels=["incident", "service: login"])
    assert list(team.incidents()["service"]) == [""]


def test_a_rule_for_one_service_takes_an_incident_that_names_it_among_others(ws: Workspace) -> None:
    team = a_delivered_project(ws)
    team.incident_rule(service="web")
    team.issue("Down", 2, labels=["incident", "service:api", "service:Web"])
    team.issue("Down again", 3, labels=["incident", "service:api"])
    assert list(team.incidents()[["title", "service"]].itertuples(index=False, name=None)) == [("Down", "web")]
