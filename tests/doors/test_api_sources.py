"""Sources over REST: how they stand, connecting them, reading them anew, letting go of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.api.main import create_api
from maestro_core.models import AuditEvent, DataQualityIssue, DataSource, Project, RefreshRun
from maestro_core.portfolios import Portfolios
from tests.builders import a_project, added
from tests.conftest import NOW, House
from tests.doors.serving import served
from tests.reports.test_sources import a_source, ended

HERE = "/api/v1/sources"
NOBODY = "018f0000-0000-7000-8000-000000000000"
HOSTILE = "<img src=x onerror=alert(1)>![](https://stranger.example)"
TOKEN = "glpat-a-secret"
GIT = {"location": "https://example.org/team/churn.git", "token": TOKEN}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


@pytest.fixture
def source(house: House) -> UUID:
    """A source whose last refresh failed, with an oddity in what it gave."""
    with house.open() as ws:
        key = a_source(ws)
        ended(ws, key, minutes_ago=20, error=HOSTILE)
        added(ws, DataQualityIssue(source_id=key, kind="time", subject=HOSTILE, detail="odd", found_at=NOW))
        return key


def test_a_source_is_told_with_its_refreshes_and_what_was_odd(client: TestClient, source: UUID) -> None:
    [told] = client.get(HERE).json()["sources"]
    assert (told["id"], told["state"], told["error"], told["has_credentials"]) == (
        str(source),
        "failed",
        HOSTILE,
        False,
    )
    [run] = client.get(f"{HERE}/{source}/refreshes").json()["runs"]
    assert (run["seconds"], run["advice"]) == (60, "Renew the token.")
    assert client.get(f"{HERE}/refreshes", params={"limit": 1}).json()["runs"] == [run]
    [issue] = client.get(f"{HERE}/{source}/issues").json()["issues"]
    assert issue["subject"] == HOSTILE
    assert client.get(f"{HERE}/{source}/issues").headers["content-type"] == "application/json"


def test_the_next_refresh_is_due_as_the_settings_say(house: House, source: UUID) -> None:
    both = Portfolios(own=house.portfolio, sample=house.portfolio)
    due = [
        TestClient(create_api(both, refresh_minutes=minutes)).get("/v1/sources").json()["sources"][0]["next_due_at"]
        for minutes in (30, 60)
    ]
    assert [moment[11:16] for moment in due] == ["12:10", "12:40"]


def test_a_repository_is_connected_once_and_its_token_is_told_nowhere(client: TestClient, house: House) -> None:
    answers = [client.post(f"{HERE}/git", json=GIT) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    [key] = answers[0].json()["source_ids"]
    assert answers[1].json()["source_ids"] == [key]
    assert client.get(HERE).json()["sources"][0]["has_credentials"] is True
    told = "".join(client.get(f"{HERE}{path}").text for path in ("", "/refreshes", f"/{key}/refreshes"))
    with house.open() as ws:
        kept = ws.get(DataSource, UUID(key)).credentials
        audited = [str(told) for told in ws.session.scalars(select(AuditEvent.arguments))]
    assert kept
    assert TOKEN not in told + kept + "".join(audited)
    assert all("*****" in told for told in audited)


def test_a_tool_tells_about_a_chosen_project(client: TestClient, house: House) -> None:
    with house.open() as ws:
        project = a_project(ws, "churn")
    told = {"kind": "github", "location": "https://github.com/pallets/flask", "project_id": str(project)}
    answer = client.post(f"{HERE}/tools", json=told)
    assert answer.status_code == 201, answer.text
    assert client.get(HERE).json()["sources"][0]["projects"] == ["churn"]


def test_a_refresh_is_queued_once(client: TestClient, source: UUID) -> None:
    answers = [client.post(f"{HERE}/{source}/refreshes") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert client.get(f"{HERE}/{source}/refreshes").json()["runs"][0]["state"] == "queued"


def test_a_credential_is_changed_and_forgotten(client: TestClient, source: UUID) -> None:
    def has_one() -> Any:
        return client.get(HERE).json()["sources"][0]["has_credentials"]

    assert client.put(f"{HERE}/{source}/credential", json={"token": TOKEN}).status_code == 204
    assert has_one() is True
    assert client.delete(f"{HERE}/{source}/credential").status_code == 204
    assert has_one() is False


def test_a_source_goes_once_that_is_confirmed_and_its_project_stays(
    client: TestClient, house: House, source: UUID
) -> None:
    assert client.delete(f"{HERE}/{source}").status_code == 422
    assert client.delete(f"{HERE}/{source}", params={"confirm": "no"}).status_code == 422
    assert len(client.get(HERE).json()["sources"]) == 1
    assert client.delete(f"{HERE}/{source}", params={"confirm": "yes"}).status_code == 204
    assert client.get(HERE).json()["sources"] == []
    with house.open() as ws:
        assert list(ws.session.scalars(select(Project.name))) == ["churn"]
        assert list(ws.session.scalars(select(RefreshRun.id))) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{NOBODY}/refreshes", None, 404),
        ("GET", f"{NOBODY}/issues", None, 404),
        ("GET", "refreshes?limit=0", None, 422),
        ("POST", f"{NOBODY}/refreshes", None, 404),
        ("PUT", f"{NOBODY}/credential", {"token": "x"}, 404),
        ("PUT", f"{NOBODY}/credential", {"token": ""}, 422),
        ("PUT", f"{NOBODY}/credential", {"token": f"{TOKEN}\u00fc"}, 422),
        ("DELETE", f"{NOBODY}/credential", None, 404),
        ("DELETE", f"{NOBODY}?confirm=yes", None, 404),
        ("POST", "git", {"location": ""}, 422),
        ("POST", "git", {"location": "--upload-pack=touch /tmp/x"}, 422),
        ("POST", "git", {"location": "ext::sh -c id"}, 422),
        ("POST", "git", {"location": f"https://ada:{TOKEN}@example.org/x"}, 422),
        ("POST", "git", {"location": "https://example.org/\x00x"}, 422),
        ("POST", "git", {**GIT, "project_id": NOBODY}, 404),
        ("POST", "tools", {"kind": "git", "location": "https://example.org/x"}, 422),
        ("POST", "tools", {"kind": "github", "location": "file:///etc/passwd"}, 422),
        ("POST", "tools", {"kind": "jenkins", "location": f"https://ada:{TOKEN}@ci.example.org/job/x"}, 422),
    ],
)
def test_what_cannot_be_is_refused_without_telling_a_secret(
    client: TestClient, house: House, method: str, path: str, body: Any, status: int
) -> None:
    answer = client.request(method, f"{HERE}/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["detail"]
    assert TOKEN not in answer.text
    with house.open() as ws:
        assert list(ws.session.scalars(select(DataSource.id))) == []


def test_what_is_pushed_is_never_read(client: TestClient, house: House) -> None:
    with house.open() as ws:
        project = a_project(ws)
    pushed = {"id": "1", "environment": "production", "outcome": "success", "created_at": "2026-06-01T09:00:00Z"}
    client.post(f"/api/v1/projects/{project}/deployments", json=pushed | {"finished_at": "2026-06-01T09:04:00Z"})
    [source] = client.get(HERE).json()["sources"]
    assert client.post(f"{HERE}/{source['id']}/refreshes").status_code == 409
