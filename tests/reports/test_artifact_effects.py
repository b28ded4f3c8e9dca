"""Effects on three outcomes and of reuse, as people read them: points and shares saved."""

from __future__ import annotations

import pickle
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from maestro_core.models import ArtifactEffect, TrainingRun
from maestro_core.reports.artifacts import artifact, leaderboard
from maestro_core.reports.reuse import reuse
from maestro_core.terms import Target
from maestro_core.workspace import Workspace
from tests.builders import added, an_artifact, scores
from tests.conftest import NOW

HALF = float(np.log(2))


def a_run(ws: Workspace, **metrics: Any) -> UUID:
    run = TrainingRun(
        question="reuse", trained_at=ws.now, rows=40, data_hash="", settings={}, metrics=metrics, coefficients={}
    )
    return added(ws, run)


def an_effect(ws: Workspace, artifact_id: UUID, target: Target, effect: float) -> None:
    told = {"effect": effect, "effect_low": effect - 0.1, "effect_high": effect + 0.1}
    scored = {"score": 80.0, "score_low": 60.0, "score_high": 95.0}
    rest = {"probability": 0.9, "reliability": 0.4, "projects": 7, "training_run_id": a_run(ws)}
    added(ws, ArtifactEffect(artifact_id=artifact_id, target=target, **told, **scored, **rest))


def test_the_three_outcomes_are_told_in_order_with_shares_for_duration_and_cost(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    scores(ws, [artifact_id], NOW)
    an_effect(ws, artifact_id, Target.COST, -HALF)
    an_effect(ws, artifact_id, Target.DURATION, HALF)
    answer = artifact(ws, artifact_id=artifact_id)
    assert [one.target for one in answer.effects] == [Target.SUCCESS, Target.DURATION, Target.COST]
    success, duration, cost = answer.effects
    assert answer.impact is not None
    assert success.effect == answer.impact.effect
    assert duration.effect == pytest.approx(0.5)
    assert cost.effect == pytest.approx(-1.0)
    assert all(one.effect_low < one.effect < one.effect_high for one in answer.effects)
    assert (duration.projects, duration.reliability) == (7, 0.4)
    assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()


def test_the_leaderboard_tells_what_is_saved(ws: Workspace) -> None:
    saving, unknown = an_artifact(ws, "a"), an_artifact(ws, "b")
    scores(ws, [saving, unknown], NOW)
    an_effect(ws, saving, Target.DURATION, HALF)
    rows = leaderboard(ws).artifacts
    assert rows["duration_saved"].iloc[0] == pytest.approx(0.5)
    assert pd.isna(rows["duration_saved"].iloc[1])
    assert rows["cost_saved"].isna().all()
    assert (rows["duration_saved_low"].iloc[0], rows["duration_saved_high"].iloc[0]) == pytest.approx(
        (1 - np.exp(0.1) / 2, 1 - np.exp(-0.1) / 2)
    )


def test_an_artifact_of_which_nothing_was_learned_has_no_effects(ws: Workspace) -> None:
    assert artifact(ws, artifact_id=an_artifact(ws)).effects == ()


def test_reuse_is_told_from_the_last_training(ws: Workspace) -> None:
    told = {"difference": {"value": HALF, "low": -HALF, "high": 2 * HALF, "sample": 60}, "reusing": 20, "others": 40}
    missing = {"difference": {"reason": "8 projects are not enough", "sample": 8}, "reusing": 1, "others": 7}
    a_run(ws, success=told, duration=told, cost=missing)
    success, duration, cost = reuse(ws).outcomes
    assert (success.reusing, success.others) == (20, 40)
    assert success.difference.value == pytest.approx(HALF)
    assert duration.difference.value == pytest.approx(0.5)
    assert (duration.difference.low, duration.difference.high) == pytest.approx((-1.0, 0.75))
    assert (cost.difference.value, cost.difference.reason) == (None, "8 projects are not enough")
    assert reuse(ws).trained_at == ws.now


def test_without_a_training_the_reason_says_what_reuse_needs(ws: Workspace) -> None:
    answer = reuse(ws)
    assert answer.trained_at is None
    assert len(answer.outcomes) == 3
    assert all("38 finished projects" in (one.difference.reason or "") for one in answer.outcomes)
