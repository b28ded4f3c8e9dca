"""Every route, also those to come: whatever nonsense it is sent, it answers with a problem that has a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.builders import a_project
from tests.conftest import House
from tests.doors.serving import served

NOBODY = "018f0000-0000-7000-8000-000000000000"
WORDS = ("nonsense", "%00", "%F0%9F")
UNHELD = ("%00", "%F0%9F", "%ED%A0%80")
BODIES: tuple[Any, ...] = (None, ["text"], {"unknown": 1})


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def operations(client: TestClient) -> list[tuple[str, str]]:
    """Each method with its path, of those in the documentation."""
    paths = client.get("/api/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, told in paths.items() for method in told]


def questions(client: TestClient) -> list[tuple[str, str]]:
    """Each address that is read, with the name of each parameter of its query."""
    paths = client.get("/api/openapi.json").json()["paths"]
    asked = [(path, each) for path, told in paths.items() for each in told.get("get", {}).get("parameters", [])]
    return [(path, each["name"]) for path, each in asked if each["in"] == "query"]


def filled(path: str, word: str) -> str:
    return re.sub(r"\{\w+\}", word, f"/api{path}")


def is_a_reason(answer: Any) -> bool:
    """Whether it is an answer, or a problem that says why there is none."""
    if answer.status_code < 400:
        return True
    is_problem = answer.headers["content-type"] == "application/problem+json"
    return answer.status_code < 500 and is_problem and bool(answer.json()["detail"])


def test_bodies_that_say_nothing_are_refused_with_a_reason(client: TestClient) -> None:
    odd = []
    for method, path in operations(client):
        for body in BODIES if method in ("POST", "PUT", "PATCH") else BODIES[:1]:
            content = None if body is None else json.dumps(body)
            headers = {"content-type": "application/json"}
            answer = client.request(method, filled(path, NOBODY), content=content, headers=headers)
            if not is_a_reason(answer):
                odd.append((method, path, body, answer.status_code, answer.text[:200]))
    assert odd == []


def test_addresses_that_name_nothing_are_refused_with_a_reason(client: TestClient) -> None:
    odd = []
    for method, path in operations(client):
        for word in WORDS if "{" in path else ():
            answer = client.request(method, filled(path, word))
            if not is_a_reason(answer):
                odd.append((method, path, word, answer.status_code, answer.text[:200]))
    assert odd == []


def test_questions_of_what_no_database_can_hold_are_refused_with_a_reason(client: TestClient, house: House) -> None:
    with house.open() as ws:
        project = a_project(ws)
    odd = []
    for path, name in questions(client):
        address = filled(path, str(project))
        for word in UNHELD:
            answer = client.get(f"{address}?{name}={word}")
            if not is_a_reason(answer):
                odd.append((path, name, word, answer.status_code, answer.text[:200]))
    assert odd == []


@pytest.mark.parametrize("asked", [{"query": "a\x00b"}, {"owners": ["\ud800"]}, {"tags": ["\x00"]}])
def test_a_search_for_what_no_database_can_hold_is_refused_with_a_reason(client: TestClient, asked: Any) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/api/v1/artifacts/search", content=json.dumps(asked), headers=headers)
    assert (answer.status_code, is_a_reason(answer)) == (422, True)


def test_a_route_that_fails_would_be_found(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("maestro_core.reports.projects.project_facts", broken)
    assert not is_a_reason(client.get("/api/v1/projects"))
