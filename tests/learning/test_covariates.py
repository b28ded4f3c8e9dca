"""What is known of a project as columns: what is unknown counts as usual."""

from __future__ import annotations

import numpy as np
import pytest

from maestro_core.learning import team_size
from maestro_core.learning.covariates import OTHER, learn_covariates
from maestro_core.learning.team_size import Plan
from maestro_core.learning.team_size_plan import as_rows
from maestro_core.terms import Target
from tests.learning.past_teams import projects


def a_past(**counts: int):
    domains = [name for name, count in counts.items() for _ in range(count)]
    return projects(len(domains)).assign(domain=domains)


def test_the_columns_of_the_past_have_mean_zero_and_spread_one() -> None:
    past = projects(60)
    columns = learn_covariates(past).columns(past)
    assert columns.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert columns.std(axis=0) == pytest.approx(1)


def test_a_common_domain_has_a_column_and_rare_ones_share_one_where_they_are_common_together() -> None:
    assert learn_covariates(a_past(a=10, b=6, c=2, d=2)).domains == ("a", "b")
    assert learn_covariates(a_past(a=10, b=6, c=3, d=2)).domains == ("a", "b", OTHER)


def test_an_unknown_domain_is_as_usual_and_so_is_one_never_met_where_there_are_no_others() -> None:
    covariates = learn_covariates(a_past(a=10, b=6))
    unknown, new = covariates.columns(as_rows([Plan(5, 3), Plan(5, 3, domain="z")]))
    assert unknown[5:] == pytest.approx(0)
    assert new[5:] == pytest.approx(0)


def test_a_domain_never_met_is_like_the_rare_ones_where_there_are_some() -> None:
    covariates = learn_covariates(a_past(a=10, b=6, c=3, d=2))
    rare, new, unknown = covariates.columns(as_rows([Plan(5, 3, domain=name) for name in ("c", "z", None)]))
    assert np.array_equal(rare, new)
    assert unknown[5:] == pytest.approx(0)


def test_not_saying_the_domain_is_less_than_the_extremes_and_hardly_less_sure() -> None:
    """All columns at 0 is a domain that no project had: the curve would be an extrapolation."""
    past = projects(90).assign(domain=["a", "b", "c"] * 30)
    past["success"] += past["domain"].map({"a": -10.0, "b": 0.0, "c": 10.0})
    model = team_size.fit(past)
    a, b, c, unknown = (
        team_size.expect(model, Plan(5.0, 3, 5.0, domain, 4.0)).draws[Target.SUCCESS][:, 2] for domain in (*"abc", None)
    )
    assert a.mean() < unknown.mean() < c.mean()
    assert unknown.mean() == pytest.approx((a.mean() + b.mean() + c.mean()) / 3, abs=1)
    assert unknown.std() <= max(one.std() for one in (a, b, c))


def test_what_never_varied_says_nothing_about_a_plan_that_has_it() -> None:
    unknown = learn_covariates(projects(40).assign(experience=None))
    known = learn_covariates(projects(40).assign(experience=4.0))
    plans = as_rows([Plan(5, 3, experience=12.0), Plan(5, 3)])
    for covariates in (unknown, known):
        assert np.array_equal(*covariates.columns(plans))
