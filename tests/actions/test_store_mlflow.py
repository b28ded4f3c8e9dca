"""What the MLflow collector brings, stored."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pandas as pd
import pytest
from sqlalchemy import select

from maestro_core.actions.store_mlflow import store_mlflow
from maestro_core.collectors.mlflow import MLflow
from maestro_core.collectors.mlflow_batches import (
    Census,
    MlflowBatch,
    Oddity,
    SeenArtifact,
    SeenRun,
    SeenUse,
    SeenVersion,
)
from maestro_core.errors import NotAllowed
from maestro_core.models import (
    Artifact,
    ArtifactUsage,
    ArtifactVersion,
    DataQualityIssue,
    DataSource,
    ProcessMetric,
    Project,
    TrackedExperiment,
    TrackedRun,
)
from maestro_core.terms import ArtifactKind, Outcome, Role, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, a_use, added, an_artifact
from tests.conftest import NOW, House
from tests.mlflow_server import Laboratory, now

ADDRESS = "http://mlflow.example"
MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Tracked:
    """A source with one experiment, 7, of one project."""

    source_id: UUID
    project_id: UUID
    address: str = ADDRESS

    def store(self, ws: Workspace, batch: MlflowBatch) -> int:
        return store_mlflow(ws, ws.get(DataSource, self.source_id), batch)

    def performance(self, ws: Workspace) -> float | None:
        return ws.get(Project, self.project_id).model_performance


def a_source(ws: Workspace, *, address: str = ADDRESS, experiment: str = "7", **facts: Any) -> Tracked:
    project = a_project(ws, **facts)
    source = added(ws, DataSource(kind=SourceKind.MLFLOW, name="MLflow", location=address, created_at=NOW))
    track(ws, source, project, experiment)
    return Tracked(source, project, address)


def track(ws: Workspace, source: UUID, project: UUID, experiment: str) -> UUID:
    row = {"source_id": source, "project_id": project, "external_id": experiment, "name": experiment}
    return added(ws, TrackedExperiment(**row, performance_metric="accuracy"))


def a_batch(*runs: SeenRun, **rows: Any) -> MlflowBatch:
    made = {"cursor": {"at": 1}, "message": "", "done": 0, "total": None, "address": ADDRESS, "experiment": "7"}
    return MlflowBatch(**(made | {"runs": runs} | rows))


def a_run(name: str = "r1", *, accuracy: float | None = 0.9, at: datetime = MONDAY, **facts: Any) -> SeenRun:
    metrics = {} if accuracy is None else {"accuracy": accuracy}
    made = {"experiment": "7", "name": "a run", "state": "FINISHED", "ended_at": at, "metrics": metrics, "tags": {}}
    return SeenRun(**({"external_id": name, "started_at": at} | made | facts))


def a_dataset(*digests: str) -> dict[str, Any]:
    named = {"kind": ArtifactKind.DATASET, "name": "sales", "created_at": MONDAY}
    versions = tuple(SeenVersion(**named, version=digest, digest=digest) for digest in digests)
    return {"artifacts": (SeenArtifact(**named),), "versions": versions}


def a_model(*versions: SeenVersion, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    url = f"{ADDRESS}/#/models/churn"
    artifact = SeenArtifact(kind=ArtifactKind.MODEL, name="churn", url=url, tags=tags, created_at=MONDAY)
    registry = frozenset((each.name, each.version) for each in versions)
    return {"artifacts": (artifact,), "versions": versions, "registry": registry, "experiment": None}


def a_model_version(version: str = "1", *, digest: str | None = "m-1", tags: tuple[str, ...] = ()) -> SeenVersion:
    named = {"kind": ArtifactKind.MODEL, "name": "churn", "created_at": MONDAY}
    return SeenVersion(**named, version=version, digest=digest, tags=tags)


def a_seen_use(digest: str = "d1", *, run: str = "r1", name: str | None = "sales") -> SeenUse:
    kind = ArtifactKind.DATASET if name else ArtifactKind.MODEL
    origin = f"mlflow:{run}:{name or ''}@{digest}"
    return SeenUse(experiment="7", run=run, kind=kind, name=name, digest=digest, used_at=MONDAY, origin=origin)


def stored_runs(ws: Workspace) -> set[str]:
    return set(ws.session.scalars(select(TrackedRun.external_id)))


def days(ws: Workspace, project: UUID) -> dict[str, float]:
    told = select(ProcessMetric.day, ProcessMetric.value).where(
        ProcessMetric.project_id == project, ProcessMetric.measure == "experiments"
    )
    return {str(day): value for day, value in ws.session.execute(told)}


def uses(ws: Workspace) -> set[str]:
    return set(ws.session.scalars(select(ArtifactUsage.origin)))


def versions(ws: Workspace, name: str = "churn") -> dict[str, list[str]]:
    told = select(ArtifactVersion.version, ArtifactVersion.tags).join(
        Artifact, Artifact.id == ArtifactVersion.artifact_id
    )
    return {row.version: row.tags for row in ws.session.execute(told.where(Artifact.name == name))}


def everything(ws: Workspace) -> list[pd.DataFrame]:
    """All that is stored, without the keys."""
    tables = (TrackedRun, Artifact, ArtifactVersion, ArtifactUsage, ProcessMetric, DataQualityIssue, Project)
    frames = [ws.frame(select(*table.__table__.columns)).drop(columns=["tenant_id", "id"]) for table in tables]
    return [frame.astype(str).sort_values(list(frame.columns)).reset_index(drop=True) for frame in frames]


def test_runs_are_stored_and_counted_by_day(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(a_run("r1"), a_run("r2"), a_run("r3", at=MONDAY + timedelta(days=1))))
    assert stored_runs(ws) == {"r1", "r2", "r3"}
    assert days(ws, tracked.project_id) == {"2026-06-01": 2, "2026-06-02": 1}


def test_the_cursor_is_stored_with_the_rows(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(a_run(), cursor={"experiments": {"7": {"started": 5}}}))
    assert ws.get(DataSource, tracked.source_id).cursor == {"experiments": {"7": {"started": 5}}}


def test_telling_a_batch_twice_changes_nothing(ws: Workspace) -> None:
    tracked = a_source(ws)
    oddity = Oddity(kind="odd", subject="run r1", detail="Left out.")
    batch = a_batch(a_run(), **a_dataset("d1"), uses=(a_seen_use(),), oddities=(oddity, oddity))
    tracked.store(ws, batch)
    once = everything(ws)
    tracked.store(ws, batch)
    for first, second in zip(once, everything(ws), strict=True):
        pd.testing.assert_frame_equal(first, second)
    assert [len(frame) for frame in once] == [1, 1, 1, 1, 1, 1, 1]


def test_a_run_told_again_is_renewed(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(a_run(state="RUNNING", ended_at=None, accuracy=None)))
    assert tracked.performance(ws) is None
    tracked.store(ws, a_batch(a_run(state="FINISHED", accuracy=0.8)))
    assert ws.session.scalars(select(TrackedRun.state)).all() == ["FINISHED"]
    assert tracked.performance(ws) == pytest.approx(80)


def test_a_deleted_run_leaves_with_its_uses_and_a_restored_one_comes_back(ws: Workspace) -> None:
    tracked = a_source(ws)
    whole = a_batch(a_run("r1"), a_run("r2"), **a_dataset("d1"), uses=(a_seen_use(run="r1"), a_seen_use(run="r2")))
    tracked.store(ws, whole)
    tracked.store(ws, a_batch(deleted=frozenset({"r1", "never seen"})))
    assert stored_runs(ws) == {"r2"}
    assert uses(ws) == {"mlflow:r2:sales@d1"}
    assert days(ws, tracked.project_id) == {"2026-06-01": 1}
    tracked.store(ws, a_batch(deleted=frozenset({"r2"})))
    assert days(ws, tracked.project_id) == {}
    tracked.store(ws, whole)
    assert uses(ws) == {"mlflow:r1:sales@d1", "mlflow:r2:sales@d1"}


def test_a_deleted_run_takes_no_use_that_somebody_else_told(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(a_run("r1"), a_run("r11"), **a_dataset("d1"), uses=(a_seen_use(run="r11"),)))
    a_use(ws, an_artifact(ws), tracked.project_id, origin="client:r1")
    tracked.store(ws, a_batch(deleted=frozenset({"r1"})))
    assert uses(ws) == {"client:r1", "mlflow:r11:sales@d1"}


def test_a_census_takes_away_what_it_did_not_find_in_its_time_only(ws: Workspace) -> None:
    tracked = a_source(ws)
    hours = [MONDAY + timedelta(hours=number) for number in range(5)]
    tracked.store(ws, a_batch(*(a_run(f"r{number}", at=at) for number, at in enumerate(hours))))
    census = Census(experiment="7", after=hours[0], before=hours[4], runs=frozenset({"r2"}))
    tracked.store(ws, a_batch(census=census))
    assert stored_runs(ws) == {"r0", "r2", "r4"}


def test_a_census_of_one_experiment_leaves_the_others_alone(ws: Workspace) -> None:
    tracked = a_source(ws)
    track(ws, tracked.source_id, tracked.project_id, "8")
    tracked.store(ws, a_batch(a_run("r7"), a_run("r8", experiment="8")))
    tracked.store(ws, a_batch(census=Census(experiment="7", after=None, before=None, runs=frozenset())))
    assert stored_runs(ws) == {"r8"}
    assert days(ws, tracked.project_id) == {"2026-06-01": 1}


def test_runs_of_an_experiment_that_nobody_tracks_are_passed_over(ws: Workspace) -> None:
    tracked = a_source(ws)
    tracked.store(ws, a_batch(a_run(experiment="999"), experiment="999"))
    assert stored_runs(ws) == set()


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


def test_a_use_that_the_client_told_first_counts_once(ws: Workspace) -> None:
    tracked = a_source(ws)
    use = a_seen_use()
    a_use(ws, an_artifact(ws, "sales", kind=ArtifactKind.DATASET), tracked.project_id, origin=use.origin)
    tracked.store(ws, a_batch(a_run(), **a_dataset("d1"), uses=(use,)))
    assert ws.session.scalars(select(ArtifactUsage.origin)).all() == [use.origin]


def test_a_thousand_runs_with_uses_fit_one_batch(ws: Workspace) -> None:
    tracked = a_source(ws)
    names = [f"r{number}" for number in range(1000)]
    told = [a_seen_use(f"d{number}", run=name) for number, name in enumerate(names)]
    dataset = a_dataset(*(use.digest for use in told))
    tracked.store(ws, a_batch(*map(a_run, names), **dataset, uses=tuple(told)))
    assert len(uses(ws)) == 1000
    tracked.store(ws, a_batch(deleted=frozenset(names)))
    assert (stored_runs(ws), uses(ws), days(ws, tracked.project_id)) == (set(), set(), {})


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_only_who_may_refresh_may_store(house: House, role: Role) -> None:
    with house.open() as ws:
        tracked = a_source(ws)
    with pytest.raises(NotAllowed), house.open(role=role) as ws:
        tracked.store(ws, a_batch(a_run()))


def refresh(
    house: House, tracked: Tracked, experiments: Iterable[str], *, at: datetime | None = None, page_size: int = 200
) -> None:
    """A refresh as it happens: each batch in a workspace of its own, from the cursor that is stored."""
    with house.open(reading=True) as ws:
        cursor = ws.get(DataSource, tracked.source_id).cursor
    chosen = dict.fromkeys(experiments, "accuracy")
    collector = MLflow(url=tracked.address, experiments=chosen, now=at or datetime.now(UTC), page_size=page_size)
    for batch in collector.collect(cursor):
        with house.open() as ws:
            tracked.store(ws, batch)


def test_a_real_server_from_the_first_refresh_to_the_next_day(house: House, laboratory: Laboratory) -> None:
    with house.open() as ws:
        tracked = a_source(ws, address=laboratory.url, experiment=laboratory.experiment)
    name = f"churn {uuid4().hex[:6]}"
    laboratory.client.create_registered_model(name)
    model = laboratory.register(name)
    told = [laboratory.run(accuracy=0.5 + number / 20, start=now() - number - 1) for number in range(7)]
    user = laboratory.run(accuracy=None, status=None)
    laboratory.read(user, "sales", "d1")
    laboratory.apply(user, model)
    for _ in range(2):
        refresh(house, tracked, [laboratory.experiment], page_size=3)
        with house.open() as ws:
            assert stored_runs(ws) == {*told, user}
            assert uses(ws) == {f"mlflow:{user}:sales@d1", f"mlflow:{user}:{model}"}
            assert sum(days(ws, tracked.project_id).values()) == 8
            assert tracked.performance(ws) == pytest.approx(80)
    laboratory.client.delete_run(told[6])
    laboratory.client.delete_run(user)
    laboratory.client.delete_registered_model(name)
    refresh(house, tracked, [laboratory.experiment])
    with house.open() as ws:
        assert stored_runs(ws) == set(told[:6])
        assert uses(ws) == set()
        assert tracked.performance(ws) == pytest.approx(75)
        assert versions(ws, name) == {"1": ["deleted"]}
    laboratory.client.restore_run(user)
    refresh(house, tracked, [laboratory.experiment], at=datetime.now(UTC) + timedelta(hours=25))
    with house.open() as ws:
        assert stored_runs(ws) == {*told[:6], user}
        assert json.dumps(ws.get(DataSource, tracked.source_id).cursor)
