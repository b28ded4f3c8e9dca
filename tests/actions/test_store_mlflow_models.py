"""What MLflow tells of models: their performance, versions, tags and uses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from maestro_core.models import (
    Artifact,
    ArtifactUsage,
    ArtifactVersion,
    TrackedExperiment,
)
from maestro_core.terms import Outcome
from maestro_core.workspace import Workspace
from tests.actions.stored_mlflow import (
    ADDRESS,
    a_batch,
    a_model,
    a_model_version,
    a_run,
    a_seen_use,
    a_source,
    track,
    versions,
)
from tests.builders import an_artifact


def test_model_performance_is_the_best_finished_value_within_0_to_1(ws: Workspace) -> None:
    tracked = a_source(ws)
    odd = a_run("r3", accuracy=1.7), a_run("r4", accuracy=0.95, state="FAILED"), a_run("r5", accuracy=-0.2)
    tracked.store(ws, a_batch(a_run("r1", accuracy=0.6), a_run("r2", accuracy=0.72), *odd))
    assert tracked.performance(ws) == pytest.approx(72)


def test_model_performance_is_the_best_of_all_experiments_of_a_project(ws: Workspace) -> None:
    tracked = a_source(ws)
    track(ws, tracked.source_id, tracked.project_id, "8")
    tracked.store(ws, a_batch(a_run("r1", accuracy=0.6), a_run("r2", accuracy=0.7, experiment="8")))
    assert tracked.performance(ws) == pytest.approx(70)


def test_a_metric_chosen_anew_tells_at_the_next_refresh(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(a_run(metrics={"accuracy": 0.9, "macro/f1 @ 5": 0.1, "macro/f1": 0.7})))
    ws.session.scalars(select(TrackedExperiment)).one().performance_metric = "macro/f1"
    tracked.store(ws, a_batch(registry=frozenset(), experiment=None))
    assert tracked.performance(ws) == pytest.approx(70)


def test_measured_performance_falls_with_the_best_run_and_goes_with_the_last(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(a_run("r1", accuracy=0.6), a_run("r2", accuracy=0.72)))
    tracked.store(ws, a_batch(deleted=frozenset({"r2"})))
    assert tracked.performance(ws) == pytest.approx(60)
    tracked.store(ws, a_batch(deleted=frozenset({"r1"})))
    assert tracked.performance(ws) is None


def test_entered_performance_stays_where_nothing_is_measured(ws: Workspace) -> None:
    tracked = a_source(ws, model_performance=55.0)
    tracked.store(ws, a_batch(a_run(accuracy=None)))
    assert tracked.performance(ws) == 55
    tracked.store(ws, a_batch(a_run(accuracy=0.8)))
    assert tracked.performance(ws) == pytest.approx(80)


def test_a_closed_project_keeps_its_performance(ws: Workspace) -> None:
    tracked = a_source(ws, model_performance=55.0, outcome=Outcome.SUCCESS)
    tracked.store(ws, a_batch(a_run(accuracy=0.8)))
    assert tracked.performance(ws) == 55


def test_a_closed_project_without_performance_gets_the_measured_one(ws: Workspace) -> None:
    tracked = a_source(ws, outcome=Outcome.FAILURE)
    tracked.store(ws, a_batch(a_run(accuracy=0.8)))
    assert tracked.performance(ws) == pytest.approx(80)


def test_a_model_is_used_by_the_id_of_its_logged_model(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(**a_model(a_model_version("1"), a_model_version("2", digest="m-2"))))
    unregistered = a_seen_use("m-9", run="r9", name=None)
    tracked.store(ws, a_batch(a_run(), uses=(a_seen_use("m-2", name=None), unregistered)))
    used = select(ArtifactVersion.version).join(ArtifactUsage, ArtifactUsage.version_id == ArtifactVersion.id)
    assert ws.session.scalars(used).all() == ["2"]


def test_tags_and_aliases_of_a_version_follow_the_registry(ws: Workspace) -> None:
    tracked = a_source(ws)
    first = a_model_version("1", tags=("alias:champion", "stage:test")), a_model_version("2", digest="m-2")
    tracked.store(ws, a_batch(**a_model(*first)))
    moved = a_model_version("1", tags=("stage:old",)), a_model_version("2", digest="m-2", tags=("alias:champion",))
    tracked.store(ws, a_batch(**a_model(*moved)))
    assert versions(ws) == {"1": ["stage:old"], "2": ["alias:champion"]}


def test_a_version_that_left_the_registry_stays_tagged_deleted(ws: Workspace) -> None:
    tracked = a_source(ws)
    both = a_model_version("1", tags=("gold",)), a_model_version("2", digest="m-2")
    tracked.store(ws, a_batch(**a_model(*both)))
    for _ in range(2):
        tracked.store(ws, a_batch(**a_model(both[1])))
        assert versions(ws) == {"1": ["gold", "deleted"], "2": []}
    tracked.store(ws, a_batch(**a_model(*both)))
    assert versions(ws) == {"1": ["gold"], "2": []}


def test_a_registry_says_nothing_about_models_of_others(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(**a_model(a_model_version())))
    tracked.store(ws, replace(a_batch(registry=frozenset()), address="http://another.example"))
    tracked.store(ws, a_batch(registry=None))
    assert versions(ws) == {"1": []}


def test_an_artifact_that_somebody_registered_keeps_what_they_wrote(ws: Workspace) -> None:
    tracked = a_source(ws)
    mine = an_artifact(ws, "churn", description="Ours", owner="Ada", tags=["favourite", "team:risk"])
    tracked.store(ws, a_batch(**a_model(a_model_version(), tags=("team:fraud",))))
    ws.session.expire_all()
    artifact = ws.get(Artifact, mine)
    assert (artifact.description, artifact.owner, artifact.url) == ("Ours", "Ada", f"{ADDRESS}/#/models/churn")
    assert artifact.tags == ["favourite", "team:fraud"]
