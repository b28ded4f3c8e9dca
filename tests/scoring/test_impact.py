import json
from dataclasses import asdict
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.errors import NotEnoughData
from maestro_core.learning.simulation import World, simulate_outcomes
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.impact import MINIMUM_OUTCOMES, artifact_impact, impact_score
from maestro_core.scoring.impact_covariates import age_weights, covariates

TODAY = date(2026, 1, 1)


def a_world(seed: int = 1, *, projects: int = 120, artifacts: int = 150, confounding: float = 1) -> World:
    return simulate_outcomes(seed, projects=projects, artifacts=artifacts, confounding=confounding, until=TODAY)


def scored(projects: pd.DataFrame, usage: pd.DataFrame) -> pd.DataFrame:
    return artifact_impact(projects, usage, as_of=TODAY).artifacts.set_index("artifact_id").sort_index()


def test_a_kind_that_helps_lifts_even_those_of_its_artifacts_that_few_have_used() -> None:
    world = a_world(projects=300)
    models = world.uses[world.uses["kind"] == "model"].groupby("project_id").size()
    better = world.projects["success"] + 6 * world.projects["project_id"].map(models).fillna(0)
    found = scored(world.projects.assign(success=better), world.uses)
    kinds = world.uses.drop_duplicates("artifact_id").set_index("artifact_id")["kind"].loc[found.index]
    rare = found[found["projects"] <= 2]
    assert rare["effect"][kinds == "model"].mean() > rare["effect"][kinds != "model"].mean() + 2


def test_where_all_artifacts_are_of_one_kind_its_name_changes_nothing_and_adds_no_doubt() -> None:
    world = a_world()
    models, libraries = (scored(world.projects, world.uses.assign(kind=kind)) for kind in ("model", "library"))
    pd.testing.assert_frame_equal(models, libraries)
    assert models["error"].mean() < scored(world.projects, world.uses)["error"].mean()


@settings(max_examples=10, deadline=None)
@given(st.floats(-40, 40))
def test_adding_a_constant_to_every_success_leaves_the_effects(constant: float) -> None:
    world = a_world()
    moved = world.projects.assign(success=world.projects["success"] + constant)
    pd.testing.assert_frame_equal(scored(world.projects, world.uses), scored(moved, world.uses), atol=1e-6, rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.1, 10))
