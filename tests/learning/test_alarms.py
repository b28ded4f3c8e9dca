"""Alarms that ring when they must, and seldom otherwise; coverage that is counted and bounded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from maestro_core.learning.alarms import LAST, AlarmKind, alarms, drift, missed_intervals, one_sided_errors
from maestro_core.learning.coverage import bounds, judged, live_coverage
from maestro_core.terms import Target

START = pd.Timestamp("2026-01-01", tz="UTC")
NONE = pd.DataFrame(columns=["target", "value", "low", "high", "outcome", "ended_at"])


def told(outcomes: object, *, target: str = "success", value: float = 50.0, margin: float = 10.0) -> pd.DataFrame:
    """One prediction per outcome, ended a day after the other."""
    rows = pd.DataFrame({"outcome": np.asarray(outcomes, dtype=float)})
    ended = START + pd.to_timedelta(np.arange(len(rows)), "D")
    return rows.assign(target=target, value=value, low=value - margin, high=value + margin, ended_at=ended)


def portfolio(n: int, *, seed: int = 0) -> pd.DataFrame:
    """Projects that are all of one sort, some of them with holes."""
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "project_id": range(n),
            "started_at": START + pd.to_timedelta(np.arange(n), "D"),
            "complexity": chance.integers(1, 11, n).astype(float),
            "experience": np.where(chance.random(n) < 0.2, np.nan, chance.gamma(4, 1.5, n)),
            "team_size": chance.poisson(3, n) + 1.0,
            "artifacts": chance.poisson(2, n).astype(float),
            "domain": chance.choice(["retail", "health", "energy", "banking"], n),
            "problem_type": chance.choice(["forecast", "ranking"], n),
        }
    )


def test_coverage_is_counted_per_target_and_bounded() -> None:
    rows = pd.concat([told([50] * 7 + [90] * 3), told([10.0], target="cost", value=10.0, margin=1.0)])
    answer = live_coverage(rows).set_index("target")
    assert answer.loc["success", ["n", "inside", "coverage", "promised"]].tolist() == [10, 7, 0.7, 0.8]
    # Clopper and Pearson 1934, R's binom.test(7, 10, conf.level = 0.9)
    assert answer.loc["success", ["low", "high"]].tolist() == pytest.approx([0.3934, 0.9127], abs=1e-4)
    assert answer.loc["cost", "high"] == 1


def test_what_cannot_be_judged_is_left_out_and_nothing_gives_no_row() -> None:
    rows = told([50, 90, np.nan]).assign(low=[40, np.nan, 40])
    assert live_coverage(rows)["n"].tolist() == [1]
    assert live_coverage(NONE).empty
    assert live_coverage(rows.tail(1)).empty


def test_the_bounds_hold_the_true_share_at_least_nine_times_in_ten() -> None:
    n = 20
    inside = np.arange(n + 1)
    low, high = bounds(inside, np.full(n + 1, n))
    for share in (0.5, 0.8, 0.95):
        holds = (low <= share) & (share <= high)
        assert stats.binom.pmf(inside[holds], n, share).sum() >= 0.9


@pytest.mark.parametrize(("hits", "rings"), [(4, True), (5, False), (10, False)])
def test_fewer_than_five_hits_of_the_last_ten_ring(hits: int, rings: bool) -> None:
    """P(at most 4 of 10 at 80 %) = 0.0064, P(at most 5) = 0.0328: the 1 % quantile is 5."""
    rows = judged(told([50] * 40 + [50] * hits + [99] * (LAST - hits)))
    found = list(missed_intervals(rows, target=Target.SUCCESS))
    assert bool(found) is rings
    if rings:
        assert dict(found[0].evidence)["chance of so few"] == pytest.approx(0.0064, abs=1e-4)
        assert "only 4 of the last 10" in found[0].sentence


def test_nine_misses_are_too_few_to_ring() -> None:
    assert not list(missed_intervals(judged(told([99] * 9)), target=Target.SUCCESS))


def test_what_ended_last_counts_whatever_the_order_of_the_rows() -> None:
    rows = told([99] * 10 + [50] * 10)
    assert not list(missed_intervals(judged(rows.iloc[::-1]), target=Target.SUCCESS))
    assert list(
        missed_intervals(judged(rows.assign(ended_at=rows["ended_at"][::-1].to_numpy())), target=Target.SUCCESS)
    )


def test_errors_to_one_side_ring_with_their_size_in_words() -> None:
    chance = np.random.default_rng(1)
    rows = judged(told(100 * np.exp(0.3 + 0.2 * chance.normal(size=20)), target="cost", value=100.0))
    (found,) = one_sided_errors(rows, target=Target.COST)
    assert found.kind is AlarmKind.BIAS
    assert "higher than predicted" in found.sentence
    assert f"× {np.exp(dict(found.evidence)['mean error']):.2f}" in found.sentence
    assert not list(one_sided_errors(rows, target=Target.DURATION))


@pytest.mark.parametrize(("shift", "side"), [(-15.2, "lower"), (15.2, "higher")])
def test_the_sentence_tells_the_side_of_errors_once(shift: float, side: str) -> None:
    rows = judged(told([50 + shift - 1, 50 + shift + 1] * 10))
    (found,) = one_sided_errors(rows, target=Target.SUCCESS)
    assert f"{side} than predicted: 15.2 points on average" in found.sentence


def test_errors_to_both_sides_and_few_or_equal_ones_do_not_ring() -> None:
    assert not list(one_sided_errors(judged(told([40, 60] * 10)), target=Target.SUCCESS))
    assert not list(one_sided_errors(judged(told(range(60, 69))), target=Target.SUCCESS))
    assert not list(one_sided_errors(judged(told([60.0] * 20)), target=Target.SUCCESS))


def test_a_cost_of_nothing_is_no_error() -> None:
    rows = judged(told([0.0] * 10 + [100, 130] * 5, target="cost", value=115.0))
    assert not list(one_sided_errors(rows, target=Target.COST))


def test_a_new_sort_of_projects_rings_once_for_each_changed_feature() -> None:
    rows = portfolio(45)
    late = rows.index >= 30
    changed = rows.assign(
        complexity=rows["complexity"].mask(late, 10.0), domain=rows["domain"].mask(late, "space"), started_at=START
    ).assign(started_at=rows["started_at"])
    found = drift(changed)
    assert {alarm.feature for alarm in found} == {"complexity", "domain"}
    assert all(alarm.try_this and alarm.target is None for alarm in found)


def test_too_few_projects_and_features_nobody_knows_do_not_drift() -> None:
    assert drift(portfolio(14)) == []
    bare = portfolio(45).assign(experience=np.nan, domain=None, artifacts=np.nan)
    assert {alarm.feature for alarm in drift(bare)} <= {"complexity", "team_size", "problem_type"}
    assert drift(portfolio(0)) == []


def test_a_project_without_a_start_is_still_to_come() -> None:
    rows = portfolio(30)
    planned = rows.index < 10
    changed = rows.assign(
        complexity=rows["complexity"].mask(planned, 10.0), started_at=rows["started_at"].mask(planned)
    )
    assert "complexity" in {alarm.feature for alarm in drift(changed)}


def test_all_alarms_are_asked_for_at_once() -> None:
    rows = pd.concat([told([99, 95] * 5), told([50] * 20, target="duration")])
    changed = portfolio(45).assign(complexity=[1.0] * 30 + [10.0] * 15)
    kinds = [alarm.kind for alarm in alarms(rows, projects=changed)]
    assert kinds == [AlarmKind.INTERVALS, AlarmKind.BIAS, AlarmKind.DRIFT]
    assert alarms(NONE, projects=portfolio(0)) == []


@pytest.mark.parametrize("n", [10, 20])
def test_false_alarms_of_hits_and_errors_are_as_rare_as_promised(n: int) -> None:
    """300 honest histories at each size: at most 1 % for hits, 1.24 % for errors, give or take their chance."""
    rings = {"hits": 0, "errors": 0}
    margin = stats.norm.isf(0.1) * 10
    for seed in range(300):
        chance = np.random.default_rng(seed)
        rows = judged(told(50 + 10 * chance.normal(size=n), margin=margin))
        rings["hits"] += bool(list(missed_intervals(rows, target=Target.SUCCESS)))
        rings["errors"] += bool(list(one_sided_errors(rows, target=Target.SUCCESS)))
    assert rings["hits"] <= stats.binom.ppf(0.999, 300, 0.0064)
    assert rings["errors"] <= stats.binom.ppf(0.999, 300, 0.0124)


@pytest.mark.parametrize("n", [15, 45])
def test_false_alarms_of_drift_are_at_most_one_portfolio_in_twenty(n: int) -> None:
    rung = sum(bool(drift(portfolio(n, seed=seed))) for seed in range(80))
    assert rung <= stats.binom.ppf(0.999, 80, 0.05)
