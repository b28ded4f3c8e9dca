"""Code reviews of projects: who is counted, what waits now, and what is never told of single persons."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from maestro_core.models import Account, Person, PullRequest, Review
from maestro_core.reports import collaboration, reviews
from maestro_core.reports.reviews import Reviews
from maestro_core.terms import Period, ReviewState, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, added
from tests.conftest import NOW
from tests.reports.ci import DAY, a_tool

HOUR = timedelta(hours=1)
PERIOD = Period(NOW - 28 * DAY, NOW)
_numbers = count(1)


def an_account(ws: Workspace, *, is_bot: bool = False, person: UUID | None = None) -> UUID:
    number = next(_numbers)
    person = person or added(ws, Person(name=f"Grace {number}", is_bot=is_bot))
    return added(ws, Account(person_id=person, kind=SourceKind.GITHUB, identity=f"login {number}"))


def a_pull_request(
    ws: Workspace,
    source_id: UUID,
    project_id: UUID,
    author_id: UUID | None,
    *,
    at: datetime = NOW - 2 * DAY,
    **facts: Any,
) -> UUID:
    number = next(_numbers)
    told = {"external_id": str(number), "title": f"Change {number}", "url": f"https://code.example/{number}"}
    told |= {"updated_at": at, "head_branch": "topic", "base_branch": "main", "added": 10, "deleted": 2} | facts
    request = PullRequest(source_id=source_id, project_id=project_id, author_id=author_id, created_at=at, **told)
    return added(ws, request)


def a_review(
    ws: Workspace,
    pull_request_id: UUID,
    account_id: UUID | None,
    *,
    at: datetime = NOW - DAY,
    state: ReviewState = ReviewState.APPROVED,
) -> UUID:
    told = {"external_id": str(next(_numbers)), "state": state, "submitted_at": at}
    return added(ws, Review(pull_request_id=pull_request_id, account_id=account_id, **told))


def asked(ws: Workspace, *projects: UUID, period: Period = PERIOD) -> Reviews:
    return reviews.reviews(ws, projects=projects, period=period)


def test_only_the_chosen_projects_and_the_period_count_and_the_one_before_is_told_apart(ws: Workspace) -> None:
    project, other, author = a_project(ws), a_project(ws), an_account(ws)
    tool = a_tool(ws, project)
    for at in (PERIOD.start, PERIOD.start - DAY, PERIOD.start - 2 * DAY, PERIOD.end):
        a_pull_request(ws, tool, project, author, at=at, merged_at=at + HOUR, closed_at=at + HOUR)
    a_pull_request(ws, tool, other, author)
    answer = asked(ws, project)
    assert (answer.now.merge_time.sample, answer.before.merge_time.sample) == (1, 2)
    assert asked(ws, project, other).now.closure_ratio.sample == 2


def test_bots_neither_open_nor_review_and_one_person_has_many_accounts(ws: Workspace) -> None:
    project = a_project(ws)
    tool, bot, person = a_tool(ws, project), an_account(ws, is_bot=True), added(ws, Person(name="Ada"))
    mine, also_mine = (an_account(ws, person=person) for _ in range(2))
    a_pull_request(ws, tool, project, bot)
    request = a_pull_request(
        ws, tool, project, mine, merged_at=NOW - HOUR, closed_at=NOW - HOUR, merged_by_id=also_mine
    )
    a_review(ws, request, bot)
    a_review(ws, request, also_mine)
    now = asked(ws, project).now
    assert now.closure_ratio.sample == 1
    assert now.time_to_first_response.value is None
    assert (now.review_coverage.value, now.self_merge_rate.value) == (0, 1)


def test_the_newest_that_is_told_of_is_no_bots(ws: Workspace) -> None:
    project = a_project(ws)
    tool = a_tool(ws, project)
    a_pull_request(ws, tool, project, an_account(ws, is_bot=True), at=NOW - DAY)
    assert asked(ws, project).coverage.last_at is None
    a_pull_request(ws, tool, project, an_account(ws), at=NOW - 60 * DAY)
    a_pull_request(ws, tool, project, None, at=NOW - 50 * DAY)
    assert asked(ws, project).coverage.last_at == NOW - 50 * DAY


def test_an_author_whom_the_tool_deleted_is_a_person(ws: Workspace) -> None:
    project = a_project(ws)
    request = a_pull_request(ws, a_tool(ws, project), project, None, merged_at=NOW, closed_at=NOW)
    a_review(ws, request, an_account(ws), at=NOW - DAY)
    a_review(ws, request, None, at=NOW - 2 * DAY)
    now = asked(ws, project, period=Period(PERIOD.start, NOW + DAY)).now
    assert (now.review_coverage.value, now.time_to_first_response.value) == (1, 24)


def test_what_waits_now_is_told_with_its_link_the_longest_wait_first(ws: Workspace) -> None:
    project, author, other = a_project(ws, "churn"), an_account(ws), an_account(ws)
    tool = a_tool(ws, project)
    a_pull_request(ws, tool, project, author, at=NOW - 3 * DAY, title="fresh")
    old = a_pull_request(ws, tool, project, author, at=NOW - 300 * DAY, title="old", url="https://code.example/old")
    a_review(ws, old, other, at=NOW - 200 * DAY, state=ReviewState.CHANGES_REQUESTED)
    a_pull_request(ws, tool, project, author, closed_at=NOW - HOUR, title="closed")
    answer = asked(ws, project)
    told = answer.waiting[["project", "title", "wait", "waited"]].to_numpy().tolist()
    assert told == [["churn", "old", "its author", 200], ["churn", "fresh", "a first response", 3]]
    assert answer.waiting["url"].iloc[0] == "https://code.example/old"
    assert answer.waiting_total == 2


def test_nothing_is_broken_down_below_four_people_and_names_are_never_told(ws: Workspace) -> None:
    project = a_project(ws)
    tool, team = a_tool(ws, project), [an_account(ws) for _ in range(4)]
    for author, reviewer in zip(team[:3], team[1:3] + team[:1], strict=True):
        a_review(ws, a_pull_request(ws, tool, project, author), reviewer)
    few = asked(ws, project)
    assert (few.people, few.is_broken_down) == (3, False)
    assert few.who_reviews_whom.empty
    assert few.load.empty
    assert few.now.review_evenness.value is None
    a_review(ws, a_pull_request(ws, tool, project, team[0]), team[3])
    enough = asked(ws, project)
    assert enough.is_broken_down
    assert enough.who_reviews_whom["reviews"].sum() == 4
    assert enough.load["reviews"].tolist() == [1, 1, 1, 1]
    assert "Grace" not in enough.model_dump_json()


def test_behind_each_number_of_merged_ones_stand_their_pull_requests_without_anybodys_name(ws: Workspace) -> None:
    project, (author, other) = a_project(ws, "churn"), (an_account(ws), an_account(ws))
    tool, hostile = a_tool(ws, project), "<script>![x](//stranger.example)=cmd()"

    def done(hours: float, **facts: Any) -> UUID:
        at = NOW - 5 * DAY
        ended = at + hours * HOUR
        return a_pull_request(ws, tool, project, author, at=at, merged_at=ended, closed_at=ended, **facts)

    done(48, merged_by_id=author, title=hostile, url="https://code.example/7")
    a_review(ws, done(24, merged_by_id=author), other, at=NOW - 5 * DAY + 6 * HOUR)
    a_review(ws, done(12), other, at=NOW - 5 * DAY + 3 * HOUR, state=ReviewState.NOTE)
    a_pull_request(ws, tool, project, author, closed_at=NOW - HOUR, title="closed unmerged")
    a_pull_request(ws, tool, project, author, at=PERIOD.start - DAY, merged_at=PERIOD.start - HOUR, title="earlier")
    told, now = reviews.merged(ws, projects=[project], period=PERIOD), asked(ws, project).now
    rows = told.rows
    assert (rows["title"].iloc[0], rows["url"].iloc[0]) == (hostile, "https://code.example/7")
    assert rows["merge"].tolist() == [48, 24, 12]
    assert rows["response"].fillna(-1).tolist() == [-1, 6, 3]
    assert rows["is_unreviewed"].tolist() == [True, False, True]
    assert rows["is_self_merged"].tolist() == [True, False, False]
    assert (told.total, now.merge_time.sample, now.merge_time.value) == (3, 3, rows["merge"].median())
    assert now.review_coverage.value == pytest.approx(1 - told.unreviewed / told.total)
    assert (now.self_merge_rate.value, now.self_merge_rate.sample) == (told.self_merged / 2, 2)
    assert "Grace" not in told.model_dump_json()
    few = reviews.merged(ws, projects=[project], period=PERIOD, limit=1)
    assert (len(few.rows), few.total, few.unreviewed) == (1, 3, 2)


def test_where_nothing_was_merged_no_row_stands_behind_a_number(ws: Workspace) -> None:
    told = reviews.merged(ws, projects=[a_project(ws)], period=PERIOD)
    assert (len(told.rows), told.total, told.unreviewed, told.self_merged) == (0, 0, 0, 0)


@pytest.mark.parametrize("is_connected", [True, False])
def test_without_a_pull_request_there_is_a_reason_for_every_measure(ws: Workspace, is_connected: bool) -> None:
    project = a_project(ws, "unseen")
    a_tool(ws, project, kind=SourceKind.GITLAB if is_connected else SourceKind.JENKINS, refreshed=None)
    answer = asked(ws, project)
    measures = [getattr(answer.now, name) for name in reviews.ReviewMeasures.model_fields]
    assert all(measure.value is None and measure.reason for measure in measures)
    seen = answer.coverage
    assert (seen.sources, seen.refreshed_at, seen.is_stale) == (int(is_connected), None, False)
    assert seen.without == ([] if is_connected else ["unseen"])


def test_an_answer_survives_the_cache_and_becomes_json(ws: Workspace) -> None:
    project = a_project(ws)
    a_review(ws, a_pull_request(ws, a_tool(ws, project), project, an_account(ws)), an_account(ws))
    answer = asked(ws, project)
    assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()


def test_what_is_said_of_closed_ones_moves_no_number_whatever_the_period(ws: Workspace) -> None:
    project, people = a_project(ws), [an_account(ws) for _ in range(4)]
    tool = a_tool(ws, project)
    for number, days in enumerate([30] * 12 + [95] * 30):
        at = NOW - days * DAY
        told = {"merged_at": at + HOUR, "closed_at": at + HOUR, "merged_by_id": people[0]}
        request = a_pull_request(ws, tool, project, people[number % 4], at=at, **told)
        a_review(ws, request, people[(number + 1) % 4], at=at + HOUR / 2)
        a_review(ws, request, people[(number + 2) % 4], at=at + 15 * DAY)
    spans = [Period(NOW - days * DAY, NOW) for days in (30, 90, 182)]
    found = [collaboration.collaboration(ws, projects=[project], period=span) for span in spans]
    assert found[0].score == found[1].score == found[2].score
    assert found[0].beside == found[1].beside == found[2].beside
    assert asked(ws, project, period=spans[1]).now.largest_pair_share == found[1].beside.largest_pair_share
