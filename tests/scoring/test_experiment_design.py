"""Designs: strata that leave enough assignments, late units by the same seed, and power that is not flattered."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from maestro_core.scoring.experiment_design import (
    UNKNOWN,
    complexity_cuts,
    detectable_between,
    draw,
    fewest_per_arm,
    late_variant,
    power_at,
    power_curve,
    power_of,
    spread_of_teams,
    stratum,
)
from maestro_core.scoring.trials import detectable, holm, permutation_p_value

EVEN = {"control": 1.0, "treatment": 1.0}
COMPLEXITIES = st.lists(st.floats(1, 10) | st.just(math.nan), min_size=0, max_size=60)


@given(COMPLEXITIES)
def test_every_complexity_has_a_stratum_and_few_units_are_not_split(complexities: list[float]) -> None:
    cuts = complexity_cuts(complexities)
    known = [value for value in complexities if not math.isnan(value)]
    assert len(cuts) <= (0 if len(known) < 9 else 1 if len(known) < 18 else 2)
    names = {stratum(value, cuts) for value in complexities}
    assert len(names - {UNKNOWN}) <= len(cuts) + 1


def test_strata_leave_an_exact_test_room_to_reach_significance() -> None:
    for units in range(8, 13):
        parts = len(complexity_cuts(list(np.linspace(1, 10, units)))) + 1
        sizes = [len(part) for part in np.array_split(np.arange(units), parts)]
        assert 2 / math.prod(math.comb(size, size // 2) for size in sizes) < 0.05


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 999))
def test_teams_stay_together_and_are_shared_out(teams: int, per_team: int, seed: int) -> None:
    names = [f"{team}-{number}" for team in range(teams) for number in range(per_team)]
    rows = pd.DataFrame({"project": names, "team": [name.split("-")[0] for name in names], "stratum": "all"})
    drawn = draw(rows, weights=EVEN, seed=seed, by_team=True)
    assert (drawn.groupby("team")["variant"].nunique() == 1).all()
    counts = drawn.drop_duplicates("team")["variant"].value_counts().reindex(list(EVEN), fill_value=0)
    assert abs(counts["control"] - counts["treatment"]) <= 1


@settings(max_examples=20)
@given(st.text(max_size=8), st.integers(0, 14), st.integers(0, 2**31 - 1))
def test_a_late_place_is_always_the_same_and_places_stay_balanced(block: str, place: int, seed: int) -> None:
    drawn = [late_variant(block, each, weights=EVEN, seed=seed) for each in range(place + 1)]
    assert drawn[place] == late_variant(block, place, weights=EVEN, seed=seed)
    assert abs(drawn.count("control") - drawn.count("treatment")) <= 2


def test_late_places_differ_between_strata_and_seeds() -> None:
    def told(block: str, seed: int) -> list[str]:
        return [late_variant(block, place, weights=EVEN, seed=seed) for place in range(24)]

    assert len({tuple(told(block, seed)) for block in ("a", "b") for seed in (1, 2)}) == 4


def test_late_places_follow_the_weights() -> None:
    drawn = [late_variant("all", place, weights={"a": 1, "b": 3}, seed=2) for place in range(80)]
    assert drawn.count("b") == 60


def test_ten_teams_an_arm_detect_what_was_published_and_uneven_arms_less() -> None:
    assert detectable_between(10, 10) == pytest.approx(detectable(10), abs=1e-4)
    uneven = detectable_between(4, 16)
    assert uneven
    assert uneven > 1.5


@pytest.mark.parametrize(("control", "treatment"), [(5, 5), (10, 10), (8, 20)])
def test_power_is_that_of_the_noncentral_t(control: int, treatment: int) -> None:
    freedom = control + treatment - 2
    away = 0.9 * math.sqrt(control * treatment / (control + treatment))
    quantile = stats.t.isf(0.025, freedom)
    expected = stats.nct.sf(quantile, freedom, away) + stats.nct.cdf(-quantile, freedom, away)
    assert power_at(0.9, control, treatment) == pytest.approx(expected, abs=1e-6)


def test_more_treatments_share_the_errors_and_need_more() -> None:
    one, three = (power_of(10, 10, comparisons=count).detectable for count in (1, 3))
    assert one
    assert three
    assert three > one


def test_so_many_units_as_are_needed_do_find_it() -> None:
    told = power_of(10, 10, spread=10.0, worthwhile=5.0)
    assert told.needed == 64
    assert (power_at(0.5, 64, 64) or 0) >= 0.8 > (power_at(0.5, 63, 63) or 1)
    tiny = power_of(10, 10, spread=10.0, worthwhile=0.01).needed
    assert tiny == pytest.approx(2 * (2.8016 / 0.001) ** 2, rel=0.001)


def test_without_units_or_spread_nothing_is_promised() -> None:
    told = power_of(1, 1, worthwhile=5.0)
    assert (told.detectable, told.detectable_effect, told.of_worthwhile, told.needed) == (None, None, None, None)
    assert power_curve(1, 1).empty


def test_the_curve_rises_from_the_errors_of_nothing_to_certainty() -> None:
    curve = power_curve(10, 10)
    assert curve["power"].iloc[0] == pytest.approx(0.05)
    assert curve["power"].is_monotonic_increasing
    assert curve["power"].iloc[-1] > 0.99


@pytest.mark.parametrize("comparisons", [1, 2, 3, 6, 20])
def test_the_fewest_units_are_those_whose_clearest_result_counts_after_correction(comparisons: int) -> None:
    def clearest(per_arm: int) -> float:
        values = np.arange(2.0 * per_arm)
        return permutation_p_value(values[:per_arm], values[per_arm:]) or 0.0

    fewest = fewest_per_arm(comparisons)
    assert holm([clearest(fewest)] * comparisons)[0] < 0.05 <= holm([clearest(fewest - 1)] * comparisons)[0]
    enough, short = (power_of(count, count, comparisons=comparisons) for count in (fewest, fewest - 1))
    assert (enough.is_too_few_to_tell, short.is_too_few_to_tell) == (False, True)


@given(st.floats(0.1, 100), st.integers(1, 50))
def test_a_mean_of_more_projects_varies_less_but_never_below_the_spread_between_teams(spread: float, per: int) -> None:
    told = spread_of_teams(spread, per)
    assert math.sqrt(0.3) * spread - 1e-9 <= told <= spread + 1e-9
