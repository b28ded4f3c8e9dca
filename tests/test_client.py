"""The client that users import, against a small REST server that keeps what it is told, and a real MLflow server."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from fastapi import FastAPI, HTTPException, Request

from maestro_core.client import FoundArtifact, Maestro
from maestro_core.collectors.mlflow import MLflow
from maestro_core.errors import InvalidInput, MaestroError, NotAllowed, NotFound, NotNow, SourceUnavailable
from maestro_core.terms import ArtifactKind
from tests.mlflow_server import Laboratory, a_free_port, a_laboratory

pytest_plugins = ("tests.mlflow_server",)


@dataclass
class Told:
    """What the server knows and was told."""

    url: str = ""
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    uses: list[dict[str, Any]] = field(default_factory=list)
    searches: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def artifact(self, name: str, kind: ArtifactKind = ArtifactKind.MODEL) -> str:
        self.artifacts.append({"id": str(uuid4()), "name": name, "kind": str(kind), "tags": []})
        return str(self.artifacts[-1]["id"])

    @property
    def used(self) -> list[tuple[str, str | None, str]]:
        """Name, version and origin of each use."""
        names = {each["id"]: each["name"] for each in self.artifacts}
        return [(names[use["artifact_id"]], use["version"], use["origin"]) for use in self.uses]


def an_application(told: Told) -> FastAPI:  # noqa: C901 - six routes, each of one line
    """The routes of the REST interface that the client calls."""
    app = FastAPI()

    @app.get("/api/v1/health")
    def health(request: Request) -> dict[str, str]:
        told.keys.append(request.headers.get("Authorization"))
        return {"status": "ok"}

    @app.get("/api/v1/projects")
    def projects() -> dict[str, Any]:
        return {"projects": [{"name": "Churn 2026"}]}

    @app.get("/api/v1/artifacts")
    def artifacts(name: str, kind: str | None = None) -> dict[str, Any]:
        return {"artifacts": [each for each in told.artifacts if each["name"] == name and kind in {None, each["kind"]}]}

    @app.post("/api/v1/artifacts", status_code=201)
    def register(artifact: dict[str, Any]) -> dict[str, Any]:
        told.artifacts.append({"id": str(uuid4())} | artifact)
        return told.artifacts[-1]

    @app.post("/api/v1/artifacts/search")
    def search(question: dict[str, Any]) -> dict[str, Any]:
        told.searches.append(question)
        return {"artifacts": told.artifacts}

    @app.post("/api/v1/artifacts/{artifact_id}/use", status_code=201)
    def use(artifact_id: str, event: dict[str, Any]) -> dict[str, str]:
        if event.get("project") == "nobody's":
            raise HTTPException(403, "A viewer may not use artifacts.")
        told.uses.append({"artifact_id": artifact_id} | event)
        return {}

    return app


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    server = uvicorn.Server(uvicorn.Config(an_application(told), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    told.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield told
    server.should_exit = True
    thread.join()


@pytest.fixture
def maestro(told: Told) -> Iterator[Maestro]:
    with Maestro(told.url, key="s3cret") as maestro:
        yield maestro


@pytest.fixture
def nobody() -> Iterator[Maestro]:
    """A client of a server that is down."""
    with Maestro(f"http://127.0.0.1:{a_free_port()}") as maestro:
        yield maestro


@pytest.fixture(scope="module")
def trained(mlflow_url: str) -> tuple[Laboratory, str, str]:
    """A laboratory, its registered model in one version with the alias champion, and the logged model behind."""
    laboratory = a_laboratory(mlflow_url)
    name = f"churn {uuid4().hex[:6]}"
    _, model = laboratory.train(register_as=name)
    laboratory.client.set_registered_model_alias(name, "champion", 1)
    return laboratory, name, model


def origins_collected(laboratory: Laboratory) -> set[str]:
    collector = MLflow(url=laboratory.url, experiments={laboratory.experiment: None}, now=datetime.now(UTC))
    return {use.origin for batch in collector.collect({}) for use in batch.uses}


def test_a_use_is_told_for_the_artifact_of_that_name(maestro: Maestro, told: Told) -> None:
    told.artifact("sales", ArtifactKind.DATASET)
    model = told.artifact("churn")
    maestro.use("churn", project="Churn 2026", version="3", person="Ada")
    (use,) = told.uses
    assert (use["artifact_id"], use["project"], use["version"], use["person"]) == (model, "Churn 2026", "3", "Ada")


def test_a_project_can_be_told_by_its_id(maestro: Maestro, told: Told) -> None:
    told.artifact("churn")
    project = uuid4()
    maestro.use("churn", project=project)
    assert told.uses[0]["project_id"] == str(project)
    assert "project" not in told.uses[0]


def test_two_uses_are_two_events(maestro: Maestro, told: Told) -> None:
    told.artifact("churn")
    maestro.use("churn", project="Churn 2026")
    maestro.use("churn", project="Churn 2026")
    assert len({use["origin"] for use in told.uses}) == 2


def test_an_unknown_name_is_not_found(maestro: Maestro) -> None:
    with pytest.raises(NotFound, match="no artifact named churn"):
        maestro.use("churn", project="Churn 2026")


def test_a_name_that_kinds_share_needs_the_kind(maestro: Maestro, told: Told) -> None:
    told.artifact("churn", ArtifactKind.DATASET)
    model = told.artifact("churn")
    with pytest.raises(InvalidInput) as refused:
        maestro.artifact("churn")
    assert refused.value.advice == "Say which kind: dataset, model."
    assert str(maestro.artifact("churn", kind="model").id) == model


def test_what_is_registered_can_be_used(maestro: Maestro, told: Told) -> None:
    made = maestro.register("churn", kind=ArtifactKind.MODEL, description="Who leaves", tags=["gold"])
    assert isinstance(made, FoundArtifact)
    assert (made.name, made.kind, made.tags) == ("churn", ArtifactKind.MODEL, ("gold",))
    maestro.use(made, project="Churn 2026")
    assert told.uses[0]["artifact_id"] == str(made.id)


def test_a_search_says_words_kind_and_tags(maestro: Maestro, told: Told) -> None:
    told.artifact("churn")
    assert [each.name for each in maestro.search("leaving", kind="model", tags=["gold"])] == ["churn"]
    assert told.searches == [{"query": "leaving", "kind": "model", "tags": ["gold"]}]


def test_health_and_projects_answer_and_the_key_is_sent(maestro: Maestro, told: Told) -> None:
    assert maestro.health() == {"status": "ok"}
    assert told.keys == ["Bearer s3cret"]
    assert maestro.projects() == [{"name": "Churn 2026"}]


def test_a_refusal_is_said_in_the_words_of_the_server(maestro: Maestro, told: Told) -> None:
    told.artifact("churn")
    with pytest.raises(NotAllowed, match="A viewer may not use artifacts"):
        maestro.use("churn", project="nobody's")


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


@pytest.mark.parametrize("address", ["models:/{name}/1", "models:/{name}@champion", "models:/{model}"])
def test_a_model_loaded_in_a_run_is_an_edge_in_mlflow_and_one_use(
    maestro: Maestro, told: Told, trained: tuple[Laboratory, str, str], address: str
) -> None:
    import mlflow

    laboratory, name, model = trained
    mlflow.set_tracking_uri(laboratory.url)
    with mlflow.start_run(experiment_id=laboratory.experiment) as run:
        loaded = maestro.load_model(address.format(name=name, model=model), project="Churn 2026")
    assert list(loaded.predict([[0.0], [3.0]])) == [0, 1]
    assert told.used == [(name, "1", f"mlflow:{run.info.run_id}:{model}")]
    assert f"mlflow:{run.info.run_id}:{model}" in origins_collected(laboratory)


def test_a_model_can_be_loaded_by_the_module_that_made_it(
    maestro: Maestro, trained: tuple[Laboratory, str, str]
) -> None:
    import mlflow

    laboratory, name, _ = trained
    mlflow.set_tracking_uri(laboratory.url)
    loaded = maestro.load_model(f"models:/{name}/1", project="Churn 2026", flavor="sklearn")
    assert type(loaded).__name__ == "LogisticRegression"


def test_a_model_loaded_outside_a_run_is_a_use_all_the_same(
    maestro: Maestro, told: Told, trained: tuple[Laboratory, str, str]
) -> None:
    import mlflow

    laboratory, name, _ = trained
    mlflow.set_tracking_uri(laboratory.url)
    maestro.load_model(f"models:/{name}/1", project="Churn 2026")
    ((used, version, origin),) = told.used
    assert (used, version) == (name, "1")
    assert origin.startswith("client:")


def test_a_logged_model_without_a_name_is_loaded_and_no_use_yet(
    maestro: Maestro, told: Told, laboratory: Laboratory
) -> None:
    import mlflow

    _, model = laboratory.train()
    with mlflow.start_run(experiment_id=laboratory.experiment):
        maestro.load_model(f"models:/{model}", project="Churn 2026")
    assert told.uses == []


def test_a_model_without_a_version_is_refused(maestro: Maestro) -> None:
    with pytest.raises(InvalidInput, match="names no model with a version"):
        maestro.load_model("models:/churn", project="Churn 2026")


def test_training_goes_on_without_maestro_and_the_edge_is_kept_in_mlflow(
    nobody: Maestro, trained: tuple[Laboratory, str, str]
) -> None:
    import mlflow

    laboratory, name, model = trained
    mlflow.set_tracking_uri(laboratory.url)
    promised = pytest.warns(UserWarning, match="The next refresh will find it in MLflow")
    with promised, mlflow.start_run(experiment_id=laboratory.experiment) as run:
        nobody.load_model(f"models:/{name}/1", project="Churn 2026")
    assert f"mlflow:{run.info.run_id}:{model}" in origins_collected(laboratory)


@pytest.mark.parametrize("name", ["sales", "dataset"])
def test_a_dataset_loaded_in_a_run_is_an_edge_in_mlflow_and_one_use(
    maestro: Maestro, told: Told, laboratory: Laboratory, tmp_path: Path, name: str
) -> None:
    import mlflow

    file = tmp_path / "sales.csv"
    file.write_text("month,amount\njanuary,1.5\nfebruary,2.5\n")
    mlflow.set_tracking_uri(laboratory.url)
    with mlflow.start_run(experiment_id=laboratory.experiment):
        frame = maestro.load_dataset(str(file), name=name, project="Churn 2026")
    assert list(frame["amount"]) == [1.5, 2.5]
    ((used, digest, origin),) = told.used
    assert used == (name if name == "sales" else f"dataset {digest}")
    assert told.artifacts[0]["kind"] == "dataset"
    assert origins_collected(laboratory) == {origin}


def test_data_that_changed_is_refused_where_a_digest_is_expected(maestro: Maestro, told: Told, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text("month,amount\njanuary,1.5\n")
    maestro.load_dataset(str(file), name="sales", project="Churn 2026")
    ((_, digest, _),) = told.used
    maestro.load_dataset(str(file), name="sales", project="Churn 2026", digest=digest)
    file.write_text("month,amount\njanuary,99.5\n")
    with pytest.raises(InvalidInput, match="the data changed"):
        maestro.load_dataset(str(file), name="sales", project="Churn 2026", digest=digest)
    assert len(told.uses) == 2


def test_importing_the_client_loads_neither_mlflow_nor_a_database() -> None:
    script = (
        "import sys, maestro_core.client; print({'mlflow', 'sqlalchemy', 'pandas', 'streamlit'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
