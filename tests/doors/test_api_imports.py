"""Importing over REST, learning at once, and what the organisation decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.api.imports import OCTETS
from maestro_core.models import Project
from tests.actions.portfolio_files import PORTFOLIO, zipped
from tests.builders import a_finished_project, a_project
from tests.conftest import House
from tests.doors.serving import served
from tests.reports.stored_code import a_file, a_repository
from tests.reports.test_expectation import a_past

HERE = "/api/v1/imports"
FILE = zipped(PORTFOLIO)
ORGANISATION = "/api/v1/organisation"
WEIGHTS = {"model_performance": 1, "business_impact": 0, "delivery": 0}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def sent(
    client: TestClient, path: str = "", content: bytes = FILE, *, name: str = "past.zip", kind: str = OCTETS
) -> Any:
    return client.post(f"{HERE}{path}", params={"name": name}, content=content, headers={"content-type": kind})


def projects(house: House) -> int:
    with house.open(reading=True) as ws:
        return ws.session.scalar(select(func.count()).select_from(Project)) or 0


def test_a_file_is_looked_at_then_imported_and_adds_nothing_twice(client: TestClient, house: House) -> None:
    told = sent(client, "/preview").json()
    assert (told["counts"]["bad"], projects(house)) == (0, 0)
    assert {row["subject"] for row in told["rows"] if row["table"] == "projects"} == {"churn", "fraud"}
    first, second = sent(client).json(), sent(client).json()
    assert first == told["counts"]
    assert (second["new"], second["changed"], projects(house)) == (0, 0, 2)


def test_a_template_can_be_imported_as_it_is(client: TestClient) -> None:
    answer = client.get(f"{HERE}/template", params={"kind": "zip"})
    assert answer.headers["content-disposition"] == 'attachment; filename="maestro-portfolio.zip"'
    assert sent(client, "/preview", answer.content).json()["counts"]["bad"] == 0


def test_hostile_text_of_a_file_is_json_and_nothing_else(client: TestClient) -> None:
    hostile = "<script>alert(1)</script>"
    answer = sent(client, "/preview", f"name,complexity\n{hostile},{hostile}".encode(), name="projects.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["problems"]


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", ""])
def test_a_form_of_another_website_cannot_import(client: TestClient, house: House, kind: str) -> None:
    assert (sent(client, kind=kind).status_code, projects(house)) == (422, 0)
    elsewhere = {"content-type": OCTETS, "sec-fetch-site": "cross-site"}
    answer = client.post(HERE, params={"name": "past.zip"}, content=FILE, headers=elsewhere)
    assert (answer.status_code, projects(house)) == (403, 0)


@pytest.mark.parametrize(("name", "content"), [("past.zip", b"no zip"), ("x.exe", FILE), ("", FILE), ("x.csv", b"a")])
def test_what_is_no_portfolio_is_refused(client: TestClient, name: str, content: bytes) -> None:
    for path in ("", "/preview"):
        answer = sent(client, path, content, name=name)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_learning_at_once_says_what_came_of_each_question(client: TestClient, house: House) -> None:
    with house.open() as ws:
        a_past(ws, 12)
    told = client.post("/api/v1/training")
    assert told.status_code == 200, told.text
    questions = told.json()["questions"]
    assert questions["success"] == "learned from 12 projects"
    assert questions["impact"].endswith("18 are missing.")
    assert client.get("/api/v1/predictions/models/success").json()["trained_at"]


def test_what_the_organisation_decides_is_told_tried_and_changed(client: TestClient, house: House) -> None:
    with house.open() as ws:
        a_finished_project(ws, success=60)
    assert client.get(f"{ORGANISATION}/weights-effect", params=WEIGHTS).json()["projects"] == 1
    changed = client.patch(ORGANISATION, json={"currency": "chf", "week_starts_on": 6})
    assert changed.status_code == 200, changed.text
    known = client.get(ORGANISATION).json()
    assert (known["currency"], known["week_starts_on"], known["name"]) == ("CHF", 6, "Test")


def test_files_are_left_out_after_a_look_at_what_that_does(client: TestClient, house: House) -> None:
    with house.open() as ws:
        repository = a_repository(ws, a_project(ws))
        for path in ("src/a.py", "made/b.py"):
            a_file(ws, repository, path)
    told = {"patterns": ["made/"]}
    effect = client.post(f"{ORGANISATION}/left-out-paths/preview", json=told).json()
    assert (effect["left_out"], effect["lines_left_out"], effect["largest"][0]["path"]) == (1, 100, "made/b.py")
    assert client.put(f"{ORGANISATION}/left-out-paths", json=told).json() == {"files": 1}
    assert client.put(f"{ORGANISATION}/left-out-paths", json={"patterns": None}).json() == {"files": 1}
    assert client.get(ORGANISATION).json()["left_out_paths"] is None


def test_working_hours_are_told_shown_and_taken_away(client: TestClient) -> None:
    told = {"days": [0, 1, 2], "opens": 9, "closes": 17, "zone": "Europe/Berlin"}
    assert client.put(f"{ORGANISATION}/working-hours", json={"working_hours": told}).json()["working_hours"] == told
    assert client.get(ORGANISATION).json()["working_hours"] == told
    client.put(f"{ORGANISATION}/working-hours", json={"working_hours": None})
    assert client.get(ORGANISATION).json()["working_hours"] is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"currency": "euro"}),
        ("PATCH", "", {"time_zone": "Mars/Olympus"}),
        ("PATCH", "", {"name": None}),
        ("PATCH", "", {"name": "a\x00b"}),
        ("PATCH", "", {"left_out_paths": []}),
        ("PATCH", "", {"weight_model_performance": 0, "weight_business_impact": 0, "weight_delivery": 0}),
        ("GET", "/weights-effect?model_performance=0&business_impact=0&delivery=0", None),
        ("GET", "/weights-effect?model_performance=nan&business_impact=0&delivery=1", None),
        ("PUT", "/left-out-paths", {}),
        ("PUT", "/working-hours", {}),
        ("PUT", "/working-hours", {"working_hours": {"days": [0, 1], "opens": 17, "closes": 9, "zone": "UTC"}}),
        ("PUT", "/working-hours", {"working_hours": {"days": [0, 1], "opens": 9, "closes": 17, "zone": "Mars"}}),
        ("PUT", "/left-out-paths", {"patterns": ["*" * 9]}),
        ("PUT", "/left-out-paths", {"patterns": ["a\x00"]}),
        ("POST", "/left-out-paths/preview", {"patterns": ["x" * 201]}),
    ],
)
def test_what_cannot_be_decided_is_refused(client: TestClient, method: str, path: str, body: Any) -> None:
    answer = client.request(method, f"{ORGANISATION}{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    assert answer.json()["detail"]
