"""What pages say of experiments: effects with unit and level, and nothing that nobody meant."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from app.ui import experiment_assignment, experiment_charts, experiment_design, experiment_results, experiment_tables
from maestro_core.actions import experiments as actions
from maestro_core.reports import experiments as reports
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.terms import ExperimentKind, ExperimentUnit
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, a_use, an_artifact
from tests.conftest import NOW, House
from tests.experimented import a_design, a_running_experiment, ended, teams, variants

LOOKS = pd.DataFrame({"variant": "<b>b", "units": [4, 5], "value": [0.1, 0.2], "low": [-0.4, -0.1], "high": [0.6, 0.5]})


def stopped(house: House, **facts: Any) -> ExperimentReport:
    experiment_id = ended(house, NOW, **facts)
    with house.open() as ws:
        actions.stop_experiment(ws, experiment_id=experiment_id)
        return reports.experiment(ws, experiment_id=experiment_id)


def test_the_smallest_effect_is_told_in_the_unit_of_the_metric_first(ws: Workspace) -> None:
    for success in (30, 40, 50, 60, 70):
        a_finished_project(ws, success=float(success))
    told = reports.experiment(ws, experiment_id=a_design(ws, teams(ws, 4), planned_units=20))
    assert experiment_design.finds(told) == "10 teams per arm detect 20.9 points or more (d ≥ 1.3)."


def test_without_a_known_spread_the_smallest_effect_is_told_in_deviations(ws: Workspace) -> None:
    told = reports.experiment(ws, experiment_id=a_design(ws, primary_metric="commits"))
    assert experiment_design.finds(told) == "10 teams per arm detect d ≥ 1.3."


def test_rows_of_results_name_units_and_fit_their_columns(house: House) -> None:
    told = stopped(house, further_metrics=("succeeded",))
    row = experiment_tables._row(told, told.results[0], told.results[0].comparisons[0])
    assert row["single look"].startswith("+10.8 points (+")
    assert row["means"].endswith(" points")
    assert row["adopting"].endswith(" points")
    assert row["p"].startswith(("<", "."))
    assert {"loss_if_adopted", "loss_if_not"} <= set(experiment_tables._exported(told).columns)


def test_use_of_the_artifact_is_told_of_every_variant_and_blames_none(house: House) -> None:
    with house.open(now=NOW - pd.Timedelta(days=1)) as ws:
        artifact_id, projects = an_artifact(ws, "orders"), teams(ws, 4)
        # The control is the one that uses it: what is given up is tried without.
        ways = [{"name": "uses it"}, {"name": "does not use it"}]
        facts = {"kind": ExperimentKind.ARTIFACT_USE, "artifact_id": artifact_id, "variants": ways}
        experiment_id = a_running_experiment(ws, projects, **facts)
        user = next(key for key, name in variants(ws, experiment_id).items() if name == "uses it")
        a_use(ws, artifact_id, user, NOW)
    with house.open() as ws:
        told = reports.experiment(ws, experiment_id=experiment_id)
    said = experiment_results.uses(told)
    assert "so far: 1 of 2 projects of “uses it”, 0 of 2 projects of “does not use it”" in said
    assert not any("orders" in warning for warning in told.warnings)
    assert any("2 teams assigned to “uses it”" in warning for warning in told.warnings)


def test_what_is_the_same_for_all_projects_has_no_column_in_the_assignment(ws: Workspace) -> None:
    alone = reports.experiment(ws, experiment_id=a_running_experiment(ws, teams(ws, 4), primary_metric="cost"))
    shown = experiment_assignment.columns(alone)
    assert {"team", "is_late"} & set(shown) == set()
    assert shown["cost"]["label"] == "Cost, EUR"
    assert experiment_assignment.strata(alone).startswith("not stratified")
    experiment_id = a_design(ws, name="shared", unit=ExperimentUnit.PROJECT)
    for team in ("x", "y"):
        members = [a_project(ws) for _ in range(2)]
        actions.enrol(ws, experiment_id=experiment_id, project_ids=members, team=team)
    actions.start_experiment(ws, experiment_id=experiment_id)
    shared = reports.experiment(ws, experiment_id=experiment_id)
    assert "team" in experiment_assignment.columns(shared)
    assert experiment_assignment.strata(shared) == "balanced within 2 strata: team x, team y"


def test_outcomes_in_the_assignment_have_the_decimals_of_their_unit() -> None:
    rows = pd.DataFrame({"success": [63.4567], "duration": [148.3], "cost": [1204.56], "succeeded": [1.0]})
    told = experiment_assignment.rounded(rows, ["success", "duration", "cost", "succeeded"])
    assert [float(value) for value in told.iloc[0]] == [63.5, 148.0, 1205.0, 1.0]


def test_a_figure_of_shares_is_in_percentage_points_and_keeps_names_as_text() -> None:
    figure = experiment_charts.looks(LOOKS, unit="share", counted="teams", planned=8, worthwhile=0.1)
    assert figure.layout.yaxis.title.text == "percentage points"
    assert list(figure.data[-1].y) == pytest.approx([10, 20])
    assert figure.data[-1].name == "&lt;b&gt;b"
    assert [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1] == [0, 10]


def test_an_effect_far_beyond_the_curve_does_not_press_it_flat() -> None:
    curve = pd.DataFrame({"effect": [0.0, 1.0, 2.0], "power": [0.05, 0.5, 0.99]})
    near, far = (experiment_charts.power(curve, spread=10, unit="points", worthwhile=one) for one in (8.0, 1e6))
    assert len(near.layout.shapes) == 2
    assert len(far.layout.shapes) == 1
