"""The rows of code review are what is stored: to the microsecond, without bots, with people by number."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pandas as pd

from maestro_core.models import PullRequest
from maestro_core.reports.review_rows import MOMENTS, CodeReview, code_review
from maestro_core.reports.work_rows import Reader
from maestro_core.terms import Period, ReviewState
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW
from tests.reports.test_collaboration import a_person
from tests.reports.test_patterns import a_pull_request, a_review, a_tool, in_tool

DAY = timedelta(days=1)
PERIOD = Period(NOW - 28 * DAY, NOW)


def test_every_moment_and_number_is_the_stored_one_and_what_is_not_known_is_missing(ws: Workspace) -> None:
    project = a_project(ws, "rocket")
    tool, author, merger = a_tool(ws, project), in_tool(ws, a_person(ws)), in_tool(ws, a_person(ws))
    odd = {"ready_at": NOW - 9 * DAY + timedelta(microseconds=1), "first_commit_at": NOW - 11 * DAY, "is_draft": True}
    known = a_pull_request(ws, tool, project, author, merged_by_id=merger, **odd)
    nothing = dict.fromkeys(("merged_at", "closed_at", "added", "deleted"))
    unknown = a_pull_request(ws, tool, project, None, **nothing)
    found = code_review(Reader(ws, [project]), PERIOD)
    assert set(found.pull_requests["project"]) == {"rocket"}
    for key in (known, unknown):
        row, stored = the_row(found, key), ws.get(PullRequest, key)
        for name in (*MOMENTS, "is_draft", "added", "deleted"):
            told, kept = row[name], getattr(stored, name)
            assert pd.isna(told) if kept is None else told == kept, name
    assert the_row(found, unknown)[["author_id", "merged_by_id"]].isna().all()
    assert the_row(found, known)[["author_id", "merged_by_id"]].notna().all()


def test_people_have_the_numbers_that_they_have_elsewhere_whatever_account_they_used(ws: Workspace) -> None:
    project, person = a_project(ws), a_person(ws)
    tool, one, other = a_tool(ws, project), in_tool(ws, person), in_tool(ws, person)
    request = a_pull_request(ws, tool, project, one, merged_by_id=other)
    a_review(ws, request, other, ReviewState.NOTE)
    reader = Reader(ws, [project])
    number = reader.people.of([a_person(ws).bytes, person.bytes])[1]
    found = code_review(reader, PERIOD)
    told = the_row(found, request)[["author_id", "merged_by_id"]].tolist() + found.reviews["person_id"].tolist()
    assert told == [number] * 3
    assert found.reviews["state"].tolist() == [ReviewState.NOTE]
    assert found.reviews["submitted_at"].tolist() == [NOW - 10 * DAY + timedelta(hours=3)]


def test_bots_neither_ask_nor_answer_and_what_was_closed_before_is_out_with_its_answers(ws: Workspace) -> None:
    project = a_project(ws)
    tool, person, bot = a_tool(ws, project), in_tool(ws, a_person(ws)), in_tool(ws, a_person(ws, is_bot=True))
    before = {"created_at": PERIOD.start - 2 * DAY, "merged_at": None, "closed_at": PERIOD.start - DAY}
    kept = a_pull_request(ws, tool, project, person)
    for left_out in (a_pull_request(ws, tool, project, bot), a_pull_request(ws, tool, project, person, **before)):
        a_review(ws, left_out, person)
    for account in (person, bot):
        a_review(ws, kept, account)
    found = code_review(Reader(ws, [project]), PERIOD)
    assert found.keys(found.pull_requests["id"]) == found.keys(found.reviews["pull_request_id"]) == [kept]


def test_without_any_the_columns_have_the_same_kinds(ws: Workspace) -> None:
    project, empty = a_project(ws), a_project(ws)
    person = in_tool(ws, a_person(ws))
    a_review(ws, a_pull_request(ws, a_tool(ws, project), project, person, merged_by_id=person), person)
    full, nothing = (code_review(Reader(ws, [one]), PERIOD) for one in (project, empty))
    for some, none in ((full.pull_requests, nothing.pull_requests), (full.reviews, nothing.reviews)):
        assert (len(some), len(none)) == (1, 0)
        pd.testing.assert_frame_equal(some.head(0), none)


def the_row(found: CodeReview, key: UUID) -> pd.Series:
    return found.pull_requests.iloc[found.stored.index(key.bytes)]
