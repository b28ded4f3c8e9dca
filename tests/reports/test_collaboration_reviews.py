"""Reviews read as columns are the reviews that other pages read, with people by number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.reports.collaboration_reviews import LINES, MOMENTS, PEOPLE, reviewing
from maestro_core.reports.review_rows import numbered, pull_request_rows, review_rows
from maestro_core.reports.work_rows import Reader
from maestro_core.terms import Period, ReviewState
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW
from tests.reports.test_collaboration import a_person
from tests.reports.test_patterns import a_pull_request, a_review, a_tool, in_tool

PERIOD = Period(NOW - timedelta(days=28), NOW)


def test_they_are_the_same_rows_whether_or_not_people_moments_and_lines_are_known(ws: Workspace) -> None:
    project = a_project(ws)
    tool, author, reviewer = a_tool(ws, project), in_tool(ws, a_person(ws)), in_tool(ws, a_person(ws))
    bot = in_tool(ws, a_person(ws, is_bot=True))
    answered = a_pull_request(ws, tool, project, author, merged_by_id=reviewer, ready_at=NOW - timedelta(hours=30))
    a_pull_request(ws, tool, project, None, added=None, deleted=None, merged_at=None, closed_at=None)
    a_pull_request(ws, tool, project, bot)
    for state in (ReviewState.NOTE, ReviewState.APPROVED):
        a_review(ws, answered, reviewer, state)
    a_review(ws, answered, bot)
    same_as_told_elsewhere(ws, project, pull_requests=2, answers=2)


def test_a_project_without_any_has_the_same_columns(ws: Workspace) -> None:
    same_as_told_elsewhere(ws, a_project(ws), pull_requests=0, answers=0)


def same_as_told_elsewhere(ws: Workspace, project: UUID, *, pull_requests: int, answers: int) -> None:
    span: dict[str, Any] = {"projects": [project], "start": PERIOD.start, "end": PERIOD.end}
    reader = Reader(ws, [project])
    asked, given = reviewing(reader, PERIOD)
    assert (len(asked), len(given)) == (pull_requests, answers)
    told, reviews = numbered(pull_request_rows(ws, **span), review_rows(ws, **span))
    told = told.assign(**{name: reader.numbered(told[name]) for name in PEOPLE})
    reviews = reviews.assign(person_id=reader.numbered(reviews["person_id"]))
    names = ["id", "project", *PEOPLE, *MOMENTS, *LINES]
    pd.testing.assert_frame_equal(asked[names], told[names], check_dtype=False)
    columns = ["pull_request_id", "person_id", "submitted_at", "state"]
    pd.testing.assert_frame_equal(given[columns], reviews[columns], check_dtype=False)
