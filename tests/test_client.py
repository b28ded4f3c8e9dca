"""The client that users import, against the real REST interface and a real MLflow server."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Mount

from app.api.main import create_api
from maestro_core.actions.store_mlflow import store_mlflow
from maestro_core.client import FoundArtifact, Maestro
from maestro_core.collectors.mlflow import MLflow
from maestro_core.database import connect, sqlite_url
from maestro_core.errors import InvalidInput, MaestroError, NotAllowed, NotFound, NotNow, SourceUnavailable
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion, DataSource, Person, Project, TrackedExperiment
from maestro_core.portfolios import Portfolio, Portfolios, add_tenant
from maestro_core.terms import ArtifactKind, SourceKind
from maestro_core.vault import Vault
from maestro_core.workspace import Workspace, open_workspace
from tests.builders import a_project, added, an_artifact
from tests.mlflow_server import Laboratory, a_free_port, a_laboratory

PROJECT = "Churn 2026"


@dataclass(frozen=True)
class Told:
    """A tenant behind the REST interface: what it knows, and what it was told."""

    url: str
    portfolio: Portfolio
    keys: list[str]

    def artifact(self, name: str, kind: ArtifactKind = ArtifactKind.MODEL) -> str:
        with self.open() as ws:
            return str(an_artifact(ws, name, kind=kind))

    def open(self) -> AbstractContextManager[Workspace]:
        return open_workspace(self.portfolio.engine, self.portfolio.membership_id)

    @property
    def used(self) -> list[tuple[Any, ...]]:
        """Name, version and origin of each use."""
        statement = (
            select(Artifact.name, ArtifactVersion.version, ArtifactUsage.origin)
            .join(ArtifactUsage, ArtifactUsage.artifact_id == Artifact.id)
            .outerjoin(ArtifactVersion, ArtifactVersion.id == ArtifactUsage.version_id)
            .order_by(ArtifactUsage.id)
        )
        with self.open() as ws:
            return [tuple(row) for row in ws.session.execute(statement)]


@pytest.fixture
def portfolio(tmp_path: Path, vault: Vault, migrated_file: Path) -> Iterator[Portfolio]:
    shutil.copyfile(migrated_file, tmp_path / "maestro.sqlite")
    engine = connect(sqlite_url(tmp_path / "maestro.sqlite"), vault=vault)
    with engine.connect() as connection, connection.begin():
        membership_id = add_tenant(connection, "Test", is_sample=False)
    yield Portfolio(engine, membership_id, is_sample=False)
    engine.dispose()


@pytest.fixture
def told(portfolio: Portfolio) -> Iterator[Told]:
    """The real REST interface, with one project."""
    api = Starlette(routes=[Mount("/api", create_api(Portfolios(own=portfolio, sample=portfolio)))])
    keys: list[str] = []

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        keys.extend(value.decode() for name, value in scope.get("headers", ()) if name == b"authorization")
        await api(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(listening, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    told = Told(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", portfolio, keys)
    with told.open() as ws:
        a_project(ws, PROJECT)
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


@pytest.mark.parametrize("address", ["models:/{name}/1", "models:/{name}@champion", "models:/{model}"])
def test_a_model_loaded_in_a_run_is_an_edge_in_mlflow_and_one_use(
    maestro: Maestro, told: Told, trained: tuple[Laboratory, str, str], address: str
) -> None:
    import mlflow

    laboratory, name, model = trained
    mlflow.set_tracking_uri(laboratory.url)
    with mlflow.start_run(experiment_id=laboratory.experiment) as run:
        loaded = maestro.load_model(address.format(name=name, model=model), project=PROJECT)
    assert list(loaded.predict([[0.0], [3.0]])) == [0, 1]
    assert told.used == [(name, "1", f"mlflow:{run.info.run_id}:{model}")]
    assert f"mlflow:{run.info.run_id}:{model}" in origins_collected(laboratory)


@pytest.mark.parametrize("client_first", [True, False])
def test_what_client_and_collector_both_tell_counts_once(
    maestro: Maestro, told: Told, laboratory: Laboratory, tmp_path: Path, client_first: bool
) -> None:
    import mlflow

    with told.open() as ws:
        project = ws.session.scalars(select(Project.id)).one()
        named = {"kind": SourceKind.MLFLOW, "name": "MLflow", "location": laboratory.url, "created_at": ws.now}
        source = added(ws, DataSource(**named))
        chosen = {"source_id": source, "project_id": project, "external_id": laboratory.experiment, "name": "churn"}
        added(ws, TrackedExperiment(**chosen))
    (tmp_path / "sales.csv").write_text("month,amount\njanuary,1.5\n")
    mlflow.set_tracking_uri(laboratory.url)

    def load() -> None:
        maestro.load_dataset(str(tmp_path / "sales.csv"), name="sales", project=PROJECT)

    def refresh() -> None:
        collector = MLflow(url=laboratory.url, experiments={laboratory.experiment: None}, now=datetime.now(UTC))
        for batch in collector.collect({}):
            with told.open() as ws:
                store_mlflow(ws, ws.get(DataSource, source), batch)

    with mlflow.start_run(experiment_id=laboratory.experiment):
        load()
        if not client_first:
            refresh()
            load()
    refresh()
    assert len(told.used) == 1


def test_a_model_can_be_loaded_by_the_module_that_made_it(
    maestro: Maestro, trained: tuple[Laboratory, str, str]
) -> None:
    import mlflow

    laboratory, name, _ = trained
    mlflow.set_tracking_uri(laboratory.url)
    loaded = maestro.load_model(f"models:/{name}/1", project=PROJECT, flavor="sklearn")
    assert type(loaded).__name__ == "LogisticRegression"


def test_a_model_loaded_outside_a_run_is_a_use_all_the_same(
    maestro: Maestro, told: Told, trained: tuple[Laboratory, str, str]
) -> None:
    import mlflow

    laboratory, name, _ = trained
    mlflow.set_tracking_uri(laboratory.url)
    maestro.load_model(f"models:/{name}/1", project=PROJECT)
    ((used, version, origin),) = told.used
    assert (used, version) == (name, "1")
    assert origin.startswith("client:")


def test_a_logged_model_without_a_name_is_loaded_and_no_use_yet(
    maestro: Maestro, told: Told, laboratory: Laboratory
) -> None:
    import mlflow

    _, model = laboratory.train()
    with mlflow.start_run(experiment_id=laboratory.experiment):
        maestro.load_model(f"models:/{model}", project=PROJECT)
    assert told.used == []


def test_a_model_without_a_version_is_refused(maestro: Maestro) -> None:
    with pytest.raises(InvalidInput, match="names no model with a version"):
        maestro.load_model("models:/churn", project=PROJECT)


def test_training_goes_on_without_maestro_and_the_edge_is_kept_in_mlflow(
    nobody: Maestro, trained: tuple[Laboratory, str, str]
) -> None:
    import mlflow

    laboratory, name, model = trained
    mlflow.set_tracking_uri(laboratory.url)
    promised = pytest.warns(UserWarning, match="The next refresh will find it in MLflow")
    with promised, mlflow.start_run(experiment_id=laboratory.experiment) as run:
        nobody.load_model(f"models:/{name}/1", project=PROJECT)
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
        frame = maestro.load_dataset(str(file), name=name, project=PROJECT)
    assert list(frame["amount"]) == [1.5, 2.5]
    ((used, digest, origin),) = told.used
    assert used == (name if name == "sales" else f"dataset {digest}")
    with told.open() as ws:
        assert ws.session.scalars(select(Artifact.kind)).all() == [ArtifactKind.DATASET]
    assert origins_collected(laboratory) == {origin}


def test_data_that_changed_is_refused_where_a_digest_is_expected(maestro: Maestro, told: Told, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text("month,amount\njanuary,1.5\n")
    maestro.load_dataset(str(file), name="sales", project=PROJECT)
    ((_, digest, _),) = told.used
    maestro.load_dataset(str(file), name="sales", project=PROJECT, digest=digest)
    file.write_text("month,amount\njanuary,99.5\n")
    with pytest.raises(InvalidInput, match="the data changed"):
        maestro.load_dataset(str(file), name="sales", project=PROJECT, digest=digest)
    assert len(told.used) == 2


def test_importing_the_client_loads_neither_mlflow_nor_a_database() -> None:
    script = (
        "import sys, maestro_core.client; print({'mlflow', 'sqlalchemy', 'pandas', 'streamlit'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
