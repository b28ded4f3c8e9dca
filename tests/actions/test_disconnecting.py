"""Letting go of a source takes away what it brought, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from maestro_core.actions.collecting import mirrors
from maestro_core.actions.lead import LEASE, Lead
from maestro_core.actions.leases import take_lease
from maestro_core.actions.mirrors import remove_unused_mirrors
from maestro_core.actions.refresh import refresh_queued
from maestro_core.actions.sources import (
    ExperimentChoice,
    connect_git,
    connect_mlflow,
    disconnect,
)
from maestro_core.errors import NotFound
from maestro_core.models import (
    Account,
    Artifact,
    ArtifactUsage,
    Base,
    Commit,
    DataSource,
    Person,
    ProcessMetric,
    Project,
    RefreshRun,
    Repository,
    TeamMember,
    TrackedExperiment,
    TrackedRun,
    new_key,
)
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from maestro_core.workspace import Workspace
from tests.conftest import NOW, House
from tests.mlflow_server import a_laboratory
from tests.repositories import MadeRepository, a_repository


def refreshed(house: House, settings: Settings) -> None:
    with house.open() as ws:
        take_lease(ws, name=LEASE, holder="test", seconds=3600)
    refresh_queued(partial(house.open, now=datetime.now(UTC)), settings=settings, lead=Lead("test"))
    with house.open() as ws:
        assert set(ws.session.scalars(select(RefreshRun.state))) == {RunState.SUCCEEDED}


def counted(ws: Workspace, table: type[Base]) -> int:
    return ws.session.scalar(select(func.count()).select_from(table)) or 0


def two_repositories(tmp_path: Path) -> tuple[MadeRepository, MadeRepository]:
    first, second = a_repository(tmp_path / "first"), a_repository(tmp_path / "second")
    first.commit(author="Ada <ada@example.org>", a__txt="1\n2\n")
    first.commit(author="Grace <grace@example.org>", a__txt="1\n")
    first.commit(author="Mary <mary@example.org>", b__txt="1\n")
    second.commit(author="Ada <ada@example.org>", c__txt="1\n2\n3\n")
    return first, second


def test_disconnecting_removes_what_the_source_brought_and_nothing_else(
    house: House, settings: Settings, tmp_path: Path
) -> None:
    first, second = two_repositories(tmp_path)
    with house.open() as ws:
        [gone] = connect_git(ws, location=str(first.path), project_name="Shop")
        [stays] = connect_git(ws, location=str(second.path), project_name="Shop")
    refreshed(house, settings)
    with house.open() as ws:
        grace = ws.session.scalars(select(Person).where(Person.name == "Grace")).one()
        project = ws.session.scalars(select(Project)).one()
        ws.session.add(TeamMember(project_id=project.id, person_id=grace.id, joined_at=NOW - timedelta(days=9)))
        assert counted(ws, Commit) == 4
    with house.open() as ws:
        disconnect(ws, source_id=gone)
    with house.open() as ws:
        assert ws.session.scalars(select(DataSource.id)).all() == [stays]
        assert ws.session.scalars(select(RefreshRun.source_id)).all() == [stays]
        assert ws.session.scalars(select(Repository.source_id)).all() == [stays]
        assert counted(ws, Commit) == 1
        assert ws.session.scalars(select(Project.name)).all() == ["Shop"]
        # Ada wrote elsewhere too, somebody entered Grace as a member; Mary was known by this source only.
        assert sorted(ws.session.scalars(select(Person.name))) == ["Ada", "Grace"]
        assert ws.session.scalars(select(Account.identity)).all() == ["ada <ada@example.org>"]
        sums = select(ProcessMetric.measure, func.sum(ProcessMetric.value)).group_by(ProcessMetric.measure)
        assert dict(ws.session.execute(sums).all()) == {"commits": 1, "lines_added": 3}


def test_a_source_that_is_connected_again_after_it_was_disconnected_is_read_from_the_start(
    house: House, settings: Settings, tmp_path: Path
) -> None:
    first, _ = two_repositories(tmp_path)
    for _ in range(2):
        with house.open() as ws:
            [source_id] = connect_git(ws, location=str(first.path))
        refreshed(house, settings)
        with house.open() as ws:
            assert counted(ws, Commit) == 3
            disconnect(ws, source_id=source_id)
    with house.open() as ws:
        assert counted(ws, Commit) == counted(ws, Person) == counted(ws, ProcessMetric) == 0


def usage(ws: Workspace) -> set[tuple[str, str]]:
    """Which project uses which artifact."""
    joined = select(Project.name, Artifact.name).join(ArtifactUsage, ArtifactUsage.project_id == Project.id)
    return {(p, a) for p, a in ws.session.execute(joined.join(Artifact, Artifact.id == ArtifactUsage.artifact_id))}


def performance(ws: Workspace) -> dict[str, float | None]:
    return dict(ws.session.execute(select(Project.name, Project.model_performance)).all())


def test_what_an_experiment_told_moves_with_it_and_leaves_with_the_server(
    house: House, settings: Settings, mlflow_url: str
) -> None:
    laboratory = a_laboratory(mlflow_url)
    laboratory.read(laboratory.run(accuracy=0.8), "customers", "digest 1")
    choice = ExperimentChoice(laboratory.experiment, "churn", None, "accuracy")
    with house.open(now=datetime.now(UTC)) as ws:
        fraud = Project(id=new_key(), name="fraud", created_at=NOW)
        ws.session.add(fraud)
        source_id = connect_mlflow(ws, url=mlflow_url, experiments=[choice])
    refreshed(house, settings)
    with house.open() as ws:
        assert (usage(ws), performance(ws)) == ({("churn", "customers")}, {"churn": 80, "fraud": None})

    with house.open() as ws:
        connect_mlflow(ws, url=mlflow_url, experiments=[replace(choice, project_id=fraud.id)])
    refreshed(house, settings)
    with house.open() as ws:
        assert (usage(ws), performance(ws)) == ({("fraud", "customers")}, {"churn": None, "fraud": 80})

    with house.open() as ws:
        disconnect(ws, source_id=source_id)
    with house.open() as ws:
        assert (usage(ws), performance(ws)) == (set(), {"churn": None, "fraud": None})
        for table in (TrackedExperiment, TrackedRun, Artifact, ProcessMetric, DataSource):
            assert counted(ws, table) == 0


def test_the_copy_of_a_repository_goes_when_its_source_is_gone(
    house: House, settings: Settings, tmp_path: Path
) -> None:
    with house.open() as ws:
        [gone], [stays] = (connect_git(ws, location=str(each.path)) for each in two_repositories(tmp_path))
        folder = mirrors(ws, settings)
    refreshed(house, settings)
    assert remove_unused_mirrors(house.open, settings=settings) == 0
    with house.open() as ws:
        disconnect(ws, source_id=gone)
    assert remove_unused_mirrors(house.open, settings=settings) > 0
    assert {path.name.partition(".")[0] for path in folder.iterdir()} == {str(stays)}
    assert (folder / f"{stays}.git" / "HEAD").exists()


def test_what_is_not_there_cannot_be_disconnected(ws: Workspace) -> None:
    with pytest.raises(NotFound):
        disconnect(ws, source_id=uuid4())
