"""SQLite reaches rows by their index: queries name a key, never the tenant."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import sqlite

from maestro_core.database import connect, sqlite_url
from maestro_core.models import Artifact, ArtifactUsage, Commit, FileChange, ProcessMetric, Project, new_key
from maestro_core.vault import Vault

LOOKUPS = {
    "a row by its key": select(Project.name).where(Project.id == new_key()),
    "the commits of a repository": select(Commit.sha).where(Commit.repository_id == new_key()),
    "the changes of a commit": select(FileChange.added).where(FileChange.commit_id == new_key()),
    "the uses of an artifact": select(ArtifactUsage.used_at).where(ArtifactUsage.artifact_id == new_key()),
    "the counts of a project": select(ProcessMetric.value).where(ProcessMetric.project_id == new_key()),
    "a join by key": select(Artifact.name).join(ArtifactUsage, ArtifactUsage.artifact_id == Artifact.id),
}


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_a_lookup_uses_an_index_that_was_made_for_it(migrated_file: Path, vault: Vault, lookup: str) -> None:
    engine = connect(sqlite_url(migrated_file), vault=vault)
    with engine.connect() as connection:
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {_literal(LOOKUPS[lookup])}"))]
    engine.dispose()
    assert any(step.startswith("SEARCH") for step in plan), plan
    assert not any("AUTOMATIC" in step for step in plan), plan


def _literal(statement: Select[str]) -> str:
    return str(statement.compile(dialect=sqlite.dialect())).replace("?", "x'00'")
