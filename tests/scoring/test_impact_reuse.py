from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.learning.simulation import World, simulate_outcomes
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.impact_reuse import reuse_effect, reuse_rate

TODAY = date(2026, 1, 1)

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1)


def uses(*of: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(list(of), columns=["project_id", "artifact_id"])


def a_world(seed: int, projects: int = 400) -> World:
    return simulate_outcomes(seed, projects=projects, artifacts=120, until=TODAY)


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
    found = [reuse_effect(a_world(seed).projects, a_world(seed).uses, as_of=TODAY, seed=1) for seed in range(4)]
    values = [one.difference.value for one in found if one.difference.value is not None]
    assert len(values) == 4
    assert np.mean(values) > 2
    assert all(one.reusing + one.others == one.difference.sample for one in found)


def test_where_artifacts_do_nothing_reuse_does_nothing() -> None:
    """Cross-fitting: had a project's own outcome chosen its side, chance alone would show an effect."""
    values = []
    for seed in range(10):
        world = a_world(seed, 300)
        done = world.projects.dropna(subset="success")
        luck = np.random.default_rng(seed).normal(60, 10, len(done))
        found = reuse_effect(done.assign(success=luck), world.uses, as_of=TODAY, seed=1).difference
        values += [found.value] if found.value is not None else []
    assert len(values) >= 3
    assert abs(np.mean(values)) < 2


def test_duration_and_cost_can_be_compared() -> None:
    world = a_world(1)
    costs = world.projects.assign(log_cost=np.log(world.projects["compute_cost"]))
    found = reuse_effect(costs, world.uses, as_of=TODAY, seed=1, outcome="log_cost").difference
    assert found.value is not None
    assert found.low is not None
    assert abs(found.value) < 0.5
    assert found.low < found.value


def test_few_projects_have_no_effect_but_a_reason() -> None:
    world = a_world(1, 40)
    few = reuse_effect(world.projects.head(20), world.uses, as_of=TODAY, seed=1)
    assert few.difference.value is None
    assert "missing" in (few.difference.reason or "")


def test_nobody_reusing_has_no_effect_but_a_reason() -> None:
    world = a_world(1, 100)
    single = world.uses.drop_duplicates("project_id")
    found = reuse_effect(world.projects, single, as_of=TODAY, seed=1)
    assert found.reusing == 0
    assert "one side" in (found.difference.reason or "")


def test_the_same_seed_gives_the_same_folds() -> None:
    world = a_world(2, 200)
    once = reuse_effect(world.projects, world.uses, as_of=TODAY, seed=5)
    assert once == reuse_effect(world.projects, world.uses, as_of=TODAY, seed=5)


@pytest.mark.parametrize(("name", "title"), [("reuse_rate", "Reuse rate"), ("reuse_effect", "Effect of reuse")])
def test_the_catalogue_knows_them(name: str, title: str) -> None:
    assert CATALOGUE[name].title == title
