"""Who is who and how people work together, over REST: the same reports and actions as the pages have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from maestro_core.access import Permission
from maestro_core.actions import ACTIONS
from maestro_core.models import Account, AuditEvent, Person
from maestro_core.reports import REPORTS
from tests.actions.test_identities import a_person
from tests.builders import a_project
from tests.conftest import House
from tests.doors.serving import served
from tests.doors.test_api import PATTERNS
from tests.reports.test_code import a_team

NOBODY = "018f0000-0000-7000-8000-000000000000"
DAYS = {"first": "2026-04-01", "last": "2026-06-30"}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


@pytest.fixture
def ada(house: House) -> UUID:
    with house.open() as ws:
        return a_person(ws, "Ada Lovelace", "ada@example.org", "ada@home.example.org")


@pytest.fixture
def other(house: House) -> UUID:
    with house.open() as ws:
        return a_person(ws, "Ada Lovelace", "lovelace@example.org")


def decided(client: TestClient, path: str, body: Any) -> str:
    answer = client.post(f"/api/v1/people/{path}", json=body)
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["decision_id"]
    return key


def names(client: TestClient) -> list[str]:
    return [row["name"] for row in client.get("/api/v1/people").json()["people"]]


def test_a_suggestion_is_confirmed_and_undone(client: TestClient, house: House, ada: UUID, other: UUID) -> None:
    told = client.get("/api/v1/people").json()
    assert {told["suggestions"][0]["person_id"], told["suggestions"][0]["other_id"]} == {str(ada), str(other)}
    decision = decided(client, "merges", {"person_id": str(ada), "other_id": str(other)})
    assert names(client) == ["Ada Lovelace"]
    assert len(client.get(f"/api/v1/people/{ada}/accounts").json()["accounts"]) == 3
    assert client.delete(f"/api/v1/people/decisions/{decision}").status_code == 204
    assert names(client) == ["Ada Lovelace"] * 2
    with house.open() as ws:
        deeds = list(ws.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert deeds == ["identities.merge_people", "identities.undo_decision"]


def test_two_people_are_kept_apart(client: TestClient, ada: UUID, other: UUID) -> None:
    decided(client, "apart", {"person_id": str(ada), "other_id": str(other)})
    told = client.get("/api/v1/people").json()
    assert (told["suggestions"], [row["act"] for row in told["decisions"]]) == ([], ["apart"])


def test_an_account_is_split_off_but_never_all_of_them(client: TestClient, house: House, ada: UUID) -> None:
    accounts = [row["account_id"] for row in client.get(f"/api/v1/people/{ada}/accounts").json()["accounts"]]
    decided(client, f"{ada}/splits", {"account_ids": accounts[:1]})
    assert len(names(client)) == 2
    with house.open(reading=True) as ws:
        assert list(ws.session.scalars(select(Account.id).where(Account.person_id == ada))) == [UUID(accounts[1])]
    last = client.post(f"/api/v1/people/{ada}/splits", json={"account_ids": accounts[1:]})
    assert (last.status_code, "not all" in last.json()["detail"]) == (422, True)


def test_what_a_later_decision_moved_on_is_undone_after_it(client: TestClient, house: House, ada: UUID) -> None:
    accounts = [row["account_id"] for row in client.get(f"/api/v1/people/{ada}/accounts").json()["accounts"]]
    split = decided(client, f"{ada}/splits", {"account_ids": accounts[:1]})
    with house.open() as ws:
        someone, eve = ws.get(Account, UUID(accounts[0])).person_id, a_person(ws, "Eve", "eve@example.org")
    merge = decided(client, "merges", {"person_id": str(eve), "other_id": str(someone)})
    refused = client.delete(f"/api/v1/people/decisions/{split}")
    assert (refused.status_code, "joined Eve" in refused.text) == (409, True)
    for decision in (merge, split):
        assert client.delete(f"/api/v1/people/decisions/{decision}").status_code == 204
    assert len(client.get(f"/api/v1/people/{ada}/accounts").json()["accounts"]) == 2


def test_somebody_is_said_to_be_a_program(client: TestClient, house: House, ada: UUID) -> None:
    assert client.put(f"/api/v1/people/{ada}/bot", json={"is_bot": True}).status_code == 204
    with house.open(reading=True) as ws:
        assert ws.get(Person, ada).is_bot


def test_somebody_is_called_otherwise_and_known_by_the_same_accounts(
    client: TestClient, house: House, ada: UUID
) -> None:
    before = client.get(f"/api/v1/people/{ada}/accounts").json()
    assert client.put(f"/api/v1/people/{ada}/name", json={"name": " Ada King "}).status_code == 204
    assert names(client) == ["Ada King"]
    assert client.get(f"/api/v1/people/{ada}/accounts").json() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"people/{NOBODY}/accounts", None, 404),
        ("POST", "people/merges", {"person_id": NOBODY, "other_id": "{ada}"}, 404),
        ("POST", "people/merges", {"person_id": "{ada}", "other_id": "{ada}"}, 422),
        ("POST", "people/merges", {"person_id": "{ada}"}, 422),
        ("POST", "people/apart", {"person_id": "{ada}", "other_id": NOBODY}, 404),
        ("POST", "people/{ada}/splits", {"account_ids": []}, 422),
        ("POST", "people/{ada}/splits", {"account_ids": [NOBODY]}, 404),
        ("POST", "people/{ada}/splits", {"account_ids": [NOBODY] * 201}, 422),
        ("PUT", "people/{ada}/bot", {"is_bot": "perhaps"}, 422),
        ("PUT", "people/{ada}/name", {"name": " "}, 422),
        ("PUT", f"people/{NOBODY}/name", {"name": "Ada"}, 404),
        ("DELETE", f"people/decisions/{NOBODY}", None, 404),
        ("GET", f"teams/{NOBODY}/collaboration", None, 404),
        ("GET", f"teams/{NOBODY}/patterns/silos", None, 404),
    ],
)
def test_what_goes_wrong_has_a_reason(
    client: TestClient, ada: UUID, method: str, path: str, body: Any, status: int
) -> None:
    content = None if body is None else json.dumps(body).replace("{ada}", str(ada))
    address = f"/api/v1/{path.replace('{ada}', str(ada))}"
    answer = client.request(method, address, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["detail"]


def test_how_a_team_works_together_is_told_without_names(client: TestClient, house: House) -> None:
    with house.open() as ws:
        project = a_project(ws)
        a_team(ws, project)
        persons = list(ws.session.scalars(select(Person.name)))
    for path in ("collaboration", *(f"patterns/{name}" for name in PATTERNS)):
        answer = client.get(f"/api/v1/teams/{project}/{path}", params=DAYS)
        assert answer.status_code == 200, (path, answer.text)
        assert not any(f'"{name}"' in answer.text for name in persons), path
    silos = client.get(f"/api/v1/teams/{project}/patterns/silos", params=DAYS).json()
    assert silos["files_of_one_author"]["value"] is not None or silos["files_of_one_author"]["reason"]


def test_people_are_asked_and_told_with_the_permissions_of_their_page() -> None:
    core = "maestro_core"
    assert REPORTS[f"{core}.reports.identities.identities"] is Permission.VIEW_PEOPLE
    assert ACTIONS[f"{core}.actions.identities.merge_people"] is Permission.EDIT_PEOPLE
    assert REPORTS[f"{core}.reports.patterns.silos"] is Permission.VIEW
