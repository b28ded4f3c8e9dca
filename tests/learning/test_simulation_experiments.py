"""The sample's experiments: drawn by the rules of real ones, with an effect that is known and is found."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from maestro_core.learning.simulation import SimulatedPortfolio, simulate
from maestro_core.learning.simulation_experiments import TRUE_EFFECT, SimulatedExperiments, simulate_experiments

UNTIL = date(2026, 7, 1)
PORTFOLIO = simulate(3, until=UNTIL)
TOLD = simulate_experiments(3, PORTFOLIO, until=UNTIL)


def frames(told: SimulatedExperiments) -> list[str]:
    made = (told.experiments, told.assignments, told.portfolio.projects)
    return [frame.to_json(date_format="iso") for frame in made]


def test_the_same_arguments_give_the_same_experiments() -> None:
    assert frames(simulate_experiments(3, PORTFOLIO, until=UNTIL)) == frames(TOLD)


def test_one_is_decided_one_runs_and_one_is_designed() -> None:
    assert list(TOLD.experiments["state"]) == ["stopped", "running", "draft"]
    assert TOLD.experiments["decision"].notna().tolist() == [True, False, False]
    drawn = TOLD.assignments.groupby("experiment")["variant"].agg(lambda names: names.notna().mean())
    assert list(drawn) == [1, 1, 0]


def test_nobody_is_assigned_after_the_outcome_or_before_the_start() -> None:
    told = TOLD.assignments.merge(PORTFOLIO.projects, on="project_id").merge(TOLD.experiments, on="experiment")
    drawn = told[told["variant"].notna()]
    assert (drawn["assigned_at"] < drawn["finished_at"].fillna(pd.Timestamp(UNTIL, tz="UTC"))).all()
    assert (drawn["assigned_at"] >= drawn["started_at_y"]).all()
    assert drawn["is_late"].any()


def test_variants_are_balanced_in_each_experiment() -> None:
    for _, rows in TOLD.assignments.dropna(subset="variant").groupby("experiment"):
        counts = rows["variant"].value_counts()
        assert counts.max() - counts.min() <= 6


def test_only_the_treated_projects_of_the_first_are_better_by_the_true_effect() -> None:
    first = TOLD.assignments[TOLD.assignments["experiment"] == 0]
    treated = set(first.loc[first["variant"] == "reviewed in pairs", "project_id"])
    before, after = (_success(portfolio) for portfolio in (PORTFOLIO, TOLD.portfolio))
    gained = (after - before).dropna()
    assert gained[~gained.index.isin(treated)].abs().max() == 0
    assert gained[gained.index.isin(treated)].to_list() == pytest.approx([TRUE_EFFECT] * len(treated), abs=6)


def _success(portfolio: SimulatedPortfolio) -> pd.Series[float]:
    return portfolio.projects.set_index("project_id")["success"]
