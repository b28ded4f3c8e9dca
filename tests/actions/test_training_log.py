"""What was learned, logged to a real MLflow server: once, with its numbers, and only where one is set up."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.worker import Pace, Worker
from maestro_core.actions import training
from maestro_core.actions.training_log import EXPERIMENT, LOGGED, log_training
from maestro_core.errors import NotAllowed, SourceUnavailable, WrongSetup
from maestro_core.settings import Settings
from maestro_core.terms import Role
from tests.actions.test_training import past_projects
from tests.conftest import House
from tests.mlflow_server import Laboratory, a_free_port


@pytest.fixture
def learned(house: House) -> House:
    with house.open() as ws:
        past_projects(ws, 12)
    training.train(house.open)
    return house


def test_the_last_runs_are_logged_once_with_their_numbers(learned: House, laboratory: Laboratory) -> None:
    assert log_training(learned.open, address=laboratory.url) == 3
    assert log_training(learned.open, address=laboratory.url) == 0
    with learned.open(reading=True) as ws:
        [stored] = training.latest_runs(ws).query("question == 'cost'").to_dict("records")
    experiment = laboratory.client.get_experiment_by_name(EXPERIMENT)
    [run] = laboratory.client.search_runs([experiment.experiment_id], f"tags.`{LOGGED}` = '{stored['id']}'")
    assert (run.info.run_name, run.info.status) == ("cost", "FINISHED")
    assert run.data.metrics["metric.mean_absolute_error"] == stored["metrics"]["mean_absolute_error"]
    baseline = stored["coefficients"]["coefficients"]["baseline"]
    assert run.data.metrics["coefficient.coefficients.baseline"] == baseline
    assert run.data.params["data_hash"] == stored["data_hash"]
    assert run.data.params["version.numpy"] == stored["settings"]["libraries"]["numpy"]
    assert laboratory.client.list_artifacts(run.info.run_id) == []


def test_a_server_that_is_away_is_a_warning_and_what_was_learned_stays(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maestro_core.collectors.mlflow_server.FIRST_PAUSE", 0)
    address = f"http://127.0.0.1:{a_free_port()}"
    with house.open() as ws:
        past_projects(ws, 12)
    worker = Worker(house.open, Settings(data_directory=tmp_path, training_mlflow=address), pace=Pace())
    with caplog.at_level(logging.WARNING):
        worker.train()
    assert "What was learned is not logged: MLflow at" in caplog.text
    with house.open(reading=True) as ws:
        assert len(training.latest_runs(ws)) == 3
    with pytest.raises(SourceUnavailable):
        log_training(house.open, address=address)


def test_nothing_is_logged_unless_a_server_is_set_up(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings().training_mlflow is None
    asked: list[object] = []
    monkeypatch.setattr("maestro_core.actions.training_log.log_training", lambda *_, **told: asked.append(told))
    Worker(house.open, Settings(data_directory=tmp_path)).log_training()
    assert asked == []


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises((WrongSetup, ValidationError), match=r"(?i)training_mlflow"):
        Settings(training_mlflow="mlflow:5000")


def test_only_who_may_train_logs(house: House) -> None:
    with pytest.raises(NotAllowed):
        log_training(lambda: house.open(role=Role.VIEWER), address="http://127.0.0.1:1")
