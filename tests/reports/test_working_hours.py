"""Working hours of the organisation: first responses follow them, and nothing else does."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from maestro_core.actions.working_hours import set_working_hours
from maestro_core.errors import InvalidInput
from maestro_core.reports import collaboration, reviews
from maestro_core.reports.working_hours import hours_of
from maestro_core.terms import Period
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.reports.ci import DAY, a_tool
from tests.reports.test_reviews import HOUR, a_pull_request, a_review, an_account

WORKED: dict[str, Any] = {"days": [0, 1, 2, 3, 4], "opens": 9, "closes": 17, "zone": "Europe/Berlin"}
FRIDAY = datetime(2026, 1, 9, 14, tzinfo=UTC)  # 15 in Berlin: two hours of work are left
MONDAY = datetime(2026, 1, 12, 12, tzinfo=UTC)  # 13 in Berlin: four hours of work have passed
PERIOD = Period(FRIDAY - 7 * DAY, FRIDAY + 14 * DAY)


@pytest.fixture
def project(ws: Workspace) -> UUID:
    """Ten pull requests of a Friday afternoon, answered on Monday at noon: 70 hours, six of them of work."""
    key = a_project(ws)
    tool, people = a_tool(ws, key), [an_account(ws) for _ in range(4)]
    for number in range(10):
        told = {"merged_at": MONDAY + HOUR, "closed_at": MONDAY + HOUR}
        request = a_pull_request(ws, tool, key, people[number % 3], at=FRIDAY, **told)
        a_review(ws, request, people[3], at=MONDAY)
    return key


def answers(ws: Workspace, project: UUID) -> tuple[reviews.Reviews, reviews.Merged, Any]:
    asked = {"projects": [project], "period": PERIOD}
    score = collaboration.collaboration(ws, projects=[project], period=PERIOD).score
    return reviews.reviews(ws, **asked), reviews.merged(ws, **asked), score  # type: ignore[arg-type]


def told_of(ws: Workspace, project: UUID) -> dict[str, Any]:
    asked, done, score = answers(ws, project)
    part = next(one for one in score.parts if one.name == "first_response")
    return {
        "tile": asked.now.time_to_first_response.value,
        "size": asked.by_size["response"].dropna().tolist(),
        "week": asked.weekly["response"].dropna().tolist(),
        "slowest": asked.slowest["response"].tolist(),
        "merged": done.rows["response"].tolist(),
        "part": part.value,
        "stages": asked.stages["median"].dropna().tolist(),
        "merge": asked.now.merge_time.value,
        "recommended": reviews.reviews(
            ws, projects=[project], period=PERIOD, by_calendar=True
        ).now.time_to_first_response.value,
    }


def test_first_responses_follow_them_and_are_as_before_without(ws: Workspace, project: UUID) -> None:
    before = told_of(ws, project)
    assert before["tile"] == before["recommended"] == 70
    assert before["part"] == pytest.approx(1 - math.log(70 / 4) / math.log(168 / 4))
    set_working_hours(ws, working_hours=WORKED)
    worked = told_of(ws, project)
    assert worked == before | {
        "tile": 6, "size": [6], "week": [6], "slowest": [6] * 10, "merged": [6] * 10,
        "part": pytest.approx(1 - math.log(6 / 4) / math.log(40 / 4)),
    }  # fmt: skip
    asked, done, _ = answers(ws, project)
    assert asked.working_hours == done.working_hours == hours_of(ws.tenant)
    set_working_hours(ws, working_hours=None)
    assert told_of(ws, project) == before


def test_they_are_kept_sorted_and_once(ws: Workspace) -> None:
    assert hours_of(ws.tenant) is None
    set_working_hours(ws, working_hours=WORKED | {"days": [4, 0, 4]})
    ws.session.expire(ws.tenant)
    worked = hours_of(ws.tenant)
    assert worked is not None
    assert worked.in_words() == "Mon, Fri 9–17 Europe/Berlin"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"days": []}, "[Dd]ays"), ({"days": [7]}, "[Dd]ays"), ({"opens": 18}, "end after they begin"),
        ({"closes": 25}, "[Cc]loses"), ({"zone": "Mars/Olympus"}, "Europe/Paris"),
        ({"days": [0], "closes": 12}, "at least 8 hours"), ({"lunch": 12}, "[Ll]unch"),
    ],
)  # fmt: skip
def test_what_cannot_be_working_hours_is_refused_and_changes_nothing(
    ws: Workspace, wrong: dict[str, Any], why: str
) -> None:
    with pytest.raises(InvalidInput, match=why):
        set_working_hours(ws, working_hours=WORKED | wrong)
    assert ws.tenant.working_hours is None
