"""Code and its history, as narrow rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, present_tenant, refers


class Repository(OwnedByTenant, Base):
    """Where code lives: the mirror of one Git source."""

    __tablename__ = "repository"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    name: Mapped[str]
    known_from: Mapped[dict[str, Any] | None]
    """The commits and accounts that the knowledge of its files was made from."""


class Branch(OwnedByTenant, Base):
    """A branch as it stood at the last refresh."""

    __tablename__ = "branch"
    __table_args__ = (
        of_tenant(),
        refers("repository_id", "repository"),
        UniqueConstraint("repository_id", "name", "tenant_id"),
    )

    repository_id: Mapped[UUID]
    name: Mapped[str]
    head_sha: Mapped[str]
    last_commit_at: Mapped[datetime]
    is_default: Mapped[bool] = mapped_column(default=False)
    merged: Mapped[bool] = mapped_column(default=False)


class Commit(OwnedByTenant, Base):
    """A commit, with the author's own offset from UTC; one that a rewritten history left behind is unreachable."""

    __tablename__ = "commit"
    __table_args__ = (
        of_tenant(),
        refers("repository_id", "repository"),
        refers("account_id", "account"),
        UniqueConstraint("repository_id", "sha", "tenant_id"),
        Index("ix_commit_committed_at", "repository_id", "committed_at", "tenant_id"),
        Index("ix_commit_account", "account_id", "tenant_id"),  # without it, forgetting a person reads every commit
    )

    repository_id: Mapped[UUID]
    account_id: Mapped[UUID]
    sha: Mapped[str]
    authored_at: Mapped[datetime]
    utc_offset_minutes: Mapped[int]
    committed_at: Mapped[datetime]
    subject: Mapped[str]
    is_merge: Mapped[bool]
    added: Mapped[int]
    deleted: Mapped[int]
    """Lines in all files that are text, those left out included; what a renamed file kept counts in neither."""
    files: Mapped[int]
    reachable: Mapped[bool] = mapped_column(default=True)
    parents: Mapped[str] = mapped_column(default="")
    """Their shas, with spaces between."""
    left_out_added: Mapped[int] = mapped_column(default=0)
    """Of `added`, the lines in vendored and generated files."""
    left_out_deleted: Mapped[int] = mapped_column(default=0)


class CoAuthorship(Base):
    """Somebody whom a commit names as co-author."""

    __tablename__ = "co_authorship"
    __table_args__ = (
        of_tenant(),
        refers("commit_id", "commit"),
        refers("account_id", "account"),
        Index("ix_co_authorship_account", "account_id", "tenant_id"),
    )

    commit_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=present_tenant)
    name: Mapped[str]
    """As the commit spells it."""


class CodeFile(OwnedByTenant, Base):
    """A path in a repository, and what is there now on its default branch."""

    __tablename__ = "code_file"
    __table_args__ = (
        of_tenant(),
        refers("repository_id", "repository"),
        UniqueConstraint("repository_id", "path", "tenant_id"),
    )

    repository_id: Mapped[UUID]
    path: Mapped[str]
    is_present: Mapped[bool] = mapped_column(default=False)
    lines: Mapped[int | None]
    """Now; None for a binary file, and for one that is not present."""
    is_left_out: Mapped[bool] = mapped_column(default=False)
    """Vendored or generated, by the organisation's setting."""


class FileChange(Base):
    """What a commit did to a file. The pair is the key: there are many of these rows."""

    __tablename__ = "file_change"
    __table_args__ = (
        of_tenant(),
        refers("commit_id", "commit"),
        refers("file_id", "code_file"),
        Index("ix_file_change_file", "file_id", "tenant_id"),
    )

    commit_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=present_tenant)
    added: Mapped[int]
    deleted: Mapped[int]
    is_binary: Mapped[bool] = mapped_column(default=False)


class FileRename(Base):
    """A commit gave a file another path; its change is told under the new one."""

    __tablename__ = "file_rename"
    __table_args__ = (
        of_tenant(),
        refers("commit_id", "commit"),
        refers("file_id", "code_file"),
        refers("from_id", "code_file"),
        Index("ix_file_rename_file", "file_id", "tenant_id"),
        Index("ix_file_rename_from", "from_id", "tenant_id"),
    )

    commit_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=present_tenant)
    from_id: Mapped[UUID]
    moved: Mapped[int]
    """Lines kept: without rename detection Git counts them as both added and deleted."""


class FileKnowledge(Base):
    """What the history of a present file says of it, renames followed; made anew when the file changes."""

    __tablename__ = "file_knowledge"
    __table_args__ = (of_tenant(), refers("file_id", "code_file"))

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=present_tenant)
    changes: Mapped[int]
    people: Mapped[int]
    fragmentation: Mapped[float]


class FileAuthor(Base):
    """Somebody who knows a present file, by degree of authorship."""

    __tablename__ = "file_author"
    __table_args__ = (
        of_tenant(),
        refers("file_id", "code_file"),
        refers("person_id", "person"),
        Index("ix_file_author_person", "person_id", "tenant_id"),
    )

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=present_tenant)
    degree: Mapped[float]
