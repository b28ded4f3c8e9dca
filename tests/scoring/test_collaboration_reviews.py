"""The parts of the collaboration score that code reviews tell, by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from maestro_core.scoring.collaboration import (
    REVIEW_PARTS,
    Evidence,
)
from maestro_core.terms import ReviewState
from tests.scoring.teamwork import END, PEOPLE, git, parts, reviewed, same, scored


def test_a_team_that_reviews_everything_at_once_gets_full_marks() -> None:
    found = parts(reviewed(*({} for _ in range(12))))
    assert {name: found[name].value for name in REVIEW_PARTS} == dict.fromkeys(REVIEW_PARTS, 1.0)
    assert scored(reviewed(*({} for _ in range(12)))).available_weight == 65


def test_9_merged_pull_requests_are_too_few() -> None:
    found = parts(reviewed(*({} for _ in range(9))))
    assert {found[name].reason for name in REVIEW_PARTS} == {"merged pull requests: 9, at least 10 are needed"}


def test_who_committed_before_the_90_days_is_not_active_in_reviews() -> None:
    """The Git parts look at 180 days here, for there are few commits."""
    told = reviewed(*({} for _ in range(12)))
    history = git(*((f"former {n}", ("f",), 120) for n in range(8)))
    spread = parts(replace(told, commits=history.commits, changes=history.changes))["review_load_spread"]
    assert (spread.numerator, spread.denominator) == (
        parts(told)["review_load_spread"].numerator,
        parts(told)["review_load_spread"].denominator,
    )


def test_a_review_covers_when_it_is_by_another_person_and_before_the_merge() -> None:
    own = [{"author": "ann", "by": "ann"}]
    late = [{"hours": 11 * 24}]
    covered = parts(reviewed(*own, *late, *({} for _ in range(8))))["review_coverage"]
    assert (covered.numerator, covered.denominator) == (8, 10)


def test_merging_ones_own_work_is_fine_after_a_review() -> None:
    alone = [{"author": "ann", "by": None, "merger": "ann"}] * 3
    after_review = [{"author": "ann", "by": "bob", "merger": "ann"}] * 3
    unknown = [{"merger": None}] * 2
    part = parts(reviewed(*alone, *after_review, *unknown, *({} for _ in range(4))))["no_unreviewed_self_merge"]
    assert (part.numerator, part.denominator) == (7, 10)


def test_unknown_mergers_leave_the_self_merges_unknown() -> None:
    part = parts(reviewed(*({"merger": None} for _ in range(10))))["no_unreviewed_self_merge"]
    assert (part.value, part.reason) == (None, "who merged is not known")


@pytest.mark.parametrize(("hours", "value"), [(0, 1), (4, 1), (168, 0), (500, 0), (math.sqrt(4 * 168), 0.5)])
def test_the_first_response_falls_with_the_logarithm_of_the_wait(hours: float, value: float) -> None:
    part = parts(reviewed(*({"hours": hours, "opened": 60} for _ in range(10))))["first_response"]
    assert part.value == pytest.approx(value, abs=1e-6)


def test_without_any_answer_the_first_response_is_missing_not_zero() -> None:
    found = parts(reviewed(*({"by": None, "merger": "joe"} for _ in range(10))))
    assert (found["first_response"].value, found["first_response"].reason) == (None, "no pull request was answered")
    assert found["review_load_spread"].reason == "nobody reviewed"
    assert found["review_coverage"].value == 0


def test_keeping_up_is_closed_over_opened_at_most_one() -> None:
    half = parts(reviewed(*({} for _ in range(10)), *({"merged": None} for _ in range(10))))["keeping_up"]
    assert (half.numerator, half.denominator, half.value) == (10, 20, 0.5)
    more = parts(reviewed(*({} for _ in range(5)), *({"opened": 100} for _ in range(5))))["keeping_up"]
    assert (more.numerator, more.denominator, more.value) == (10, 5, 1)


def test_review_load_is_spread_when_half_the_people_do_half_the_reviews() -> None:
    one_reviewer = [{"author": PEOPLE[n % 3], "by": "joe"} for n in range(12)]
    part = parts(reviewed(*one_reviewer))["review_load_spread"]
    assert (part.numerator, part.denominator, part.value) == (1, 2, 0.5)


def test_ten_reviews_of_one_pull_request_are_one() -> None:
    evidence = reviewed(*({} for _ in range(12)))
    assert evidence.reviews is not None
    again = pd.concat([evidence.reviews, *[evidence.reviews.head(1)] * 10])
    tenfold = Evidence(evidence.commits, evidence.changes, evidence.pull_requests, again)
    assert same(scored(evidence), scored(tenfold))


def test_what_is_said_after_the_merge_leaves_the_first_response_missing() -> None:
    late = parts(reviewed(*({"hours": 15 * 24} for _ in range(12))))["first_response"]
    assert late.value is None


def test_a_note_answers_but_reviews_nothing() -> None:
    evidence = reviewed(*({} for _ in range(12)))
    assert evidence.reviews is not None
    notes = Evidence(
        evidence.commits, evidence.changes, evidence.pull_requests, evidence.reviews.assign(state=ReviewState.NOTE)
    )
    found = parts(notes)
    assert found["first_response"].value == 1
    assert found["review_coverage"].value == 0
    assert found["review_load_spread"].reason == "nobody reviewed"


def test_a_draft_waits_for_its_first_response_from_when_it_is_ready() -> None:
    evidence = reviewed(*({"hours": 168} for _ in range(12)))
    assert evidence.pull_requests is not None
    late = evidence.pull_requests.assign(ready_at=evidence.pull_requests["created_at"] + timedelta(hours=164))
    assert parts(evidence)["first_response"].value == 0
    made_ready = Evidence(evidence.commits, evidence.changes, late, evidence.reviews)
    assert parts(made_ready)["first_response"].value == pytest.approx(1)


def test_a_draft_that_is_not_ready_waits_for_nobody() -> None:
    evidence = reviewed(*({"hours": 5} for _ in range(12)), *({"merged": None, "hours": 400} for _ in range(20)))
    assert evidence.pull_requests is not None
    asked = evidence.pull_requests
    drafts = replace(evidence, pull_requests=asked.assign(is_draft=asked["merged_at"].isna()))
    alone = parts(reviewed(*({"hours": 5} for _ in range(12))))["first_response"]
    assert parts(drafts)["first_response"].value == alone.value != parts(evidence)["first_response"].value


def test_what_is_said_of_closed_ones_loads_nobody() -> None:
    evidence = reviewed(*({"opened": 80, "merged": 70} for _ in range(12)))
    assert evidence.reviews is not None
    late = evidence.reviews.assign(person_id="joe", submitted_at=END - timedelta(days=3))
    more = replace(evidence, reviews=pd.concat([evidence.reviews, late]))
    assert same(scored(evidence), scored(more))


def test_who_commits_where_no_code_is_reviewed_is_not_asked_to_review() -> None:
    evidence = reviewed(*({} for _ in range(12)))
    elsewhere = git(*((f"person {n % 6}", ("f",), 1.0 + n % 80) for n in range(60)))
    both = replace(evidence, commits=elsewhere.commits.assign(project=1), changes=elsewhere.changes, reviewed=[0])
    assert parts(both)["review_load_spread"] == parts(evidence)["review_load_spread"]
    mixed = parts(replace(both, reviewed=[0, 1]))["review_load_spread"]
    assert (mixed.numerator, mixed.denominator) == (2, 5)
