"""Models and datasets loaded through the client, with the real REST interface and a real MLflow server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from maestro_core.actions.store_mlflow import store_mlflow
from maestro_core.client import Maestro
from maestro_core.collectors.mlflow import MLflow
from maestro_core.errors import InvalidInput
from maestro_core.models import Artifact, DataSource, Project, TrackedExperiment
from maestro_core.terms import ArtifactKind, SourceKind
from tests.builders import added
from tests.client.told import PROJECT, Told
from tests.mlflow_server import Laboratory


def origins_collected(laboratory: Laboratory) -> set[str]:
    collector = MLflow(url=laboratory.url, experiments={laboratory.experiment: None}, now=datetime.now(UTC))
    return {use.origin for batch in collector.collect({}) for use in batch.uses}


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
