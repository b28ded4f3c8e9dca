"""Which code the collaboration page sees of some projects, and which it cannot."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true

from maestro_core.models import Account, Commit, DataSource, Person, Project, Repository
from maestro_core.reports.coverage import CODE_REVIEW, Freshness, freshness
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]


class Coverage(Freshness):
    """Which code the answer rests on, and which it cannot see."""

    repositories: int
    without_repository: list[str]
    last_commit_at: datetime | None
    code_reviews: int
    """Tools of code review that tell about these projects."""


def code_coverage(ws: Workspace, projects: Collection[UUID]) -> Coverage:
    """What is watched of these projects, and how fresh it is."""
    watched = select(Repository.project_id).where(_of(projects))
    unseen = select(Project.name).where(Project.id.in_(projects), Project.id.not_in(watched)).order_by(Project.name)
    return Coverage(
        repositories=ws.session.scalar(select(func.count(Repository.id)).where(_of(projects))) or 0,
        without_repository=list(ws.session.scalars(unseen)),
        last_commit_at=ws.session.scalar(_last_commit(projects)),
        code_reviews=len(reviewed_projects(ws, projects)),
        **freshness(ws, projects=projects, kinds=(SourceKind.GIT, *CODE_REVIEW)).model_dump(),
    )


def reviewed_projects(ws: Workspace, projects: Collection[UUID]) -> list[UUID]:
    """Those of these projects about which a tool of code review tells; once for each tool."""
    of_tools = select(Project.id).join(DataSource, DataSource.project_id == Project.id)
    return list(ws.session.scalars(of_tools.where(Project.id.in_(projects), DataSource.kind.in_(CODE_REVIEW))))


def _last_commit(projects: Collection[UUID]) -> Query:
    """The newest commit that counts: of these projects, by people, no merge, not left behind by a rewritten history."""
    # Of each repository the newest, which an index knows: a maximum over all of them would look at every commit.
    newest = (
        select(Commit.committed_at)
        .join(Account, Account.id == Commit.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Commit.repository_id == Repository.id, Commit.reachable == true(), ~Commit.is_merge, ~Person.is_bot)
        .order_by(Commit.committed_at.desc())
        .limit(1)
        .correlate(Repository)
        .scalar_subquery()
    )
    each = select(newest.label("at")).where(_of(projects)).subquery("each")
    return select(func.max(each.c.at))


def _of(projects: Collection[UUID]) -> ColumnElement[bool]:
    return Repository.project_id.in_(projects)
