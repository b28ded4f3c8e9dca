"""What the REST interface was told, for tests of the client."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion
from maestro_core.portfolios import Portfolio
from maestro_core.terms import ArtifactKind
from maestro_core.workspace import Workspace, open_workspace
from tests.builders import an_artifact

PROJECT = "Churn 2026"


@dataclass(frozen=True)
class Told:
    """A tenant behind the REST interface: what it knows, and what it was told."""

    url: str
    portfolio: Portfolio
    keys: list[str]

    def artifact(self, name: str, kind: ArtifactKind = ArtifactKind.MODEL) -> str:
        with self.open() as ws:
            return str(an_artifact(ws, name, kind=kind))

    def open(self) -> AbstractContextManager[Workspace]:
        return open_workspace(self.portfolio.engine, self.portfolio.membership_id)

    @property
    def used(self) -> list[tuple[Any, ...]]:
        """Name, version and origin of each use."""
        statement = (
            select(Artifact.name, ArtifactVersion.version, ArtifactUsage.origin)
            .join(ArtifactUsage, ArtifactUsage.artifact_id == Artifact.id)
            .outerjoin(ArtifactVersion, ArtifactVersion.id == ArtifactUsage.version_id)
            .order_by(ArtifactUsage.id)
        )
        with self.open() as ws:
            return [tuple(row) for row in ws.session.execute(statement)]
