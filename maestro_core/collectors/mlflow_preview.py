"""What an MLflow server has to offer, before anything is connected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
from pydantic import SecretStr

from maestro_core.collectors import mlflow_answers as answers
from maestro_core.collectors.mlflow_batches import SeenRun
from maestro_core.collectors.mlflow_reading import THREADS
from maestro_core.collectors.mlflow_server import Server, server_address

LOOKED_AT = 1000
COLUMNS = ["experiment_id", "name", "runs", "has_more_runs", "last_run_at", "metrics", "performance_metrics"]
ERROR_WORDS = ("loss", "error", "rmse", "mse", "mae", "mape", "brier", "false")


def preview(url: str, token: SecretStr | None = None) -> pd.DataFrame:
    """The experiments of a server, one a row.

    `runs` counts up to the newest 1,000, `has_more_runs` says whether there are more; `metrics` are the names logged
    in these; `performance_metrics` those that could tell a model performance: every value lies in 0 to 1, those whose
    name speaks of an error last. A server without experiments gives an empty frame.
    """
    with Server(address=server_address(url), token=token) as server, ThreadPoolExecutor(THREADS) as threads:
        pages = server.pages("experiments/search", "experiments", max_results=LOOKED_AT)
        rows = list(threads.map(lambda each: _row(server, each), [each for page in pages for each in page]))
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"runs": "int64", "has_more_runs": bool, "last_run_at": "datetime64[us, UTC]"}
    )


def bounded_metrics(runs: Iterable[SeenRun]) -> list[str]:
    """The metrics whose every value lies in 0 to 1, those whose name speaks of an error last.

    >>> run = answers.parse_run({"info": {"start_time": 1}, "data": {"metrics": [
    ...     {"key": "log_loss", "value": 0.4}, {"key": "steps", "value": 10}, {"key": "auc", "value": 1}]}})
    >>> bounded_metrics([run])
    ['auc', 'log_loss']
    """
    values: dict[str, list[float]] = {}
    for run in runs:
        for name, value in run.metrics.items():
            values.setdefault(name, []).append(value)
    bounded = [name for name, told in values.items() if all(0 <= value <= 1 for value in told)]
    return sorted(bounded, key=lambda name: (any(word in name.lower() for word in ERROR_WORDS), name))


def _row(server: Server, experiment: Mapping[str, Any]) -> dict[str, Any]:
    question = {
        "experiment_ids": [experiment.get("experiment_id")],
        "order_by": ["attributes.start_time DESC"],
        "max_results": LOOKED_AT,
    }
    answer, more = server.search_runs(question)
    runs = [run for run in map(answers.parse_run, answer) if run]
    return {
        "experiment_id": answers.clean(experiment.get("experiment_id")),
        "name": answers.clean(experiment.get("name")),
        "runs": len(answer),
        "has_more_runs": more is not None,
        "last_run_at": max((run.started_at for run in runs), default=None),
        "metrics": _names(runs),
        "performance_metrics": bounded_metrics(runs),
    }


def _names(runs: Sequence[SeenRun]) -> list[str]:
    return sorted({name for run in runs for name in run.metrics})
