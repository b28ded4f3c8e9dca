"""Code review as narrow rows, the same for every report: keys and people are numbers, those of bots are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import ColumnElement, Select, Text, and_, false, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from maestro_core.models import Account, Person, Project, PullRequest, Review
from maestro_core.reports.narrow_rows import KeyBytes, Moment, exact_moments, narrow
from maestro_core.reports.work_rows import Reader
from maestro_core.terms import Period
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]

PEOPLE = ("author_id", "merged_by_id")
LINES = ("added", "deleted")
MOMENTS = ("created_at", "ready_at", "first_commit_at", "merged_at", "closed_at")


@dataclass(frozen=True)
class CodeReview:
    """Pull requests and what people answered to them; `stored` are the keys of pull requests by their numbers."""

    pull_requests: pd.DataFrame
    reviews: pd.DataFrame
    stored: list[bytes]

    def keys(self, numbers: Iterable[int]) -> list[UUID]:
        """The keys of these pull requests."""
        return [UUID(bytes=bytes(self.stored[number])) for number in numbers]


def code_review(reader: Reader, span: Period) -> CodeReview:
    """The pull requests opened before the end of a span and not closed before its start, and the answers to them.

    Of pull requests: id, project (its name), author_id and merged_by_id (missing where not known), created_at,
    ready_at, first_commit_at, merged_at, closed_at, is_draft, added, deleted. Of answers: pull_request_id, person_id,
    submitted_at, state. People have the numbers that they have in what else the reader read.
    """
    asked = narrow(reader.ws, _asked(reader.projects, span.start, span.end))
    given = narrow(reader.ws, _given(reader.projects, span.start, span.end))
    places = pd.Index(asked["id"]).get_indexer(pd.Index(given["pull_request_id"]))
    given = given.assign(pull_request_id=places)[places >= 0]
    typed: dict[str, Any] = {"id": range(len(asked)), "is_draft": asked["is_draft"].astype(bool)}
    typed |= {name: reader.numbered(asked[name]) for name in PEOPLE}
    typed |= {name: exact_moments(asked[name]) for name in MOMENTS}
    typed |= {name: _lines(asked[name]) for name in LINES}
    answered = {"person_id": reader.numbered(given["person_id"]), "submitted_at": exact_moments(given["submitted_at"])}
    return CodeReview(asked.assign(**typed), given.assign(**answered), asked["id"].to_list())


def named_rows(ws: Workspace, *, keys: Collection[UUID]) -> pd.DataFrame:
    """What is shown of pull requests: id, project, number, title, url."""
    columns = (PullRequest.id, Project.name.label("project"), PullRequest.external_id.label("number"))
    shown = select(*columns, PullRequest.title, PullRequest.url)
    return ws.frame(shown.join(Project, Project.id == PullRequest.project_id).where(PullRequest.id.in_(keys)))


def last_seen(projects: Collection[UUID]) -> Query:
    """When the newest pull request of these projects was opened, but for those of bots."""
    newest = select(func.max(PullRequest.created_at)).where(PullRequest.project_id.in_(projects))
    people = newest.outerjoin(Account, Account.id == PullRequest.author_id)
    return people.outerjoin(Person, Person.id == Account.person_id).where(
        func.coalesce(Person.is_bot, false()) == false()
    )


def _lines(told: pd.Series[Any]) -> pd.Series[Any]:
    """Whole numbers, where all of them are known."""
    lines = told.astype("float64")
    return lines if lines.isna().any() else lines.astype("int64")


def _asked(projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    """Without those of bots; one whose author the tool deleted is a person's."""
    merger, request = aliased(Account), PullRequest
    columns = (
        KeyBytes(request.id).label("id"), Project.name.label("project"),
        KeyBytes(Account.person_id).label("author_id"), KeyBytes(merger.person_id).label("merged_by_id"),
        *(Moment(getattr(request, name)).label(name) for name in MOMENTS),
        request.is_draft, request.added, request.deleted,
    )  # fmt: skip
    joined = (
        select(*columns)
        .select_from(request)
        .outerjoin(Account, Account.id == request.author_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .join(Project, Project.id == request.project_id)
        .outerjoin(merger, merger.id == request.merged_by_id)
    )
    return joined.where(func.coalesce(Person.is_bot, false()) == false(), _alive(projects, start, end))


def _given(projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    columns = (
        KeyBytes(Review.pull_request_id).label("pull_request_id"), KeyBytes(Account.person_id).label("person_id"),
        Moment(Review.submitted_at).label("submitted_at"), type_coerce(Review.state, Text).label("state"),
    )  # fmt: skip
    joined = (
        select(*columns)
        .join(PullRequest, PullRequest.id == Review.pull_request_id)
        .join(Account, Account.id == Review.account_id)
        .join(Person, Person.id == Account.person_id)
    )
    return joined.where(~Person.is_bot, _alive(projects, start, end))


def _alive(projects: Collection[UUID], start: datetime, end: datetime) -> ColumnElement[bool]:
    """Those opened before the end and not closed before the start."""
    ended = func.coalesce(PullRequest.closed_at, PullRequest.merged_at)
    open_then = or_(ended.is_(None), ended >= start)
    return and_(PullRequest.project_id.in_(projects), PullRequest.created_at < end, open_then)
