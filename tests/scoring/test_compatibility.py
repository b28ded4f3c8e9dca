"""Which artifacts go well together, and which versions are better: found where it is there, and only there."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.learning.simulation import World, simulate_outcomes
from maestro_core.scoring.compatibility import PAIR_AT_LEAST, pair_effects, shrunk_lift
from maestro_core.scoring.impact import artifact_impact
from maestro_core.scoring.impact_residuals import Residuals, residuals
from maestro_core.scoring.shrinkage import shrunk
from maestro_core.scoring.upgrades import version_effects

TODAY = date(2026, 1, 1)
counts = st.integers(1, 60)


def a_world(seed: int, projects: int = 400) -> World:
    return simulate_outcomes(seed, projects=projects, artifacts=100, until=TODAY)


def left_open(projects: pd.DataFrame, uses: pd.DataFrame) -> Residuals:
    return residuals(projects, uses, impact=artifact_impact(projects, uses, as_of=TODAY))


def holding_share(found: pd.DataFrame, truth: pd.Series) -> float:
    told = truth.to_numpy()
    return float(((found["effect_low"] <= told) & (told <= found["effect_high"])).mean())


def in_three_versions(uses: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Each use is of one of three versions, whose keys grow with their age."""
    version = uses["artifact_id"] * 10 + np.random.default_rng(seed).integers(0, 3, len(uses))
    return uses.assign(version_id=version, version_at=version)


@given(counts, counts, counts)
def test_lift_lies_between_chance_and_what_was_seen(together: int, one: int, other: int) -> None:
    projects = 200
    chance = one * other / projects
    lift = float(shrunk_lift(pd.Series([together]), one, pd.Series([other]), projects=projects).iloc[0])
    low, high = sorted([1.0, together / chance])
    assert low - 1e-9 <= lift <= high + 1e-9


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.1, 20)), max_size=20))
def test_what_is_shrunk_comes_closer_to_nothing_and_keeps_its_sign(told: list[tuple[float, float]]) -> None:
    differences, errors = np.array([d for d, _ in told]), np.array([e for _, e in told])
    found = shrunk(differences, errors)
    assert (np.abs(found.values) <= np.abs(differences) + 1e-12).all()
    assert (found.values * differences >= 0).all()
    assert len(found.values) == len(told)


@given(st.floats(0.5, 100))
def test_another_unit_changes_nothing_but_the_unit(unit: float) -> None:
    differences, errors = np.array([3.0, -1.0, 0.5, 8.0]), np.array([1.0, 2.0, 0.5, 3.0])
    plain, scaled = shrunk(differences, errors), shrunk(unit * differences, unit * errors)
    assert scaled.values == pytest.approx(unit * plain.values)
    assert scaled.errors == pytest.approx(unit * plain.errors)


def test_chance_alone_is_shrunk_to_almost_nothing() -> None:
    chance = np.random.default_rng(1).normal(0, 2, 300)
    found = shrunk(chance, np.full(300, 2.0))
    assert np.abs(found.values).mean() < 0.2 * np.abs(chance).mean()


def test_a_pair_that_is_better_together_is_found() -> None:
    world = a_world(1)
    used = world.uses.drop_duplicates(["project_id", "artifact_id"])
    most = used["artifact_id"].value_counts().index[:2]
    both = used[used["artifact_id"].isin(most)].groupby("project_id").size().eq(2)
    helped = world.projects["project_id"].map(both[both]).eq(True)
    projects = world.projects.assign(success=world.projects["success"] + 15 * helped)
    found = pair_effects(left_open(projects, used), used)
    planted = found[found["artifact_id"].isin(most) & found["other_id"].isin(most)]
    assert len(planted) == 2
    assert (planted["effect_low"] > 0).all()
    assert planted["effect"].iloc[0] == planted["effect"].iloc[1] == found["effect"].max()


def test_pairs_hold_what_is_true_in_nine_of_ten_and_have_enough_projects() -> None:
    holding = []
    for seed in range(3):
        world = a_world(seed)
        found = pair_effects(left_open(world.projects, world.uses), world.uses)
        holding.append(holding_share(found, pd.Series(0.0, index=found.index)))
        assert (found["projects"] >= PAIR_AT_LEAST).all()
        assert (found["artifact_id"] != found["other_id"]).all()
    assert np.mean(holding) >= 0.9


def test_an_artifact_never_used_without_another_tells_nothing_of_the_pair() -> None:
    world = a_world(2)
    twin = world.uses.assign(artifact_id=world.uses["artifact_id"] + 1000)
    uses = pd.concat([world.uses, twin])
    found = pair_effects(left_open(world.projects, uses), uses)
    assert not (found["artifact_id"] == found["other_id"] + 1000).any()


def test_versions_hold_what_is_true_in_most_of_ten() -> None:
    """With versions that differ by 2.5 points; not taking back what the model explains away held 6 of 10."""
    holding = []
    for seed in range(4):
        world = a_world(seed)
        uses = in_three_versions(world.uses, seed)
        true = pd.Series(np.random.default_rng(seed).normal(0, 2.5, 2000))
        added = true[uses["version_id"]].groupby(uses["project_id"].to_numpy()).sum()
        success = world.projects["success"] + world.projects["project_id"].map(added).fillna(0)
        found = version_effects(left_open(world.projects.assign(success=success), uses), uses)
        gained = true[found["newer_id"]].to_numpy() - true[found["version_id"]].to_numpy()
        holding.append(holding_share(found, pd.Series(gained)))
    assert 0.82 <= np.mean(holding) <= 0.98


def test_every_older_version_is_compared_with_the_newest_in_use() -> None:
    left = Residuals(
        pd.DataFrame({"project_id": range(4), "residual": [0.0, 0.0, 4.0, 9.0], "weight": [1.0, 1.0, 1.0, 0.5]}), 1.0
    )
    rows = [(0, 7, "a", 1), (1, 7, "b", 2), (2, 7, "c", 3), (3, 7, None, None), (0, 8, "x", 1)]
    uses = pd.DataFrame(rows, columns=["project_id", "artifact_id", "version_id", "version_at"])
    found = version_effects(left, uses)
    assert found[["version_id", "newer_id", "before", "after"]].to_numpy().tolist() == [
        ["a", "c", 1, 1],
        ["b", "c", 1, 1],
    ]
    assert (found["effect"].between(0, 4)).all()
    assert version_effects(left, uses.head(0)).empty


def test_no_use_makes_no_pair() -> None:
    left = Residuals(pd.DataFrame({"project_id": [1], "residual": [0.0], "weight": [1.0]}), 1.0)
    uses = pd.DataFrame({"project_id": [1], "artifact_id": [1]})
    assert pair_effects(left, uses).empty
    assert pair_effects(left, uses.head(0)).empty
