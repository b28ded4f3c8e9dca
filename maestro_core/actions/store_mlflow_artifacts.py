"""Storing the artifacts of an MLflow server, their versions, and who used them; `store_mlflow` tells the decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.collectors.mlflow_batches import MlflowBatch, SeenArtifact, SeenUse, SeenVersion
from maestro_core.database import chunks, upsert
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion
from maestro_core.terms import ArtifactKind
from maestro_core.workspace import Workspace

DELETED = "deleted"

Named = tuple[ArtifactKind, str]
"""What names an artifact: its kind and name."""


def store_artifacts(ws: Workspace, seen: Iterable[SeenArtifact]) -> int:
    """Add artifacts, or fill what is empty in those that exist."""
    named: dict[Named, SeenArtifact] = {}
    for artifact in seen:
        named.setdefault((artifact.kind, artifact.name), artifact)
    known = _known(ws, named)
    rows = [_artifact_row(artifact, known.get(name)) for name, artifact in named.items()]
    return upsert(ws.session, Artifact, rows, on=("kind", "name"), update=("description", "url", "tags"))


def store_versions(ws: Workspace, seen: Iterable[SeenVersion]) -> int:
    """Add versions; those of models mirror the registry, those of datasets keep the tags that people gave them."""
    versions = {(each.kind, each.name, each.version): each for each in seen}
    keys = _keys(ws, {(kind, name) for kind, name, _ in versions})
    rows: dict[ArtifactKind, list[dict[str, Any]]] = {ArtifactKind.MODEL: [], ArtifactKind.DATASET: []}
    for each in versions.values():
        if (each.kind, each.name) in keys:
            rows[each.kind].append(_version_row(each, keys[each.kind, each.name]))
    same = ("artifact_id", "version")
    models = upsert(ws.session, ArtifactVersion, rows[ArtifactKind.MODEL], on=same, update=("digest", "tags"))
    return models + upsert(ws.session, ArtifactVersion, rows[ArtifactKind.DATASET], on=same, update=("digest",))


def store_uses(ws: Workspace, projects: Mapping[str, UUID], seen: Iterable[SeenUse]) -> int:
    """Add uses by the projects of these experiments; one already told, by whomever, stays as it is.

    The use of a logged model that is registered under no name is passed over; the daily count brings it once it is.
    """
    uses = [use for use in seen if use.experiment in projects]
    models = _models(ws, {use.digest for use in uses if use.kind is ArtifactKind.MODEL})
    datasets = _datasets(ws, {(use.name, use.digest) for use in uses if use.kind is ArtifactKind.DATASET})
    rows = {}
    for use in uses:
        found = models.get(use.digest) if use.name is None else datasets.get((use.name, use.digest))
        if found:
            rows[use.origin] = _use_row(use, projects[use.experiment], *found)
    return upsert(ws.session, ArtifactUsage, rows.values(), on=("origin",))


def mark_deleted_versions(ws: Workspace, batch: MlflowBatch) -> None:
    """Tag versions of models that came from this server and are in its registry no more."""
    if batch.registry is None:
        return
    columns = (ArtifactVersion.artifact_id, ArtifactVersion.version, ArtifactVersion.tags, ArtifactVersion.created_at)
    stored = (
        select(Artifact.name, *columns)
        .join(ArtifactVersion, ArtifactVersion.artifact_id == Artifact.id)
        .where(Artifact.kind == ArtifactKind.MODEL)
        .where(Artifact.url.startswith(f"{batch.address}/#/", autoescape=True))
    )
    rows = [
        {"artifact_id": key, "version": version, "tags": [*tags, DELETED], "created_at": created_at}
        for name, key, version, tags, created_at in ws.session.execute(stored)
        if (name, version) not in batch.registry and DELETED not in tags
    ]
    upsert(ws.session, ArtifactVersion, rows, on=("artifact_id", "version"), update=("tags",))


def merged_tags(present: Iterable[str], seen: Iterable[str]) -> list[str]:
    """The server's tags, and those present whose key it does not have.

    >>> merged_tags(["team:risk", "favourite"], ["team:fraud", "gold"])
    ['favourite', 'gold', 'team:fraud']
    """
    keys = {tag.partition(":")[0] for tag in seen}
    return sorted({*seen, *(tag for tag in present if tag.partition(":")[0] not in keys)})


def _artifact_row(seen: SeenArtifact, known: Artifact | None) -> dict[str, Any]:
    return {
        "kind": seen.kind,
        "name": seen.name,
        "description": (known and known.description) or seen.description,
        "url": (known and known.url) or seen.url,
        "tags": merged_tags(known.tags if known else (), seen.tags),
        "created_at": seen.created_at,
    }


def _version_row(seen: SeenVersion, artifact: UUID) -> dict[str, Any]:
    return {
        "artifact_id": artifact,
        "version": seen.version,
        "digest": seen.digest,
        "tags": list(seen.tags),
        "created_at": seen.created_at,
    }


def _use_row(use: SeenUse, project: UUID, artifact: UUID, version: UUID) -> dict[str, Any]:
    return {
        "artifact_id": artifact,
        "version_id": version,
        "project_id": project,
        "used_at": use.used_at,
        "origin": use.origin,
    }


def _known(ws: Workspace, named: Collection[Named]) -> dict[Named, Any]:
    known = {}
    for some in chunks(sorted({name for _, name in named})):
        columns = select(Artifact.id, Artifact.kind, Artifact.name, Artifact.description, Artifact.url, Artifact.tags)
        for artifact in ws.session.execute(columns.where(Artifact.name.in_(some))):
            known[artifact.kind, artifact.name] = artifact
    return known


def _keys(ws: Workspace, named: Collection[Named]) -> dict[Named, UUID]:
    return {name: artifact.id for name, artifact in _known(ws, named).items()}


def _models(ws: Workspace, digests: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
    """Artifact and version of logged models; the version registered first, where several are."""
    found: dict[str, tuple[UUID, UUID]] = {}
    for some in chunks(sorted(digests)):
        columns = select(ArtifactVersion.digest, ArtifactVersion.artifact_id, ArtifactVersion.id)
        mine = columns.join(Artifact, Artifact.id == ArtifactVersion.artifact_id).where(
            Artifact.kind == ArtifactKind.MODEL, ArtifactVersion.digest.in_(some)
        )
        for digest, artifact, version in ws.session.execute(mine.order_by(ArtifactVersion.created_at)):
            found.setdefault(str(digest), (artifact, version))
    return found


def _datasets(ws: Workspace, wanted: Collection[tuple[str | None, str]]) -> dict[tuple[str, str], tuple[UUID, UUID]]:
    """Artifact and version of datasets by name and digest."""
    found = {}
    for some in chunks(sorted({digest for _, digest in wanted})):
        columns = select(Artifact.name, ArtifactVersion.version, ArtifactVersion.artifact_id, ArtifactVersion.id)
        mine = columns.join(Artifact, Artifact.id == ArtifactVersion.artifact_id).where(
            Artifact.kind == ArtifactKind.DATASET, ArtifactVersion.version.in_(some)
        )
        for name, digest, artifact, version in ws.session.execute(mine):
            found[name, digest] = (artifact, version)
    return found
