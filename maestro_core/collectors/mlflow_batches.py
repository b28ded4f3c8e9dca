"""What the MLflow collector hands over, and how far it has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from maestro_core.collectors import Batch
from maestro_core.terms import ArtifactKind


@dataclass(frozen=True, kw_only=True)
class SeenRun:
    """A run; its experiment by the server's id."""

    experiment: str
    external_id: str
    name: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    metrics: dict[str, float]
    tags: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class SeenArtifact:
    """A registered model, or a dataset that a run read."""

    kind: ArtifactKind
    name: str
    description: str = ""
    url: str | None = None
    tags: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class SeenVersion:
    """A version of an artifact. A model's digest is the id of the logged model behind it, m-…."""

    kind: ArtifactKind
    name: str
    version: str
    digest: str | None
    tags: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class SeenUse:
    """A run's input: a dataset by name and digest, a model by digest alone (which name it has, the registry knows)."""

    experiment: str
    run: str
    kind: ArtifactKind
    name: str | None
    digest: str
    used_at: datetime
    origin: str


@dataclass(frozen=True, kw_only=True)
class Oddity:
    """Something odd in an answer, and what was done about it."""

    kind: str
    subject: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Census:
    """All runs of an experiment that started between two moments, both out: whatever else is stored there is gone."""

    experiment: str
    after: datetime | None
    before: datetime | None
    runs: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class MlflowBatch(Batch):
    """Some hundreds of runs with what they used, or the registry."""

    address: str
    experiment: str | None = None
    """The experiment the runs are of; None for the registry."""
    runs: tuple[SeenRun, ...] = ()
    deleted: frozenset[str] = frozenset()
    """Ids of runs that are deleted."""
    census: Census | None = None
    artifacts: tuple[SeenArtifact, ...] = ()
    versions: tuple[SeenVersion, ...] = ()
    uses: tuple[SeenUse, ...] = ()
    registry: frozenset[tuple[str, str]] | None = None
    """Name and version of all registered models, where the registry was read whole."""
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far an experiment has been read; times in milliseconds, as the server keeps them."""

    counting: bool = True
    """Whether a count of all runs is under way."""
    counted: int = 0
    """When the last such count ended."""
    started: int | None = None
    started_ids: Mapping[str, int] = field(default_factory=dict)
    """Runs already read that started then, or later by a wrong clock, and when."""
    ended: int = 0
    ended_ids: Mapping[str, int] = field(default_factory=dict)
    """Runs already read that ended then or later, and when."""
    unfinished: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
