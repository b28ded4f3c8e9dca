from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.scoring import patterns
from maestro_core.scoring.network import PersonDays, person_days
from maestro_core.terms import Period
from tests.scoring.teamwork import END, PEOPLE, Work, git, reviewed, work

PERIOD = Period(END - timedelta(days=90), END)


def days_of(*history: Work) -> PersonDays:
    evidence = git(*history)
    return person_days(evidence.changes, evidence.commits)


def nearest(history: list[Work]) -> list[float]:
    """What `meetings` says, by looking at every pair of rows."""
    rows = {(file, person, math.ceil(-days)) for person, files, days in history for file in files}
    found = []
    for file, person, day in sorted(rows):
        others = [abs(day - then) for name, who, then in rows if name == file and who != person]
        found.append(min(others, default=math.inf))
    return sorted(found)


@given(st.lists(work, min_size=1, max_size=25))
@settings(deadline=None)
def test_the_nearest_other_person_is_found(history: list[Work]) -> None:
    assert sorted(patterns.meetings(days_of(*history))["gap"]) == nearest(history)


def test_the_other_is_another_person_on_the_same_file() -> None:
    met = patterns.meetings(days_of(("ann", ("f",), 10), ("bob", ("f",), 8), ("eve", ("g",), 10)))
    assert (met["other"] != met["person"]).all()
    assert met["gap"].tolist() == [2, 2, np.inf]


def test_meeting_within_three_days_is_side_by_side_and_after_four_it_is_not() -> None:
    assert patterns.side_by_side(days_of(("ann", ("f",), 10), ("bob", ("f",), 7))).value == 1
    assert patterns.side_by_side(days_of(("ann", ("f",), 10), ("bob", ("f",), 6))).value == 0
    assert patterns.side_by_side(days_of()).reason == patterns.NO_CHANGE


def test_a_pair_stands_once_with_days_files_and_what_both_signed() -> None:
    evidence = git(("ann", ("f", "g"), 10), ("bob", ("f", "g"), 10), ("bob", ("f",), 50), ("eve", ("h",), 10))
    signed = pd.DataFrame({"commit_id": [3, 0], "person_id": ["ann", "ann"]})
    days = person_days(evidence.changes, evidence.commits)
    pairs = patterns.pairs_side_by_side(days, evidence.commits, signed)
    assert pairs.to_dict("records") == [
        {"person_a": "ann", "person_b": "bob", "days": 1, "files": 2, "signed": 0},
        {"person_a": "ann", "person_b": "eve", "days": 0, "files": 0, "signed": 1},
    ]


def test_who_signs_with_themselves_signs_with_nobody() -> None:
    rows = git(("ann", ("f",), 10), ("bob", ("f",), 9), ("bob", ("f",), 8)).commits
    named = pd.DataFrame({"commit_id": [0, 1, 1, 9], "person_id": ["ann", "bob", "eve", "eve"]})
    told = patterns.signed_together(rows, named, period=PERIOD)
    assert (told.value, told.sample) == (pytest.approx(1 / 3), 3)


def test_two_co_authors_of_one_commit_are_a_pair_too() -> None:
    evidence = git(("ann", ("f",), 10))
    signed = pd.DataFrame({"commit_id": [0, 0, 0], "person_id": ["bob", "eve", "ann"]})
    days = person_days(evidence.changes, evidence.commits)
    pairs = patterns.pairs_side_by_side(days, evidence.commits, signed)[["person_a", "person_b", "signed"]]
    assert pairs.to_numpy().tolist() == [["ann", "bob", 1], ["ann", "eve", 1], ["bob", "eve", 1]]


def test_a_folder_of_one_person_comes_first_and_little_work_is_not_told() -> None:
    history: list[Work] = [("ann", ("f",), day) for day in range(1, 15)]
    history += [(("bob", "eve")[day % 2], ("g",), day) for day in range(1, 15)]
    history += [("joe", ("h",), 3)]
    days = days_of(*history)
    table = patterns.folders(days, pd.Series(["alone/", "shared/", "small/"]))
    assert table["folder"].tolist() == ["alone/", "shared/"]
    assert table["people"].tolist() == [1, 2]
    assert table["days"].tolist() == [14, 14]


