"""Removing what a source brought. Projects stay, with what people entered; counts are made anew without it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, union

from maestro_core.actions.delivery_metrics import recount_delivery_days
from maestro_core.actions.derived import derive_project
from maestro_core.actions.git_metrics import recount_days
from maestro_core.actions.holding import hold_projects
from maestro_core.actions.store_delivery import TOLD_BY_SOURCE, delivery_days, projects_told_of
from maestro_core.actions.store_mlflow import store_mlflow
from maestro_core.collectors.mlflow_batches import MlflowBatch
from maestro_core.collectors.mlflow_server import server_address
from maestro_core.database import chunks
from maestro_core.models import (
    Account,
    Artifact,
    ArtifactUsage,
    CoAuthorship,
    Commit,
    DataSource,
    Person,
    PullRequest,
    Repository,
    Review,
    TeamMember,
    TrackedExperiment,
    TrackedRun,
)
from maestro_core.workspace import Workspace

NAMING = (
    Commit.account_id,
    CoAuthorship.account_id,
    PullRequest.author_id,
    PullRequest.merged_by_id,
    Review.account_id,
)
"""Where collected rows name an account."""


def forget_git(ws: Workspace, source: DataSource) -> None:
    """Remove a repository with its commits, and the people who are known only by them."""
    hold_projects(ws)
    counted = _counted_days(ws, source)
    ws.session.execute(delete(Repository).where(Repository.source_id == source.id))
    for project_id, days in counted.items():
        recount_days(ws, project_id=project_id, days=days)
        derive_project(ws, project_id)
    _forget_people(ws)


def forget_delivery(ws: Workspace, source: DataSource) -> None:
    """Remove what a tool of delivery told, and the people who are known only by it."""
    hold_projects(ws)
    days, projects = delivery_days(ws, source), projects_told_of(ws, source)
    for model in TOLD_BY_SOURCE:
        ws.session.execute(delete(model).where(model.source_id == source.id))
    for project_id in projects:
        recount_delivery_days(ws, project_id=project_id, days=days)
        derive_project(ws, project_id)
    _forget_people(ws)


def forget_mlflow(ws: Workspace, source: DataSource) -> None:
    """Remove the runs of a server with what they used, and its artifacts that nobody else uses or owns."""
    for experiment in ws.session.scalars(select(TrackedExperiment).where(TrackedExperiment.source_id == source.id)):
        forget_runs(ws, source, experiment)
    from_here = Artifact.url.startswith(f"{server_address(source.location)}/#/", autoescape=True)
    unused = ~exists().where(ArtifactUsage.artifact_id == Artifact.id)
    ws.session.execute(delete(Artifact).where(from_here, unused, Artifact.owner.is_(None)))


def forget_runs(ws: Workspace, source: DataSource, experiment: TrackedExperiment) -> None:
    """Remove the runs of an experiment as if the server had deleted them; the next refresh reads it from the start."""
    runs = ws.session.scalars(select(TrackedRun.external_id).where(TrackedRun.experiment_id == experiment.id))
    positions = {**source.cursor.get("experiments", {})}
    positions.pop(experiment.external_id, None)
    gone = MlflowBatch(
        cursor={**source.cursor, "experiments": positions},
        message="",
        done=0,
        total=None,
        address=server_address(source.location),
        experiment=experiment.external_id,
        deleted=frozenset(runs),
    )
    store_mlflow(ws, source, gone)


def _counted_days(ws: Workspace, source: DataSource) -> dict[UUID, set[date]]:
    """The days on which each project counts commits of this source."""
    commits = select(Repository.project_id, Commit.committed_at).join(Commit, Commit.repository_id == Repository.id)
    days: dict[UUID, set[date]] = {}
    for project_id, moment in ws.session.execute(commits.where(Repository.source_id == source.id)):
        days.setdefault(project_id, set()).add(moment.date())
    return days


def _forget_people(ws: Workspace) -> None:
    """Remove accounts that nothing collected names any more, and the people who were known only by them."""
    named = set(ws.session.scalars(union(*(select(column) for column in NAMING))))
    accounts = ws.session.execute(select(Account.id, Account.person_id))
    idle = {account_id: person_id for account_id, person_id in accounts if account_id not in named}
    for some in chunks(list(idle)):
        ws.session.execute(delete(Account).where(Account.id.in_(some)))
    for some in chunks(list(set(idle.values()) & _known_by_nothing(ws))):
        ws.session.execute(delete(Person).where(Person.id.in_(some)))


def _known_by_nothing(ws: Workspace) -> set[UUID]:
    known = or_(
        exists().where(Account.person_id == Person.id),
        exists().where(TeamMember.person_id == Person.id),
        exists().where(ArtifactUsage.person_id == Person.id),
    )
    return set(ws.session.scalars(select(Person.id).where(~known)))
