"""The rows of code review that reports measure: people for accounts, without bots."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from maestro_core.models import Account, Person, Project, PullRequest, Review
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class CodeReview:
    """Pull requests and what people answered to them; `keys` and `people` say whose codes stand in the rows."""

    pull_requests: pd.DataFrame
    reviews: pd.DataFrame
    keys: pd.Index[Any]
    people: pd.Index[Any]


def code_review(ws: Workspace, *, projects: Collection[UUID], start: datetime, end: datetime) -> CodeReview:
    """The rows that reviews are measured from, with numbers for keys: joining by UUIDs costs several times as much."""
    pulls = pull_request_rows(ws, projects=projects, start=start, end=end)
    keys = pd.Index(pulls["id"])
    pulls, given = numbered(pulls, review_rows(ws, projects=projects, start=start, end=end))
    people = pd.Index(pd.concat([pulls["author_id"], pulls["merged_by_id"], given["person_id"]]).dropna().unique())
    pulls = pulls.assign(**{name: _codes(people, pulls[name]) for name in ("author_id", "merged_by_id")})
    return CodeReview(pulls, given.assign(person_id=_codes(people, given["person_id"])), keys, people)


def numbered(pulls: pd.DataFrame, given: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pull requests and the answers to them, with numbers for the keys of pull requests."""
    places = pd.Index(pulls["id"]).get_indexer(pd.Index(given["pull_request_id"]))
    answers = given.assign(pull_request_id=places)[places >= 0]
    return pulls.assign(id=range(len(pulls))), answers


def pull_request_rows(ws: Workspace, *, projects: Collection[UUID], start: datetime, end: datetime) -> pd.DataFrame:
    """The pull requests opened before the end and not closed before the start, those of bots left out.

    id, project (its name), author_id and merged_by_id (people; missing where not known), created_at, ready_at,
    first_commit_at, merged_at, closed_at, is_draft, added, deleted.
    """
    merger, request = aliased(Account), PullRequest
    columns = select(
        request.id, Project.name.label("project"), Account.person_id.label("author_id"),
        merger.person_id.label("merged_by_id"), request.created_at, request.ready_at, request.first_commit_at,
        request.merged_at, request.closed_at, request.is_draft, request.added, request.deleted,
    )  # fmt: skip
    joined = (
        by_people(columns)
        .join(Project, Project.id == request.project_id)
        .outerjoin(merger, merger.id == request.merged_by_id)
    )
    return ws.frame(joined.where(alive(projects, start, end)))


def review_rows(ws: Workspace, *, projects: Collection[UUID], start: datetime, end: datetime) -> pd.DataFrame:
    """What people answered to these pull requests: pull_request_id, person_id, submitted_at, state."""
    given = (
        select(Review.pull_request_id, Account.person_id, Review.submitted_at, Review.state)
        .join(PullRequest, PullRequest.id == Review.pull_request_id)
        .join(Account, Account.id == Review.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Person.is_bot == false(), alive(projects, start, end))
    )
    return ws.frame(given)


def named_rows(ws: Workspace, *, keys: Collection[UUID]) -> pd.DataFrame:
    """What is shown of pull requests: id, project, number, title, url."""
    columns = (PullRequest.id, Project.name.label("project"), PullRequest.external_id.label("number"))
    shown = select(*columns, PullRequest.title, PullRequest.url)
    return ws.frame(shown.join(Project, Project.id == PullRequest.project_id).where(PullRequest.id.in_(keys)))


def last_seen(projects: Collection[UUID]) -> Query:
    """When the newest pull request of these projects was opened."""
    return select(func.max(PullRequest.created_at)).where(PullRequest.project_id.in_(projects))


def _codes(known: pd.Index[Any], values: pd.Series[Any]) -> pd.Series[float]:
    """The place of each value among the known ones; missing where it is."""
    places = pd.Series(known.get_indexer(pd.Index(values)), index=values.index, dtype="float64")
    return places.where(places >= 0)


def by_people(statement: Query) -> Query:
    """Without those of bots; one whose author the tool deleted is a person's."""
    return (
        statement.select_from(PullRequest)
        .outerjoin(Account, Account.id == PullRequest.author_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .where(func.coalesce(Person.is_bot, false()) == false())
    )


def alive(projects: Collection[UUID], start: datetime, end: datetime) -> ColumnElement[bool]:
    """Those opened before the end and not closed before the start."""
    ended = func.coalesce(PullRequest.closed_at, PullRequest.merged_at)
    open_then = or_(ended.is_(None), ended >= start)
    return and_(PullRequest.project_id.in_(projects), PullRequest.created_at < end, open_then)
