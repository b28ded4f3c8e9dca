"""How each kind of source is read, and how what it gives is stored: one line per tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from maestro_core.actions.forgetting import forget_delivery, forget_git, forget_mlflow
from maestro_core.actions.store_delivery import store_delivery
from maestro_core.actions.store_git import store_git
from maestro_core.actions.store_mlflow import store_mlflow
from maestro_core.collectors import Batch, Collector
from maestro_core.collectors.circleci import CircleCI
from maestro_core.collectors.git import Git
from maestro_core.collectors.github import GitHub
from maestro_core.collectors.gitlab import GitLab
from maestro_core.collectors.jenkins import Jenkins
from maestro_core.collectors.mlflow import MLflow
from maestro_core.models import DataSource, TrackedExperiment
from maestro_core.settings import Settings
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace


@dataclass(frozen=True)
class Address:
    """What must be known to read a source without a workspace."""

    kind: SourceKind
    location: str
    token: SecretStr | None
    mirror: Path
    """A directory of its own for what is copied from it; made on the first refresh."""
    now: datetime
    experiments: Mapping[str, str | None] = field(default_factory=dict)
    """The chosen experiments of a tracking server by key, each with its metric of performance."""


@dataclass(frozen=True)
class Tool:
    """How a kind of source is read, without a transaction, and how what it gives is stored and removed, within one."""

    collector: Callable[[Address, Settings], Collector]
    store: Callable[[Workspace, DataSource, Any], int]
    """Takes the batches of this collector."""
    forget: Callable[[Workspace, DataSource], None]


def _git(address: Address, settings: Settings) -> Collector:
    return Git(
        address.location,
        address.mirror,
        address.token,
        memory_mb=settings.git_memory_mb,
        timeout_seconds=settings.git_timeout_seconds,
    )


def _mlflow(address: Address, _settings: Settings) -> Collector:
    return MLflow(url=address.location, experiments=address.experiments, now=address.now, token=address.token)


def _github(address: Address, settings: Settings) -> Collector:
    return GitHub(location=address.location, token=address.token, history=timedelta(days=settings.history_days))


def _gitlab(address: Address, settings: Settings) -> Collector:
    return GitLab(location=address.location, token=address.token, history=timedelta(days=settings.history_days))


def _jenkins(address: Address, _settings: Settings) -> Collector:
    return Jenkins(location=address.location, token=address.token)


def _circleci(address: Address, _settings: Settings) -> Collector:
    return CircleCI(location=address.location, token=address.token)


TOOLS: dict[SourceKind, Tool] = {
    SourceKind.GIT: Tool(_git, store_git, forget_git),
    SourceKind.MLFLOW: Tool(_mlflow, store_mlflow, forget_mlflow),
    SourceKind.GITHUB: Tool(_github, store_delivery, forget_delivery),
    SourceKind.GITLAB: Tool(_gitlab, store_delivery, forget_delivery),
    SourceKind.JENKINS: Tool(_jenkins, store_delivery, forget_delivery),
    SourceKind.CIRCLECI: Tool(_circleci, store_delivery, forget_delivery),
}


def collector_for(address: Address, *, settings: Settings) -> Collector:
    """The collector that reads this source."""
    return TOOLS[address.kind].collector(address, settings)


def store(ws: Workspace, source: DataSource, batch: Batch) -> int:
    """Store a batch as its tool does; the number of rows. The caller stores the cursor in the same workspace."""
    return TOOLS[source.kind].store(ws, source, batch)


def forget(ws: Workspace, source: DataSource) -> None:
    """Remove what a source brought; projects stay."""
    # What is pushed has no collector: it is stored as other tools of delivery are.
    (TOOLS[source.kind].forget if source.kind in TOOLS else forget_delivery)(ws, source)


def address_of(ws: Workspace, source: DataSource, *, settings: Settings) -> Address:
    """Where a source is and how to enter; raises `WrongSetup` where its credential cannot be decrypted."""
    experiments = select(TrackedExperiment.external_id, TrackedExperiment.performance_metric)
    return Address(
        source.kind,
        source.location,
        ws.vault.decrypt(source.credentials) if source.credentials else None,
        mirrors(ws, settings) / f"{source.id}.git",
        ws.now,
        dict(ws.session.execute(experiments.where(TrackedExperiment.source_id == source.id)).all()),
    )


def mirrors(ws: Workspace, settings: Settings) -> Path:
    """The folder of this tenant's mirrors."""
    return settings.data_directory / "mirrors" / str(ws.member.tenant_id)
