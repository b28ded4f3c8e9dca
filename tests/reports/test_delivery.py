"""The DORA metrics over what rules made: whose they are, what they rest on, and what is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from maestro_core.models import Account, DataQualityIssue, DataSource, Person
from maestro_core.reports.delivery import DoraKeys, dora_keys, services
from maestro_core.terms import UNREADABLE, IncidentOrigin, Period, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import added
from tests.conftest import NOW, House
from tests.delivered import Delivered, a_delivered_project, at

# The tests' clock stands at the first of July.
SPRING = Period.days_between(date(2026, 4, 1), date(2026, 7, 2))
DAY = 24.0


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    found = a_delivered_project(ws, "churn")
    found.rule()
    return found


def shipped(team: Delivered, count: int = 8, *, every: float = 3 * DAY, service: str = "") -> None:
    """A commit twelve hours before each deployment; the first deployment seven weeks before June."""
    for number in range(count):
        sha, hours = f"{service}{number:03x}", number * every - 50 * DAY
        team.commit(sha, f"{service}{number - 1:03x}" if number else "", at_hours=hours - 12)
        team.event(sha, hours, service=service)
    team.deployments()


def keys(team: Delivered, service: str | None = None, period: Period = SPRING) -> DoraKeys:
    team.deployments()
    return dora_keys(team.ws, projects=[team.project_id], period=period, service=service)


def test_the_first_deployment_counts_for_frequency_and_brings_no_lead_time(team: Delivered) -> None:
    team.incident_rule(IncidentOrigin.FIX, "")
    shipped(team)
    now = keys(team).now
    assert (now.deployment_frequency.sample, now.change_lead_time.sample) == (8, 7)
    assert now.change_lead_time.value == pytest.approx(12)
    assert now.change_fail_rate.value == 0


def test_a_period_is_observed_from_the_first_deployment_until_now(team: Delivered) -> None:
    shipped(team)
    # Twelfth of April to the first of July, noon: eighty days.
    assert keys(team).now.deployment_frequency.value == pytest.approx(8 / (80 / 7), rel=0.01)


def test_without_a_rule_of_incidents_no_fail_rate_is_guessed(team: Delivered) -> None:
    shipped(team)
    now = keys(team).now
    for measured in (now.change_fail_rate, now.failed_deployment_recovery_time, now.incidents_per_deployment):
        assert (measured.value, measured.reason) == (None, "no rule says what an incident is")
    assert now.rework_rate.value == 0


def test_without_a_source_of_incidents_no_fail_rate_is_guessed(ws: Workspace) -> None:
    team = a_delivered_project(ws)
    team.source_id = team.source(SourceKind.JENKINS)
    for source in list(ws.session.query(DataSource).where(DataSource.kind == SourceKind.GITHUB)):
        ws.session.delete(source)
    team.rule()
    team.incident_rule()
    shipped(team)
    assert keys(team).now.change_fail_rate.reason == "no source tells of incidents"
    team.incident_rule(IncidentOrigin.FIX, "")
    assert keys(team).now.change_fail_rate.value == 0


@pytest.mark.parametrize(
    ("kind", "facts", "unreadable"),
    [
        (SourceKind.PUSH, {"refreshed_at": NOW}, False),
        (SourceKind.GITHUB, {"refreshed_at": None}, False),
        (SourceKind.GITHUB, {"refreshed_at": NOW}, True),
    ],
)
def test_a_source_that_cannot_see_issues_tells_of_no_incidents(
    ws: Workspace, kind: SourceKind, facts: dict[str, Any], unreadable: bool
) -> None:
    team = a_delivered_project(ws)
    team.rule()
    team.incident_rule()
    shipped(team)
    for source in ws.session.scalars(select(DataSource).where(DataSource.kind != SourceKind.GIT)):
        source.kind, source.refreshed_at = kind, facts["refreshed_at"]
        if unreadable:
            note = {"kind": UNREADABLE, "subject": "issues", "detail": "403", "found_at": NOW}
            added(ws, DataQualityIssue(source_id=source.id, **note))
    assert keys(team).now.change_fail_rate.reason == "no source tells of incidents"


def test_merges_and_commits_of_programs_have_no_lead_time(team: Delivered) -> None:
    shipped(team, 6)
    robot = added(team.ws, Person(name="robot", is_bot=True))
    account = added(team.ws, Account(person_id=robot, kind=SourceKind.GIT, identity="robot", name="robot"))
    team.commit("bot", "005", at_hours=-500, account_id=account)
    team.commit("merge", "bot,004", at_hours=-400, is_merge=True)
    team.event("merge", -300)
    assert keys(team).now.change_lead_time.sample == 5


def test_the_period_before_is_compared_with_itself(team: Delivered) -> None:
    shipped(team, 30, every=DAY)
    june = Period.days_between(date(2026, 5, 1), date(2026, 6, 1))
    found = keys(team, period=june)
    assert found.now.deployment_frequency.sample == 11
    assert found.before.deployment_frequency.reason == "observed for 18 days only: 28 are needed"


def test_several_services_are_added_up_and_said_to_be_and_have_no_score(team: Delivered) -> None:
    team.incident_rule(IncidentOrigin.FIX, "")
    for service in ("api", "web"):
        shipped(team, service=service)
    both, one = keys(team), keys(team, service="api")
    assert both.scope.startswith("2 services of 1 project together, 2 of them deployed")
    assert both.now.deployment_frequency.sample == 16
    assert both.quick_check.overall.value is None
    assert list(both.services["deployments"]) == [8, 8]
    assert one.scope == "One service: churn / api."
    assert one.now.deployment_frequency.sample == 8
    assert one.quick_check.scores["change_lead_time"].value == 8


def test_attempts_and_unknown_commits_are_noted(team: Delivered) -> None:
    shipped(team)
    team.event("000", -100, outcome=PipelineOutcome.FAILURE)
    notes = " ".join(keys(team).notes)
    assert "1 because nothing was deployed before it" in notes
    assert "Attempts to deploy without success, not counted: 1." in notes


def test_a_commit_dated_after_its_deployment_counts_as_no_time_and_is_noted(team: Delivered) -> None:
    shipped(team)
    team.commit("late", "007", at_hours=-100)
    team.event("late", -200)
    found = keys(team)
    assert found.deployments["lead_hours"].min() == 0
    assert any("after their deployment" in note for note in found.notes)


def test_rows_are_of_the_week_where_the_organisation_is(team: Delivered) -> None:
    team.ws.tenant.time_zone, team.ws.tenant.week_starts_on = "Pacific/Auckland", 6
    # Saturday noon in UTC is Sunday there, the first day of its week.
    team.event("a", 5 * DAY)
    found = keys(team)
    assert list(found.deployments["week"].dt.date) == [date(2026, 6, 7)]
    assert found.weekly.set_index(found.weekly["start"].dt.date)["deployments"][date(2026, 6, 7)] == 1
    assert list(found.monthly["start"].dt.date)[:2] == [date(2026, 4, 1), date(2026, 5, 1)]


def test_stages_are_of_the_pull_requests_that_were_deployed(team: Delivered) -> None:
    shipped(team, 6)
    team.commit("squash", "005", at_hours=-30 * DAY)
    team.pull_request("squash", -30 * DAY)
    team.pull_request("never", -30 * DAY)
    team.event("squash", -30 * DAY + 2)
    stages = keys(team).stages.set_index("stage")
    assert stages["hours"][["coding", "review", "deploy"]].tolist() == [10, 10, 2]
    assert stages["n"].tolist() == [1, 0, 1, 1]


def test_what_is_deployed_once_more_was_deployed_before(team: Delivered) -> None:
    shipped(team, 6)
    team.commit("squash", "005", at_hours=-40 * DAY)
    team.pull_request("squash", -40 * DAY)
    for hours, sha in ((2, "squash"), (30, "005"), (20 * DAY, "squash")):
        team.event(sha, -40 * DAY + hours)
    team.deployments()
    later = Period(start=at(-30 * DAY), end=SPRING.end)
    assert keys(team, period=later).stages.set_index("stage")["n"]["deploy"] == 0
    assert keys(team).stages.set_index("stage")["hours"]["deploy"] == 2


def test_a_rule_of_incidents_is_of_its_service_whatever_the_case(team: Delivered) -> None:
    team.incident_rule(IncidentOrigin.FIX, "", service="api")
    for day in range(6):
        team.event("a", day * DAY, service="API")
    assert keys(team, service="API").now.change_fail_rate.value == 0


def test_an_incident_without_service_is_that_of_its_deployment(team: Delivered) -> None:
    team.incident_rule()
    for service in ("api", "web"):
        shipped(team, service=service)
    team.issue("Down", -50 * DAY + 7 * 3 * DAY + 1, service="web")
    assert keys(team, service="api").incidents.empty
    assert list(keys(team, service="web").incidents["title"]) == ["Down"]


def test_nothing_deployed_is_an_answer(team: Delivered) -> None:
    found = keys(team)
    assert found.scope == "Nothing was deployed yet."
    assert found.now.deployment_frequency.reason == "no deployment in the period"
    assert services(team.ws, projects=[team.project_id], period=SPRING).services.empty
    assert found.model_dump_json()


def test_services_with_the_most_deployments_in_the_period_come_first(team: Delivered) -> None:
    shipped(team, 3, service="api")
    shipped(team, 5, service="web")
    late = Period(datetime(2026, 4, 19, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    found = services(team.ws, projects=[team.project_id], period=late).services
    assert list(zip(found["service"], found["deployments"], strict=True)) == [("web", 2), ("api", 0)]


def test_the_rows_of_another_project_stay_out(house: House) -> None:
    with house.open() as ws:
        team, other = a_delivered_project(ws), a_delivered_project(ws)
        for each in (team, other):
            each.rule()
            shipped(each)
        assert keys(team).now.deployment_frequency.sample == 8
