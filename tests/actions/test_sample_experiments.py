"""The sample shows a decided, a running and a drafted experiment, whose truth is known."""

from __future__ import annotations

import pytest

from maestro_core.actions.sample_experiments import insert_experiments
from maestro_core.actions.sample_rows import having, keys_for, put
from maestro_core.learning.simulation import simulate
from maestro_core.learning.simulation_experiments import simulate_experiments
from maestro_core.models import Project
from maestro_core.reports import experiments as reports
from maestro_core.terms import ExperimentState
from tests.conftest import NOW, House

FACTS = [
    *("name", "domain", "problem_type", "complexity", "team_size", "started_at", "finished_at", "outcome"),
    *("compute_cost", "experiments", "model_performance", "business_impact", "delivery"),
]


@pytest.fixture
def told(house: House) -> dict[str, reports.ExperimentReport]:
    """The report of each experiment of a sample, by its name."""
    made = simulate_experiments(14, simulate(14, until=NOW.date()), until=NOW.date())
    keys = keys_for(made.portfolio)
    with house.open() as ws:
        put(ws, Project, having(made.portfolio.projects[FACTS], id=keys.projects, created_at=NOW))
        insert_experiments(ws, made, keys)
        listed = reports.experiments(ws).experiments
        found = [reports.experiment(ws, experiment_id=key) for key in listed["experiment_id"]]
    return {one.name: one for one in found}


def test_the_decided_one_finds_its_true_effect(told: dict[str, reports.ExperimentReport]) -> None:
    one = told["Reviews in pairs"]
    effect = one.results[0].comparisons[0].adjusted
    assert effect
    assert effect.low < 10.0 < effect.high
    assert (one.is_final, one.is_broken, one.decisions["variant"].iloc[0]) == (True, False, "reviewed in pairs")


def test_the_running_one_claims_nothing_and_the_draft_warns(told: dict[str, reports.ExperimentReport]) -> None:
    running, draft = told["Start from the shared artifact"], told["One person fewer"]
    assert running.state is ExperimentState.RUNNING
    assert running.verdicts[0].startswith("No difference")
    assert draft.state is ExperimentState.DRAFT
    assert draft.warnings
