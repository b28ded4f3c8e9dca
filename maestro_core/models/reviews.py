"""Pull requests and how they were reviewed, whatever a tool calls them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maestro_core.models.base import Base, OwnedByTenant, of_tenant, refers, word
from maestro_core.terms import ReviewState


class PullRequest(OwnedByTenant, Base):
    """A change put up for review; a merge request in GitLab. Accounts are unknown where the tool deleted them."""

    __tablename__ = "pull_request"
    __table_args__ = (
        of_tenant(),
        refers("source_id", "data_source"),
        refers("project_id", "project"),
        UniqueConstraint("source_id", "external_id", "tenant_id"),
        Index("ix_pull_request_created_at", "project_id", "created_at", "tenant_id"),
        Index("ix_pull_request_merge_sha", "merge_sha", "tenant_id"),
    )

    source_id: Mapped[UUID]
    project_id: Mapped[UUID]
    external_id: Mapped[str]
    """Its number in the tool."""
    title: Mapped[str]
    url: Mapped[str]
    author_id: Mapped[UUID | None]
    """The account of who opened it."""
    merged_by_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    """When it stopped being a draft, the last time before its first answer, where that is known."""
    merged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """Closed in either way, merged or not."""
    updated_at: Mapped[datetime]
    head_branch: Mapped[str]
    base_branch: Mapped[str]
    merge_sha: Mapped[str | None]
    """The commit that brought it to the base branch: a merge, or all of it in one when squashed."""
    first_commit_at: Mapped[datetime | None]
    """When its first commit was authored."""
    commits: Mapped[int | None]
    added: Mapped[int | None]
    deleted: Mapped[int | None]
    files: Mapped[int | None]
    is_draft: Mapped[bool] = mapped_column(default=False)
    labels: Mapped[list[str]] = mapped_column(default=list)


class Review(OwnedByTenant, Base):
    """What somebody answered to a pull request. A note is an answer, but no review."""

    __tablename__ = "review"
    __table_args__ = (
        of_tenant(),
        refers("pull_request_id", "pull_request"),
        UniqueConstraint("pull_request_id", "external_id", "tenant_id"),
        Index("ix_review_submitted_at", "submitted_at", "tenant_id"),
    )

    pull_request_id: Mapped[UUID]
    external_id: Mapped[str]
    account_id: Mapped[UUID | None]
    state: Mapped[ReviewState] = mapped_column(word(ReviewState))
    submitted_at: Mapped[datetime]
