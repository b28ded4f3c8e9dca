"""Recommendations are learned anew when the facts change, and their blend once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from maestro_core.actions import recommending
from maestro_core.actions.recommending import learn_recommendations, learn_recommendations_if_due
from maestro_core.errors import NotAllowed
from maestro_core.models import LearnedRecommender, Project
from maestro_core.scoring import recommendation_learning
from maestro_core.terms import Role
from tests.builders import a_project, a_use, an_artifact, scores
from tests.conftest import NOW, House


def a_use_more(house: House) -> None:
    with house.open() as ws:
        a_use(ws, an_artifact(ws), a_project(ws))


def test_the_same_facts_are_not_learned_twice_on_a_day(house: House) -> None:
    a_use_more(house)
    assert learn_recommendations_if_due(house.open)
    assert not learn_recommendations_if_due(house.open)
    assert learn_recommendations_if_due(lambda: house.open(now=NOW + timedelta(days=1)))
    with house.open(reading=True) as ws:
        assert ws.session.scalar(select(func.count(LearnedRecommender.id))) == 1


@pytest.mark.parametrize("change", ["use", "text", "impact"])
def test_a_change_of_what_is_learned_from_is_due(house: House, change: str) -> None:
    with house.open() as ws:
        artifact, project = an_artifact(ws), a_project(ws)
    assert learn_recommendations_if_due(house.open)
    changes: dict[str, Callable[..., object]] = {
        "use": lambda ws: a_use(ws, artifact, project),
        "text": lambda ws: setattr(ws.get(Project, project), "description", "churn"),
        "impact": lambda ws: scores(ws, [artifact], NOW),
    }
    with house.open() as ws:
        changes[change](ws)
    assert learn_recommendations_if_due(house.open)


def test_the_blend_is_chosen_once_a_day_or_when_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    choose = recommendation_learning.choose
    monkeypatch.setattr(
        recommendation_learning, "choose", lambda known, *, seed: chosen.append(seed) or choose(known, seed=seed)
    )
    for _ in range(2):
        a_use_more(house)
        assert learn_recommendations_if_due(house.open)
    assert chosen == [recommending.SEED]
    assert learn_recommendations(house.open) == "learned from 2 uses of artifacts"
    assert len(chosen) == 2


def test_without_artifacts_nothing_is_learned_and_the_reason_told(house: House) -> None:
    assert not learn_recommendations_if_due(house.open)
    assert learn_recommendations(house.open) == "There is no artifact to recommend yet."


def test_a_viewer_lets_nothing_be_learned(house: House) -> None:
    for learn in (learn_recommendations, learn_recommendations_if_due):
        with pytest.raises(NotAllowed):
            learn(lambda: house.open(role=Role.VIEWER))
