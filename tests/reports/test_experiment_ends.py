"""The moment of a single look is fixed before: what ends beyond the plan is told in looks, not in the result.

What is counted per week is held to the same rule: a project that runs counts as none that has ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from maestro_core.actions import experiments as actions
from maestro_core.models import ProcessMetric
from maestro_core.reports import experiments as reports
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.workspace import Workspace
from tests.conftest import NOW, House
from tests.experimented import a_running_experiment, end, teams, variants

DAY = timedelta(days=1)
PLANNED = 8


def stopped_after(house: House, ends: list[datetime], *, later_gain: float = 40.0) -> ExperimentReport:
    """Eight teams were planned, so many end at these moments; beyond the plan the treated ones are much better."""
    with house.open(now=NOW - 30 * DAY) as ws:
        experiment_id = a_running_experiment(ws, teams(ws, 12), planned_units=PLANNED)
        drawn = _by_turns(variants(ws, experiment_id))
    with house.open() as ws:
        for place, (moment, (project_id, variant)) in enumerate(zip(ends, drawn, strict=False)):
            gained = later_gain if place >= PLANNED and variant == "treatment" else 0.0
            end(ws, project_id, success=50 + place // 2 + gained, at=moment)
        actions.stop_experiment(ws, experiment_id=experiment_id)
        return reports.experiment(ws, experiment_id=experiment_id)


def _by_turns(drawn: dict[UUID, str]) -> list[tuple[UUID, str]]:
    """A control, a treatment, a control …"""
    sides = [[key for key in sorted(drawn) if drawn[key] == name] for name in ("control", "treatment")]
    return [(key, drawn[key]) for pair in zip(*sides, strict=True) for key in pair]


def stopped_of_commits(house: House, ends: int, **facts: Any) -> ExperimentReport:
    """Twelve teams with as many commits a week as their place, all counted for weeks; so many of them end."""
    with house.open(now=NOW - 40 * DAY) as ws:
        told = {"primary_metric": "commits", "planned_units": PLANNED} | facts
        experiment_id = a_running_experiment(ws, teams(ws, 12), **told)
        drawn = _by_turns(variants(ws, experiment_id))
    with house.open() as ws:
        _commit(ws, [project_id for project_id, _ in drawn])
        for moment, (project_id, _) in zip(_days(ends), drawn, strict=False):
            end(ws, project_id, success=50 + moment.day, at=moment)
        actions.stop_experiment(ws, experiment_id=experiment_id)
        return reports.experiment(ws, experiment_id=experiment_id)


def _commit(ws: Workspace, projects: list[UUID]) -> None:
    ws.session.add_all(
        ProcessMetric(project_id=project_id, measure="commits", day=(NOW - days * DAY).date(), value=place + 1.0)
        for place, project_id in enumerate(projects)
        for days in range(1, 40)
    )
    ws.session.flush()


def _days(count: int) -> list[datetime]:
    return [NOW - (20 - number) * DAY for number in range(count)]


def test_going_on_until_it_looks_well_does_not_change_the_result(house: House) -> None:
    told = stopped_after(house, _days(12))
    one = told.results[0].comparisons[0]
    assert (told.is_final, told.counted_until) == (True, _days(PLANNED)[-1])
    assert one.absolute
    assert (one.control.units, one.treatment.units, one.absolute.value) == (4, 4, 0)
    assert told.verdicts[0].startswith("No difference")
    assert any("More units ended than the 8" in warning for warning in told.warnings)


def test_what_ended_beyond_the_plan_is_told_in_the_looks_and_with_the_variants(house: House) -> None:
    told = stopped_after(house, _days(12))
    assert told.looks["units"].max() == 12
    assert sum(variant.measured for variant in told.variants) == 12
    assert told.assignments["success"].notna().sum() == 12


@pytest.mark.parametrize("count", [PLANNED, PLANNED - 1])
def test_with_no_more_than_planned_everything_counts(house: House, count: int) -> None:
    told = stopped_after(house, _days(count))
    assert (told.counted_until, told.is_final) == (None, count == PLANNED)
    assert not any("More units ended" in warning for warning in told.warnings)


def test_what_ended_at_the_same_moment_counts_together(house: House) -> None:
    told = stopped_after(house, [*_days(PLANNED - 1), *[NOW - DAY] * 3, NOW])
    one = told.results[0].comparisons[0]
    assert told.counted_until == NOW - DAY
    assert one.control.units + one.treatment.units == PLANNED + 2


@pytest.mark.parametrize("ends", [0, PLANNED - 1])
def test_what_is_counted_per_week_of_projects_that_run_makes_no_stop_the_planned_one(house: House, ends: int) -> None:
    told = stopped_of_commits(house, ends)
    assert (told.is_final, told.counted_until) == (False, None)
    assert sum(variant.measured for variant in told.variants) == ends
    one = told.results[0].comparisons[0]
    assert (one.control.units + one.treatment.units, one.absolute, one.p_value) == (ends, None, None)
    assert any("stopped before the planned number" in warning for warning in told.warnings)


def test_what_is_counted_per_week_counts_those_that_had_ended_when_the_planned_ones_had(house: House) -> None:
    told = stopped_of_commits(house, PLANNED + 1)
    assert (told.is_final, told.counted_until) == (True, _days(PLANNED)[-1])
    assert any("More units ended than the 8" in warning for warning in told.warnings)
    assert sum(variant.measured for variant in told.variants) == PLANNED + 1
    values = told.results[0].values
    assert sorted(values["value"].round(6)) == [7.0 * (place + 1) for place in range(PLANNED)]
    assert values["ended_at"].max() == told.counted_until
    assert list(told.looks["units"]) == list(range(4, PLANNED + 2))


def test_a_further_metric_per_week_counts_the_same_projects_as_the_primary_one(house: House) -> None:
    told = stopped_of_commits(house, PLANNED, primary_metric="success", further_metrics=("commits",))
    assert told.is_final
    assert [len(result.values) for result in told.results] == [PLANNED, PLANNED]


def test_while_it_runs_nothing_is_cut(house: House) -> None:
    with house.open(now=NOW - 30 * DAY) as ws:
        projects = teams(ws, 12)
        experiment_id = a_running_experiment(ws, projects, planned_units=PLANNED)
    with house.open() as ws:
        for place, project_id in enumerate(projects):
            end(ws, project_id, success=50 + place, at=_days(12)[place])
        told = reports.experiment(ws, experiment_id=experiment_id)
    assert (told.counted_until, told.is_final) == (None, False)
    assert told.results[0].comparisons[0].control.units == 6
