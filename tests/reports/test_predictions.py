"""What is expected of running projects: which predictions are shown, how they are judged, what they rest on."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from maestro_core.errors import InvalidInput
from maestro_core.models import Prediction, TrainingRun
from maestro_core.reports import expectation, predictions
from maestro_core.reports.predictions import Judged, Predictions
from maestro_core.terms import Target
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, added
from tests.conftest import NOW

DAY = timedelta(days=1)
METRICS = {
    "n": 10,
    "inside": 8,
    "coverage": 0.8,
    "standardised_accuracy": 0.25,
    "mean_absolute_error": 6.0,
    "median_error": 8.0,
    "better_than_median": True,
}


def a_run(ws: Workspace, *, at: datetime = NOW, target: Target = Target.SUCCESS, **metrics: object) -> UUID:
    learned = {"coefficients": {"baseline": 60.0}, "seen": {"complexity": [2.0, 7.0], "domain": ["fraud", "vision"]}}
    run = TrainingRun(
        question=str(target),
        trained_at=at,
        rows=10,
        data_hash="",
        settings={},
        metrics=METRICS | metrics,
        coefficients=learned,
    )
    return added(ws, run)


def told(
    ws: Workspace, run: UUID, project: UUID, *, at: datetime = NOW, target: Target = Target.SUCCESS, **answer: object
) -> None:
    expected = {"value": 70.0, "low": 60.0, "high": 80.0, "outside": [], "contributions": {"complexity": "+2.0 points"}}
    added(
        ws,
        Prediction(project_id=project, training_run_id=run, target=target, predicted_at=at, **(expected | answer)),
    )


def judged(answer: Predictions, target: Target = Target.SUCCESS) -> Judged:
    return next(one for one in answer.predictors if one.target is target)


def test_below_ten_outcomes_it_says_how_many_are_missing(ws: Workspace) -> None:
    for _ in range(8):
        a_finished_project(ws, started_at=NOW - 50 * DAY, compute_cost=5.0)
    for one in predictions.predictions(ws).predictors:
        assert (one.known, one.missing) == (8, 2)
        assert one.skill.reason == "needs 2 more outcomes"


def test_each_target_needs_its_own_outcomes(ws: Workspace) -> None:
    for _ in range(10):
        a_finished_project(ws)
    answer = predictions.predictions(ws)
    assert judged(answer).missing == 0
    assert judged(answer).skill.reason == "not trained yet"
    assert judged(answer, Target.COST).missing == 10


def test_where_all_outcomes_are_alike_a_trained_predictor_says_so_instead_of_skill(ws: Workspace) -> None:
    for _ in range(10):
        a_finished_project(ws)
    a_run(ws, standardised_accuracy=None, mean_absolute_error=0.0, median_error=0.0, better_than_median=False)
    skill = judged(predictions.predictions(ws)).skill
    assert (skill.value, skill.reason) == (None, "all outcomes are alike")


def test_only_the_latest_run_and_running_projects_are_shown(ws: Workspace) -> None:
    running, ended = a_project(ws, "running", started_at=NOW - 30 * DAY), a_finished_project(ws, "ended")
    former, latest = a_run(ws, at=NOW - 5 * DAY), a_run(ws)
    told(ws, former, running, at=NOW - 5 * DAY, value=20.0)
    told(ws, latest, running)
    told(ws, latest, ended)
    answer = predictions.predictions(ws)
    assert (answer.running, answer.trained_at) == (1, NOW)
    assert list(zip(answer.predictions["name"], answer.predictions["value"], strict=True)) == [("running", 70)]
    assert list(answer.predictions["days_so_far"]) == [30]


def test_skill_is_never_told_without_its_naive_rival(ws: Workspace) -> None:
    a_run(ws, better_than_median=False, mean_absolute_error=9.0)
    one = judged(predictions.predictions(ws))
    assert (one.error.value, one.median_error.value, one.better_than_median) == (9, 8, False)
    assert (one.inside, one.coverage.value, one.coverage.sample) == (8, 0.8, 10)


def test_live_coverage_judges_the_last_interval_told_before_the_end(ws: Workspace) -> None:
    run = a_run(ws, at=NOW - 40 * DAY)
    for success in (75.0, 40.0):
        project = a_finished_project(ws, success=success, finished_at=NOW - 10 * DAY)
        told(ws, run, project, at=NOW - 60 * DAY, low=0.0, high=1.0)
        told(ws, run, project, at=NOW - 40 * DAY)
        told(ws, run, project, at=NOW - 5 * DAY, low=0.0, high=100.0)
    never_predicted_in_time = a_finished_project(ws, finished_at=NOW - 50 * DAY)
    told(ws, run, never_predicted_in_time, at=NOW - 40 * DAY)
    live = judged(predictions.predictions(ws)).live_coverage
    assert (live.value, live.sample) == (0.5, 2)


def test_before_a_predicted_project_ends_there_is_no_live_coverage(ws: Workspace) -> None:
    told(ws, a_run(ws), a_project(ws))
    assert judged(predictions.predictions(ws)).live_coverage.reason == "no predicted project has ended yet"


def test_costs_are_in_the_currency_of_the_organisation(ws: Workspace) -> None:
    ws.tenant.currency = "CHF"
    assert judged(predictions.predictions(ws), Target.COST).unit == "CHF"


def test_where_outcomes_came_since_the_training_their_number_is_told(ws: Workspace) -> None:
    for _ in range(13):
        a_finished_project(ws)
    a_run(ws)
    assert judged(predictions.predictions(ws)).new_outcomes == 3
    assert judged(predictions.predictions(ws), Target.COST).new_outcomes == 0


def test_intervals_that_missed_ten_times_ring(ws: Workspace) -> None:
    run = a_run(ws, at=NOW - 40 * DAY)
    for _ in range(10):
        ended = a_finished_project(ws, success=10.0, started_at=NOW - 50 * DAY, finished_at=NOW - 10 * DAY)
        told(ws, run, ended, at=NOW - 40 * DAY)
    rung = predictions.predictions(ws).alarms
    assert {alarm.target for alarm in rung} == {Target.SUCCESS}
    assert "only 0 of the last 10" in rung[0].sentence
    live = judged(predictions.predictions(ws)).live_coverage
    assert (live.value, live.low) == (0, 0)
    assert live.high == pytest.approx(0.2589, abs=1e-4)


def test_a_wider_level_gives_wider_intervals_of_the_same_value(ws: Workspace) -> None:
    for place in range(14):
        a_finished_project(ws, success=50.0 + 7 * (place % 5), complexity=1.0 + place % 6)
    a_project(ws, "running", complexity=3.0)
    a_run(ws)
    wide = predictions.predictions(ws, level=0.9).predictions
    assert wide["target"].tolist() == [Target.SUCCESS]
    answer = expectation.planned(ws, plan=expectation.PlannedProject(complexity=3.0, artifacts=0.0))
    narrow = answer.expected[0].expected
    assert wide["value"].iloc[0] == pytest.approx(narrow.value)
    assert wide["high"].iloc[0] - wide["low"].iloc[0] >= narrow.high - narrow.low
    with pytest.raises(InvalidInput, match="80 % or 90 %"):
        predictions.predictions(ws, level=0.99)


def test_answers_survive_the_cache_and_become_json(ws: Workspace) -> None:
    told(ws, a_run(ws), a_project(ws, started_at=NOW - DAY))
    answer = predictions.predictions(ws)
    assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()
    assert predictions.predictions(ws).predictions["outside"].iloc[0] == []
