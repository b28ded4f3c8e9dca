"""Code review as narrow rows for the collaboration page: people have the numbers that they have in the Git rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, Text, select, type_coerce
from sqlalchemy.orm import aliased

from maestro_core.models import Account, Person, Project, PullRequest, Review
from maestro_core.reports.narrow_rows import KeyBytes, Moment, exact_moments, narrow
from maestro_core.reports.review_rows import alive, by_people, numbered
from maestro_core.reports.work_rows import Reader
from maestro_core.terms import Period

Query = Select[*tuple[Any, ...]]

PEOPLE = ("author_id", "merged_by_id")
LINES = ("added", "deleted")
MOMENTS = ("created_at", "ready_at", "merged_at", "closed_at")


def reviewing(reader: Reader, span: Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pull requests alive in a span, and what people answered to them, those of bots left out.

    Of pull requests: id, project (its name), author_id and merged_by_id (missing where not known), created_at,
    ready_at, merged_at, closed_at, added, deleted. Of answers: pull_request_id, person_id, submitted_at, state.
    """
    asked = narrow(reader.ws, _asked(reader.projects, span.start, span.end))
    given = narrow(reader.ws, _given(reader.projects, span.start, span.end))
    asked, given = numbered(asked, given)
    typed = {name: _known(reader, asked[name]) for name in PEOPLE}
    typed |= {name: exact_moments(asked[name]) for name in MOMENTS}
    typed |= {name: asked[name].astype("float64") for name in LINES}
    answered = {"person_id": _known(reader, given["person_id"]), "submitted_at": exact_moments(given["submitted_at"])}
    return asked.assign(**typed), given.assign(**answered)


def _known(reader: Reader, people: pd.Series[Any]) -> pd.Series[Any]:
    """People as the numbers that they have elsewhere; who is not known stays missing."""
    numbers = pd.Series(reader.people.of(people), index=people.index)
    return numbers.where(numbers >= 0)


def _asked(projects: Collection[UUID], start: datetime, end: datetime) -> Query:
    merger, request = aliased(Account), PullRequest
    columns = (
        KeyBytes(request.id).label("id"), Project.name.label("project"),
        KeyBytes(Account.person_id).label("author_id"), KeyBytes(merger.person_id).label("merged_by_id"),
        *(Moment(getattr(request, name)).label(name) for name in MOMENTS), request.added, request.deleted,
    )  # fmt: skip
    joined = (
        by_people(select(*columns))
        .join(Project, Project.id == request.project_id)
        .outerjoin(merger, merger.id == request.merged_by_id)
    )
    return joined.where(alive(projects, start, end))


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
    return joined.where(~Person.is_bot, alive(projects, start, end))