def test_scores_do_not_depend_on_the_unit_of_the_outcome(factor: float) -> None:
    world = a_world()
    scaled = world.projects.assign(success=world.projects["success"] * factor)
    before, after = scored(world.projects, world.uses), scored(scaled, world.uses)
    pd.testing.assert_series_equal(before["score"], after["score"], atol=1e-6)
    pd.testing.assert_series_equal(before["effect"] * factor, after["effect"], atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_relabelling_artifacts_permutes_the_scores(seed: int) -> None:
    world = a_world()
    label = pd.Series(np.random.default_rng(seed).permutation(len(world.artifacts)))
    renamed = world.uses.assign(artifact_id=world.uses["artifact_id"].map(label))
    before = scored(world.projects, world.uses)
    after = scored(world.projects, renamed).loc[label.loc[before.index]].set_axis(before.index)
    pd.testing.assert_frame_equal(before, after, atol=1e-8)


def test_repeated_events_and_their_order_change_nothing() -> None:
    world = a_world()
    inflated = pd.concat([world.uses, world.uses.sample(2000, replace=True, random_state=1)])
    shuffled = inflated.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(scored(world.projects, world.uses), scored(world.projects, shuffled), atol=1e-8)


def test_an_artifact_that_never_helps_shrinks_to_nothing() -> None:
    effects = []
    for seed in range(12):
        world = a_world(seed, projects=150)
        idle = np.random.default_rng(seed).choice(150, 60, replace=False)
        uses = pd.concat([world.uses, pd.DataFrame({"project_id": idle, "artifact_id": 999, "kind": "notebook"})])
        effects.append(scored(world.projects, uses)["effect"].loc[999])
    assert abs(np.mean(effects)) < 1
    assert np.sqrt(np.mean(np.square(effects))) < 2


def test_an_artifact_that_always_helps_is_found() -> None:
    world = a_world(projects=150)
    helped = world.projects["project_id"] % 3 == 0
    better = world.projects.assign(success=world.projects["success"] + 12 * helped)
    new = pd.DataFrame({"project_id": world.projects["project_id"][helped], "artifact_id": 999, "kind": "library"})
    found = scored(better, pd.concat([world.uses, new])).loc[999]
    assert found["low"] < 12 < found["high"] + 3
    assert found["low"] > 0
    assert found["probability"] > 0.99


def test_popularity_alone_does_not_raise_the_score() -> None:
    correlations = []
    for seed in range(8):
        world = a_world(seed, projects=200, artifacts=200)
        found = scored(world.projects, world.uses)
        correlations.append(found["score"].corr(found["projects"], method="spearman"))
    assert abs(np.mean(correlations)) < 0.1


def test_an_artifact_that_strong_teams_prefer_gets_no_credit_for_them() -> None:
    """Half of the strongest teams use it; the naive mean is fooled."""
    effects, naive = [], []
    for seed in range(8):
        world = a_world(seed, projects=200, confounding=0)
        strong = world.projects[world.projects["experience"] > world.projects["experience"].median()]
        users = strong.sample(frac=0.5, random_state=seed)
        new = pd.DataFrame({"project_id": users["project_id"], "artifact_id": 999, "kind": "model"})
        effects.append(scored(world.projects, pd.concat([world.uses, new]))["effect"].loc[999])
        naive.append(users["success"].mean() - world.projects["success"].mean())
    assert np.mean(naive) > 3
    assert abs(np.mean(effects)) < 1.5


def test_the_interval_of_a_single_use_is_wide_and_holds_the_middle() -> None:
    once = scored(a_world().projects, a_world().uses).query("projects == 1")
    assert (once["score_high"] - once["score_low"]).median() > 60
    assert ((once["score_low"] < 50) & (once["score_high"] > 50)).mean() > 0.9
    assert once["reliability"].mean() < 0.4


def test_more_projects_make_an_effect_more_reliable() -> None:
    found = scored(a_world(projects=300).projects, a_world(projects=300).uses)
    assert found["reliability"].corr(found["projects"], method="spearman") > 0.7


def test_scores_and_probabilities_stay_in_their_ranges() -> None:
    found = scored(a_world().projects, a_world().uses)
    scores = found[["score", "score_low", "score_high"]].to_numpy()
    shares = found[["probability", "reliability"]].to_numpy()
    assert ((scores >= 0) & (scores <= 100)).all()
    assert ((shares >= 0) & (shares <= 1)).all()
    assert (found["low"] < found["effect"]).all()
    assert (found["effect"] < found["high"]).all()


def test_intervals_hold_the_truth_about_nine_times_in_ten() -> None:
    held = []
    for seed in range(6):
        world = a_world(seed, projects=200, artifacts=300)
        found = scored(world.projects, world.uses)
        truth = world.truth.set_index("artifact_id")["effect"].loc[found.index]
        held.append(truth.between(found["low"], found["high"]).mean())
    assert 0.85 <= np.mean(held) <= 0.95


def test_only_what_finished_by_the_day_counts() -> None:
    world = a_world()
    middle = date(2025, 3, 1)
    known = world.projects[world.projects["finished_at"] < pd.Timestamp("2025-03-02", tz="UTC")]
    then = artifact_impact(world.projects, world.uses, as_of=middle)
    pd.testing.assert_frame_equal(then.artifacts, artifact_impact(known, world.uses, as_of=middle).artifacts)
    assert then.fit.projects == len(known)


def test_artifacts_that_no_finished_project_used_are_absent() -> None:
    world = a_world()
    running = world.projects.loc[world.projects["success"].isna(), "project_id"].iloc[:1]
    uses = pd.concat([world.uses, pd.DataFrame({"project_id": running, "artifact_id": 999, "kind": "model"})])
    assert 999 not in scored(world.projects, uses).index


def test_too_few_outcomes_say_how_many_are_missing() -> None:
    world = a_world(projects=120)
    few = world.projects.dropna(subset="success").head(MINIMUM_OUTCOMES - 7)
    with pytest.raises(NotEnoughData, match="7 are missing"):
        artifact_impact(few, world.uses, as_of=TODAY)


def test_thirty_outcomes_are_enough() -> None:
    world = a_world(projects=120)
    enough = world.projects.dropna(subset="success").head(MINIMUM_OUTCOMES)
    assert len(artifact_impact(enough, world.uses, as_of=TODAY).artifacts)


def test_empty_frames_are_not_enough() -> None:
    world = a_world()
    with pytest.raises(NotEnoughData, match="30 are missing"):
        artifact_impact(world.projects.head(0), world.uses.head(0), as_of=TODAY)
    with pytest.raises(NotEnoughData, match="No finished project has used an artifact"):
        artifact_impact(world.projects, world.uses.head(0), as_of=TODAY)


def test_unknown_covariates_do_not_stop_the_fit() -> None:
    world = a_world()
    gaps = world.projects.assign(complexity=np.nan, experience=None, domain=None)
    gaps.loc[:20, "team_size"] = np.nan
    assert scored(gaps, world.uses).notna().all(axis=None)


def test_a_rare_domain_is_pooled() -> None:
    world = a_world(projects=100)
    projects = world.projects.dropna(subset="success").head(60).reset_index(drop=True)
    projects["domain"] = ["vision"] * 40 + ["NLP"] * 11 + ["churn"] * 9
    levels = [name for name in covariates(projects, as_of=TODAY) if str(name).startswith("domain")]
    assert levels == ["domain NLP", "domain vision"]


def test_a_project_weighs_half_after_a_year() -> None:
    finished = pd.Series(pd.to_datetime(["2026-01-01T00:00", "2025-01-01T18:00", "2024-01-02T12:00"], utc=True))
    np.testing.assert_allclose(age_weights(finished, as_of=TODAY), [1, 0.5, 0.25], rtol=3e-3)


def test_the_fit_can_be_stored_as_json() -> None:
    fit = artifact_impact(a_world().projects, a_world().uses, as_of=TODAY).fit
    stored = json.loads(json.dumps(asdict(fit)))
    assert stored["projects"] == fit.projects
    assert sum(stored["share_weights"]) == pytest.approx(1)
    assert stored["covariates"]["complexity"] == fit.covariates["complexity"]


def test_duration_can_be_the_outcome() -> None:
    world = a_world(projects=200)
    days = (world.projects["finished_at"] - world.projects["started_at"]).dt.total_seconds()
    found = artifact_impact(world.projects.assign(speed=-np.log(days)), world.uses, as_of=TODAY, outcome="speed")
    assert found.fit.outcome == "speed"
    assert found.fit.tau < 1


def test_a_score_of_no_effect_is_fifty() -> None:
    assert impact_score(pd.Series([0.0]), tau=2.0).tolist() == [50]


@pytest.mark.parametrize("name", ["artifact_impact", "impact_score"])
def test_the_catalogue_names_the_sources(name: str) -> None:
    assert "Henderson" in CATALOGUE[name].source
