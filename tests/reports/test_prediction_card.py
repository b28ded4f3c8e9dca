"""The model card: what a training run keeps, whether it can be learned again, and what it is not for."""

from __future__ import annotations

import json
import pickle
from datetime import timedelta

import pytest
from sqlalchemy import update

from maestro_core.actions import training
from maestro_core.learning.predictors import FEATURES
from maestro_core.models import Project
from maestro_core.reports import prediction_card
from maestro_core.terms import Target
from tests.conftest import NOW, House
from tests.reports.test_expectation import a_past

LATER = NOW + timedelta(hours=1)


def test_a_card_without_outcomes_says_how_many_are_missing(house: House) -> None:
    with house.open(reading=True) as ws:
        card = prediction_card.model_card(ws, target=Target.COST)
    assert (card.trained_at, card.rows, card.is_same_rows, card.is_reproduced) == (None, 0, None, None)
    assert card.skill.reason == "needs 10 more outcomes"
    assert card.calibration.empty
    assert card.limits
    assert list(card.features["feature"]) == list(FEATURES)


def test_a_card_says_what_was_learned_and_that_it_can_be_learned_again(house: House) -> None:
    with house.open() as ws:
        a_past(ws, 16)
    training.train(house.open)
    with house.open(reading=True) as ws:
        card = prediction_card.model_card(ws, target=Target.COST)
    assert (card.trained_at, card.rows) == (NOW, 16)
    assert (card.is_same_rows, card.is_reproduced) == (True, True)
    assert card.settings["seed"] == 0
    assert "scikit-learn" in card.libraries
    assert len(card.data_hash) == 64
    assert card.skill.low <= card.skill.value <= card.skill.high
    assert card.skill.value == pytest.approx(card.predictor.skill.value)
    assert set(card.coefficients["feature"]) <= set(FEATURES)
    assert card.coefficients["coefficient"].abs().is_monotonic_decreasing
    assert card.calibration["promised"].tolist() == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert len(card.held_out) == 16
    assert card.features.set_index("feature").loc["experience", "known"] == 0


def test_where_the_facts_have_changed_the_card_says_so(house: House) -> None:
    with house.open() as ws:
        projects = a_past(ws, 16)
    training.train(house.open)
    with house.open(now=LATER) as ws:
        ws.session.execute(update(Project).where(Project.id == projects[0]).values(compute_cost=9_999.0))
    with house.open(reading=True, now=LATER) as ws:
        card = prediction_card.model_card(ws, target=Target.COST)
        assert (card.is_same_rows, card.is_reproduced) == (False, False)
        assert prediction_card.model_card(ws, target=Target.SUCCESS).is_reproduced


def test_outcomes_that_are_all_alike_have_no_skill_to_tell(house: House) -> None:
    with house.open() as ws:
        a_past(ws, 12)
        ws.session.execute(update(Project).values(compute_cost=50.0))
        assert prediction_card.model_card(ws, target=Target.COST).skill.reason == "all outcomes are alike"


def test_a_card_survives_the_cache_and_names_no_project_in_json(house: House) -> None:
    with house.open() as ws:
        a_past(ws, 12)
    training.train(house.open)
    with house.open(reading=True) as ws:
        card = prediction_card.model_card(ws, target=Target.SUCCESS)
    text = card.model_dump_json()
    assert pickle.loads(pickle.dumps(card)).model_dump_json() == text
    assert json.loads(text)["target"] == "success"
    assert "past 1" not in text
