"""What users import in their notebooks and training scripts: find, register and use artifacts.

>>> from maestro_core.client import Maestro
>>> maestro = Maestro("http://localhost:8501")

With a server running, `maestro.use("customer churn", project="Churn 2026")` records a use, and
`maestro.load_model("models:/churn@champion", project="Churn 2026")` loads a model, logs the edge in the active MLflow
run, where MLflow itself would record nothing, and records the use. It is told by the name of the same event that the
collector will read from MLflow, so it counts once.

Talks to MLflow and to the REST interface, never to the database. Importing it is quick: MLflow only comes with a load.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping
from pathlib import PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2
from pydantic import BaseModel, ConfigDict

from maestro_core.errors import InvalidInput, MaestroError, NotAllowed, NotFound, NotNow, SourceUnavailable
from maestro_core.terms import ArtifactKind

if TYPE_CHECKING:
    import pandas as pd

UNNAMED = "dataset"  # what MLflow calls a dataset that nobody named
MODEL_ADDRESS = re.compile(r"models:/(?P<name>[^/@]+)(?:/(?P<version>\d+)|@(?P<alias>[^/@]+))")
LOGGED_MODEL = re.compile(r"models:/(m-[^/]+)")
ERRORS: dict[int, type[MaestroError]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: NotNow}


def model_origin(run: str, model: str) -> str:
    """The name of the event that a run used a logged model, the same for the collector and for this client.

    >>> model_origin("1f", "m-2")
    'mlflow:1f:m-2'
    """
    return f"mlflow:{run}:{model}"


def dataset_origin(run: str, name: str, digest: str) -> str:
    """The name of the event that a run read a dataset.

    >>> dataset_origin("1f", "sales", "9a")
    'mlflow:1f:sales@9a'
    """
    return f"mlflow:{run}:{name}@{digest}"


def dataset_name(name: str, digest: str) -> str:
    """The name of a dataset as an artifact. Unnamed ones have only their digest in common, so it is in the name.

    >>> dataset_name("sales", "9a"), dataset_name("dataset", "9a")
    ('sales', 'dataset 9a')
    """
    return f"{UNNAMED} {digest}" if name == UNNAMED else name


class FoundArtifact(BaseModel):
    """An artifact as the REST interface tells it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    artifact_id: UUID
    name: str
    kind: ArtifactKind
    description: str = ""
    owner: str | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()


