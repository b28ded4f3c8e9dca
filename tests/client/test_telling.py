"""The client that users import, against the real REST interface."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import select

from maestro_core.client import FoundArtifact, Maestro
from maestro_core.errors import InvalidInput, MaestroError, NotAllowed, NotFound, NotNow, SourceUnavailable
from maestro_core.models import Person, Project
from maestro_core.terms import ArtifactKind
from tests.client.told import PROJECT, Told


def test_a_use_is_told_for_the_artifact_of_that_name(maestro: Maestro, told: Told) -> None:
    told.artifact("sales", ArtifactKind.DATASET)
    told.artifact("churn")
    maestro.use("churn", project=PROJECT, version="3", person="Ada")
    ((name, version, _),) = told.used
    assert (name, version) == ("churn", "3")
    with told.open() as ws:
        assert ws.session.scalars(select(Person.name)).all() == ["Ada"]


def test_a_project_can_be_told_by_its_id(maestro: Maestro, told: Told) -> None:
    told.artifact("churn")
    with told.open() as ws:
        project = ws.session.scalars(select(Project.id)).one()
    maestro.use("churn", project=project)
    assert len(told.used) == 1


def test_two_uses_are_two_events_and_one_told_twice_is_one(maestro: Maestro, told: Told) -> None:
    told.artifact("churn")
    for origin in (None, None, "run 1", "run 1"):
        maestro.use("churn", project=PROJECT, origin=origin)
    assert len(told.used) == 3


def test_an_unknown_name_is_not_found(maestro: Maestro) -> None:
    with pytest.raises(NotFound, match="no artifact named churn"):
        maestro.use("churn", project=PROJECT)


def test_a_name_that_kinds_share_needs_the_kind(maestro: Maestro, told: Told) -> None:
    told.artifact("churn", ArtifactKind.DATASET)
    model = told.artifact("churn")
    with pytest.raises(InvalidInput) as refused:
        maestro.artifact("churn")
    assert refused.value.advice == "Say which kind: dataset, model."
    assert str(maestro.artifact("churn", kind="model").artifact_id) == model


def test_what_is_registered_can_be_used(maestro: Maestro, told: Told) -> None:
    made = maestro.register("churn", kind=ArtifactKind.MODEL, description="Who leaves", tags=["gold"])
    assert isinstance(made, FoundArtifact)
    assert (made.name, made.kind, made.tags) == ("churn", ArtifactKind.MODEL, ("gold",))
    maestro.use(made, project=PROJECT)
    assert [name for name, _, _ in told.used] == ["churn"]


def test_registering_again_erases_nothing_that_was_told_before(maestro: Maestro) -> None:
    maestro.register("churn", kind="model", description="Who leaves", owner="Ada", tags=["gold"])
    again = maestro.register("churn", kind="model", owner="Grace")
    assert (again.description, again.owner, again.tags) == ("Who leaves", "Grace", ("gold",))


def test_a_search_finds_by_words_kind_and_tags(maestro: Maestro) -> None:
    maestro.register("churn", kind="model", description="Who is leaving", tags=["gold"])
    maestro.register("leaving letters", kind="dataset", tags=["gold"])
    maestro.register("leaving early", kind="model")
    assert [each.name for each in maestro.search("leaving", kind="model", tags=["gold"])] == ["churn"]
    assert len(maestro.search()) == 3


def test_health_and_projects_answer_and_the_key_is_sent(maestro: Maestro, told: Told) -> None:
    assert maestro.health()["status"] == "ok"
    assert told.keys == ["Bearer s3cret"]
    assert [project["name"] for project in maestro.projects()] == [PROJECT]


def test_a_refusal_is_said_in_the_words_of_the_server(maestro: Maestro, told: Told) -> None:
    told.artifact("churn")
    with pytest.raises(NotFound, match="There is no project named nobody's") as refused:
        maestro.use("churn", project="nobody's")
    assert refused.value.advice == "Add the project first, or correct its name."


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (409, NotNow),
        (422, InvalidInput),
        (502, SourceUnavailable),
    ],
)
def test_each_status_is_an_error_of_its_own(status: int, error: type[MaestroError]) -> None:
    from maestro_core.client import _error

    problem = _error(status, {"title": "Title", "detail": "What happened.", "advice": "What to do."})
    assert type(problem) is error
    assert (problem.message, problem.advice) == ("What happened.", "What to do.")


def test_a_server_that_is_down_is_unavailable(nobody: Maestro) -> None:
    with pytest.raises(SourceUnavailable, match="does not answer"):
        nobody.search("churn")


def test_a_page_that_is_not_maestro_is_unavailable(mlflow_url: str) -> None:
    with Maestro(mlflow_url) as maestro, pytest.raises(SourceUnavailable):
        maestro.health()


def test_importing_the_client_loads_neither_mlflow_nor_a_database() -> None:
    script = (
        "import sys, maestro_core.client; print({'mlflow', 'sqlalchemy', 'pandas', 'streamlit'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
