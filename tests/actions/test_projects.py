"""What people tell about projects is checked, kept and audited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from maestro_core.actions.organisation import change_organisation
from maestro_core.actions.projects import (
    add_member,
    add_project,
    change_member,
    change_project,
    record_outcome,
    remove_member,
    remove_project,
)
from maestro_core.errors import InvalidInput, NotAllowed, NotFound, NotNow
from maestro_core.models import ArtifactUsage, AuditEvent, Person, Project, TeamMember
from maestro_core.reports import organisation, projects
from maestro_core.terms import Outcome, Role, TeamRole
from maestro_core.workspace import Workspace
from tests.builders import a_member, a_project, a_use, an_artifact
from tests.conftest import NOW, House

DAY = timedelta(days=1)


def test_a_project_is_added_with_what_is_told(ws: Workspace) -> None:
    project_id = add_project(ws, name="  Churn ", complexity=6, started_at="2026-01-12", domain=" ")
    facts = projects.facts(ws, project_id=project_id)
    assert (facts.name, facts.complexity, facts.domain) == ("Churn", 6, None)
    assert facts.started_at is not None
    assert facts.started_at.isoformat() == "2026-01-12T00:00:00+00:00"


def test_two_projects_of_one_name_are_refused_and_the_first_stays(house: House) -> None:
    with house.open() as ws:
        add_project(ws, name="churn")
        with pytest.raises(NotNow, match="named churn"):
            add_project(ws, name="churn")
        other = add_project(ws, name="fraud")
        with pytest.raises(NotNow, match="named churn"):
            change_project(ws, project_id=other, name="churn")
    with house.open() as ws:
        assert sorted(ws.session.scalars(select(Project.name))) == ["churn", "fraud"]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"complexity": 11}, "Complexity should be less than or equal to 10"),
        ({"complexity": "3,5"}, "decimal mark"),
        ({"complexity": "=1+1"}, "formula"),
        ({"complexity": "nan"}, "finite"),
        ({"complexity": True}, "number"),
        ({"team_size": 0}, "greater than 0"),
        ({"compute_cost": -1}, "greater than or equal to 0"),
        ({"experiments": 1.5}, "integer"),
        ({"started_at": 20260301}, "date such as"),
        ({"started_at": "01.03.2026"}, "date such as"),
        ({"started_at": "1850-01-01"}, "between 1970 and 2200"),
        ({"started_at": "2026-02-01", "finished_at": "2026-01-01"}, "finished before it started"),
        ({"name": " "}, "at least 1 character"),
        ({"name": "a\x00b"}, "cannot be stored"),
        ({"name": "a\ud800b"}, "cannot be stored"),
        ({"complexty": 3}, "not a field"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(ws: Workspace, told: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        add_project(ws, **{"name": "churn"} | told)


def test_a_change_leaves_the_rest_as_it_is_and_none_empties(ws: Workspace) -> None:
    project_id = add_project(ws, name="churn", complexity=6, domain="telecommunications")
    change_project(ws, project_id=project_id, complexity=7, domain=None)
    facts = projects.facts(ws, project_id=project_id)
    assert (facts.name, facts.complexity, facts.domain) == ("churn", 7, None)


def test_a_change_is_checked_against_what_is_there(ws: Workspace) -> None:
    project_id = a_project(ws, started_at=NOW)
    with pytest.raises(InvalidInput, match="finished before it started"):
        change_project(ws, project_id=project_id, finished_at=NOW - DAY)


def test_an_outcome_needs_an_end_that_has_come(ws: Workspace) -> None:
    project_id = a_project(ws, started_at=NOW - 30 * DAY)
    with pytest.raises(InvalidInput, match="When did"):
        record_outcome(ws, project_id=project_id, outcome="success")
    with pytest.raises(InvalidInput, match="not finished yet"):
        record_outcome(ws, project_id=project_id, outcome="success", finished_at=NOW + DAY)
    with pytest.raises(InvalidInput, match="before it started"):
        record_outcome(ws, project_id=project_id, outcome="success", finished_at=NOW - 40 * DAY)
    with pytest.raises(InvalidInput, match="less than or equal to 100"):
        record_outcome(ws, project_id=project_id, outcome="success", finished_at=NOW, delivery=101)
    record_outcome(ws, project_id=project_id, outcome="success", finished_at=NOW, model_performance=80)
    record_outcome(ws, project_id=project_id, delivery=50)
    facts = projects.facts(ws, project_id=project_id)
    assert (facts.outcome, facts.success) == (Outcome.SUCCESS, pytest.approx(70))


def test_an_outcome_can_be_withdrawn_and_its_end_only_after_it(ws: Workspace) -> None:
    project_id = a_project(ws)
    record_outcome(ws, project_id=project_id, outcome="failure", finished_at=NOW)
    with pytest.raises(NotNow, match="has an outcome"):
        change_project(ws, project_id=project_id, finished_at=None)
    record_outcome(ws, project_id=project_id, outcome=None)
    change_project(ws, project_id=project_id, finished_at=None)
    assert projects.facts(ws, project_id=project_id).state == "running"


def test_removing_a_project_removes_its_uses_but_no_person_or_artifact(house: House) -> None:
    with house.open() as ws:
        project_id, artifact_id = a_project(ws), an_artifact(ws)
        a_use(ws, artifact_id, project_id)
        a_member(ws, project_id)
        remove_project(ws, project_id=project_id)
    with house.open() as ws:
        left = [
            len(ws.session.scalars(select(table.id)).all()) for table in (Project, ArtifactUsage, TeamMember, Person)
        ]
        assert left == [0, 0, 0, 1]


def test_members_are_people_who_are_found_again(ws: Workspace) -> None:
    first, second = a_project(ws), a_project(ws)
    add_member(ws, project_id=first, person="Ada", role="ml engineer", experience_years=4)
    add_member(ws, project_id=second, person="Ada", email="Ada@Example.org")
    assert ws.session.scalars(select(Person.email)).all() == ["ada@example.org"]
    assert projects.project(ws, project_id=first).members["role"].iloc[0] == TeamRole.ML_ENGINEER
    with pytest.raises(NotNow, match="already"):
        add_member(ws, project_id=first, person="Ada L.", email="ada@example.org")


def test_a_name_that_several_share_needs_the_address(ws: Workspace) -> None:
    first, second = a_project(ws), a_project(ws)
    add_member(ws, project_id=first, person="Ada", email="ada@one.org")
    add_member(ws, project_id=first, person="Ada", email="ada@two.org")
    with pytest.raises(InvalidInput, match="Several people"):
        add_member(ws, project_id=second, person="Ada")


def test_a_member_changes_and_leaves(ws: Workspace) -> None:
    project_id = a_project(ws)
    member_id = add_member(ws, project_id=project_id, person="Ada", experience_years=4, joined_at="2026-02-01")
    change_member(ws, member_id=member_id, role=TeamRole.ANALYST)
    with pytest.raises(InvalidInput, match="left before joining"):
        change_member(ws, member_id=member_id, left_at="2026-01-01")
    member = projects.project(ws, project_id=project_id).members.iloc[0]
    assert (member["role"], member["experience_years"]) == (TeamRole.ANALYST, 4)
    remove_member(ws, member_id=member_id)
    assert projects.project(ws, project_id=project_id).members.empty


def test_what_does_not_exist_is_not_found(ws: Workspace) -> None:
    for attempt in (
        lambda: change_project(ws, project_id=uuid4(), name="x"),
        lambda: record_outcome(ws, project_id=uuid4()),
        lambda: remove_project(ws, project_id=uuid4()),
        lambda: add_member(ws, project_id=uuid4(), person="Ada"),
        lambda: remove_member(ws, member_id=uuid4()),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_analyst_may_not_edit_projects_and_the_attempt_is_kept(house: House) -> None:
    with pytest.raises(NotAllowed), house.open(role=Role.ANALYST) as ws:
        add_project(ws, name="churn")
    with house.open() as ws:
        assert ws.session.scalars(select(AuditEvent.refused)).all() == [True]


def test_the_organisation_changes_only_what_is_told(ws: Workspace) -> None:
    change_organisation(ws, currency="usd", weight_delivery=0)
    told = organisation.organisation(ws)
    assert (told.currency, told.time_zone, told.weight_delivery) == ("USD", "UTC", 0)


@pytest.mark.parametrize(
    "told",
    [
        {"currency": "euro"},
        {"time_zone": "Mars/Olympus"},
        {"week_starts_on": 7},
        {"weight_delivery": -1},
        {"weight_delivery": 0, "weight_business_impact": 0, "weight_model_performance": 0},
        {"data_version": 3},
    ],
)
def test_settings_that_cannot_be_are_refused(ws: Workspace, told: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        change_organisation(ws, **told)
