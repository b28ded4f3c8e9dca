import time
import tracemalloc
from dataclasses import fields
from datetime import date

import numpy as np
import pandas as pd
import pytest

from maestro_core.learning import simulation_choices
from maestro_core.learning.simulation import SimulatedPortfolio, simulate, simulate_outcomes
from maestro_core.learning.simulation_process import best_team_size
from maestro_core.learning.simulation_work import PLANNING_DAYS
from maestro_core.scoring.success import PARTS, success_scores
from maestro_core.terms import ArtifactKind, Outcome, TeamRole

UNTIL = date(2026, 1, 1)
END = pd.Timestamp(UNTIL, tz="UTC")


@pytest.fixture(scope="module")
def portfolio() -> SimulatedPortfolio:
    return simulate(7, until=UNTIL)


def test_the_same_seed_gives_the_same_portfolio(portfolio: SimulatedPortfolio) -> None:
    again = simulate(7, until=UNTIL)
    for field in fields(portfolio):
        pd.testing.assert_frame_equal(getattr(portfolio, field.name), getattr(again, field.name))


def test_another_seed_gives_another_portfolio(portfolio: SimulatedPortfolio) -> None:
    other = simulate(8, until=UNTIL)
    assert not portfolio.projects["success"].equals(other.projects["success"])
    assert not portfolio.projects["name"].equals(other.projects["name"])


def test_outcomes_alone_are_those_of_the_whole_portfolio(portfolio: SimulatedPortfolio) -> None:
    world = simulate_outcomes(7, projects=80, artifacts=150, until=UNTIL)
    pd.testing.assert_frame_equal(world.projects, portfolio.projects.drop(columns="name"))
    used = portfolio.usage[["project_id", "artifact_id"]].drop_duplicates()
    assert set(used.itertuples(index=False, name=None)) == set(
        world.uses[["project_id", "artifact_id"]].itertuples(index=False, name=None)
    )


@pytest.mark.parametrize("key", ["project_id", "person_id", "artifact_id", "version_id", "commit_id"])
def test_every_id_leads_to_a_row(portfolio: SimulatedPortfolio, key: str) -> None:
    home = {"project_id": "projects", "person_id": "people", "artifact_id": "artifacts"}
    home |= {"version_id": "versions", "commit_id": "commits"}
    known = getattr(portfolio, home[key])[key]
    assert known.is_unique
    for frame in (getattr(portfolio, field.name) for field in fields(portfolio)):
        if key in frame:
            assert frame[key].isin(known).all()


def test_owners_are_people_and_names_are_unique(portfolio: SimulatedPortfolio) -> None:
    assert portfolio.artifacts["owner_id"].isin(portfolio.people["person_id"]).all()
    for frame in (portfolio.projects, portfolio.people, portfolio.artifacts):
        assert frame["name"].is_unique
        assert not frame["name"].str.contains("--|^-|-$|^$").any()


def test_names_stay_unique_in_large_portfolios() -> None:
    large = simulate(3, projects=600, artifacts=4000, until=UNTIL)
    assert large.artifacts["name"].is_unique
    assert large.projects["name"].is_unique


def test_whoever_commits_or_uses_is_on_the_team(portfolio: SimulatedPortfolio) -> None:
    teams = set(portfolio.members[["project_id", "person_id"]].itertuples(index=False, name=None))
    for frame in (portfolio.commits, portfolio.usage):
        assert set(frame[["project_id", "person_id"]].itertuples(index=False, name=None)) <= teams


def test_team_size_and_experience_are_those_of_the_members(portfolio: SimulatedPortfolio) -> None:
    teams = portfolio.members.groupby("project_id")["experience_years"].agg(["size", "mean"])
    assert (teams["size"] == portfolio.projects["team_size"]).all()
    np.testing.assert_allclose(teams["mean"], portfolio.projects["experience"], atol=0.006)
    assert not portfolio.members.duplicated(["project_id", "person_id"]).any()


def test_a_used_version_was_released_and_belongs_to_the_artifact(portfolio: SimulatedPortfolio) -> None:
    both = portfolio.usage.merge(portfolio.versions, on="version_id", suffixes=("", "_of_version"))
    assert len(both) == len(portfolio.usage)
    assert (both["artifact_id"] == both["artifact_id_of_version"]).all()
    assert (both["released_at"] <= both["used_at"]).all()


