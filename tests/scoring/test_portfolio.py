"""A portfolio is measured on projects that ended."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.portfolio import (
    median_project_cost,
    median_project_duration,
    project_success_rate,
    reuse_among_new_uses,
)
from maestro_core.terms import Outcome

outcomes = st.lists(st.sampled_from([*Outcome, None]), max_size=40)


@given(outcomes)
def test_cancelled_and_undecided_projects_do_not_move_the_success_rate(ended: list[Outcome | None]) -> None:
    rate = project_success_rate(pd.DataFrame({"outcome": ended}))
    more = project_success_rate(pd.DataFrame({"outcome": [*ended, Outcome.CANCELLED, None]}))
    assert rate == more


@given(outcomes)
def test_the_success_rate_lies_in_its_interval_or_says_why_it_is_missing(ended: list[Outcome | None]) -> None:
    rate = project_success_rate(pd.DataFrame({"outcome": ended}))
    if rate.value is None:
        assert rate.reason == "no project finished with an outcome in this period"
    else:
        assert rate.low is not None
        assert rate.high is not None
        assert 0 <= rate.low <= rate.value <= rate.high <= 1
        assert rate.sample == sum(o in (Outcome.SUCCESS, Outcome.FAILURE) for o in ended)


def test_the_first_project_of_an_artifact_reuses_nothing() -> None:
    assert reuse_among_new_uses(pd.DataFrame({"nth": [1, 1]})).value == 0
    assert reuse_among_new_uses(pd.DataFrame({"nth": []})).reason == "no project took up an artifact in this period"
    assert reuse_among_new_uses(pd.DataFrame({"nth": [1, 2, 3]})).value == pytest.approx(2 / 3)


def test_medians_count_only_what_is_known() -> None:
    projects = pd.DataFrame({"duration": [10.0, None, 30.0], "cost": [None, None, 5.0]})
    assert (median_project_duration(projects).value, median_project_duration(projects).sample) == (20.0, 2)
    assert (median_project_cost(projects).value, median_project_cost(projects).sample) == (5.0, 1)


def test_the_measures_of_a_portfolio_are_in_the_catalogue() -> None:
    assert {"project_success_rate", "median_project_duration", "median_project_cost", "reuse_among_new_uses"} <= set(
        CATALOGUE
    )


@pytest.mark.parametrize("days", [[30.0, 60.0, 90.0, 120.0], [30.0, 60.0, 90.0, 120.0, None, 150.0]])
def test_a_median_of_five_projects_has_its_interval_and_one_of_fewer_has_none(days: list[float | None]) -> None:
    told = median_project_duration(pd.DataFrame({"duration": days}))
    known = [day for day in days if day is not None]
    assert told.sample == len(known)
    assert (told.low, told.high) == ((30.0, 150.0) if len(known) == 5 else (None, None))
