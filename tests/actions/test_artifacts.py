"""Artifacts are known by kind and name, and each use is told once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from maestro_core.actions.artifacts import (
    add_version,
    change_artifact,
    register_artifact,
    remove_artifact,
    use_artifact,
)
from maestro_core.errors import InvalidInput, NotAllowed, NotFound, NotNow
from maestro_core.models import ArtifactUsage, ArtifactVersion, Person
from maestro_core.reports.artifacts import artifact
from maestro_core.terms import ArtifactKind, Role
from maestro_core.workspace import Workspace
from tests.builders import a_project, an_artifact
from tests.conftest import NOW, House


def number_of(ws: Workspace, table: type) -> int | None:
    return ws.session.scalar(select(func.count()).select_from(table))


def test_registering_again_keeps_the_key_and_changes_only_what_is_told(ws: Workspace) -> None:
    told = {"name": "orders", "kind": ArtifactKind.DATASET}
    first = register_artifact(ws, **told, description="Daily", tags=["b", "a", "b"])
    again = register_artifact(ws, **told, owner="Ada")
    assert again == first
    answer = artifact(ws, artifact_id=first)
    assert (answer.description, answer.owner, answer.tags) == ("Daily", "Ada", ("b", "a"))
    assert register_artifact(ws, name="orders", kind=ArtifactKind.MODEL) != first


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://", "http:// x"])
def test_only_web_addresses_are_links(ws: Workspace, url: str) -> None:
    with pytest.raises(InvalidInput, match="Url should start with http"):
        register_artifact(ws, name="orders", kind=ArtifactKind.DATASET, url=url)


def test_a_taken_name_is_refused(ws: Workspace) -> None:
    an_artifact(ws, "orders")
    other = an_artifact(ws, "sales")
    with pytest.raises(NotNow, match="a model named orders"):
        change_artifact(ws, artifact_id=other, name="orders")
    change_artifact(ws, artifact_id=other, name="orders", kind="dataset")
    assert artifact(ws, artifact_id=other).kind is ArtifactKind.DATASET


def test_a_version_is_added_once(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    first = add_version(ws, artifact_id=artifact_id, version="1", digest="abc")
    assert add_version(ws, artifact_id=artifact_id, version="1", tags=["production"]) == first
    row = artifact(ws, artifact_id=artifact_id).versions.iloc[0]
    assert (row["digest"], row["tags"]) == ("abc", ["production"])


def test_a_use_told_twice_counts_once(ws: Workspace) -> None:
    artifact_id, project_id = an_artifact(ws), a_project(ws, "churn")
    assert use_artifact(ws, artifact_id=artifact_id, project="churn", version="3", person="Ada", origin="run 1")
    assert not use_artifact(ws, artifact_id=artifact_id, project=project_id, origin="run 1")
    assert use_artifact(ws, artifact_id=artifact_id, project=project_id, version="3", person="Ada")
    assert [number_of(ws, table) for table in (ArtifactUsage, ArtifactVersion, Person)] == [2, 1, 1]
    assert set(ws.session.scalars(select(ArtifactUsage.used_at))) == {NOW}


def test_a_person_is_told_by_name_or_address(ws: Workspace) -> None:
    artifact_id, project_id = an_artifact(ws), a_project(ws)
    for person in ("ada@example.org", "Ada@Example.org"):
        use_artifact(ws, artifact_id=artifact_id, project=project_id, person=person)
    assert ws.session.execute(select(Person.name, Person.email)).all() == [("ada", "ada@example.org")]


def test_what_does_not_exist_is_not_found(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    for attempt in (
        lambda: use_artifact(ws, artifact_id=artifact_id, project="nobody's"),
        lambda: use_artifact(ws, artifact_id=artifact_id, project=uuid4()),
        lambda: use_artifact(ws, artifact_id=uuid4(), project="churn"),
        lambda: add_version(ws, artifact_id=uuid4(), version="1"),
        lambda: change_artifact(ws, artifact_id=uuid4()),
        lambda: remove_artifact(ws, artifact_id=uuid4()),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_removing_an_artifact_removes_its_uses(house: House) -> None:
    with house.open() as ws:
        artifact_id = an_artifact(ws)
        use_artifact(ws, artifact_id=artifact_id, project=a_project(ws), version="1")
        remove_artifact(ws, artifact_id=artifact_id)
    with house.open() as ws:
        assert [number_of(ws, table) for table in (ArtifactUsage, ArtifactVersion)] == [0, 0]


def test_a_viewer_may_not_use_artifacts(house: House) -> None:
    with house.open() as ws:
        artifact_id, project_id = an_artifact(ws), a_project(ws)
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        use_artifact(ws, artifact_id=artifact_id, project=project_id)
