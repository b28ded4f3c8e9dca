"""Which artifacts go well together."""

from __future__ import annotations

import pickle
from uuid import UUID

import pandas as pd
import pytest

from maestro_core.models import ArtifactPair, TrainingRun
from maestro_core.reports.compatibility import goes_well_with
from maestro_core.workspace import Workspace
from tests.builders import a_project, a_use, added, an_artifact


def used_together(ws: Workspace, number: int, *artifacts: UUID) -> None:
    for _ in range(number):
        project = a_project(ws)
        for artifact_id in artifacts:
            a_use(ws, artifact_id, project)


def a_training_run(ws: Workspace) -> UUID:
    run = TrainingRun(
        question="reuse", trained_at=ws.now, rows=40, data_hash="", settings={}, metrics={}, coefficients={}
    )
    return added(ws, run)


def test_two_common_projects_are_chance_and_three_are_told(ws: Workspace) -> None:
    mine, twice, thrice = (an_artifact(ws, name) for name in ("mine", "twice", "thrice"))
    used_together(ws, 2, mine, twice)
    used_together(ws, 3, mine, thrice)
    used_together(ws, 5, an_artifact(ws))
    told = goes_well_with(ws, artifact_ids=[mine]).companions
    assert list(told["name"]) == ["thrice"]
    assert told["lift"].iloc[0] == pytest.approx((3 + 5) / (5 * 3 / 10 + 5))
    assert told["effect"].isna().all()


def test_using_an_artifact_often_is_one_use(ws: Workspace) -> None:
    mine, other = an_artifact(ws), an_artifact(ws)
    used_together(ws, 2, mine, other, other, mine)
    assert goes_well_with(ws, artifact_ids=[mine]).companions.empty


def test_each_artifact_asked_about_gets_its_own_best_companions(ws: Workspace) -> None:
    first, second, shared = (an_artifact(ws, name) for name in ("first", "second", "shared"))
    used_together(ws, 3, first, shared)
    used_together(ws, 4, second, shared)
    others = [an_artifact(ws) for _ in range(3)]
    used_together(ws, 3, second, *others)
    told = goes_well_with(ws, artifact_ids=[first, second], limit=2).companions
    assert told.groupby("with_id").size().to_dict() == {first: 1, second: 2}
    assert (told["with_id"] != told["artifact_id"]).all()


def test_what_a_pair_goes_along_with_is_told_where_it_was_learned(ws: Workspace) -> None:
    mine, friend = an_artifact(ws), an_artifact(ws, "friend")
    used_together(ws, 4, mine, friend)
    found = {"projects": 12, "effect": 2.5, "effect_low": 0.5, "effect_high": 4.5, "probability": 0.97}
    run = a_training_run(ws)
    added(ws, ArtifactPair(artifact_id=mine, other_id=friend, training_run_id=run, **found))
    row = goes_well_with(ws, artifact_ids=[mine]).companions.iloc[0]
    assert (row["finished"], row["effect"], row["effect_low"], row["effect_high"]) == (12, 2.5, 0.5, 4.5)
    back = goes_well_with(ws, artifact_ids=[friend]).companions.iloc[0]
    assert pd.isna(back["effect"])


def test_nothing_asked_is_nothing_told(ws: Workspace) -> None:
    answer = goes_well_with(ws, artifact_ids=[])
    assert answer.companions.empty
    assert {"with_id", "artifact_id", "lift", "effect", "probability"} <= set(answer.companions.columns)
    assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()
