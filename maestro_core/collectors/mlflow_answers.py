"""What an MLflow server answers, parsed: pure functions from JSON to what Maestro stores.

All text is somebody else's: NUL and broken surrogates, which databases refuse, are replaced, and lengths are bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from maestro_core.client import dataset_name, dataset_origin, model_origin
from maestro_core.collectors.mlflow_batches import Oddity, SeenArtifact, SeenRun, SeenUse, SeenVersion
from maestro_core.terms import ArtifactKind

LONGEST_TEXT = 500
METRIC_NAME = re.compile(r"[/\w.\- :]{1,250}")  # MLflow's own rule: others cannot be asked for in a query
SYSTEM_TAGS_KEPT = {"mlflow.user", "mlflow.source.name", "mlflow.source.type", "mlflow.source.git.commit"}
MODEL_SOURCE = re.compile(r"models:/(m-[^/]+)")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HIGHEST_FLOAT = 1.79e308  # MLflow's SQL store keeps an infinity as the highest float


def clean(value: Any, longest: int = LONGEST_TEXT) -> str:
    r"""Text that every database takes.

    >>> clean("a\x00b\ud800"), clean(None), clean("long", longest=2)
    ('a�b?', '', 'lo')
    """
    text = "" if value is None else str(value)
    return text[:longest].replace("\x00", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def moment(value: Any) -> datetime | None:
    """An aware time; None where there is none, or none that a calendar holds.

    >>> moment(1_000), moment("1000").year, moment(0), moment(10**20), moment("soon")
    (datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.timezone.utc), 1970, None, None, None)
    """
    count = whole(value)
    try:
        return EPOCH + timedelta(milliseconds=count) if count else None
    except OverflowError:
        return None


def milliseconds(time: datetime) -> int:
    """A time as MLflow keeps it.

    >>> milliseconds(EPOCH + timedelta(seconds=1))
    1000
    """
    return (time - EPOCH) // timedelta(milliseconds=1)


def whole(value: Any) -> int:
    """A count of milliseconds as the server tells it; 0 where it tells none.

    >>> whole("1000"), whole(None), whole("soon")
    (1000, 0, 0)
    """
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def time_of(run: Mapping[str, Any], attribute: str) -> int:
    """The start_time or end_time of a run in milliseconds; 0 where it has none.

    >>> time_of({"info": {"start_time": 5}}, "start_time"), time_of({}, "end_time")
    (5, 0)
    """
    return whole(run.get("info", {}).get(attribute))


def run_id(run: Mapping[str, Any]) -> str:
    """The id of a run.

    >>> run_id({"info": {"run_id": "1f"}})
    '1f'
    """
    return clean(run.get("info", {}).get("run_id"))


def is_deleted(run: Mapping[str, Any]) -> bool:
    """Whether somebody deleted a run.

    >>> is_deleted({"info": {"lifecycle_stage": "deleted"}})
    True
    """
    return bool(run.get("info", {}).get("lifecycle_stage") == "deleted")


def parse_run(run: Mapping[str, Any]) -> SeenRun | None:
    """A run; None for one without a start time, which belongs to no day.

    >>> run = {"info": {"run_id": "1f", "experiment_id": "7", "status": "FINISHED", "start_time": 1000}}
    >>> parse_run(run).state, parse_run(run).ended_at, parse_run({"info": {"run_id": "1f"}})
    ('FINISHED', None, None)
    """
    info, data = run.get("info", {}), run.get("data", {})
    started_at = moment(info.get("start_time"))
    if started_at is None:
        return None
    return SeenRun(
        experiment=clean(info.get("experiment_id")),
        external_id=run_id(run),
        name=clean(info.get("run_name")),
        state=clean(info.get("status")),
        started_at=started_at,
        ended_at=moment(info.get("end_time")),
        metrics=dict(_finite(data.get("metrics", ()))),
        tags=dict(_kept(data.get("tags", ()))),
    )


def parse_datasets(run: Mapping[str, Any], address: str) -> list[SeenArtifact]:
    """The datasets that a run read, as artifacts."""
    seen = parse_run(run)
    if seen is None:
        return []
    url = f"{address}/#/experiments/{quote(seen.experiment, safe='')}"
    return [
        SeenArtifact(kind=ArtifactKind.DATASET, name=name, url=url, created_at=seen.started_at)
        for name, _ in _datasets(run)
    ]


def parse_dataset_versions(run: Mapping[str, Any]) -> list[SeenVersion]:
    """The same datasets as versions: the digest names the version."""
    seen = parse_run(run)
    if seen is None:
        return []
    return [
        SeenVersion(kind=ArtifactKind.DATASET, name=name, version=digest, digest=digest, created_at=seen.started_at)
        for name, digest in _datasets(run)
    ]


def parse_uses(answer: Mapping[str, Any]) -> list[SeenUse]:
    """What a run used: its dataset inputs and its model inputs. What it put out it made, so that is no use.

    >>> run = {"info": {"run_id": "1f", "experiment_id": "7", "start_time": 1000},
    ...        "inputs": {"model_inputs": [{"model_id": "m-1"}, {"model_id": "m-2"}]},
    ...        "outputs": {"model_outputs": [{"model_id": "m-2"}]}}
    >>> [use.origin for use in parse_uses(run)]
    ['mlflow:1f:m-1']
    """
    seen = parse_run(answer)
    if seen is None:
        return []
    use = partial(SeenUse, experiment=seen.experiment, run=seen.external_id, used_at=seen.started_at)
    run, data, model = seen.external_id, ArtifactKind.DATASET, ArtifactKind.MODEL
    datasets = [
        use(kind=data, name=name, digest=digest, origin=dataset_origin(run, name, digest))
        for name, digest in _datasets(answer)
    ]
    models = [use(kind=model, name=None, digest=used, origin=model_origin(run, used)) for used in _models_used(answer)]
    return datasets + models


def parse_oddities(run: Mapping[str, Any], performance_metric: str | None, now: datetime) -> list[Oddity]:
    """What is odd about a run."""
    subject = f"run {run_id(run)}"
    seen = parse_run(run)
    if seen is None:
        return [Oddity(kind="run without start time", subject=subject, detail="It belongs to no day: left out.")]
    oddities = []
    if seen.started_at > now + timedelta(days=1):
        oddities.append(Oddity(kind="run in the future", subject=subject, detail=f"It starts on {seen.started_at}."))
    lost = sorted({clean(metric.get("key")) for metric in run.get("data", {}).get("metrics", ())} - set(seen.metrics))
    if lost:
        told = clean(f"Left out: {', '.join(lost)}.")
        oddities.append(Oddity(kind="metric that is not a number", subject=subject, detail=told))
    value = seen.metrics.get(performance_metric or "", 0.5)
    if not 0 <= value <= 1:
        told = f"{performance_metric} is {value:g}, outside 0 to 1: not taken as model performance."
        oddities.append(Oddity(kind="performance out of range", subject=subject, detail=told))
    return oddities


def parse_model(model: Mapping[str, Any], address: str, now: datetime) -> SeenArtifact:
    """A registered model, with its tags as `key:value`."""
    name = clean(model.get("name"))
    return SeenArtifact(
        kind=ArtifactKind.MODEL,
        name=name,
        description=clean(model.get("description"), longest=5_000),
        url=f"{address}/#/models/{quote(name, safe='')}",
        tags=tuple(_labels(model.get("tags", ()))),
        created_at=moment(model.get("creation_timestamp")) or now,
    )


def parse_version(version: Mapping[str, Any], aliases: Iterable[str], now: datetime) -> SeenVersion:
    """A model version, with its tags as `key:value` and its aliases as `alias:name`.

    >>> parse_version({"name": "churn", "version": "1", "source": "models:/m-1"}, ["champion"], EPOCH).tags
    ('alias:champion',)
    """
    source = MODEL_SOURCE.fullmatch(clean(version.get("source")))
    return SeenVersion(
        kind=ArtifactKind.MODEL,
        name=clean(version.get("name")),
        version=clean(version.get("version")),
        digest=source[1] if source else None,
        tags=(*_labels(version.get("tags", ())), *sorted(f"alias:{clean(alias)}" for alias in aliases)),
        created_at=moment(version.get("creation_timestamp")) or now,
    )


def parse_aliases(model: Mapping[str, Any]) -> dict[str, list[str]]:
    """The aliases of each version of a registered model.

    >>> parse_aliases({"aliases": [{"alias": "champion", "version": "2"}]})
    {'2': ['champion']}
    """
    aliases: dict[str, list[str]] = {}
    for alias in model.get("aliases", ()):
        aliases.setdefault(clean(alias.get("version")), []).append(clean(alias.get("alias")))
    return aliases


def _finite(metrics: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, float]]:
    for metric in metrics:
        name, value = clean(metric.get("key")), _number(metric.get("value"))
        if value is not None and METRIC_NAME.fullmatch(name):
            yield name, value


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and abs(number) < HIGHEST_FLOAT else None


def _kept(tags: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for tag in tags:
        key = clean(tag.get("key"))
        if not key.startswith("mlflow.") or key in SYSTEM_TAGS_KEPT:
            yield key, clean(tag.get("value"))


def _labels(tags: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted(f"{key}:{value}" if value else key for key, value in _kept(tags))


def _datasets(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    datasets = [each.get("dataset", {}) for each in run.get("inputs", {}).get("dataset_inputs", ())]
    named = [(clean(dataset.get("name")), clean(dataset.get("digest"))) for dataset in datasets]
    return [(dataset_name(name, digest), digest) for name, digest in dict.fromkeys(named) if name and digest]


def _models_used(run: Mapping[str, Any]) -> list[str]:
    made = {clean(each.get("model_id")) for each in run.get("outputs", {}).get("model_outputs", ())}
    used = dict.fromkeys(clean(each.get("model_id")) for each in run.get("inputs", {}).get("model_inputs", ()))
    return [model for model in used if model and model not in made]