def test_versions_follow_each_other(portfolio: SimulatedPortfolio) -> None:
    for _, versions in portfolio.versions.groupby("artifact_id"):
        assert 1 <= len(versions) <= 6
        assert versions["released_at"].is_monotonic_increasing
        assert versions["version"].is_unique
    tags = set(portfolio.versions["tags"].explode().dropna())
    assert {"production", "deprecated"} <= tags


def test_nothing_happens_after_the_end_or_outside_a_project(portfolio: SimulatedPortfolio) -> None:
    spans = portfolio.projects[["project_id", "started_at", "finished_at"]]
    planning = pd.Timedelta(days=PLANNING_DAYS)
    for frame, moment, before in (
        (portfolio.commits, "authored_at", pd.Timedelta(0)),
        (portfolio.usage, "used_at", planning),
    ):
        within = frame.merge(spans, on="project_id")
        assert (within[moment] < END).all()
        assert (within[moment] >= within["started_at"] - before).all()
        assert (within[moment] <= within["finished_at"].fillna(END)).all()


def test_some_artifacts_are_chosen_in_planning_and_others_come_up_later(portfolio: SimulatedPortfolio) -> None:
    first = portfolio.usage.groupby(["project_id", "artifact_id"])["used_at"].min().reset_index()
    first = first.merge(portfolio.projects[["project_id", "started_at"]], on="project_id")
    chosen = first["used_at"] <= first["started_at"]
    assert 0.4 < chosen.mean() < 0.75
    per_project = chosen.groupby(first["project_id"]).sum()
    assert per_project.nunique() >= 6
    created = portfolio.artifacts.set_index("artifact_id")["created_at"].reindex(first["artifact_id"])
    assert (first["used_at"].to_numpy() >= created.to_numpy()).all()


def test_a_running_project_has_no_outcome_and_no_parts(portfolio: SimulatedPortfolio) -> None:
    running = portfolio.projects[portfolio.projects["finished_at"].isna()]
    assert running[["outcome", "success", *PARTS]].isna().all(axis=None)
    assert portfolio.projects["finished_at"].notna().equals(portfolio.projects["outcome"].notna())


def test_about_one_in_eight_projects_is_running() -> None:
    shares = [
        simulate_outcomes(seed, projects=200, artifacts=50, until=UNTIL).projects["outcome"].isna().mean()
        for seed in range(10)
    ]
    assert 0.10 <= np.mean(shares) <= 0.15


def test_success_is_the_weighted_mean_of_its_parts(portfolio: SimulatedPortfolio) -> None:
    pd.testing.assert_series_equal(portfolio.projects["success"], success_scores(portfolio.projects))
    done = portfolio.projects.dropna(subset="outcome")
    parts = done[list(PARTS)].to_numpy(dtype=float)
    assert ((parts >= 0) & (parts <= 100)).all()


def test_the_words_are_those_of_the_field(portfolio: SimulatedPortfolio) -> None:
    assert set(portfolio.artifacts["kind"]) == {kind.value for kind in ArtifactKind}
    assert set(portfolio.members["role"]) <= {role.value for role in TeamRole}
    assert set(portfolio.projects["outcome"].dropna()) == {outcome.value for outcome in Outcome}
    assert portfolio.projects["complexity"].between(1, 10).all()
    assert portfolio.projects["team_size"].between(1, 9).all()


def test_projects_use_four_to_ten_artifacts_and_few_artifacts_are_popular(portfolio: SimulatedPortfolio) -> None:
    used = portfolio.usage.drop_duplicates(["project_id", "artifact_id"])
    assert used["project_id"].value_counts().between(4, 10).all()
    popular = used["artifact_id"].value_counts()
    assert popular.head(15).sum() > 0.25 * len(used)
    assert 0 < 150 - len(popular) < 45
    assert portfolio.artifacts["deprecated_at"].notna().sum() >= 3
    assert len(portfolio.usage) > 2 * len(used)


def test_the_default_portfolio_is_modest_in_size_and_quick(portfolio: SimulatedPortfolio) -> None:
    assert 10_000 < len(portfolio.commits) <= 25_000
    assert 5_000 < len(portfolio.file_changes) <= 60_000
    begun = time.perf_counter()
    simulate(9, until=UNTIL)
    assert time.perf_counter() - begun < 2


