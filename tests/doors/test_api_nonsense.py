"""Every route, also those to come: whatever nonsense it is sent, it answers with a problem that has a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import House
from tests.doors.test_api import served

NOBODY = "018f0000-0000-7000-8000-000000000000"
WORDS = ("nonsense", "%00", "%F0%9F")
BODIES: tuple[Any, ...] = (None, ["text"], {"unknown": 1})


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def operations(client: TestClient) -> list[tuple[str, str]]:
    """Each method with its path, of those in the documentation."""
    paths = client.get("/api/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, told in paths.items() for method in told]


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


def test_a_route_that_fails_would_be_found(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("maestro_core.reports.projects.project_facts", broken)
    assert not is_a_reason(client.get("/api/v1/projects"))