def test_people_without_a_partner_are_apart_and_three_people_are_not_told() -> None:
    people = pd.DataFrame({"person_id": list("abcd"), "partners": [1, 1, 0, 0]})
    apart = patterns.people_apart(people)
    assert (apart.value, apart.sample) == (0.5, 4)
    assert patterns.people_apart(people.head(3)).reason == patterns.TOO_FEW_PEOPLE


def test_the_trend_of_hours_has_the_sign_of_what_changed_and_holds_zero_where_nothing_did() -> None:
    def at(hour: int, days: list[int]) -> pd.DataFrame:
        rows = git(*((person, ("f",), float(day)) for day in days for person in PEOPLE)).commits
        return rows.assign(authored_at=rows["authored_at"].dt.normalize() + pd.Timedelta(hours=hour))

    calm, late = at(12, list(range(46, 89))), at(23, list(range(1, 44)))
    rising = patterns.trend_of_hours(pd.concat([calm, late]), period=PERIOD)
    assert rising.low is not None
    assert rising.low > 0
    same = patterns.trend_of_hours(at(12, list(range(1, 89))), period=PERIOD)
    assert same.low is not None
    assert same.high is not None
    assert same.low <= 0 <= same.high
    assert patterns.trend_of_hours(at(12, [1]), period=PERIOD).reason == "a half of the period has no commit"
    few = git(*(("ann", ("f",), 80.0 - n) for n in range(9)), *((person, ("f",), 2.0) for person in PEOPLE)).commits
    assert patterns.trend_of_hours(few, period=PERIOD).reason == patterns.TOO_FEW_PEOPLE


def test_months_count_every_commit_once_and_those_of_three_people_are_not_told() -> None:
    rows = git(*((person, ("f",), float(day)) for day in range(1, 60) for person in PEOPLE)).commits
    few = git(*(("ann", ("f",), 70.0 + n) for n in range(9))).commits
    table = patterns.hours_by_month(pd.concat([rows, few]), period=PERIOD)
    assert table["commits"].sum() == 4 * 59
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert table["month"].is_monotonic_increasing


def test_the_busiest_reviewer_has_a_share_but_no_name() -> None:
    rows = [{"author": ("ann", "bob", "joe")[n % 3], "by": "eve"} for n in range(12)]
    evidence = reviewed(*rows, {"author": "eve", "by": "ann"})
    assert evidence.pull_requests is not None
    assert evidence.reviews is not None
    found = patterns.busiest_reviewer_share(evidence.pull_requests, evidence.reviews, period=PERIOD)
    assert found.value == pytest.approx(12 / 13)
    table = patterns.reviewing_by_project(evidence.pull_requests.assign(project="one"), evidence.reviews, period=PERIOD)
    assert table[["project", "people", "reviewers", "reviews"]].to_dict("records") == [
        {"project": "one", "people": 4, "reviewers": 2, "reviews": 13}
    ]
    assert "person_id" not in table


def test_three_people_or_nine_reviews_are_too_few_for_a_busiest_reviewer() -> None:
    few = reviewed(*({"author": "ann", "by": "bob"} for _ in range(20)))
    assert few.pull_requests is not None
    assert few.reviews is not None
    found = patterns.busiest_reviewer_share(few.pull_requests, few.reviews, period=PERIOD)
    assert found.reason == patterns.TOO_FEW_PEOPLE
    nine = reviewed(*({"author": name, "by": by} for name, by in zip("annbobeve", "bobevejoe", strict=True)))
    assert nine.pull_requests is not None
    assert nine.reviews is not None
    found = patterns.busiest_reviewer_share(nine.pull_requests, nine.reviews, period=PERIOD)
    assert found.reason == "fewer than 10 reviews"
