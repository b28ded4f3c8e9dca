"""Connecting sources: each once, each with its project, no credential in sight."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from maestro_core.actions.collecting import address_of
from maestro_core.actions.sources import (
    ExperimentChoice,
    change_credentials,
    check_source,
    connect_git,
    connect_mlflow,
)
from maestro_core.errors import InvalidInput, MaestroError, NotAllowed, NotFound, SourceUnavailable
from maestro_core.models import (
    AuditEvent,
    DataSource,
    Project,
    RefreshRun,
    TrackedExperiment,
)
from maestro_core.settings import Settings
from maestro_core.terms import Role, RunState, SourceKind
from maestro_core.workspace import Workspace
from tests.conftest import NOW, House
from tests.repositories import a_repository

URL = "https://example.org/team/churn.git"


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


def test_two_repositories_of_one_name_are_told_apart(ws: Workspace) -> None:
    """Their files stand below their names."""
    places = [
        f"https://{host}/{owner}/api.git"
        for host, owner in (("a.example", "x"), ("a.example", "y"), ("b.example", "y"))
    ]
    for place in places:
        connect_git(ws, location=place)
    told = ws.session.scalars(select(DataSource.name).order_by(DataSource.id))
    assert list(told) == ["api", "y/api", "b.example/y/api"]


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
