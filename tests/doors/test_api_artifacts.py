"""What is learned of artifacts, over REST."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tests.builders import a_project, a_use, a_version, an_artifact
from tests.conftest import NOW, House
from tests.doors.serving import served

DAY = timedelta(days=1)


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with served(house.portfolio) as client:
        yield client


def test_companions_and_upgrades_are_told_of_artifact_and_project(client: TestClient, house: House) -> None:
    with house.open() as ws:
        mine, friend = an_artifact(ws, "mine"), an_artifact(ws, "friend")
        old, _ = (a_version(ws, mine, name, NOW - days * DAY) for name, days in (("1", 20), ("2", 10)))
        projects = [a_project(ws) for _ in range(3)]
        for project in projects:
            a_use(ws, mine, project, version_id=old)
            a_use(ws, friend, project)
    companions = client.get(f"/api/v1/artifacts/{mine}/companions", params={"limit": 5}).json()["companions"]
    assert [(row["name"], row["together"], row["effect"]) for row in companions] == [("friend", 3, None)]
    upgrades = client.get(f"/api/v1/artifacts/{mine}/upgrades").json()
    assert (upgrades["newest"], len(upgrades["staying"])) == ("2", 3)
    behind = client.get(f"/api/v1/projects/{projects[0]}/upgrades").json()["upgrades"]
    assert [(row["name"], row["version"], row["newest"]) for row in behind] == [("mine", "1", "2")]


def test_what_was_never_learned_is_told_with_its_reason(client: TestClient) -> None:
    reuse = client.get("/api/v1/artifacts/reuse").json()
    assert [one["target"] for one in reuse["outcomes"]] == ["success", "duration", "cost"]
    assert all(one["difference"]["reason"] for one in reuse["outcomes"])
    questions = client.get("/api/v1/projects/correlations").json()["questions"]
    assert len(questions) == 3
    assert all(one["correlation"]["reason"] for one in questions)


@pytest.mark.parametrize("path", ["artifacts/{}/companions", "artifacts/{}/upgrades", "projects/{}/upgrades"])
def test_what_does_not_exist_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/api/v1/{path.format(uuid4())}").status_code == 404
