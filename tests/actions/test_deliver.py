"""Which rows are deployments, and what each of them brought."""

from __future__ import annotations

import pytest

from maestro_core.models import DeploymentRule
from maestro_core.terms import DeploymentOrigin, PipelineOutcome
from maestro_core.workspace import Workspace
from tests.delivered import Delivered, a_delivered_project, at


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    return a_delivered_project(ws)


def test_without_a_rule_nothing_is_a_deployment(team: Delivered) -> None:
    team.event("a", 0)
    assert team.deployments().empty


def test_a_deployment_brings_what_the_one_before_does_not_contain(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a", "c<b", "d<c")
    for sha, hours in (("a", 0), ("c", 1), ("d", 2)):
        team.event(sha, hours)
    assert team.brought() == ["?", "bc", "d"]


def test_the_first_is_counted_and_what_it_brought_is_not_known_rather_than_all_of_history(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a")
    team.event("b", 0)
    row = team.deployments().iloc[0]
    assert (row["is_first"], row["changes_reason"]) == (True, "nothing was deployed before it")


def test_a_deployment_without_commits_brought_none(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a")
    for hours in (0, 1):
        team.event("b", hours)
    assert list(team.deployments()["changes"].iloc[1:]) == [0]


def test_branches_count_by_what_they_contain_not_by_their_dates(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a", "x<a", "c<b", "m<c,x")
    for sha, hours in (("a", 0), ("c", 1), ("m", 2)):
        team.event(sha, hours)
    assert team.brought() == ["?", "bc", "mx"]


def test_a_rollback_brings_nothing_and_the_way_forward_brings_it_again(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a", "c<b")
    for sha, hours in (("a", 0), ("c", 1), ("a", 2), ("c", 3)):
        team.event(sha, hours)
    assert team.brought() == ["?", "bc", "", "bc"]


def test_attempts_of_one_id_are_one_deployment_that_of_the_first_success(team: Delivered) -> None:
    team.rule(DeploymentOrigin.PIPELINE, "deploy*")
    team.run("a", 0, external_id="7", attempt=1, outcome=PipelineOutcome.FAILURE)
    team.run("a", 1, external_id="7", attempt=2)
    team.run("a", 2, external_id="7", attempt=3)
    rows = team.deployments()
    assert list(rows["finished_at"]) == [at(1)]


def test_what_has_not_ended_or_was_cancelled_is_no_deployment_and_a_failed_attempt_is_kept_apart(
    team: Delivered,
) -> None:
    team.rule(DeploymentOrigin.PIPELINE, "deploy*")
    for hours, outcome in enumerate(
        (None, PipelineOutcome.CANCELLED, PipelineOutcome.SKIPPED, PipelineOutcome.FAILURE)
    ):
        team.run("a", hours, outcome=outcome)
    rows = team.deployments()
    assert [(row.outcome, row.changes_reason) for row in rows.itertuples()] == [("failure", "it did not succeed")]


def test_a_failed_attempt_between_two_deployments_changes_nothing(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a", "c<b")
    team.event("a", 0)
    team.event("b", 1, outcome=PipelineOutcome.FAILURE)
    team.event("c", 2)
    assert team.brought() == ["?", "?", "bc"]


def test_an_unknown_commit_breaks_the_chain_once(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a", "c<b", "d<c")
    for sha, hours in (("a", 0), ("nowhere", 1), ("c", 2), ("d", 3), (None, 4)):
        team.event(sha, hours)
    assert team.brought() == ["?", "?", "?", "d", "?"]
    assert list(team.deployments()["changes_reason"]) == [
        "nothing was deployed before it",
        "its commit is not among those that were read",
        "of the deployment before it the commit is not known",
        "",
        "the tool named no commit",
    ]


def test_without_the_parents_of_commits_nothing_is_said_of_what_came(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b", "c")
    for sha, hours in (("a", 0), ("c", 1)):
        team.event(sha, hours)
    assert team.brought() == ["?", "?"]
    assert "not read yet" in team.deployments()["changes_reason"].iloc[1]


def test_services_and_environments_each_have_their_own_line(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a", "c<b")
    for service, environment in (("api", "prod-eu"), ("api", "prod-us"), ("web", "prod-eu")):
        team.event("a", 0, service=service, environment=environment)
        team.event("c", 1, service=service, environment=environment)
    assert sorted(team.brought()) == ["?", "?", "?", "bc", "bc", "bc"]


def test_repositories_of_one_project_do_not_mix(team: Delivered) -> None:
    team.rule()
    other = team.repository()
    team.commits("a", "b<a")
    team.commits("x", "y<x", repository=other)
    for sha, hours in (("a", 0), ("x", 1), ("b", 2), ("y", 3)):
        team.event(sha, hours)
    assert team.brought() == ["?", "?", "b", "y"]


def test_services_of_one_repository_are_told_apart_by_path(team: Delivered) -> None:
    team.rule(DeploymentOrigin.PIPELINE, "deploy", service="api", paths=["api/**"])
    team.rule(DeploymentOrigin.PIPELINE, "deploy", service="web", paths=["web", "*.css"])
    team.commit("a", at_hours=-9)
    team.commit("b", "a", at_hours=-8, paths=("api/main.py",))
    team.commit("c", "b", at_hours=-7, paths=("web/index.html", "apiary.md"))
    team.commit("d", "c", at_hours=-6, paths=("api/x.css",))
    team.run("a", 0)
    team.run("d", 1)
    rows = team.deployments()
    assert list(rows["service"]) == ["api", "web", "api", "web"]
    assert team.brought()[2:] == ["bd", "cd"]


def test_services_of_one_repository_are_told_apart_by_job(team: Delivered) -> None:
    team.rule(DeploymentOrigin.JOB, "deploy-api", service="api")
    team.rule(DeploymentOrigin.JOB, "release / deploy-web", service="web")
    run, other = team.run("a", 0, pipeline="Release"), team.run("a", 0, pipeline="Nightly")
    for name in ("deploy-api", "deploy-web", "test"):
        team.job(run, name, 1)
    team.job(other, "deploy-web", 1)
    assert list(team.deployments()["service"]) == ["api", "web"]


@pytest.mark.parametrize("name", ["CI / Deploy", "Deploy"])
def test_pipelines_and_jobs_may_have_a_slash_in_their_names(team: Delivered, name: str) -> None:
    team.rule(DeploymentOrigin.PIPELINE, name, service="one")
    team.rule(DeploymentOrigin.JOB, name, service="two")
    team.job(team.run("a", 0, pipeline=name), name, 1)
    assert list(team.deployments()["service"]) == ["one", "two"]


def test_a_job_within_another_may_be_named_behind_its_pipeline(team: Delivered) -> None:
    team.rule(DeploymentOrigin.JOB, "Release / services / deploy")
    for pipeline in ("Release", "Nightly"):
        team.job(team.run("a", 0, pipeline=pipeline), "services / deploy", 1)
    assert len(team.deployments()) == 1


def test_a_retried_job_is_one_deployment(team: Delivered) -> None:
    team.rule(DeploymentOrigin.JOB, "deploy")
    run = team.run("a", 0)
    team.job(run, "deploy", 1, outcome=PipelineOutcome.FAILURE)
    team.job(run, "deploy", 2)
    assert list(team.deployments()["outcome"]) == ["success"]


def test_a_rule_for_one_service_leaves_those_of_others(team: Delivered) -> None:
    team.rule(service="API")
    for service in ("api", "web", ""):
        team.event("a", 0, service=service)
    assert list(team.deployments()["service"]) == ["API", "API"]


def test_tags_releases_and_branches_fit_by_glob_and_prereleases_are_out(team: Delivered) -> None:
    team.rule(DeploymentOrigin.TAG, "v[0-9]*")
    team.rule(DeploymentOrigin.RELEASE, "")
    team.release("v1.0", "a", 0)
    team.release("nightly", "a", 1)
    team.release("r1", "a", 2, is_tag=False)
    team.release("r2-rc1", "a", 3, is_tag=False, is_prerelease=True)
    assert list(team.deployments()["name"]) == ["v1.0", "r1"]


@pytest.mark.parametrize(("pattern", "counted"), [("v[0-9]*", ["v1.0", "v1.1"]), ("v*-rc*", ["v1.1-rc1"])])
def test_tags_of_prereleases_count_only_where_they_are_named(team: Delivered, pattern: str, counted: list[str]) -> None:
    team.rule(DeploymentOrigin.TAG, pattern)
    for place, tag in enumerate(("v1.0", "v1.1-rc1", "v1.1rc2", "v1.1-Beta.3", "v1.1")):
        team.release(tag, "abcd"[place % 4], place)
    assert list(team.deployments()["name"]) == counted


def test_only_the_branch_of_the_rule_counts(team: Delivered) -> None:
    team.rule(branch="main")
    team.event("a", 0, branch="topic")
    team.event("b", 1, branch="main")
    assert list(team.deployments()["sha"]) == ["b"]


def test_what_names_no_branch_fits_only_rules_of_any_branch(team: Delivered) -> None:
    team.rule(pattern="prod*", branch="main", service="one")
    team.rule(pattern="prod*", service="two")
    team.event("a", 0, branch=None)
    team.event("a", 1, branch="main")
    assert list(team.deployments()["service"]) == ["two", "one", "two"]


def test_a_changed_rule_makes_all_anew_and_what_stays_keeps_its_key(team: Delivered) -> None:
    key = team.rule()
    team.event("a", 0)
    team.event("a", 1, environment="staging")
    before = team.deployments()
    team.ws.get(DeploymentRule, key).pattern = "*"
    after = team.deployments()
    assert (len(before), len(after)) == (1, 2)
    assert set(before["id"]) < set(after["id"])
    team.ws.session.delete(team.ws.get(DeploymentRule, key))
    assert team.deployments().empty


def test_nothing_is_made_anew_where_nothing_changed(team: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    team.rule()
    team.event("a", 0)
    assert len(team.deployments()) == 1
    monkeypatch.setattr("maestro_core.actions.deliver._make", lambda *_: pytest.fail("made anew"))
    assert len(team.deployments()) == 1


def test_commits_that_come_later_make_known_what_was_brought(team: Delivered) -> None:
    team.rule()
    team.event("a", 0)
    team.event("b", 1)
    assert team.brought() == ["?", "?"]
    team.commits("a", "b<a")
    assert team.brought() == ["?", "b"]
