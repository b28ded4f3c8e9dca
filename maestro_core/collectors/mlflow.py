"""MLflow: runs, registered models, datasets, and which run used which.

A run has no time of last change, so each chosen experiment is read in four ways:

- new runs by start time, from the last one seen on;
- runs that ended since, by end time: those that a slow clock started in the past, and resumed ones;
- runs seen unfinished, one by one, until they have ended (after 30 days the full count looks after them);
- the list of deleted runs, compared with the last one: what is new on it is deleted, what left it is restored.

Once a day all runs are counted anew, which also finds changed tags, late metrics, and runs erased by `mlflow gc`. The
first refresh is such a count. Model inputs are in no listing: unless no model is registered, each run is asked for when
it is new, and by the daily counts of its first 30 days, which find the uses of models that were registered late.

Registered models and versions come newest change first, and reading stops where the last refresh began; but neither a
tag nor an alias counts as a change for MLflow, so what fits in one page is always read whole, the rest once a day. A
model or version that was deleted stays, because projects used it, and is tagged "deleted". An experiment that is gone
from the server keeps what was collected, and is told as an oddity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import SecretStr

from maestro_core.collectors.mlflow_batches import MlflowBatch
from maestro_core.collectors.mlflow_reading import Reading
from maestro_core.collectors.mlflow_registry import read_registry
from maestro_core.collectors.mlflow_server import Server, server_address
from maestro_core.terms import SourceKind


@dataclass(frozen=True, kw_only=True)
class MLflow:
    """An MLflow server: the chosen experiments by id, each with the metric that is its performance, and the registry.

    The token is a bearer token, or `user:password` for a server with basic authentication.
    """

    kind: ClassVar[SourceKind] = SourceKind.MLFLOW

    url: str
    experiments: Mapping[str, str | None]
    now: datetime
    token: SecretStr | None = field(default=None, repr=False)
    page_size: int = 200
    count_every: timedelta = timedelta(days=1)

    def check(self) -> str:
        """Whether the server answers, and knows the experiments."""
        with self._server() as server:
            next(server.pages("experiments/search", "experiments", max_results=1))
            known = [each for each in self.experiments if server.get("experiments/get", experiment_id=each)]
        return f"MLflow at {server.address} answers; it has {len(known)} of {len(self.experiments)} chosen experiments."

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[MlflowBatch]:
        """The registry first, so that uses find their versions, then each experiment from its position on."""
        with self._server() as server:
            registry = read_registry(
                server, cursor, now=self.now, page_size=self.page_size, count_every=self.count_every
            )
            yield registry
            reading = Reading(
                server,
                registry.cursor,
                metrics=self.experiments,
                now=self.now,
                page_size=self.page_size,
                count_every=self.count_every,
            )
            for experiment in self.experiments:
                yield from reading.experiment(experiment)

    def _server(self) -> Server:
        return Server(address=server_address(self.url), token=self.token)
