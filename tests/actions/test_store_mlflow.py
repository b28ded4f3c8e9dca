"""What the MLflow collector brings, stored."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import select

from maestro_core.collectors.mlflow_batches import (
    Census,
    Oddity,
)
from maestro_core.errors import NotAllowed
from maestro_core.models import (
    ArtifactUsage,
    DataSource,
    TrackedRun,
)
from maestro_core.terms import ArtifactKind, Role
from maestro_core.workspace import Workspace
from tests.actions.stored_mlflow import (
    MONDAY,
    a_batch,
    a_dataset,
    a_run,
    a_seen_use,
    a_source,
    days,
    everything,
    stored_runs,
    track,
    uses,
)
from tests.builders import a_use, an_artifact
from tests.conftest import House


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
