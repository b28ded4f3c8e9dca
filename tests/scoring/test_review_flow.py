"""How pull requests flow: what waits, for how long, for what; by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.scoring import review_flow as flow
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.review_waits import Wait, waiting, waiting_ages
from maestro_core.terms import Measured, Period
from tests.scoring.pull_requests import AT, HOUR, JANUARY, lives, opened, review

OF_LIVES: dict[str, Callable[..., Measured[Any]]] = {
    name: getattr(flow, name)
    for name in (
        "time_to_first_response", "review_duration", "merge_time", "merge_time_p90", "closure_ratio",
        "pull_request_size", "review_rounds",
    )
}  # fmt: skip


@pytest.mark.parametrize("name", OF_LIVES)
def test_without_a_pull_request_a_measure_is_missing_and_says_why(name: str) -> None:
    measured = OF_LIVES[name](lives(), period=JANUARY)
    assert measured.value is None
    assert measured.reason


def test_what_is_said_after_the_merge_answers_nobody() -> None:
    late = opened(merged=24, reviews=[review("bob", 500, "note"), review("bob", 501)])
    assert (
        flow.time_to_first_response(lives(late), period=JANUARY).reason == "no pull request of the period was answered"
    )


def test_the_first_answer_by_another_person_counts_and_a_note_is_one() -> None:
    rows = lives(
        opened(reviews=[review("ann", 1), review("bob", 3, "note"), review("bob", 9)]),
        opened(reviews=[review("bob", 5)]),
        opened(reviews=[review("ann", 1), review(None, 2)]),
    )
    first = flow.time_to_first_response(rows, period=JANUARY)
    assert (first.value, first.sample) == (4, 2)


def test_a_draft_waits_from_when_it_is_ready() -> None:
    late, early = opened(ready=10, reviews=[review("bob", 12)]), opened(ready=10, reviews=[review("bob", 1)])
    assert flow.time_to_first_response(lives(late), period=JANUARY).value == 2
    assert flow.time_to_first_response(lives(early), period=JANUARY).value == 0, "answered while it was a draft"
    assert flow.merge_time(lives(opened(ready=10, merged=15)), period=JANUARY).value == 5


def test_a_draft_that_got_a_note_waits_for_no_answer_yet() -> None:
    rows = lives(opened(is_draft=True, reviews=[review("bob", 400)]), opened(reviews=[review("bob", 2)]))
    assert rows["response"].isna().tolist() == [True, False]


def test_merge_time_and_review_duration_are_of_accepted_ones_only() -> None:
    rows = lives(
        opened(merged=10, reviews=[review("bob", 4)]),
        opened(merged=20, reviews=[review("bob", 2, "note")]),
        opened(closed=500, reviews=[review("bob", 4)]),
        opened(),
    )
    assert flow.merge_time(rows, period=JANUARY).value == 15
    duration = flow.review_duration(rows, period=JANUARY)
    assert (duration.value, duration.sample) == (6, 1)


def test_the_closure_ratio_is_what_goes_over_what_comes() -> None:
    earlier = opened(at=JANUARY.start - timedelta(days=9), merged=10 * 24)
    rows = lives(opened(merged=1), opened(closed=1), opened(), opened(), earlier)
    ratio = flow.closure_ratio(rows, period=JANUARY)
    assert (ratio.value, ratio.sample) == (0.75, 4)


@pytest.mark.parametrize(
    ("told", "rounds"),
    [
        ([("bob", "approved")], 1),
        ([("bob", "changes requested"), ("bob", "approved")], 2),
        ([("bob", "changes requested"), ("eve", "changes requested"), ("bob", "approved"), ("eve", "approved")], 2),
        ([("bob", "changes requested"), ("bob", "changes requested"), ("bob", "commented")], 3),
        ([("bob", "changes requested"), ("bob", "note")], 1),
        ([("bob", "changes requested"), ("eve", "approved")], 1),
    ],
)
def test_a_round_is_a_new_review_by_who_asked_for_changes(told: list[tuple[str, str]], rounds: int) -> None:
    reviews = [review(by, hour, state) for hour, (by, state) in enumerate(told, start=1)]
    measured = flow.review_rounds(lives(opened(merged=50, reviews=reviews), opened(merged=5)), period=JANUARY)
    assert (measured.value, measured.sample) == (rounds, 1)


def test_the_stages_of_a_merged_pull_request() -> None:
    reviewed = opened(
        merged=20, first_commit=-6, reviews=[review("bob", 2, "changes requested"), review("bob", 8), review("eve", 12)]
    )
    table = flow.stages(lives(reviewed, opened(merged=5)), period=JANUARY).set_index("stage")
    assert table["median"].to_dict() == {"coding": 6, "pickup": 2, "review": 10, "merge": 8, "without review": 5}
    assert table["share"].drop("coding").to_dict() == pytest.approx(
        {"pickup": 2 / 25, "review": 10 / 25, "merge": 8 / 25, "without review": 5 / 25}
    )
    assert np.isnan(table.loc["coding", "share"])


hours = st.integers(0, 60)
people = st.sampled_from(["ann", "bob", "eve", None])
states = st.sampled_from(["approved", "changes requested", "commented", "note", "dismissed"])
anyhow = st.builds(
    lambda merged, ready, reviews: opened(merged=merged, ready=ready, reviews=[review(*each) for each in reviews]),
    hours,
    st.none() | hours,
    st.lists(st.tuples(people, hours, states), max_size=5),
)


@settings(deadline=None)
@given(st.lists(anyhow, min_size=1, max_size=6))
def test_the_stages_of_each_pull_request_add_up_to_its_merge_time(told: list[dict[str, Any]]) -> None:
    rows = lives(*told)
    spent = flow.stage_hours(rows).drop(columns="coding")
    took = ((rows["merged_at"] - rows["began_at"]) / pd.Timedelta(hours=1)).clip(lower=0)
    assert spent.sum(axis="columns").tolist() == pytest.approx(took.tolist())
    assert (spent.min().dropna() >= 0).all()


def test_small_ones_are_told_from_large_ones_by_their_lines() -> None:
    rows = lives(
        opened(merged=2, lines=50), opened(merged=4, lines=50), opened(merged=9, lines=51), opened(merged=1, lines=None)
    )
    table = flow.by_size(rows, period=JANUARY).set_index("size")
    assert table["n"].tolist() == [2, 1, 0, 0, 0]
    assert table["value"].tolist()[:2] == [3, 9]
    assert table["value"].isna().tolist() == [False, False, True, True, True]
    size = flow.pull_request_size(rows, period=JANUARY)
    assert (size.value, size.sample) == (50, 3)


@pytest.mark.parametrize(
    ("told", "wait", "since"),
    [
        ({}, Wait.FIRST_RESPONSE, 0),
        ({"ready": 5}, Wait.FIRST_RESPONSE, 5),
        ({"reviews": [review("ann", 3)]}, Wait.FIRST_RESPONSE, 0),
        ({"reviews": [review("bob", 3, "note")]}, Wait.NEXT_REVIEW, 3),
        ({"reviews": [review("bob", 3, "changes requested")]}, Wait.AUTHOR, 3),
        ({"reviews": [review("bob", 3, "changes requested"), review("bob", 7)]}, Wait.MERGE, 7),
        ({"reviews": [review("bob", 3, "commented"), review("eve", 7, "commented")]}, Wait.NEXT_REVIEW, 7),
        ({"reviews": [review("bob", 3), review("eve", 7, "commented")]}, Wait.MERGE, 3),
        ({"reviews": [review("bob", 3, "changes requested"), review("bob", 5, "commented")]}, Wait.AUTHOR, 3),
        ({"reviews": [review("bob", 3, "changes requested"), review("eve", 7)]}, Wait.AUTHOR, 3),
        ({"reviews": [review("bob", 3), review("bob", 7, "dismissed")]}, Wait.NEXT_REVIEW, 7),
        ({"is_draft": True}, Wait.DRAFT, 0),
    ],
)
def test_what_an_open_pull_request_waits_for(told: dict[str, Any], wait: Wait, since: int) -> None:
    row = waiting(lives(opened(**told)), now=AT + 48 * HOUR).iloc[0]
    assert (row["wait"], row["since"]) == (str(wait), AT + since * HOUR)
    assert row["waited"] == pytest.approx((48 - since) / 24)


def test_the_longest_wait_comes_first_and_drafts_last_and_closed_ones_wait_no_more() -> None:
    rows = lives(
        opened(at=AT - 30 * HOUR, is_draft=True), opened(), opened(at=AT - 9 * HOUR), opened(merged=1), opened(closed=1)
    )
    waits = waiting(rows, now=AT + 24 * HOUR)
    assert waits["age"].tolist() == pytest.approx([33 / 24, 1, 54 / 24])
    ages = waiting_ages(waits).set_index("age")
    assert ages[str(Wait.FIRST_RESPONSE)].tolist() == [0, 2, 0, 0, 0]
    assert ages.to_numpy().sum() == 2


def test_nothing_open_waits_for_nothing() -> None:
    waits = waiting(lives(opened(merged=1)), now=AT)
    assert waits.empty
    assert waiting_ages(waits).drop(columns="age").to_numpy().sum() == 0


def test_weeks_without_pull_requests_have_counts_of_0_and_no_hours() -> None:
    rows = lives(opened(merged=2, reviews=[review("bob", 1)]), opened(at=AT + timedelta(weeks=2), closed=3))
    table = flow.weekly(rows, period=Period.days_between(date(2026, 1, 5), date(2026, 2, 2)), calendar=Calendar())
    assert table[["opened", "merged", "closed"]].to_numpy().tolist() == [[1, 1, 0], [0, 0, 0], [1, 0, 1], [0, 0, 0]]
    assert table["response"].tolist()[0] == 1
    assert table["merge"].isna().tolist() == [False, True, True, True]


def test_the_end_of_a_period_is_out() -> None:
    rows = lives(opened(at=JANUARY.start, merged=0), opened(at=datetime(2026, 2, 2, tzinfo=UTC), merged=0))
    assert flow.merge_time(rows, period=JANUARY).sample == 1
