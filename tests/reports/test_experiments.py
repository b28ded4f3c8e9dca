"""What an experiment tells: what it can find before, what holds while it runs, and what it shows in the end."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest

from maestro_core.actions import experiments as actions
from maestro_core.actions.projects import remove_project
from maestro_core.errors import InvalidInput, NotFound
from maestro_core.models import ProcessMetric
from maestro_core.reports import experiments as reports
from maestro_core.reports.experiment_comparisons import comparison
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.terms import ExperimentKind, ExperimentState, ExperimentUnit
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, a_use, added, an_artifact
from tests.conftest import NOW, House
from tests.experimented import a_design, a_running_experiment, end, ended, predict, teams, variants

DAY = timedelta(days=1)


def stopped(house: House, **facts: object) -> ExperimentReport:
    """An ended experiment, stopped."""
    experiment_id = ended(house, NOW, **facts)  # type: ignore[arg-type]
    with house.open() as ws:
        actions.stop_experiment(ws, experiment_id=experiment_id)
        return reports.experiment(ws, experiment_id=experiment_id)


def test_before_the_start_it_tells_what_so_many_teams_can_find(ws: Workspace) -> None:
    for success in (30, 40, 50, 60, 70):
        a_finished_project(ws, success=float(success))
    told = reports.experiment(ws, experiment_id=a_design(ws, teams(ws, 4), planned_units=20, worthwhile=10))
    assert (told.power.control, told.power.treatment, told.enrolled_units) == (10, 10, 4)
    assert told.power.detectable == pytest.approx(1.32, abs=0.01)
    assert told.power.detectable_effect == pytest.approx(1.32 * 15.81, abs=0.1)
    assert told.power.needed == 41
    assert (told.results, told.verdicts) == ([], [])
    assert told.sample_ratio.reason == "nothing is assigned yet"
    assert any("4 of 20 planned teams" in warning for warning in told.warnings)
    assert any("standard deviations" in warning for warning in told.warnings)
    assert any("missed more often than found" in warning for warning in told.warnings)


def test_fewer_units_than_any_exact_test_needs_are_warned_of(ws: Workspace) -> None:
    told = reports.experiment(ws, experiment_id=a_design(ws, planned_units=6))
    assert any("the smallest p-value is 0.10" in warning for warning in told.warnings)
    assert any("4 teams in each variant are the fewest that can" in warning for warning in told.warnings)


@pytest.mark.parametrize(("planned", "is_too_few"), [(8, True), (12, True), (15, False)])
def test_with_two_treatments_each_variant_needs_more_than_with_one(
    ws: Workspace, planned: int, is_too_few: bool
) -> None:
    three = [{"name": name, "weight": 1} for name in ("control", "pairs", "reviews")]
    told = reports.experiment(ws, experiment_id=a_design(ws, planned_units=planned, variants=three))
    warned = [warning for warning in told.warnings if "after correction for 2 comparisons" in warning]
    assert bool(warned) == is_too_few
    assert all("5 teams in each variant are the fewest that can" in warning for warning in warned)


def test_while_it_runs_only_the_interval_that_holds_at_every_look_is_read(house: House) -> None:
    experiment_id = ended(house, NOW)
    with house.open() as ws:
        told = reports.experiment(ws, experiment_id=experiment_id)
    assert (told.state, told.is_final) == (ExperimentState.RUNNING, False)
    assert told.verdicts[0].endswith("however often one looks.")
    one = told.results[0].comparisons[0]
    assert one.looked
    assert one.looked_relative
    assert (one.absolute, one.belief, one.p_value, one.exact_p_value) == (None, None, None, None)
    assert list(told.looks["units"]) == sorted(told.looks["units"])
    assert told.looks["units"].max() == 12


def test_at_the_planned_end_the_effect_is_told_in_every_way(house: House) -> None:
    told = stopped(house)
    one = told.results[0].comparisons[0]
    assert told.is_final
    assert one.exact_p_value
    assert one.absolute
    assert one.relative
    assert one.belief
    assert one.absolute.value == pytest.approx(12, abs=2)
    assert one.relative.value == pytest.approx(12 / 52, abs=0.05)
    assert one.belief.better > 0.99
    assert (one.method, one.corrected_p_value) == ("exact permutation", one.p_value)
    assert told.verdicts[0].startswith("“treatment” is better: +")
    assert not told.is_broken


def test_stopped_too_early_the_interval_for_one_look_is_not_told(house: House) -> None:
    with house.open(now=NOW - 30 * DAY) as ws:
        projects = teams(ws, 12)
        experiment_id = a_running_experiment(ws, projects, planned_units=12)
    with house.open() as ws:
        for number, project_id in enumerate(projects[:8]):
            end(ws, project_id, success=50 + number)
        actions.stop_experiment(ws, experiment_id=experiment_id, reason="no budget")
        told = reports.experiment(ws, experiment_id=experiment_id)
    assert (told.is_final, told.stop_reason) == (False, "no budget")
    assert any("stopped before the planned number" in warning for warning in told.warnings)
    assert any("Without an outcome since the start" in warning for warning in told.warnings)


def test_only_what_ended_between_assignment_and_stop_counts(house: House) -> None:
    with house.open(now=NOW - 30 * DAY) as ws:
        projects = teams(ws, 6)
        experiment_id = a_running_experiment(ws, projects)
    with house.open(now=NOW - 5 * DAY) as ws:
        actions.stop_experiment(ws, experiment_id=experiment_id)
    with house.open() as ws:
        end(ws, projects[0], success=50, at=NOW - 40 * DAY)
        end(ws, projects[1], success=50, at=NOW - 10 * DAY)
        end(ws, projects[2], success=50, at=NOW)
        rows = reports.experiment(ws, experiment_id=experiment_id).assignments
    assert list(rows.loc[rows["success"].notna(), "project_id"]) == [projects[1]]


def test_a_team_counts_once_with_the_mean_of_its_projects(house: House) -> None:
    with house.open(now=NOW - DAY) as ws:
        experiment_id = a_design(ws)
        for team in range(4):
            members = [a_project(ws, f"{team}-{number}") for number in range(3)]
            actions.enrol(ws, experiment_id=experiment_id, project_ids=members, team=f"team {team}")
        actions.start_experiment(ws, experiment_id=experiment_id)
    with house.open() as ws:
        for number, project_id in enumerate(variants(ws, experiment_id)):
            end(ws, project_id, success=float(number))
        told = reports.experiment(ws, experiment_id=experiment_id)
    values = told.results[0].values
    assert sorted(values["unit"]) == [f"team {team}" for team in range(4)]
    assert told.enrolled_units == 4


def test_further_metrics_are_corrected_together_and_shares_are_told_as_shares(house: House) -> None:
    told = stopped(
        house,
        count=16,
        unit=ExperimentUnit.PROJECT,
        further_metrics=("duration", "cost", "succeeded"),
    )
    assert [result.correction for result in told.results] == ["Holm", *["Benjamini–Hochberg"] * 3]
    shares = told.results[3].comparisons[0]
    assert shares.reason == "The outcomes do not differ at all: there is no spread to compare with."
    assert told.results[2].comparisons[0].reason is not None


def test_forecasts_from_before_the_assignment_narrow_the_interval_and_later_ones_do_nothing(house: House) -> None:
    expected = {number: float(30 + 3 * (7 * number % 16)) for number in range(16)}
    with house.open(now=NOW - 30 * DAY) as ws:
        projects = teams(ws, 16)
        for number, project_id in enumerate(projects[:12]):
            predict(ws, project_id, expected[number], at=NOW - 31 * DAY)
        experiment_id = a_running_experiment(ws, projects, planned_units=16)
    with house.open() as ws:
        for number, project_id in enumerate(projects):
            predict(ws, project_id, 99.0, at=NOW - 20 * DAY)
            end(ws, project_id, success=expected[number] + number % 3)
        actions.stop_experiment(ws, experiment_id=experiment_id)
        one = reports.experiment(ws, experiment_id=experiment_id).results[0].comparisons[0]
    assert (one.forecasts, one.method) == (12, "Welch, adjusted by forecasts")
    assert (one.narrower or 0) > 0.2


def test_what_is_counted_per_week_counts_from_the_assignment_to_the_end(house: House) -> None:
    with house.open(now=NOW - 30 * DAY) as ws:
        projects = teams(ws, 4)
        experiment_id = a_running_experiment(ws, projects, primary_metric="commits")
    with house.open() as ws:
        end(ws, projects[0], success=50, at=NOW - 2 * DAY)
        for days_ago in (40, 30, 29, 3, 1):
            day = (NOW - days_ago * DAY).date()
            # The second one runs: what is counted of it may change until it ends.
            for project_id in projects[:2]:
                added(ws, ProcessMetric(project_id=project_id, measure="commits", day=day, value=14.0))
        rows = reports.experiment(ws, experiment_id=experiment_id).assignments
    weekly = dict(zip(rows["project_id"], rows["commits"], strict=True))
    assert weekly[projects[0]] == pytest.approx(7.0)
    assert rows["commits"].notna().sum() == 1


def test_a_variant_that_loses_units_is_told_first(house: House) -> None:
    with house.open(now=NOW - 30 * DAY) as ws:
        experiment_id = a_running_experiment(ws, teams(ws, 40), planned_units=40)
    with house.open() as ws:
        drawn = variants(ws, experiment_id)
        kept = [project for project, variant in drawn.items() if variant == "control"]
        lost = [project for project, variant in drawn.items() if variant == "treatment"]
        for number, project_id in enumerate([*kept, *lost[:2]]):
            end(ws, project_id, success=50 + number)
        told = reports.experiment(ws, experiment_id=experiment_id)
    assert told.is_broken
    assert told.sample_ratio.value == 1
    assert (told.measured_ratio.value or 1) < 0.001


def test_who_used_the_artifact_is_counted_in_each_variant(house: House) -> None:
    with house.open(now=NOW - DAY) as ws:
        artifact_id, projects = an_artifact(ws, "orders"), teams(ws, 4)
        told = {"kind": ExperimentKind.ARTIFACT_USE, "artifact_id": artifact_id}
        experiment_id = a_running_experiment(ws, projects, **told)
        drawn = variants(ws, experiment_id)
        a_use(ws, artifact_id, projects[0], NOW)
        a_use(ws, artifact_id, projects[1], NOW - 9 * DAY)
    with house.open() as ws:
        found = reports.experiment(ws, experiment_id=experiment_id).variants
    assert {variant.name: variant.used_artifact for variant in found}[drawn[projects[0]]] == 1
    assert sum(variant.used_artifact or 0 for variant in found) == 1


def test_an_artifact_that_nobody_used_was_used_by_none(ws: Workspace) -> None:
    told: dict[str, Any] = {"kind": ExperimentKind.ARTIFACT_USE, "artifact_id": an_artifact(ws)}
    draft = reports.experiment(ws, experiment_id=a_design(ws, **told))
    running = reports.experiment(ws, experiment_id=a_running_experiment(ws, teams(ws, 4), name="other", **told))
    assert {variant.used_artifact for variant in (*draft.variants, *running.variants)} == {0}


@pytest.mark.parametrize("metric", ["success", "succeeded", "commits"])
@pytest.mark.parametrize("unit", list(ExperimentUnit))
def test_a_draft_of_nobody_has_a_report(ws: Workspace, metric: str, unit: ExperimentUnit) -> None:
    told = reports.experiment(ws, experiment_id=a_design(ws, primary_metric=metric, unit=unit))
    assert (told.enrolled_units, len(told.assignments), told.is_final) == (0, 0, False)


def test_the_list_tells_the_last_decision_and_hides_what_is_archived(house: House) -> None:
    with house.open(now=NOW - DAY) as ws:
        experiment_id = a_running_experiment(ws, teams(ws, 4))
        a_design(ws, name="draft")
        actions.stop_experiment(ws, experiment_id=experiment_id)
        actions.decide(ws, experiment_id=experiment_id, variant="control", reason="cheaper")
    with house.open() as ws:
        rows = reports.experiments(ws).experiments.set_index("name")
        assert (rows.loc["pairs", "decision"], rows.loc["pairs", "enrolled"]) == ("control", 4)
        assert rows.loc["draft", "enrolled"] == 0
        actions.archive_experiment(ws, experiment_id=experiment_id)
        assert list(reports.experiments(ws).experiments["name"]) == ["draft"]
        assert len(reports.experiments(ws, archived=True).experiments) == 2


def test_a_report_is_remembered_as_it_is(house: House) -> None:
    told = stopped(house)
    again = pickle.loads(pickle.dumps(told))
    assert again.model_dump_json() == told.model_dump_json()


def test_a_removed_project_stays_in_the_assignment_without_an_outcome(house: House) -> None:
    with house.open() as ws:
        projects = teams(ws, 4)
        experiment_id = a_running_experiment(ws, projects)
        remove_project(ws, project_id=projects[0])
    with house.open() as ws:
        rows = reports.experiment(ws, experiment_id=experiment_id).assignments
    assert len(rows) == 4
    assert rows["success"].isna().all()


def test_a_comparison_without_assignment_says_so_and_how_the_groups_differed(ws: Workspace) -> None:
    artifact_id = an_artifact(ws, "orders")
    for number in range(12):
        easy = number % 2 == 0
        complexity, success = (3.0, 70.0) if easy else (8.0, 60.0)
        project_id = a_finished_project(ws, success=success + number, complexity=complexity, team_size=4.0)
        if easy:
            a_use(ws, artifact_id, project_id)
    told = comparison(ws, artifact_id=artifact_id)
    assert told.label == "observational"
    assert "nobody was assigned" in told.note
    assert (told.chosen, told.comparison.treatment.units) == ("used orders", 6)
    assert any(
        "complexity was 3 of 10 on average where it was chosen, 8 elsewhere" in warning for warning in told.warnings
    )
    by_size = comparison(ws, team_size=5, metric="succeeded")
    assert by_size.comparison.treatment.units == 0


def test_a_comparison_needs_one_thing_to_compare_and_a_metric_of_the_outcome(ws: Workspace) -> None:
    for told in ({}, {"team_size": 3, "artifact_id": an_artifact(ws)}, {"team_size": 3, "metric": "commits"}):
        with pytest.raises(InvalidInput):
            comparison(ws, **told)  # type: ignore[arg-type]


def test_an_experiment_of_nobody_is_not_found(ws: Workspace) -> None:
    with pytest.raises(NotFound):
        reports.experiment(ws, experiment_id=a_project(ws))