class Maestro:
    """A Maestro server, with the key of somebody it knows (none is needed on one's own machine)."""

    def __init__(self, url: str = "http://localhost:8501", key: str | None = None, *, timeout: float = 10) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx2.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers=headers,
            timeout=timeout,
            transport=httpx2.HTTPTransport(retries=2),
        )

    def __enter__(self) -> Maestro:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def health(self) -> dict[str, Any]:
        """What the server says of itself."""
        answer: dict[str, Any] = self._ask("GET", "health")
        return answer

    def projects(self) -> list[dict[str, Any]]:
        """The projects of the organisation."""
        return _records(self._ask("GET", "projects"), "projects")

    def artifact(self, name: str, *, kind: ArtifactKind | str | None = None) -> FoundArtifact:
        """The artifact of this name; `NotFound` where there is none, `InvalidInput` where kinds share the name."""
        asked = {"name": name} | ({"kind": str(kind)} if kind else {})
        same = [each for each in self._artifacts("GET", "artifacts", params=asked) if each.name == name]
        if not same:
            raise NotFound(f"There is no artifact named {name}.", advice="Register it, or search for its name.")
        if len(same) > 1:
            kinds = ", ".join(sorted(str(each.kind) for each in same))
            raise InvalidInput(f"Several artifacts are named {name}.", advice=f"Say which kind: {kinds}.")
        return same[0]

    def search(
        self, query: str = "", *, kind: ArtifactKind | str | None = None, tags: Collection[str] = ()
    ) -> list[FoundArtifact]:
        """Artifacts that match words, a kind and tags."""
        question = {"query": query, "kind": str(kind) if kind else None, "tags": list(tags)}
        return self._artifacts("POST", "artifacts/search", json=question)

    def register(
        self,
        name: str,
        *,
        kind: ArtifactKind | str,
        description: str = "",
        owner: str | None = None,
        url: str | None = None,
        tags: Collection[str] = (),
    ) -> FoundArtifact:
        """Make an artifact known, so that others find it. Of one that is known, only what is told here changes."""
        perhaps = {"description": description, "owner": owner, "url": url, "tags": list(tags)}
        told = {"name": name, "kind": str(kind)} | {field: value for field, value in perhaps.items() if value}
        return FoundArtifact.model_validate(self._ask("POST", "artifacts", json=told))

    def use(
        self,
        artifact: str | FoundArtifact,
        *,
        project: str | UUID,
        kind: ArtifactKind | str | None = None,
        version: str | None = None,
        person: str | None = None,
        origin: str | None = None,
    ) -> None:
        """Record that a project uses an artifact. `origin` names the event: telling it twice counts once."""
        found = artifact if isinstance(artifact, FoundArtifact) else self.artifact(artifact, kind=kind)
        named = {"project_id": str(project)} if isinstance(project, UUID) else {"project": project}
        told = {"version": version, "person": person, "origin": origin or f"client:{uuid4()}"}
        self._ask("POST", f"artifacts/{found.artifact_id}/use", json=named | told)

    def load_model(self, uri: str, *, project: str | UUID, flavor: str = "pyfunc", person: str | None = None) -> Any:
        """Load a registered model (`models:/name/1`, `models:/name@alias`) or a logged one (`models:/m-…`).

        Logs it as an input of the active run, and records the use. A logged model that is registered under no name
        is no artifact yet: its use is counted by the collector once it is. `flavor` is the MLflow module that loads.
        """
        import mlflow

        name, version, model = _resolved(uri)
        loaded = getattr(mlflow, flavor).load_model(uri)
        run = mlflow.active_run()
        if run and model:
            inputs = [mlflow.entities.LoggedModelInput(model)]
            mlflow.MlflowClient().log_inputs(run.info.run_id, models=inputs)
        if name:
            origin = model_origin(run.info.run_id, model or f"{name}/{version}") if run else None
            self._record(name, ArtifactKind.MODEL, project, version=version, person=person, origin=origin)
        return loaded

    def load_dataset(
        self,
        source: str,
        *,
        name: str,
        project: str | UUID,
        digest: str | None = None,
        context: str = "training",
        person: str | None = None,
    ) -> pd.DataFrame:
        """Read a CSV or Parquet file from a path or URL as the dataset `name`.

        Logs it as an input of the active run, and records the use; its version is the digest that MLflow computes.
        With `digest`, `InvalidInput` where the file is not the one expected, as far as MLflow's digest sees: the number
        of rows and columns, and the first 10,000 rows.
        """
        import mlflow
        from mlflow.data.pandas_dataset import from_pandas

        frame = _read(source)
        dataset = from_pandas(frame, source=source, name=name)
        if digest not in {None, dataset.digest}:
            raise InvalidInput(f"{name} has the digest {dataset.digest}, not {digest}: the data changed.")
        run = mlflow.active_run()
        if run:
            mlflow.log_input(dataset, context=context)
        named = dataset_name(name, dataset.digest)
        origin = dataset_origin(run.info.run_id, named, dataset.digest) if run else None
        self._record(named, ArtifactKind.DATASET, project, version=dataset.digest, person=person, origin=origin)
        return frame

    def _record(
        self,
        name: str,
        kind: ArtifactKind,
        project: str | UUID,
        *,
        version: str | None,
        person: str | None,
        origin: str | None,
    ) -> None:
        try:
            artifact = self._known(name, kind)
            self.use(artifact, project=project, version=version, person=person, origin=origin)
        except SourceUnavailable as problem:
            # A training script is worth more than its record, which the collector brings later if there is a run.
            later = "The next refresh will find it in MLflow." if origin else "It is not recorded."
            warnings.warn(f"{problem.message} {later}", stacklevel=3)

    def _known(self, name: str, kind: ArtifactKind) -> FoundArtifact:
        try:
            return self.artifact(name, kind=kind)
        except NotFound:
            return self.register(name, kind=kind)

    def _artifacts(self, method: str, path: str, **question: Any) -> list[FoundArtifact]:
        found = _records(self._ask(method, path, **question), "artifacts")
        return [FoundArtifact.model_validate(each) for each in found]

    def _ask(self, method: str, path: str, **question: Any) -> Any:
        try:
            response = self._http.request(method, path, **question)
            answer = response.json() if response.content else {}
        except (httpx2.HTTPError, ValueError) as problem:
            raise SourceUnavailable(
                f"Maestro at {self._http.base_url} does not answer: {problem}.",
                advice="Check the address, and that Maestro runs.",
            ) from problem
        if not response.is_success:
            raise _error(response.status_code, answer)
        return answer


def _error(status: int, problem: Any) -> MaestroError:
    """The error that a problem body (RFC 9457) tells of."""
    told: Mapping[str, Any] = problem if isinstance(problem, dict) else {}
    message = str(told.get("detail") or told.get("title") or f"Maestro answered {status}.")
    kind = ERRORS.get(status, SourceUnavailable if status >= 500 else InvalidInput)
    return kind(message, advice=str(told.get("advice") or ""))


def _records(answer: Any, key: str) -> list[dict[str, Any]]:
    return list(answer if isinstance(answer, list) else answer[key])


def _resolved(uri: str) -> tuple[str | None, str | None, str | None]:
    """Name and version in the registry, and the logged model behind them, as far as there are any."""
    import mlflow

    if logged := LOGGED_MODEL.fullmatch(uri):
        return (*_registered(logged[1]), logged[1])
    address = MODEL_ADDRESS.fullmatch(uri)
    if address is None:
        raise InvalidInput(
            f"{uri} names no model with a version.", advice="Write models:/name/1, models:/name@alias or models:/m-…"
        )
    registry, name = mlflow.MlflowClient(), address["name"]
    found = (
        registry.get_model_version_by_alias(name, address["alias"])
        if address["alias"]
        else registry.get_model_version(name, address["version"])
    )
    source = LOGGED_MODEL.fullmatch(found.source or "")
    return name, str(found.version), source[1] if source else None


def _registered(model: str) -> tuple[str | None, str | None]:
    import mlflow

    versions = mlflow.MlflowClient().search_model_versions(order_by=["creation_timestamp ASC"])
    same = (each for each in versions if each.source == f"models:/{model}")
    first = next(same, None)
    return (first.name, str(first.version)) if first else (None, None)


def _read(source: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(source) if PurePath(source).suffix == ".parquet" else pd.read_csv(source)
