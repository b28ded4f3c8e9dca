"""What the organisation decides, and what deciding otherwise would change."""

from __future__ import annotations

import pytest

from maestro_core.actions.sources import connect_git
from maestro_core.errors import InvalidInput
from maestro_core.models import Project, new_key
from maestro_core.reports.organisation import is_empty, weights_effect
from maestro_core.terms import Outcome
from maestro_core.workspace import Workspace
from tests.conftest import NOW


def a_project(name: str, *, outcome: Outcome | None = Outcome.SUCCESS, performance: float, delivery: float) -> Project:
    return Project(
        id=new_key(),
        name=name,
        outcome=outcome,
        finished_at=NOW if outcome else None,
        model_performance=performance,
        delivery=delivery,
        created_at=NOW,
    )


def test_other_weights_change_the_scores_of_projects_with_an_outcome(ws: Workspace) -> None:
    moved = a_project("moved", performance=100, delivery=40)
    running = a_project("running", outcome=None, performance=100, delivery=0)
    ws.session.add_all([moved, a_project("level", performance=50, delivery=50), running])
    effect = weights_effect(ws, model_performance=0, business_impact=0, delivery=1)
    assert effect.projects == 2
    assert effect.mean_before.value == pytest.approx((80 + 50) / 2)
    assert effect.mean_after.value == pytest.approx((40 + 50) / 2)
    assert effect.most_changed["name"].tolist() == ["moved"]


def test_without_a_score_there_is_nothing_to_change(ws: Workspace) -> None:
    effect = weights_effect(ws, model_performance=1, business_impact=1, delivery=1)
    assert effect.projects == 0
    assert effect.mean_after.value is None
    assert effect.most_changed.empty


def test_weights_that_weigh_nothing_are_refused(ws: Workspace) -> None:
    with pytest.raises(InvalidInput):
        weights_effect(ws, model_performance=0, business_impact=0, delivery=0)


def test_a_portfolio_with_a_project_or_a_source_is_not_empty(ws: Workspace) -> None:
    assert is_empty(ws)
    connect_git(ws, location="https://example.org/churn.git")
    assert not is_empty(ws)
