"""Patterns are told of four people or more, with the rows they rest on, and nobody's name."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from maestro_core.models import Account, CoAuthorship, CodeFile, DataSource, Person, PullRequest, Review
from maestro_core.reports import collaboration, patterns
from maestro_core.scoring.patterns import TOO_FEW_PEOPLE
from maestro_core.scoring.reviews import NO_CODE_REVIEW
from maestro_core.terms import Period, ReviewState, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, added
from tests.conftest import NOW
from tests.reports.test_collaboration import a_commit, a_file, a_person, a_repository, an_account

DAY = timedelta(days=1)
PERIOD = Period(NOW - 90 * DAY, NOW)
_numbers = count(1)


@pytest.fixture
def project(ws: Workspace) -> UUID:
    return a_project(ws, "rocket")


@pytest.fixture
def repository(ws: Workspace, project: UUID) -> UUID:
    return a_repository(ws, project)


def a_tool(ws: Workspace, project_id: UUID) -> UUID:
    name = f"tool {next(_numbers)}"
    return added(
        ws,
        DataSource(kind=SourceKind.GITHUB, name=name, location=name, project_id=project_id, created_at=NOW),
    )


def in_tool(ws: Workspace, person_id: UUID) -> UUID:
    return added(ws, Account(person_id=person_id, kind=SourceKind.GITHUB, identity=f"login {next(_numbers)}"))


def a_pull_request(ws: Workspace, source_id: UUID, project_id: UUID, author: UUID | None, **facts: object) -> UUID:
    told = {
        "title": "change",
        "url": "",
        "created_at": NOW - 10 * DAY,
        "merged_at": NOW - 9 * DAY,
        "closed_at": NOW - 9 * DAY,
        "updated_at": NOW - 9 * DAY,
        "head_branch": "work",
        "base_branch": "main",
        "added": 10,
        "deleted": 1,
    } | facts
    number = str(next(_numbers))
    return added(
        ws, PullRequest(source_id=source_id, project_id=project_id, external_id=number, author_id=author, **told)
    )


def a_review(ws: Workspace, pull_request_id: UUID, account_id: UUID, state: ReviewState = ReviewState.APPROVED) -> None:
    at = NOW - 10 * DAY + timedelta(hours=3)
    told = {"external_id": str(next(_numbers)), "state": state, "submitted_at": at}
    added(ws, Review(pull_request_id=pull_request_id, account_id=account_id, **told))


def a_team(ws: Workspace, repository_id: UUID, people: int) -> list[UUID]:
    """People who committed to the same file, day after day."""
    file = a_file(ws, repository_id)
    persons = [a_person(ws) for _ in range(people)]
    for person in persons:
        account = an_account(ws, person)
        for day in range(1, 16):
            a_commit(ws, repository_id, account, at=NOW - day * DAY, file=file)
    return persons


def one_reviewer(ws: Workspace, project_id: UUID, persons: list[UUID], *, reviews: int = 12) -> None:
    source, first = a_tool(ws, project_id), in_tool(ws, persons[0])
    others = [in_tool(ws, person) for person in persons[1:]]
    for number in range(reviews):
        author = others[number % len(others)]
        a_review(ws, a_pull_request(ws, source, project_id, author, merged_by_id=first), first)


def test_below_four_people_no_pattern_is_told(ws: Workspace, project: UUID, repository: UUID) -> None:
    persons = a_team(ws, repository, 3)
    one_reviewer(ws, project, persons)
    asked = {"projects": [project], "period": PERIOD}
    near, silos, hours = (ask(ws, **asked) for ask in (patterns.side_by_side, patterns.silos, patterns.hours))
    assert near.side_by_side.reason == near.signed_together.reason == TOO_FEW_PEOPLE
    assert near.pairs.empty
    assert silos.files_of_one_author.reason == TOO_FEW_PEOPLE
    assert silos.folders.empty
    assert hours.share.reason == hours.trend.reason == TOO_FEW_PEOPLE
    assert hours.by_month.empty
    reviewing = patterns.reviewing(ws, **asked)
    assert reviewing.busiest_reviewer_share.reason == TOO_FEW_PEOPLE
    assert reviewing.by_project.empty
    assert patterns.people_and_code(ws, **asked).lines.empty
    assert patterns.arriving(ws, **asked).by_quarter.empty


def test_no_folder_of_a_project_of_few_is_told_beside_a_team(ws: Workspace, project: UUID, repository: UUID) -> None:
    a_team(ws, repository, 4)
    small = a_project(ws)
    elsewhere = a_repository(ws, small)
    a_team(ws, elsewhere, 3)
    asked = {"projects": [small, project], "period": PERIOD}
    near, silos, code = (ask(ws, **asked) for ask in (patterns.side_by_side, patterns.silos, patterns.people_and_code))
    assert len(near.pairs) == 6 + 3
    assert silos.folders["people"].tolist() == [4]
    assert set(code.lines["people"]) == {4}
    assert patterns.hours(ws, **asked).share.sample == 7 * 15


def test_people_on_one_file_are_side_by_side_and_a_signed_commit_is_one_of_a_pair(
    ws: Workspace, project: UUID, repository: UUID
) -> None:
    persons = a_team(ws, repository, 4)
    signed = a_commit(ws, repository, an_account(ws, persons[0]))
    added_row = CoAuthorship(commit_id=signed, account_id=an_account(ws, persons[1]), name="x")
    ws.session.add(added_row)
    ws.session.flush()
    answer = patterns.side_by_side(ws, projects=[project], period=PERIOD)
    assert answer.side_by_side.value == 1
    assert len(answer.pairs) == 6
    pair = answer.pairs[answer.pairs["signed"] > 0]
    assert {pair["person_a"].item(), pair["person_b"].item()} == set(persons[:2])
    assert list(answer.pairs["person_a"]) == sorted(answer.pairs["person_a"])


def test_a_folder_of_one_person_is_told_without_a_name(ws: Workspace, project: UUID, repository: UUID) -> None:
    persons = a_team(ws, repository, 4)
    alone = added(ws, CodeFile(repository_id=repository, path="deep/inside/alone.py"))
    account = an_account(ws, persons[0])
    for day in range(1, 15):
        a_commit(ws, repository, account, at=NOW - day * DAY, file=alone)
    answer = patterns.silos(ws, projects=[project], period=PERIOD)
    first = answer.folders.iloc[0]
    assert (first["folder"], first["people"], first["days"]) == ("deep/inside", 1, 14)
    assert answer.files_of_one_author.value == 0.5
    assert answer.people_apart.value == 0
    lines = patterns.people_and_code(ws, projects=[project], period=PERIOD).lines
    known = lines[lines["folder"] == "deep/inside"]
    assert known["person_id"].tolist() == [persons[0]]
    assert known["share"].tolist() == [1.0]


def test_vendored_and_generated_files_join_nobody(ws: Workspace, project: UUID, repository: UUID) -> None:
    lock = added(ws, CodeFile(repository_id=repository, path="poetry.lock", is_left_out=True))
    for _ in range(4):
        a_commit(ws, repository, an_account(ws, a_person(ws)), file=lock)
    assert patterns.silos(ws, projects=[project], period=PERIOD).people_apart.sample == 0
    for _ in range(4):
        a_commit(ws, repository, an_account(ws, a_person(ws)), file=a_file(ws, repository))
    answer = patterns.silos(ws, projects=[project], period=PERIOD)
    assert (answer.people_apart.value, answer.people_apart.sample) == (1, 4)
    assert answer.folders.empty


def test_without_a_tool_of_code_review_that_is_the_reason(ws: Workspace, project: UUID, repository: UUID) -> None:
    a_team(ws, repository, 4)
    assert patterns.reviewing(ws, projects=[project], period=PERIOD).busiest_reviewer_share.reason == NO_CODE_REVIEW


def test_one_reviewer_for_all_is_told_of_the_project(ws: Workspace, project: UUID, repository: UUID) -> None:
    one_reviewer(ws, project, a_team(ws, repository, 4))
    answer = patterns.reviewing(ws, projects=[project], period=PERIOD)
    assert answer.busiest_reviewer_share.value == 1
    assert answer.by_project[["project", "people", "reviewers", "reviews"]].to_dict("records") == [
        {"project": "rocket", "people": 4, "reviewers": 1, "reviews": 12}
    ]


def test_reviews_make_the_whole_weight_available_and_bots_count_for_nothing(
    ws: Workspace, project: UUID, repository: UUID
) -> None:
    persons = a_team(ws, repository, 4)
    one_reviewer(ws, project, persons)
    bot = in_tool(ws, a_person(ws, is_bot=True))
    source = a_tool(ws, project)
    for _ in range(5):
        unread = a_pull_request(ws, source, project, bot)
        a_review(ws, unread, bot)
    answer = collaboration.collaboration(ws, projects=[project], period=PERIOD)
    parts = {part.name: part for part in answer.score.parts}
    assert answer.score.available_weight == 100
    assert (parts["review_coverage"].numerator, parts["review_coverage"].denominator) == (12, 12)
    assert (parts["review_load_spread"].numerator, parts["review_load_spread"].denominator) == (1, 2)
    assert parts["first_response"].value == 1
    assert answer.score.people == 4
    assert answer.beside.busiest_reviewer_share.value == 1
    assert answer.beside.collaboration_index.value is not None
    said = {one.name: one for one in answer.insights}
    assert said["one_reviewer"].sentence == "In rocket, one of 4 people gave 100 % of the reviews."
    assert said["one_reviewer"].rows == "reviewing"


def test_a_note_answers_but_does_not_cover(ws: Workspace, project: UUID, repository: UUID) -> None:
    persons = a_team(ws, repository, 4)
    source, accounts = a_tool(ws, project), [in_tool(ws, person) for person in persons]
    for number in range(12):
        asked = a_pull_request(ws, source, project, accounts[number % 3], merged_by_id=accounts[3])
        a_review(ws, asked, accounts[3], ReviewState.NOTE)
    answer = collaboration.collaboration(ws, projects=[project], period=PERIOD)
    parts = {part.name: part for part in answer.score.parts}
    assert parts["first_response"].value == 1
    assert parts["review_coverage"].value == 0


def test_a_connected_tool_without_pull_requests_is_not_the_same_as_none(
    ws: Workspace, project: UUID, repository: UUID
) -> None:
    a_team(ws, repository, 4)
    before = collaboration.collaboration(ws, projects=[project], period=PERIOD)
    a_tool(ws, project)
    after = collaboration.collaboration(ws, projects=[project], period=PERIOD)
    reasons = [{part.reason for part in answer.score.parts if part.value is None} for answer in (before, after)]
    assert reasons == [
        {"no code review is connected"},
        {"merged pull requests: 0, at least 10 are needed"},
    ]
    assert (before.coverage.code_reviews, after.coverage.code_reviews) == (0, 1)


def test_who_stayed_is_told_of_four_newcomers(ws: Workspace, project: UUID, repository: UUID) -> None:
    for number in range(4):
        account = an_account(ws, added(ws, Person(name=f"new {number}", is_bot=False)))
        a_commit(ws, repository, account, at=NOW - 300 * DAY)
        if number < 3:
            a_commit(ws, repository, account, at=NOW - 180 * DAY)
    old = an_account(ws, a_person(ws))
    a_commit(ws, repository, old, at=NOW - 900 * DAY)
    answer = patterns.arriving(ws, projects=[project], period=PERIOD)
    assert (answer.staying_share.value, answer.staying_share.sample) == (0.75, 4)
    assert answer.by_quarter["people"].tolist() == [4]
