from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.learning.simulation import World, simulate_outcomes
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.impact_outcomes import saved
from maestro_core.scoring.impact_reuse import ReuseEffect, reuse_effects, reuse_rate
from maestro_core.terms import Measured, Target

TODAY = date(2026, 1, 1)

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1)


def uses(*of: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(list(of), columns=["project_id", "artifact_id"])


def a_world(seed: int, projects: int = 400) -> World:
    return simulate_outcomes(seed, projects=projects, artifacts=120, until=TODAY)


def effects(world: World, *, as_told: bool = False) -> Mapping[Target, ReuseEffect]:
    """Of all three outcomes; duration and cost as the world has them, or as the projects tell."""
    told = world.projects
    if not as_told:
        days = (told["finished_at"] - told["started_at"]).dt.total_seconds() / 86_400
        told = told.assign(duration=days, cost=told["compute_cost"])
    return reuse_effects(told, world.uses, as_of=TODAY, seed=1)


def bounds(found: Measured[float]) -> tuple[float, float]:
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def test_an_artifact_of_one_project_is_not_shared() -> None:
    assert reuse_rate(uses((1, 1), (2, 2))).value == 0
    assert reuse_rate(uses((1, 1), (2, 1))).value == 1
    assert reuse_rate(uses((1, 1), (2, 1), (2, 2), (3, 3))).value == 0.5


@given(pairs)
def test_repeated_uses_do_not_move_the_rate(of: list[tuple[int, int]]) -> None:
    assert reuse_rate(uses(*of, *of)) == reuse_rate(uses(*of))
    assert 0 <= (reuse_rate(uses(*of)).value or 0) <= 1


def test_no_use_has_no_rate_but_a_reason() -> None:
    rate = reuse_rate(uses())
    assert rate.value is None
    assert rate.reason


def test_reusing_what_helps_goes_along_with_success() -> None:
    found = [effects(a_world(seed))[Target.SUCCESS] for seed in range(2)]
    values = [one.difference.value for one in found if one.difference.value is not None]
    assert len(values) == 2
    assert np.mean(values) > 2
    assert all(one.reusing + one.others == one.difference.sample for one in found)


def test_where_artifacts_do_nothing_reuse_does_nothing() -> None:
    """Cross-fitting: had a project's own outcome chosen its side, chance alone would show an effect."""
    values, holding = [], []
    for seed in range(6):
        world = a_world(seed, 300)
        done = world.projects.dropna(subset="success")
        luck = np.random.default_rng(seed).normal(60, 10, len(done))
        found = effects(replace(world, projects=done.assign(success=luck)))[Target.SUCCESS].difference
        if found.value is not None:
            values.append(found.value)
            holding.append(bounds(found)[0] <= 0 <= bounds(found)[1])
    assert len(values) >= 3
    assert abs(np.mean(values)) < 2
    assert np.mean(holding) >= 0.6


def test_a_shorter_and_cheaper_project_counts_as_better() -> None:
    """A tenth off the logarithm of both for whoever reuses is found as a tenth more of each."""
    world = a_world(1)
    plain = effects(world)
    sixth = world.uses.groupby("project_id").size().ge(6).reindex(world.projects["project_id"], fill_value=False)
    faster = world.projects.assign(duration=1.0, cost=np.where(sixth, np.exp(-0.4), 1.0))
    found = effects(replace(world, projects=faster), as_told=True)
    assert bounds(found[Target.COST].difference)[1] > 0.0
    assert found[Target.DURATION].difference.value == pytest.approx(0)
    assert plain[Target.SUCCESS] == found[Target.SUCCESS]


def test_what_has_no_logarithm_is_not_compared() -> None:
    world = a_world(1)
    free = effects(replace(world, projects=world.projects.assign(compute_cost=0.0)))
    assert free[Target.COST].difference.reason == "no finished project tells a cost above 0"
    assert free[Target.SUCCESS].difference.value is not None


def test_few_projects_have_no_effect_but_a_reason() -> None:
    few = effects(a_world(1, 37))
    assert all(one.difference.value is None for one in few.values())
    assert "38 finished projects" in (few[Target.COST].difference.reason or "")


def test_nobody_reusing_has_no_effect_but_a_reason() -> None:
    world = a_world(1, 100)
    found = effects(replace(world, uses=world.uses.drop_duplicates("project_id")))[Target.SUCCESS]
    assert found.reusing == 0
    assert "one side" in (found.difference.reason or "")
    nobody = effects(replace(world, uses=world.uses.head(0)))[Target.SUCCESS]
    assert "used an artifact" in (nobody.difference.reason or "")


def test_where_fewer_than_three_artifacts_can_stand_out_it_says_so() -> None:
    world = a_world(1, 100)
    two = world.uses[world.uses["artifact_id"].isin(world.uses["artifact_id"].value_counts().index[:2])]
    found = effects(replace(world, uses=two))[Target.SUCCESS]
    assert "above 60; it needs 3" in (found.difference.reason or "")
    assert found.difference.value is None


def test_the_same_seed_gives_the_same_folds() -> None:
    world = a_world(2, 200)
    assert effects(world) == effects(world)


@given(st.floats(-3, 3))
def test_a_share_saved_is_that_of_the_ratio(difference: float) -> None:
    before, after = 100.0, 100.0 * np.exp(-difference)
    assert saved(difference) == pytest.approx((before - after) / before)


@pytest.mark.parametrize(("name", "title"), [("reuse_rate", "Reuse rate"), ("reuse_effects", "Effect of reuse")])
def test_the_catalogue_knows_them(name: str, title: str) -> None:
    assert CATALOGUE[name].title == title
