"""What was learned can be learned again, and where it cannot, it is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from maestro_core.actions import training
from maestro_core.actions.training_check import verify_training
from maestro_core.actions.training_work import store_correlations
from maestro_core.errors import NotAllowed
from maestro_core.models import Project, TrainingRun
from maestro_core.terms import Role
from tests.actions.test_training import DAY, QUESTIONS, a_running_project, past_projects
from tests.conftest import NOW, House


@pytest.fixture
def learned(house: House) -> House:
    with house.open() as ws:
        past_projects(ws)
        a_running_project(ws)
    training.train(house.open)
    return house


def change(house: House, question: str, **values: object) -> None:
    with house.open() as ws:
        ws.session.execute(update(TrainingRun).where(TrainingRun.question == question).values(**values))


def kept(house: House, question: str) -> TrainingRun:
    with house.open(reading=True) as ws:
        run = ws.session.scalars(select(TrainingRun).where(TrainingRun.question == question)).one()
        ws.session.expunge(run)
    return run


def test_every_question_is_refitted_to_the_same_numbers_on_another_day_too(learned: House) -> None:
    refitted = verify_training(lambda: learned.open(now=NOW + 40 * DAY, reading=True))
    assert {one.question: one.is_equal for one in refitted} == dict.fromkeys(QUESTIONS, True)
    assert {one.told for one in refitted} == {"refitted from 36 projects to the same numbers"}


def test_correlations_are_no_fit_that_could_fail(learned: House) -> None:
    """They rest on other facts than predictions: compared with these, they would always have changed since."""
    with learned.open() as ws:
        store_correlations(ws, metrics={}, points={}, rows=36, data_hash="of other facts")
    assert {one.question: one.is_equal for one in verify_training(learned.open)} == dict.fromkeys(QUESTIONS, True)


def test_a_run_keeps_what_it_takes_to_be_refitted(learned: House) -> None:
    run = kept(learned, "cost")
    assert len(run.data_hash) == len(run.settings["rows_hash"]) == 64
    assert (run.settings["seed"], run.settings["level"], run.settings["folds"]) == (0, 0.8, 10)
    assert {"python", "numpy", "scikit-learn", "mapie"} <= set(run.settings["libraries"])
    assert {"standardised_accuracy", "coverage", "better_than_median"} <= set(run.metrics)
    assert {"baseline", "complexity"} <= set(run.coefficients["coefficients"])


def test_a_number_that_was_altered_is_found_and_named(learned: House) -> None:
    coefficients = kept(learned, "cost").coefficients
    altered = coefficients["coefficients"] | {"complexity": coefficients["coefficients"]["complexity"] * (1 + 1e-6)}
    change(learned, "cost", coefficients=coefficients | {"coefficients": altered})
    told = {one.question: one for one in verify_training(learned.open)}
    assert told["cost"].is_equal is False
    assert "not the same: coefficients.coefficients.complexity was" in told["cost"].told
    assert told["duration"].is_equal


def test_other_libraries_are_no_difference_but_named_beside_one(learned: House) -> None:
    run = kept(learned, "success")
    change(learned, "success", settings=run.settings | {"libraries": run.settings["libraries"] | {"numpy": "1.0"}})
    assert all(one.is_equal for one in verify_training(learned.open))
    change(learned, "success", metrics=run.metrics | {"inside": 0})
    [success] = [one for one in verify_training(learned.open) if one.question == "success"]
    assert "was 0, is" in success.told
    assert "(learned with numpy 1.0, here" in success.told


def test_facts_that_changed_since_are_neither_equal_nor_unequal(learned: House) -> None:
    with learned.open() as ws:
        ws.session.execute(update(Project).values(compute_cost=7.0))
    assert {one.is_equal for one in verify_training(lambda: learned.open(now=NOW + timedelta(hours=1)))} == {None}


def test_without_a_run_there_is_nothing_to_verify(house: House) -> None:
    assert verify_training(house.open) == []


def test_only_who_may_train_verifies(house: House) -> None:
    with pytest.raises(NotAllowed):
        verify_training(lambda: house.open(role=Role.VIEWER))
