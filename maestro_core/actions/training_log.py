"""Logging what was learned to an MLflow server, beside the models of the organisation; off unless it is set up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from maestro_core.access import Permission
from maestro_core.actions.training import Door, latest_runs
from maestro_core.collectors.mlflow_server import Server, server_address
from maestro_core.reports import records

EXPERIMENT = "maestro"
LOGGED = "maestro.training_run"
NOT_IN_A_NAME = re.compile(r"[^\w\-. /]")
MOST_METRICS, MOST_PARAMETERS, LONGEST_PARAMETER = 1000, 100, 500
"""What MLflow takes at once."""


def log_training(door: Door, *, address: str, token: SecretStr | None = None) -> int:
    """Log the last run of each question that the server does not have; how many that were.

    Each becomes a run of the experiment "maestro": settings, data hash and versions as parameters, metrics and
    coefficients as metrics. Files are not uploaded: there is no pickle, and the numbers are all there is. A run that
    was cut off is logged again, for it is marked as logged last.
    """
    with door() as ws:
        ws.require(Permission.TRAIN, action="training_log.log_training")
        runs = records(latest_runs(ws))
    with Server(address=server_address(address), token=token) as server:
        experiment = _experiment(server)
        new = [run for run in runs if not _is_logged(server, experiment, run)]
        for run in new:
            _log(server, experiment, run)
    return len(new)


def numbers(tree: Mapping[str, Any], at: str) -> Iterator[tuple[str, float]]:
    """The numbers of a nested mapping by their path; lists, words and what is missing are left out.

    >>> list(numbers({"inside": 8, "seen": [1, 2], "of": {"a b": 0.5, "none": None}}, "metric"))
    [('metric.inside', 8.0), ('metric.of.a b', 0.5)]
    """
    for name, value in tree.items():
        path = f"{at}.{NOT_IN_A_NAME.sub('_', str(name))}"
        if isinstance(value, Mapping):
            yield from numbers(value, path)
        elif isinstance(value, int | float):
            yield path, float(value)


def _experiment(server: Server) -> str:
    found = server.get("experiments/get-by-name", experiment_name=EXPERIMENT)
    if found:
        return str(found["experiment"]["experiment_id"])
    return str(server.post("experiments/create", name=EXPERIMENT)["experiment_id"])


def _is_logged(server: Server, experiment: str, run: dict[str, Any]) -> bool:
    question = {"experiment_ids": [experiment], "filter": f"tags.`{LOGGED}` = '{run['id']}'", "max_results": 1}
    return bool(server.search_runs(question)[0])


def _log(server: Server, experiment: str, run: dict[str, Any]) -> None:
    at = round(run["trained_at"].timestamp() * 1000)
    created = server.post("runs/create", experiment_id=experiment, run_name=run["question"], start_time=at)
    run_id = created["run"]["info"]["run_id"]
    measured = [*numbers(run["metrics"], "metric"), *numbers(run["coefficients"], "coefficient")]
    metrics = [{"key": key, "value": value, "timestamp": at, "step": 0} for key, value in measured[:MOST_METRICS]]
    server.post("runs/log-batch", run_id=run_id, metrics=metrics, params=_parameters(run))
    server.post("runs/update", run_id=run_id, status="FINISHED", end_time=at)
    server.post("runs/set-tag", run_id=run_id, key=LOGGED, value=str(run["id"]))


def _parameters(run: dict[str, Any]) -> list[dict[str, str]]:
    settings = {"question": run["question"], "data_hash": run["data_hash"], "rows": run["rows"], **run["settings"]}
    versions = settings.pop("libraries", {})
    told = settings | {f"version.{name}": version for name, version in versions.items()}
    return [{"key": key, "value": str(value)[:LONGEST_PARAMETER]} for key, value in told.items()][:MOST_PARAMETERS]
