"""Designs of experiments: assignments that are fair and repeatable, and corrections that keep their promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from maestro_core.scoring.trials import (
    MOST_EXACT,
    assignment,
    benjamini_hochberg,
    cluster_means,
    design_effect,
    detectable,
    holm,
    needed_per_arm,
    permutation_p_value,
)

EVEN = {"control": 1.0, "treatment": 1.0}
TEAMS = st.lists(st.sampled_from(["low", "middle", "high"]), min_size=1, max_size=40)


def teams(strata: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"unit": [f"team {number}" for number in range(len(strata))], "stratum": strata})


@given(TEAMS, st.integers(0, 1000))
def test_each_stratum_is_shared_out_evenly_and_everybody_is_in(strata: list[str], seed: int) -> None:
    units = teams(strata)
    drawn = assignment(units, weights=EVEN, seed=seed)
    assert set(drawn.index) == set(units["unit"])
    for _, rows in units.groupby("stratum"):
        counts = drawn[rows["unit"]].value_counts().reindex(list(EVEN), fill_value=0)
        assert abs(counts["control"] - counts["treatment"]) <= 1


@given(TEAMS, st.integers(0, 1000))
def test_the_order_in_which_teams_are_told_changes_nothing(strata: list[str], seed: int) -> None:
    units = teams(strata)
    first = assignment(units, weights=EVEN, seed=seed)
    second = assignment(units.iloc[::-1], weights=EVEN, seed=seed)
    assert first.sort_index().equals(second.sort_index())


def test_shares_follow_the_weights() -> None:
    drawn = assignment(teams(["low"] * 30), weights={"control": 1, "treatment": 2}, seed=4)
    assert drawn.value_counts().to_dict() == {"treatment": 20, "control": 10}


def test_every_team_is_as_likely_as_another_to_be_treated() -> None:
    treated = [assignment(teams(["low"] * 5), weights=EVEN, seed=seed) == "treatment" for seed in range(600)]
    shares = pd.concat(treated, axis=1).mean(axis=1)
    assert ((shares > 0.42) & (shares < 0.58)).all()


def test_ten_teams_an_arm_detect_what_was_published() -> None:
    assert detectable(10) == pytest.approx(1.32, abs=0.005)
    assert needed_per_arm(1.33) == 10
    assert detectable(1) is None


def test_more_teams_detect_less() -> None:
    told = [detectable(per_arm) for per_arm in (2, 3, 5, 10, 139, 140, 500)]
    assert told == sorted(told, key=lambda d: -(d or 0))
    assert len(set(told)) == len(told)


def test_clusters_inflate_what_is_needed() -> None:
    assert design_effect(5, 0.3) == pytest.approx(2.2)
    assert design_effect(1, 0.3) == 1


def test_a_team_counts_once_however_many_projects_it_had() -> None:
    means = cluster_means(np.array([1.0, 3.0, 10.0]), ["a", "a", "b"])
    assert means.to_dict() == {"a": 2.0, "b": 10.0}


def test_all_assignments_are_tried_up_to_twelve_units() -> None:
    chance = np.random.default_rng(5)
    control, treatment = chance.normal(size=6), chance.normal(1, 1, size=6)
    exact = permutation_p_value(control, treatment)
    assert exact is not None
    assert exact * 924 == pytest.approx(round(exact * 924))  # 12 choose 6
    assert exact == pytest.approx(float(stats.ttest_ind(control, treatment).pvalue), abs=0.05)
    assert permutation_p_value(np.zeros(MOST_EXACT), np.ones(1)) is None


def test_corrections_agree_with_the_published_numbers() -> None:
    told = benjamini_hochberg([0.005, 0.06, 0.007, 0.04, 0.01, 0.03])
    assert told == pytest.approx([0.02, 0.06, 0.02, 0.048, 0.02, 0.045])
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_is_never_more_lenient_than_benjamini_hochberg(p_values: list[float]) -> None:
    strict, lenient = holm(p_values), benjamini_hochberg(p_values)
    assert all(a >= b - 1e-12 for a, b in zip(strict, lenient, strict=True))
    assert all(adjusted >= raw - 1e-12 for adjusted, raw in zip(lenient, p_values, strict=True))
