"""When a number is worth a word to a team, how sure that is, and when it is worth another after it was dismissed."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from maestro_core.scoring.team_recommendations import (
    WORSE,
    Rule,
    Support,
    comes_back_at,
    in_words,
    is_clearly_worse,
    place,
    recommendation,
)
from maestro_core.scoring.team_rules import BY_KEY, RULES, batch_size, busy_files_of_one_author, longest_stage
from maestro_core.terms import Better, Measured

WAIT, COVERAGE, TRUCK = BY_KEY["review_wait"], BY_KEY["unreviewed_merges"], BY_KEY["truck_factor"]
shares = some.floats(0, 1)
rules = some.sampled_from(RULES)


def measured(value: float, low: float | None = None, high: float | None = None, *, sample: int = 40) -> Measured[float]:
    return Measured[float](value=value, low=low, high=high, sample=sample)


def test_every_rule_has_a_key_of_its_own_a_measure_with_a_good_direction_and_a_place_for_its_number() -> None:
    assert len(BY_KEY) == len(RULES)
    for rule in RULES:
        assert rule.measure.better is not Better.NEITHER
        assert "{value}" in rule.says
        assert rule.limit_source
        assert rule.try_this.endswith((".", ")."))


def test_what_is_missing_or_good_or_rests_on_too_little_is_not_told() -> None:
    assert recommendation(WAIT, Measured[float].missing("no tool")) is None
    assert recommendation(WAIT, measured(24.0)) is None
    assert recommendation(WAIT, measured(90.0, 80.0, 99.0, sample=9)) is None
    assert recommendation(COVERAGE, measured(0.9, 0.85, 0.95)) is None


def test_a_number_is_well_supported_where_its_whole_interval_is_beyond_the_limit() -> None:
    sure, unsure = recommendation(WAIT, measured(55.2, 30, 70)), recommendation(WAIT, measured(55.2, 20, 70))
    assert sure
    assert unsure
    assert (sure.support, unsure.support) == (Support.WELL, Support.WEAK)
    assert sure.sentence == "Half of the pull requests that were answered waited 2.3 days or longer for it."
    assert "may be chance" in unsure.why


def test_where_more_is_better_the_high_end_must_be_below_the_limit() -> None:
    assert [told.support for high in (0.75, 0.85) if (told := recommendation(COVERAGE, measured(0.6, 0.4, high)))] == [
        Support.WELL,
        Support.WEAK,
    ]


def test_a_count_needs_many_rows_to_be_well_supported() -> None:
    assert [told.support for n in (29, 30) if (told := recommendation(TRUCK, measured(1, sample=n)))] == [
        Support.WEAK,
        Support.WELL,
    ]


def test_what_is_well_supported_stands_before_what_is_further_off() -> None:
    near, far = recommendation(WAIT, measured(30, 25, 40)), recommendation(WAIT, measured(90, 20, 99))
    assert near
    assert far
    assert sorted([far, near], key=place) == [near, far]


@pytest.mark.parametrize(
    ("now", "is_back"),
    [
        (measured(37.4, 31, 50), False),  # not a quarter worse
        (measured(37.6, 31, 50), True),
        (measured(37.6, 29, 50), False),  # may be as it was
        (measured(37.6), True),
        (measured(20.0, 19, 21), False),
        (Measured[float].missing("no tool"), False),
    ],
)
def test_dismissed_at_thirty_hours_it_comes_back_where_it_is_clearly_worse(now: Measured[float], is_back: bool) -> None:
    assert is_clearly_worse(WAIT, now, then=30.0) is is_back


def test_a_share_comes_back_ten_points_worse_and_a_truck_factor_of_one_at_none() -> None:
    assert comes_back_at(COVERAGE, 0.6) == pytest.approx(0.5)
    assert is_clearly_worse(COVERAGE, measured(0.49, 0.4, 0.58), then=0.6)
    assert not is_clearly_worse(COVERAGE, measured(0.49, 0.4, 0.61), then=0.6)
    assert is_clearly_worse(TRUCK, measured(0), then=1.0)
    assert not is_clearly_worse(TRUCK, measured(1), then=1.0)


@given(rules, some.floats(0.01, 1), some.floats(0.01, 1))
def test_what_did_not_get_worse_stays_away_whatever_the_rule(rule: Rule, one: float, other: float) -> None:
    better, worse = sorted((one, other), reverse=rule.measure.better is Better.HIGHER)
    assert not is_clearly_worse(rule, measured(better), then=worse)
    assert not is_clearly_worse(rule, measured(worse), then=worse)


@given(rules, some.floats(0.01, 1e4))
def test_it_comes_back_at_something_worse_or_at_the_worst(rule: Rule, then: float) -> None:
    then = min(then, 1.0) if rule.measure.unit == "share" else then
    back = comes_back_at(rule, then)
    assert rule.is_worse(back, then) or back in {0.0, 1.0}
    if rule.measure.unit != "share":
        assert max(back, then) / min(back, then) == pytest.approx(WORSE)


@given(shares, shares)
def test_the_higher_of_two_waits_is_never_further_down_the_list(one: float, other: float) -> None:
    told = [recommendation(WAIT, measured(24 + 100 * each)) for each in sorted((one, other))]
    places = [place(each) for each in told if each]
    assert places == sorted(places, reverse=True)


def test_a_batch_is_the_commits_of_a_deployment_whose_commits_are_known() -> None:
    assert batch_size(pd.DataFrame({"changes": [4, None, 20, 12]})).value == 12
    assert batch_size(pd.DataFrame({"changes": [None]})).reason


def test_busy_files_are_those_changed_five_times_whose_authors_are_told() -> None:
    hot = pd.DataFrame({"changes": [9, 5, 5, 4, 9], "authors": [1.0, 1.0, 3.0, 1.0, None]})
    assert (busy_files_of_one_author(hot).value, busy_files_of_one_author(hot).sample) == (pytest.approx(2 / 3), 3)
    assert busy_files_of_one_author(hot.tail(2)).reason


def test_no_stage_is_longest_where_none_is_known() -> None:
    assert longest_stage(pd.DataFrame({"stage": ["coding"], "hours": [None]})) == ""


def test_numbers_read_as_people_say_them() -> None:
    assert [in_words(*told) for told in ((0.5, "hours"), (2.96, "hours"), (48.0, "hours"), (1.0, "hours"))] == [
        "30 minutes",
        "3.0 hours",
        "2 days",
        "1 hour",
    ]
