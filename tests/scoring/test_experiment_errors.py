"""What experiments promise of errors, held to simulated ones without an effect. Larger runs: benchmarks/."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from maestro_core.scoring.effects import frequentist
from maestro_core.scoring.experiment_design import draw
from maestro_core.scoring.experiment_results import adjusted_for_few, compare, looks, units_of

ICC = 0.3
REPLICATIONS = 300
# So many false positives or more come with a true rate of 5 % in one of a thousand runs.
MOST = int(stats.binom.isf(0.001, REPLICATIONS, 0.05))
FEWEST = int(stats.binom.ppf(0.001, REPLICATIONS, 0.05))


def projects_of_teams(chance: np.random.Generator, *, teams: int, per_team: int) -> pd.DataFrame:
    """Projects whose outcomes are alike within teams, assigned by team, without an effect."""
    of_team = np.repeat(chance.normal(0, np.sqrt(ICC), teams), per_team)
    team = np.repeat([f"team {number}" for number in range(teams)], per_team)
    names = [f"project {number}" for number in range(teams * per_team)]
    rows = pd.DataFrame({"project": names, "project_id": names, "team": team, "stratum": "all"})
    drawn = draw(rows, weights={"a": 1, "b": 1}, seed=int(chance.integers(2**31)), by_team=True)
    ended_at = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(chance.permutation(len(rows)), unit="D")
    value = of_team + chance.normal(0, np.sqrt(1 - ICC), len(rows))
    return drawn.assign(value=value, forecast=np.nan, ended_at=ended_at)


def false_positives(*, teams: int, by_team: bool) -> int:
    """How often p < .05 among experiments in which whole teams were assigned and nothing was changed."""
    chance, found = np.random.default_rng(11), 0
    for _ in range(REPLICATIONS):
        units = units_of(projects_of_teams(chance, teams=teams, per_team=5), by_team=by_team)
        told = compare(units, control="a", treatment="b", planned=teams)
        found += (told.p_value or 1) < 0.05
    return found


@pytest.mark.parametrize("teams", [8, 20])
def test_teams_as_clusters_keep_five_per_cent_false_positives(teams: int) -> None:
    assert false_positives(teams=teams, by_team=True) <= MOST


def test_counting_projects_where_teams_were_assigned_would_not() -> None:
    assert false_positives(teams=20, by_team=False) > MOST


@pytest.mark.parametrize("planned", [8, 20])
@pytest.mark.parametrize("outcome", ["normal", "skewed", "yes or no"])
def test_looking_after_every_unit_keeps_at_most_five_per_cent(planned: int, outcome: str) -> None:
    draws: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
        "normal": lambda chance, n: chance.normal(size=n),
        "skewed": lambda chance, n: chance.lognormal(size=n),
        "yes or no": lambda chance, n: chance.binomial(1, 0.6, n).astype(float),
    }
    chance, found = np.random.default_rng(5), 0
    for _ in range(REPLICATIONS):
        rows = pd.DataFrame({"value": draws[outcome](chance, planned), "ended_at": range(planned)})
        rows["variant"] = chance.permutation(np.repeat(["a", "b"], planned // 2))
        told = looks(rows, control="a", planned=planned, treatment="b")
        found += bool(((told["low"] > 0) | (told["high"] < 0)).any())
    assert found <= MOST


@pytest.mark.parametrize("units", [14, 20])
def test_adjustment_by_forecasts_keeps_five_per_cent_also_with_few_units(units: int) -> None:
    replications = 3000
    chance, found = np.random.default_rng(3), 0
    for _ in range(replications):
        forecasts = chance.normal(size=units)
        values = 0.6 * forecasts + 0.8 * chance.normal(size=units)
        is_treated = chance.permutation(np.repeat([False, True], units // 2))
        found += (frequentist(*adjusted_for_few(values, forecasts, is_treated)).p_value or 1) < 0.05
    assert found <= int(stats.binom.isf(0.001, replications, 0.05))


def test_a_large_effect_is_still_found_while_looking() -> None:
    chance, found = np.random.default_rng(6), 0
    for _ in range(100):
        variant = chance.permutation(np.repeat(["a", "b"], 10))
        rows = pd.DataFrame({"value": chance.normal(size=20) + 2.0 * (variant == "b"), "ended_at": range(20)})
        told = looks(rows.assign(variant=variant), control="a", treatment="b", planned=20)
        found += bool((told["low"] > 0).any())
    assert found > 60


def test_an_exact_test_rejects_as_often_as_it_says() -> None:
    found = false_positives(teams=12, by_team=True)
    assert FEWEST - 10 <= found <= MOST
