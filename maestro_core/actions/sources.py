"""Connecting the tools that facts come from, and letting go of them.

Actions only write. Whether a source answers is asked outside a transaction, before: see `check_source`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.collecting import Address, collector_for, forget
from maestro_core.actions.forgetting import forget_runs
from maestro_core.actions.refresh import queue_refresh
from maestro_core.actions.store_delivery import move_to_project
from maestro_core.actions.store_git import move_repository
from maestro_core.actions.tool_locations import same_repository, tool_location
from maestro_core.collectors.git_location import checked_location, local_path, repositories_in
from maestro_core.collectors.mlflow_server import server_address
from maestro_core.errors import InvalidInput
from maestro_core.models import (
    DataSource,
    Project,
    TrackedExperiment,
    new_key,
)
from maestro_core.settings import Settings
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace


@dataclass(frozen=True)
class ExperimentChoice:
    """An experiment of a tracking server, and the project it tells about: a chosen one, or None for a new one."""

    external_id: str
    name: str
    project_id: UUID | None = None
    performance_metric: str | None = None
    """The metric between 0 and 1, higher is better, that becomes the model performance part; None: not told."""


def check_source(*, kind: SourceKind, location: str, token: SecretStr | None, settings: Settings) -> str:
    """Whether a source answers, in a sentence; raises `SourceUnavailable` with advice. Takes no transaction."""
    settings.data_directory.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="check-", dir=settings.data_directory) as folder:
        address = Address(kind, location, token, Path(folder) / "mirrors" / "unconnected.git", datetime.now(UTC))
        return collector_for(address, settings=settings).check()


def git_locations(location: str) -> list[str]:
    """The location itself, or each repository in a folder; raises `InvalidInput` where there is none."""
    # Without sign-in, whoever uses Maestro may read this machine's files anyway.
    location = checked_location(location, local_allowed=True)
    path = local_path(location)
    return [str(repository.resolve()) for repository in repositories_in(path)] if path else [location.rstrip("/")]


@action(Permission.CONNECT_SOURCES)
def connect_git(
    ws: Workspace,
    *,
    location: str,
    project_id: UUID | None = None,
    project_name: str | None = None,
    token: SecretStr | None = None,
) -> list[UUID]:
    """Connect a repository, or each repository in a folder, and queue its first refresh; the sources.

    Each repository tells about a project of its own, named after it, unless one project is chosen by key or by name.
    A location that is connected already answers the source it has. What it told moves with it at once: a refresh that
    finds nothing new stores nothing.
    """
    chosen = _chosen_project(ws, project_id, project_name)
    found = [_source(ws, SourceKind.GIT, place, token) for place in git_locations(location)]
    for source in found:
        source.project_id = chosen or source.project_id or _project_of_its_own(ws, _name_of(source.location))
        move_repository(ws, source)
    return _queued(ws, found)


@action(Permission.CONNECT_SOURCES)
def connect_mlflow(
    ws: Workspace, *, url: str, token: SecretStr | None = None, experiments: list[ExperimentChoice]
) -> UUID:
    """Connect an MLflow server with the chosen experiments, and queue its first refresh; the source.

    Connecting again adds experiments, and changes the project or the metric of those known.
    """
    if not experiments:
        raise InvalidInput("No experiment was chosen.", advice="Choose at least one experiment of the server.")
    source = _source(ws, SourceKind.MLFLOW, server_address(url), token)
    for choice in experiments:
        _track(ws, source, choice)
    return _queued(ws, [source])[0]


@action(Permission.CONNECT_SOURCES)
def connect_tool(
    ws: Workspace,
    *,
    kind: SourceKind,
    location: str,
    project_id: UUID | None = None,
    project_name: str | None = None,
    token: SecretStr | None = None,
) -> UUID:
    """Connect a tool of delivery (GitHub, GitLab, Jenkins, CircleCI) and queue its first refresh; the source.

    Unless a project is chosen by key or by name, it tells about the one that the Git repository of the same address
    feeds, else the one of its name, else a new one. A location that is connected already answers the source it has.
    """
    location = tool_location(kind, location)
    chosen = _chosen_project(ws, project_id, project_name)
    source = _source(ws, kind, location, token)
    source.project_id = chosen or source.project_id or _project_of_repository(ws, location) or _delivered(ws, source)
    move_to_project(ws, source)
    return _queued(ws, [source])[0]


@action(Permission.CONNECT_SOURCES)
def change_credentials(ws: Workspace, *, source_id: UUID, token: SecretStr | None) -> None:
    """Put another credential in the place of the one kept, or none."""
    ws.get(DataSource, source_id).credentials = _encrypted(ws, token)


@action(Permission.CONNECT_SOURCES)
def disconnect(ws: Workspace, *, source_id: UUID) -> None:
    """Forget a source and everything it brought; projects stay, with what people entered."""
    source = ws.get(DataSource, source_id)
    forget(ws, source)
    ws.session.delete(source)


def _chosen_project(ws: Workspace, project_id: UUID | None, name: str | None) -> UUID | None:
    if project_id:
        return ws.get(Project, project_id).id
    if name and name.strip():
        return _project_named(ws, name.strip()) or _new_project(ws, name.strip())
    return None


def _project_of_its_own(ws: Workspace, name: str) -> UUID:
    """The project of this name where no source feeds it yet, such as an imported one; otherwise a new one."""
    known = _project_named(ws, name)
    if known and not _is_fed(ws, known):
        return known
    return _new_project(ws, _free_name(ws, name) if known else name)


def _project_of_repository(ws: Workspace, location: str) -> UUID | None:
    """The project that a Git source of the same repository feeds."""
    known = select(DataSource.location, DataSource.project_id).where(DataSource.kind == SourceKind.GIT)
    return next(
        (project for git, project in ws.session.execute(known) if same_repository(git) == same_repository(location)),
        None,
    )


def _delivered(ws: Workspace, source: DataSource) -> UUID:
    name = _name_of(source.location)
    return _project_named(ws, name) or _new_project(ws, name)


def _project_named(ws: Workspace, name: str) -> UUID | None:
    return ws.session.scalar(select(Project.id).where(Project.name == name))


def _is_fed(ws: Workspace, project_id: UUID) -> bool:
    feeding = (
        select(DataSource.id).where(DataSource.project_id == project_id),
        select(TrackedExperiment.id).where(TrackedExperiment.project_id == project_id),
    )
    return any(ws.session.scalar(statement.limit(1)) for statement in feeding)


def _free_name(ws: Workspace, name: str) -> str:
    taken = set(ws.session.scalars(select(Project.name).where(Project.name.startswith(name, autoescape=True))))
    return next(other for number in range(2, len(taken) + 3) if (other := f"{name} ({number})") not in taken)


def _new_project(ws: Workspace, name: str) -> UUID:
    project = Project(id=new_key(), name=name, created_at=ws.now)
    ws.session.add(project)
    ws.session.flush()
    return project.id


def _source(ws: Workspace, kind: SourceKind, location: str, token: SecretStr | None) -> DataSource:
    known = select(DataSource).where(DataSource.kind == kind, DataSource.location == location)
    source = ws.session.scalar(known)
    if source is None:
        name = _own_name(ws, kind, location)
        source = DataSource(id=new_key(), kind=kind, name=name, location=location, cursor={}, created_at=ws.now)
        ws.session.add(source)
    if token:
        source.credentials = _encrypted(ws, token)
    return source


def _track(ws: Workspace, source: DataSource, choice: ExperimentChoice) -> None:
    project_id = ws.get(Project, choice.project_id).id if choice.project_id else None
    ws.session.flush()
    known = select(TrackedExperiment).where(
        TrackedExperiment.source_id == source.id, TrackedExperiment.external_id == choice.external_id
    )
    experiment = ws.session.scalar(known)
    if experiment is None:
        own = project_id or _project_of_its_own(ws, choice.name)
        experiment = TrackedExperiment(
            id=new_key(), source_id=source.id, project_id=own, external_id=choice.external_id, name=choice.name
        )
        ws.session.add(experiment)
    told = (project_id or experiment.project_id, choice.performance_metric)
    if told != (experiment.project_id, experiment.performance_metric):
        # What its runs said of the former project is taken back; the next refresh tells it to the new one.
        forget_runs(ws, source, experiment)
    experiment.name = choice.name
    experiment.project_id, experiment.performance_metric = told
    ws.session.flush()


def _queued(ws: Workspace, sources: list[DataSource]) -> list[UUID]:
    ws.session.flush()
    for source in sources:
        queue_refresh(ws, source.id)
    return [source.id for source in sources]


def _encrypted(ws: Workspace, token: SecretStr | None) -> str | None:
    return ws.vault.encrypt(token) if token and token.get_secret_value() else None


def _own_name(ws: Workspace, kind: SourceKind, location: str) -> str:
    """A name that no other source of this kind has: files of two repositories would be taken for one another."""
    names = set(ws.session.scalars(select(DataSource.name).where(DataSource.kind == kind)))
    return next((name for parts in (1, 2, 3) if (name := _name_of(location, parts)) not in names), location)


def _name_of(location: str, parts: int = 1) -> str:
    """What to call a source: the last parts of its path, or the host where it has no path.

    >>> _name_of("https://example.org/team/churn.git"), _name_of("git@example.org:churn"), _name_of("http://ml:5000")
    ('churn', 'churn', 'ml:5000')
    >>> _name_of("git@example.org:team/churn.git", 2)
    'team/churn'
    """
    path = PurePosixPath(location.partition("://")[2] or location.rpartition(":")[2])
    return "/".join(part for part in path.parts[-parts:] if part != "/").removesuffix(".git") or location
