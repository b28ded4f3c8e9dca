"""A real MLflow server for tests, and a laboratory that logs real scikit-learn runs to it.

The server is the application that `mlflow server` starts, under uvicorn with one process: without the command line
and its job runners it answers after 3 seconds rather than 7 (10 and 14 with the making of its SQLite tables).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

PATIENCE = 120
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """A server over this folder, until the end of the block."""
    log = (folder / "server.log").open("ab")
    application = ["uvicorn", "--host", "127.0.0.1", "--port", str(port), "mlflow.server.fastapi_app:app"]
    process = subprocess.Popen(
        [sys.executable, "-m", *application], env=_environment(folder), cwd=folder, stdout=log, stderr=log
    )
    try:
        yield _once_it_answers(f"http://127.0.0.1:{port}", process, folder / "server.log")
    finally:
        process.terminate()
        process.wait(PATIENCE)
        log.close()


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _environment(folder: Path) -> dict[str, str]:
    database = f"sqlite:///{folder / 'mlflow.sqlite'}"
    return {
        **os.environ,
        **QUIET,
        "_MLFLOW_SERVER_FILE_STORE": database,
        "_MLFLOW_SERVER_REGISTRY_STORE": database,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    }


def _once_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            # The first question makes the tables, so it is asked here rather than by a test with a time-out.
            httpx2.get(f"{url}/api/2.0/mlflow/experiments/get?experiment_id=0", timeout=PATIENCE).raise_for_status()
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return url
    raise RuntimeError(f"MLflow did not start:\n{log.read_text()[-3000:]}")


@dataclass(frozen=True)
class Laboratory:
    """What data scientists do on the server, through MLflow's own client, in one experiment of its own."""

    url: str
    experiment: str
    client: Any = field(repr=False)

    def run(
        self,
        name: str = "a run",
        *,
        accuracy: float | None = 0.9,
        metrics: dict[str, float] | None = None,
        start: int | None = None,
        end: int | None = None,
        status: str | None = "FINISHED",
    ) -> str:
        """A run; times in milliseconds. A status of None leaves it running."""
        started = start or now()
        run_id: str = self.client.create_run(self.experiment, run_name=name, start_time=started).info.run_id
        measured = (metrics or {}) | ({} if accuracy is None else {"accuracy": accuracy})
        for metric, value in measured.items():
            self.client.log_metric(run_id, metric, value)
        if status:
            self.client.set_terminated(run_id, status=status, end_time=end or now())
        return run_id

    def read(self, run_id: str, name: str, digest: str) -> None:
        """Let a run read a dataset."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        dataset = Dataset(name=name, digest=digest, source_type="local", source='{"uri": "/data"}')
        tags = [InputTag(key="mlflow.data.context", value="training")]
        self.client.log_inputs(run_id, datasets=[DatasetInput(dataset, tags)])

    def apply(self, run_id: str, model_id: str) -> None:
        """Let a run use a logged model."""
        from mlflow.entities import LoggedModelInput

        self.client.log_inputs(run_id, models=[LoggedModelInput(model_id)])

    def register(self, name: str) -> str:
        """A new version of a registered model, over a logged model without files: its id."""
        model = self.client.create_logged_model(self.experiment)
        self.client.create_model_version(name, source=f"models:/{model.model_id}", model_id=model.model_id)
        model_id: str = model.model_id
        return model_id

    def train(self, *, register_as: str | None = None) -> tuple[str, str]:
        """Train and log a real model in a run: the run, and the logged model."""
        import mlflow
        from sklearn.linear_model import LogisticRegression

        mlflow.set_tracking_uri(self.url)
        fitted = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
        with mlflow.start_run(experiment_id=self.experiment) as run:
            # Named requirements and trusted types: guessing them would start other processes.
            model = mlflow.sklearn.log_model(
                fitted, name="model", registered_model_name=register_as, pip_requirements=["scikit-learn"]
            )
            mlflow.log_metric("accuracy", fitted.score([[0.0], [3.0]], [0, 1]))
        return run.info.run_id, model.model_id


def a_laboratory(url: str) -> Laboratory:
    """A fresh experiment on the server."""
    os.environ.update(QUIET)
    from mlflow import MlflowClient

    client = MlflowClient(url, registry_uri=url)
    return Laboratory(url, client.create_experiment(f"experiment {uuid4().hex[:8]}"), client)


def now() -> int:
    return int(time.time() * 1000)
