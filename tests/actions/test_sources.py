"""Connecting sources: each once, each with its project, no credential in sight; and letting go of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from maestro_core.actions.collecting import address_of, mirrors
from maestro_core.actions.leases import take_lease
from maestro_core.actions.mirrors import remove_unused_mirrors
from maestro_core.actions.refresh import LEASE, Lead, refresh_queued
from maestro_core.actions.sources import (
    ExperimentChoice,
    change_credentials,
    check_source,
    connect_git,
    connect_mlflow,
    disconnect,
)
from maestro_core.errors import InvalidInput, MaestroError, NotAllowed, NotFound, SourceUnavailable
from maestro_core.models import (
    Account,
    Artifact,
    ArtifactUsage,
    AuditEvent,
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
from maestro_core.terms import Role, RunState, SourceKind
from maestro_core.workspace import Workspace
from tests.conftest import NOW, House
from tests.mlflow_server import a_laboratory
from tests.repositories import MadeRepository, a_repository

URL = "https://example.org/team/churn.git"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_directory=tmp_path / "data")


def names(ws: Workspace) -> dict[str, str | None]:
    """The location of each source, and the name of its project."""
    joined = select(DataSource.location, Project.name).outerjoin(Project, Project.id == DataSource.project_id)
    return dict(ws.session.execute(joined).all())


def test_a_repository_gets_a_source_a_project_of_its_own_and_a_queued_refresh(ws: Workspace) -> None:
    [source_id] = connect_git(ws, location=f" {URL} ")
    assert names(ws) == {URL: "churn"}
    assert ws.get(DataSource, source_id).name == "churn"
    assert [(run.source_id, run.state) for run in ws.session.scalars(select(RefreshRun))] == [
        (source_id, RunState.QUEUED)
    ]


def test_the_same_location_again_answers_the_source_it_has(ws: Workspace) -> None:
    assert connect_git(ws, location=URL) == connect_git(ws, location=f"{URL}/")
    assert len(names(ws)) == 1
    assert ws.session.scalar(select(func.count()).select_from(RefreshRun)) == 1


def test_a_folder_gives_one_source_and_one_project_for_each_repository(ws: Workspace, tmp_path: Path) -> None:
    for name in ("churn", "team/fraud"):
        a_repository(tmp_path / "all" / name)
    sources = connect_git(ws, location=str(tmp_path / "all"))
    assert len(sources) == 2
    assert sorted(names(ws).values(), key=str) == ["churn", "fraud"]
    assert connect_git(ws, location=str(tmp_path / "all")) == sources


def test_one_chosen_project_takes_all_repositories(ws: Workspace, tmp_path: Path) -> None:
    for name in ("web", "backend"):
        a_repository(tmp_path / "shop" / name)
    connect_git(ws, location=str(tmp_path / "shop"), project_name="Shop")
    assert list(names(ws).values()) == ["Shop", "Shop"]
    chosen = ws.session.scalars(select(Project.id)).one()
    connect_git(ws, location=URL, project_id=chosen)
    assert names(ws)[URL] == "Shop"


def test_a_project_that_no_source_feeds_yet_is_taken_by_its_name(ws: Workspace) -> None:
    ws.session.add(Project(name="churn", complexity=7, created_at=NOW))
    connect_git(ws, location=URL)
    assert ws.session.scalars(select(Project.complexity)).all() == [7]


def test_two_repositories_of_the_same_name_are_two_projects(ws: Workspace) -> None:
    for host in ("a", "b", "c"):
        connect_git(ws, location=f"https://{host}.example.org/churn.git")
    assert sorted(names(ws).values(), key=str) == ["churn", "churn (2)", "churn (3)"]


def test_a_project_of_nobody_is_not_found(ws: Workspace) -> None:
    with pytest.raises(NotFound):
        connect_git(ws, location=URL, project_id=uuid4())


@pytest.mark.parametrize(
    "location",
    ["", "ext::sh -c date", "--upload-pack=date", "https://user:secret@example.org/churn.git", "/no/such/folder"],
)
def test_a_location_that_is_none_or_a_trick_is_refused(house: House, location: str) -> None:
    with pytest.raises(InvalidInput), house.open() as ws:
        connect_git(ws, location=location)
    with house.open() as ws:
        assert names(ws) == {}
        assert ws.session.scalars(select(Project.id)).all() == []


def test_a_credential_is_encrypted_and_audited_as_asterisks(house: House, settings: Settings) -> None:
    with house.open() as ws:
        [source_id] = connect_git(ws, location=URL, token=SecretStr("hunter2"))
    with house.open() as ws:
        source = ws.get(DataSource, source_id)
        assert "hunter2" not in str(source.credentials)
        assert address_of(ws, source, settings=settings).token == SecretStr("hunter2")
        assert "hunter2" not in str([event.arguments for event in ws.session.scalars(select(AuditEvent))])


def test_a_credential_is_changed_or_removed_and_connecting_again_without_one_keeps_it(
    ws: Workspace, settings: Settings
) -> None:
    [source_id] = connect_git(ws, location=URL, token=SecretStr("one"))
    connect_git(ws, location=URL)
    source = ws.get(DataSource, source_id)
    assert address_of(ws, source, settings=settings).token == SecretStr("one")
    change_credentials(ws, source_id=source_id, token=SecretStr("two"))
    assert address_of(ws, source, settings=settings).token == SecretStr("two")
    change_credentials(ws, source_id=source_id, token=None)
    assert address_of(ws, source, settings=settings).token is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.MANAGER])
def test_who_may_not_connect_sources_is_refused(house: House, role: Role) -> None:
    with pytest.raises(NotAllowed), house.open(role=role) as ws:
        connect_git(ws, location=URL)


def test_a_check_says_that_a_repository_answers_or_why_not(tmp_path: Path, settings: Settings) -> None:
    repository = a_repository(tmp_path / "churn")
    repository.commit(a__txt="1")
    answer = check_source(kind=SourceKind.GIT, location=str(repository.path), token=None, settings=settings)
    assert "answers" in answer
    with pytest.raises(MaestroError) as problem:
        check_source(kind=SourceKind.GIT, location=str(tmp_path / "nothing"), token=None, settings=settings)
    assert isinstance(problem.value, SourceUnavailable)
    assert problem.value.advice
    assert list(settings.data_directory.iterdir()) == []


def choices(*names: str, metric: str | None = None, project_id: UUID | None = None) -> list[ExperimentChoice]:
    return [ExperimentChoice(f"id of {name}", name, project_id, metric) for name in names]


def tracked(ws: Workspace) -> dict[str, tuple[str, str | None]]:
    """The project and the metric of each experiment."""
    columns = select(TrackedExperiment.name, Project.name, TrackedExperiment.performance_metric)
    joined = columns.join(Project, Project.id == TrackedExperiment.project_id)
    return {name: (project, metric) for name, project, metric in ws.session.execute(joined)}


def test_each_experiment_of_a_server_gets_its_project(ws: Workspace) -> None:
    chosen = Project(name="Fraud detection", created_at=NOW)
    ws.session.add(chosen)
    ws.session.flush()
    source_id = connect_mlflow(
        ws,
        url="http://localhost:5000/",
        experiments=[*choices("churn", metric="auc"), *choices("fraud", project_id=chosen.id)],
    )
    assert tracked(ws) == {"churn": ("churn", "auc"), "fraud": ("Fraud detection", None)}
    assert ws.get(DataSource, source_id).name == "localhost:5000"


def test_connecting_a_server_again_adds_experiments_and_takes_the_metrics_now_chosen(ws: Workspace) -> None:
    first = connect_mlflow(ws, url="http://localhost:5000", experiments=choices("churn", metric="auc"))
    second = connect_mlflow(ws, url="http://localhost:5000/#/experiments/1", experiments=choices("churn", "fraud"))
    assert first == second
    assert tracked(ws) == {"churn": ("churn", None), "fraud": ("fraud", None)}


def test_a_server_without_a_chosen_experiment_or_without_an_address_is_refused(ws: Workspace) -> None:
    with pytest.raises(InvalidInput):
        connect_mlflow(ws, url="http://localhost:5000", experiments=[])
    with pytest.raises(InvalidInput):
        connect_mlflow(ws, url="file:///etc", experiments=choices("churn"))


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