def test_weeks_add_up_to_the_commits(portfolio: SimulatedPortfolio) -> None:
    weekly, commits = portfolio.weekly, portfolio.commits
    assert weekly["commits"].sum() == (~commits["is_merge"]).sum()
    assert weekly[["added", "deleted"]].sum().tolist() == commits[["added", "deleted"]].sum().tolist()
    assert (weekly["week"].dt.day_of_week == 0).all()
    assert not weekly.duplicated(["project_id", "week"]).any()


def test_file_changes_are_of_the_last_year_and_never_of_merges(portfolio: SimulatedPortfolio) -> None:
    changed = portfolio.file_changes.merge(portfolio.commits, on=["commit_id", "project_id"])
    assert len(changed) == len(portfolio.file_changes)
    assert (changed["authored_at"] >= END - pd.Timedelta(days=366)).all()
    assert not changed["is_merge"].any()
    assert not portfolio.file_changes.duplicated(["commit_id", "path"]).any()


def test_most_work_happens_on_weekdays_in_local_office_hours(portfolio: SimulatedPortfolio) -> None:
    commits = portfolio.commits
    local = commits["authored_at"] + pd.to_timedelta(commits["utc_offset_minutes"], unit="min")
    assert (local.dt.day_of_week < 5).mean() > 0.85
    assert local.dt.hour.between(8, 19).mean() > 0.8


def confounded(confounding: float) -> tuple[float, float]:
    """Of experience with complexity; and how far the mean experience of artifacts' users differs between artifacts."""
    hard, naive = [], []
    for seed in range(6):
        world = simulate_outcomes(seed, projects=400, artifacts=200, confounding=confounding, until=UNTIL)
        hard.append(world.projects["experience"].corr(world.projects["complexity"]))
        users = world.uses.merge(world.projects[["project_id", "experience"]], on="project_id")
        by_artifact = users.groupby("artifact_id")["experience"].agg(["mean", "size"])
        naive.append(by_artifact.loc[by_artifact["size"] >= 10, "mean"].std())
    return float(np.mean(hard)), float(np.mean(naive))


def test_confounding_makes_strong_teams_take_harder_projects_and_other_artifacts() -> None:
    none, plausible, strong = confounded(0), confounded(1), confounded(2)
    assert abs(none[0]) < 0.1 < 0.3 < plausible[0] < strong[0]
    assert none[1] < plausible[1] < strong[1]


def test_true_effects_are_of_three_to_four_points_and_independent_of_popularity() -> None:
    spreads, ties = [], []
    for seed in range(6):
        world = simulate_outcomes(seed, projects=300, artifacts=600, until=UNTIL)
        spreads.append(world.truth["effect"].std())
        uses = world.uses["artifact_id"].value_counts().reindex(world.truth["artifact_id"], fill_value=0)
        ties.append(world.truth["effect"].corr(uses.reset_index(drop=True)))
    assert 3 < np.mean(spreads) < 4
    assert abs(np.mean(ties)) < 0.05


def test_the_best_team_size_follows_the_rule() -> None:
    assert best_team_size(np.array([1, 2.5, 6, 9, 10])).tolist() == [1, 1, 2.5, 6, 7]


def test_the_smallest_portfolios_can_be_simulated() -> None:
    small = simulate(1, projects=1, artifacts=1, until=UNTIL)
    assert len(small.projects) == len(small.artifacts) == 1


@pytest.mark.parametrize("block", [1, 700, 10**9])
def test_a_portfolio_does_not_depend_on_how_many_pairs_are_weighed_at_once(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = simulate_outcomes(3, projects=40, artifacts=60, until=UNTIL)
    monkeypatch.setattr(simulation_choices, "BLOCK", block)
    found = simulate_outcomes(3, projects=40, artifacts=60, until=UNTIL)
    pd.testing.assert_frame_equal(found.uses, expected.uses)
    pd.testing.assert_frame_equal(found.members, expected.members)


def test_a_large_portfolio_is_drawn_without_all_pairs_at_once() -> None:
    tracemalloc.start()
    simulate_outcomes(3, projects=3000, artifacts=3000, until=UNTIL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3000 * 3000 * 8  # one dense square of numbers
