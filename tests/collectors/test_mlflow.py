"""The MLflow collector against a real server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from maestro_core.collectors.mlflow import MLflow
from maestro_core.collectors.mlflow_batches import MlflowBatch
from maestro_core.terms import ArtifactKind
from tests.mlflow_server import Laboratory, a_laboratory, now

HOUR = 3600 * 1000


class Sync:
    """Refreshes one after the other, each from the cursor of the one before, as JSON keeps it."""

    def __init__(self, laboratory: Laboratory, **settings: Any) -> None:
        self.laboratory, self.settings = laboratory, settings
        self.cursor: Mapping[str, Any] = {}

    def collector(self, **settings: Any) -> MLflow:
        made = {"url": self.laboratory.url, "experiments": {self.laboratory.experiment: "accuracy"}}
        return MLflow(**(made | {"now": datetime.now(UTC)} | self.settings | settings))

    def __call__(self, **settings: Any) -> list[MlflowBatch]:
        batches = list(self.collector(**settings).collect(self.cursor))
        self.cursor = json.loads(json.dumps(batches[-1].cursor))
        return batches


@pytest.fixture
def sync(laboratory: Laboratory) -> Sync:
    return Sync(laboratory)


def runs(batches: list[MlflowBatch]) -> list[str]:
    return [run.external_id for batch in batches for run in batch.runs]


def deleted(batches: list[MlflowBatch]) -> set[str]:
    return {run for batch in batches for run in batch.deleted}


def versions(batches: list[MlflowBatch], name: str) -> dict[str, tuple[str, ...]]:
    return {each.version: each.tags for batch in batches for each in batch.versions if each.name == name}


@pytest.fixture(scope="module")
def trained(mlflow_url: str) -> tuple[Laboratory, str, str, str]:
    """A laboratory with a real model, trained once for all tests: its run, its id, its registered name."""
    laboratory = a_laboratory(mlflow_url)
    name = f"churn {uuid4().hex[:6]}"
    return laboratory, *laboratory.train(register_as=name), name


def test_the_first_refresh_reads_every_run_with_its_facts(laboratory: Laboratory, sync: Sync) -> None:
    start = now() - HOUR
    run = laboratory.run("baseline", accuracy=0.8, start=start, end=start + 60_000)
    (seen,) = [run for batch in sync() for run in batch.runs]
    assert (seen.external_id, seen.experiment, seen.name, seen.state) == (
        run,
        laboratory.experiment,
        "baseline",
        "FINISHED",
    )
    assert seen.ended_at == seen.started_at + timedelta(minutes=1)
    assert seen.metrics == {"accuracy": 0.8}


def test_a_second_refresh_reads_only_what_is_new(laboratory: Laboratory, sync: Sync) -> None:
    for _ in range(3):
        laboratory.run()
    assert len(runs(sync())) == 3
    assert runs(sync()) == []
    new = laboratory.run()
    assert runs(sync()) == [new]
    assert runs(sync()) == []


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
def test_pages_lose_and_double_nothing_even_where_runs_start_at_the_same_moment(
    laboratory: Laboratory, page_size: int
) -> None:
    start = now() - HOUR
    told = [laboratory.run(start=start + (number // 3), end=start + 10) for number in range(7)]
    sync = Sync(laboratory, page_size=page_size)
    assert sorted(runs(sync())) == sorted(told)
    assert runs(sync()) == []


@pytest.mark.parametrize("stopped_after", [1, 2, 3, 4])
def test_a_refresh_that_is_stopped_goes_on_from_the_cursor_of_its_last_batch(
    laboratory: Laboratory, stopped_after: int
) -> None:
    start = now() - HOUR
    told = [laboratory.run(start=start + number, end=start + 100 - number) for number in range(6)]
    sync = Sync(laboratory, page_size=2)
    batches = []
    for batch in sync.collector().collect({}):
        batches.append(batch)
        if len(batches) == stopped_after:
            break
    sync.cursor = json.loads(json.dumps(batches[-1].cursor))
    rest = sync()
    assert sorted(runs(batches) + runs(rest)) == sorted(told)
    counted = [batch.census for batch in batches + rest if batch.census]
    assert set().union(*(census.runs for census in counted)) == set(told)


def test_a_running_run_is_asked_for_again_until_it_has_ended(laboratory: Laboratory, sync: Sync) -> None:
    run = laboratory.run(accuracy=0.5, status=None)
    assert [batch.runs[0].state for batch in sync() if batch.runs] == ["RUNNING"]
    laboratory.client.log_metric(run, "accuracy", 0.7)
    (again,) = [run for batch in sync() for run in batch.runs]
    assert (again.state, again.metrics) == ("RUNNING", {"accuracy": 0.7})
    # It ends in the past by its own clock: the listing by end time would miss it.
    laboratory.client.set_terminated(run, end_time=now() - 10 * HOUR)
    assert [run.state for batch in sync() for run in batch.runs] == ["FINISHED"]
    assert runs(sync()) == []


def test_a_run_that_a_slow_clock_started_in_the_past_is_found_by_its_end(laboratory: Laboratory, sync: Sync) -> None:
    laboratory.run()
    sync()
    late = laboratory.run(start=now() - 5 * HOUR)
    assert runs(sync()) == [late]
    assert runs(sync()) == []


def test_a_run_with_a_clock_in_the_future_does_not_hide_those_that_follow(laboratory: Laboratory, sync: Sync) -> None:
    future = laboratory.run(start=now() + 1000 * HOUR, end=now() + 1001 * HOUR)
    batches = sync()
    assert runs(batches) == [future]
    assert [each.kind for batch in batches for each in batch.oddities] == ["run in the future"]
    new = laboratory.run()
    assert runs(sync()) == [new]
    assert runs(sync()) == []


def test_a_deleted_run_is_told_once_and_a_restored_one_comes_back(laboratory: Laboratory, sync: Sync) -> None:
    run, kept = laboratory.run(), laboratory.run()
    sync()
    laboratory.client.delete_run(run)
    batches = sync()
    assert (deleted(batches), runs(batches)) == ({run}, [])
    assert deleted(sync()) == set()
    laboratory.client.restore_run(run)
    assert runs(sync()) == [run]
    assert kept not in runs(sync())


def test_the_daily_count_reads_everything_again_and_says_what_there_is(laboratory: Laboratory, sync: Sync) -> None:
    run = laboratory.run()
    sync()
    laboratory.client.set_tag(run, "reviewed", "yes")
    assert runs(sync()) == []
    (census,) = [batch for batch in sync(now=datetime.now(UTC) + timedelta(hours=25)) if batch.census]
    assert census.runs[0].tags == {"reviewed": "yes"}
    assert census.census is not None
    assert (census.census.after, census.census.before, census.census.runs) == (None, None, {run})


def test_an_experiment_without_runs_is_counted_too(laboratory: Laboratory, sync: Sync) -> None:
    (census,) = [batch.census for batch in sync() if batch.census]
    assert census.runs == set()
    assert runs(sync()) == []


def test_an_experiment_that_is_gone_is_told_and_the_others_go_on(laboratory: Laboratory, sync: Sync) -> None:
    run = laboratory.run()
    batches = sync(experiments={"999999": None, laboratory.experiment: None})
    assert [each.kind for batch in batches for each in batch.oddities] == ["experiment is gone"]
    assert runs(batches) == [run]


def test_what_is_no_number_is_left_out_and_told(laboratory: Laboratory, sync: Sync) -> None:
    odd = {"loss": float("nan"), "perplexity": float("inf"), "steps": 10.0}
    laboratory.run(accuracy=1.5, metrics=odd)
    batches = sync()
    assert [run.metrics for batch in batches for run in batch.runs] == [{"steps": 10.0, "accuracy": 1.5}]
    told = {each.kind: each.detail for batch in batches for each in batch.oddities}
    assert told == {
        "metric that is not a number": "Left out: loss, perplexity.",
        "performance out of range": "accuracy is 1.5, outside 0 to 1: not taken as model performance.",
    }


def test_a_run_without_start_time_is_left_out_and_told(laboratory: Laboratory, sync: Sync) -> None:
    import httpx2

    httpx2.post(
        f"{laboratory.url}/api/2.0/mlflow/runs/create", json={"experiment_id": laboratory.experiment}
    ).raise_for_status()
    batches = sync()
    assert runs(batches) == []
    assert [each.kind for batch in batches for each in batch.oddities] == ["run without start time"]


def test_datasets_join_on_name_and_digest(laboratory: Laboratory, sync: Sync) -> None:
    first, second = laboratory.run(status=None), laboratory.run(status=None)
    for run, digest in ((first, "d1"), (second, "d1"), (second, "d2")):
        laboratory.read(run, "sales", digest)
    batches = sync()
    artifacts = {(each.kind, each.name) for batch in batches for each in batch.artifacts if each.name == "sales"}
    assert artifacts == {(ArtifactKind.DATASET, "sales")}
    assert versions(batches, "sales") == {"d1": (), "d2": ()}
    assert {use.origin for batch in batches for use in batch.uses} == {
        f"mlflow:{first}:sales@d1",
        f"mlflow:{second}:sales@d1",
        f"mlflow:{second}:sales@d2",
    }


def test_datasets_that_nobody_named_are_no_versions_of_each_other(laboratory: Laboratory, sync: Sync) -> None:
    run = laboratory.run(status=None)
    laboratory.read(run, "dataset", "d1")
    laboratory.read(run, "dataset", "d2")
    names = {use.name for batch in sync() for use in batch.uses}
    assert names == {"dataset d1", "dataset d2"}


def test_a_model_input_is_a_use_and_a_model_output_is_not(trained: tuple[Laboratory, str, str, str]) -> None:
    laboratory, maker, model, name = trained
    user = laboratory.run(status=None)
    laboratory.apply(user, model)
    batches = Sync(laboratory)()
    assert {maker, user} <= set(runs(batches))
    assert [use.origin for batch in batches for use in batch.uses] == [f"mlflow:{user}:{model}"]
    digests = {each.digest for batch in batches for each in batch.versions if each.name == name}
    assert digests == {model}
    laboratory.client.set_terminated(user)


def test_the_daily_count_asks_recent_runs_again_for_models_registered_late(
    laboratory: Laboratory, sync: Sync, trained: tuple[Laboratory, str, str, str]
) -> None:
    _, _, model, _ = trained
    old = laboratory.run(start=now() - 31 * 24 * HOUR, end=now() - HOUR)
    recent = laboratory.run()
    for run in (old, recent):
        laboratory.client.update_run(run, status="RUNNING")
        laboratory.apply(run, model)
        laboratory.client.set_terminated(run)
    assert {use.run for batch in sync() for use in batch.uses} == {old, recent}
    again = sync(now=datetime.now(UTC) + timedelta(hours=25))
    assert set(runs(again)) == {old, recent}
    assert {use.run for batch in again for use in batch.uses} == {recent}


def test_a_changed_tag_and_a_moved_alias_are_seen_at_the_next_refresh(laboratory: Laboratory, sync: Sync) -> None:
    client, name = laboratory.client, f"scoring {uuid4().hex[:6]}"
    client.create_registered_model(name, tags={"team": "risk"}, description="Scores customers")
    for _ in range(2):
        laboratory.register(name)
    client.set_registered_model_alias(name, "champion", 1)
    batches = sync()
    (model,) = [each for batch in batches for each in batch.artifacts if each.name == name]
    assert (model.kind, model.tags, model.description) == (ArtifactKind.MODEL, ("team:risk",), "Scores customers")
    assert versions(batches, name) == {"1": ("alias:champion",), "2": ()}
    client.set_registered_model_alias(name, "champion", 2)
    client.set_model_version_tag(name, "1", "stage", "archived")
    assert versions(sync(), name) == {"1": ("stage:archived",), "2": ("alias:champion",)}


def test_a_large_registry_is_read_back_to_the_last_refresh_and_whole_once_a_day(laboratory: Laboratory) -> None:
    client, name = laboratory.client, f"many {uuid4().hex[:6]}"
    client.create_registered_model(name)
    for _ in range(5):
        laboratory.register(name)
    sync = Sync(laboratory, page_size=2)
    (whole,) = [batch for batch in sync() if batch.registry is not None]
    assert {(name, str(number)) for number in range(1, 6)} <= (whole.registry or set())
    laboratory.register(name)
    (part,) = [batch for batch in sync() if batch.versions]
    assert part.registry is None
    assert "6" in versions([part], name)
    assert len(part.versions) <= 4
    client.delete_model_version(name, "1")
    again = sync(now=datetime.now(UTC) + timedelta(hours=25))
    (registry,) = [batch.registry for batch in again if batch.registry is not None]
    assert {version for each, version in registry if each == name} == {"2", "3", "4", "5", "6"}


def test_the_check_says_how_many_experiments_are_there(laboratory: Laboratory, sync: Sync) -> None:
    told = sync.collector(experiments={laboratory.experiment: None, "999999": None}).check()
    assert told == f"MLflow at {laboratory.url} answers; it has 1 of 2 chosen experiments."
