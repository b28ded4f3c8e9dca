"""The model registry of an MLflow server: models, versions, tags and aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from maestro_core.collectors import mlflow_answers as answers
from maestro_core.collectors.mlflow_batches import MlflowBatch, SeenVersion
from maestro_core.collectors.mlflow_server import Server

Entry = Mapping[str, Any]


def read_registry(
    server: Server, cursor: Mapping[str, Any], *, now: datetime, page_size: int, count_every: timedelta
) -> MlflowBatch:
    """Registered models and versions: all where a count is due or one page holds them, else those changed since."""
    seen = cursor.get("registry", {})
    is_due = answers.milliseconds(now) - seen.get("counted", 0) >= answers.milliseconds(answers.EPOCH + count_every)
    since = 0 if is_due else seen.get("updated", 0)
    models, all_models = _changed(server, "registered-models/search", "registered_models", since, page_size)
    versions, all_versions = _changed(server, "model-versions/search", "model_versions", since, page_size)
    position = {
        "updated": max([since, *map(_updated, models), *map(_updated, versions)]),
        "counted": answers.milliseconds(now) if is_due else seen["counted"],
        "has_models": bool(versions) or bool(seen.get("has_models")),
    }
    seen_versions = _versions(server, models, versions, now)
    is_whole = all_models and all_versions
    return MlflowBatch(
        cursor={**cursor, "registry": position},
        message=f"{len(models)} registered models read",
        done=0,
        total=None,
        address=server.address,
        artifacts=tuple(answers.parse_model(model, server.address, now) for model in models),
        versions=tuple(seen_versions),
        registry=frozenset((each.name, each.version) for each in seen_versions) if is_whole else None,
    )


def _changed(server: Server, path: str, key: str, since: int, page_size: int) -> tuple[list[Entry], bool]:
    """What changed since, newest first, and whether that is all there is. The first page is always read whole."""
    found: list[Entry] = []
    for page in server.pages(path, key, max_results=page_size, order_by="last_updated_timestamp DESC"):
        if found and page and _updated(page[0]) < since:
            return found, False
        found += page
    return found, True


def _versions(server: Server, models: Sequence[Entry], versions: Sequence[Entry], now: datetime) -> list[SeenVersion]:
    aliases = {answers.clean(model.get("name")): answers.parse_aliases(model) for model in models}
    seen = []
    for version in versions:
        name = answers.clean(version.get("name"))
        if name not in aliases:
            answer = server.get("registered-models/get", name=name) or {}
            aliases[name] = answers.parse_aliases(answer.get("registered_model", {}))
        named = aliases[name].get(answers.clean(version.get("version")), [])
        seen.append(answers.parse_version(version, named, now))
    return seen


def _updated(entry: Entry) -> int:
    return answers.whole(entry.get("last_updated_timestamp"))
