"""The deployments, changes and incidents that rules made, as narrow rows for reports. Selects, no report."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Integer, Select, Text, and_, case, cast, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from maestro_core.models import (
    Account,
    Commit,
    Deployment,
    DeploymentChange,
    Incident,
    Person,
    Project,
    PullRequest,
    Review,
)
from maestro_core.reports.narrow_rows import KeyBytes, Moment, exact_moments, narrow
from maestro_core.scoring.dora import lead_hours
from maestro_core.terms import DeploymentOrigin, Period, PipelineOutcome
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]
FLAGS = ("is_first", "failed", "is_rework")
SUCCEEDED = Deployment.outcome == PipelineOutcome.SUCCESS


@dataclass(frozen=True)
class Rows:
    """What was deployed over some time: deployments, the changes that they brought, and incidents.

    Deployments have whole numbers here, which tell whose changes are whose; `key` is what they are known by
    elsewhere, as bytes.
    """

    deployments: pd.DataFrame
    changes: pd.DataFrame
    incidents: pd.DataFrame

    def within(self, period: Period) -> Rows:
        """What was deployed, and what incidents were opened, in a part of that time."""
        deployments = _inside(self.deployments, "finished_at", period)
        changes = self.changes[self.changes["deployment_id"].isin(deployments["deployment_id"])]
        return Rows(deployments, changes, _inside(self.incidents, "opened_at", period))

    def of(self, project: str, service: str) -> Rows:
        """Only what one service of a project, by its name, deployed."""
        deployments = _of(self.deployments, project, service)
        changes = self.changes[self.changes["deployment_id"].isin(deployments["deployment_id"])]
        return Rows(deployments, changes, _of(self.incidents, project, service))


@dataclass(frozen=True)
class Scope:
    """Whose delivery is asked for; without a service, that of all services."""

    projects: Collection[UUID]
    service: str | None = None

    def deployments(self) -> tuple[ColumnElement[bool], ...]:
        mine = Deployment.project_id.in_(self.projects)
        return (mine,) if self.service is None else (mine, Deployment.service == self.service)

    def incidents(self) -> tuple[ColumnElement[bool], ...]:
        """An incident that names no service belongs to that of its deployment; where none is known, to all."""
        mine = Incident.project_id.in_(self.projects)
        if self.service is None:
            return (mine,)
        unknown = Incident.deployment_id.is_(None) & (Incident.service == "")
        return mine, or_(Incident.service == self.service, Deployment.service == self.service, unknown)


def rows(ws: Workspace, scope: Scope, period: Period) -> Rows:
    """What was deployed in the period, with everything that is told of each row."""
    deployments = _deployed(ws, scope, period)
    numbers = {key: number for number, key in enumerate(deployments["key"])}
    changes = narrow(ws, _changes(scope, period), numbers=("is_squashed",)).astype({"is_squashed": bool})
    brought = np.fromiter(map(numbers.__getitem__, changes["deployment_id"]), dtype="int64", count=len(changes))
    started = exact_moments(changes["started_at"])
    deployed = deployments["finished_at"].take(brought).set_axis(changes.index)
    leads = {"lead_hours": lead_hours(started, deployed), "is_clamped": started > deployed}
    return Rows(
        deployments=deployments,
        changes=changes.assign(deployment_id=brought, started_at=started, **leads),
        incidents=ws.frame(_incidents(scope, period)),
    )


def services(ws: Workspace, projects: Collection[UUID], period: Period) -> pd.DataFrame:
    """Every service: project_id, project, service, deployments (of the period), first_at, last_at, environments.

    Most deployments first.
    """
    inside = case((and_(*_within(period)), 1), else_=0)
    columns = (
        Deployment.project_id, Project.name.label("project"), Deployment.service,
        func.sum(inside).label("deployments"), func.min(Deployment.finished_at).label("first_at"),
        func.max(Deployment.finished_at).label("last_at"),
        func.count(Deployment.environment.distinct()).label("environments"),
    )  # fmt: skip
    joined = select(*columns).join(Project, Project.id == Deployment.project_id)
    found = joined.where(Deployment.project_id.in_(projects), SUCCEEDED).group_by(
        Deployment.project_id, Project.name, Deployment.service
    )
    return ws.frame(
        found.order_by(
            func.sum(inside).desc(), func.max(Deployment.finished_at).desc(), Project.name, Deployment.service
        )
    )


def pull_requests(ws: Workspace, scope: Scope, period: Period) -> pd.DataFrame:
    """The pull requests by people that deployments of the period brought, each with the moments of its way.

    first_commit_at, created_at, ready_at, answered_at (by another person first), merged_at, deployed_at (first).
    """
    account, author = aliased(Account), aliased(Person)
    first = _first_deployed(scope, period).subquery()
    columns = (
        PullRequest.first_commit_at, PullRequest.created_at, PullRequest.ready_at,
        _answered(author).label("answered_at"), PullRequest.merged_at, first.c.deployed_at,
    )  # fmt: skip
    joined = (
        select(*columns)
        .join(first, first.c.pull_request_id == PullRequest.id)
        .outerjoin(account, account.id == PullRequest.author_id)
        .outerjoin(author, author.id == account.person_id)
    )
    return ws.frame(joined.where(or_(author.id.is_(None), ~author.is_bot)))


def _answered(author: type[Person]) -> Any:
    """When another person first answered a pull request."""
    return (
        select(func.min(Review.submitted_at))
        .join(Account, Account.id == Review.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(
            Review.pull_request_id == PullRequest.id, ~Person.is_bot, or_(author.id.is_(None), Person.id != author.id)
        )
        .scalar_subquery()
    )


def unsuccessful(ws: Workspace, scope: Scope, period: Period) -> int:
    """How many attempts to deploy did not succeed: they are counted nowhere else."""
    tried = select(func.count(Deployment.id)).where(*scope.deployments(), ~SUCCEEDED, *_within(period))
    return ws.session.scalar(tried) or 0


def _first_deployed(scope: Scope, period: Period) -> Query:
    change = DeploymentChange
    columns = (change.pull_request_id, func.min(Deployment.finished_at).label("deployed_at"))
    joined = select(*columns).join(Deployment, Deployment.id == change.deployment_id)
    # All of them up to the end: what was deployed once more in the period was there before.
    ended = Deployment.finished_at < period.end
    found = joined.where(*scope.deployments(), SUCCEEDED, ended, change.pull_request_id.is_not(None))
    return found.group_by(change.pull_request_id).having(func.min(Deployment.finished_at) >= period.start)


def _deployed(ws: Workspace, scope: Scope, period: Period) -> pd.DataFrame:
    """What was deployed, oldest first, numbered from 0."""
    told = narrow(ws, _deployments(scope, period), numbers=FLAGS)
    changes = told["changes"].astype("float64")
    typed = {
        "deployment_id": range(len(told)),
        "project_id": told["project_id"].map({key: UUID(bytes=key) for key in told["project_id"].unique()}),
        "origin": told["origin"].map({str(origin): origin for origin in DeploymentOrigin}).astype(object),
        "changes": changes if changes.isna().any() else changes.astype("int64"),
    }
    moments = {name: exact_moments(told[name]) for name in ("finished_at", "recovered_at")}
    return told.assign(**typed, **moments).astype(dict.fromkeys(FLAGS, bool) | {"project_id": object})


def _deployments(scope: Scope, period: Period) -> Query:
    deployment = Deployment
    flags = (cast(getattr(deployment, name), Integer).label(name) for name in FLAGS)
    is_first, failed, is_rework = flags
    columns = (
        KeyBytes(deployment.id).label("key"), KeyBytes(deployment.project_id).label("project_id"),
        Project.name.label("project"), deployment.service, deployment.name, deployment.environment,
        type_coerce(deployment.origin, Text).label("origin"), deployment.url, deployment.sha, deployment.branch,
        Moment(deployment.finished_at).label("finished_at"), is_first, deployment.changes, deployment.changes_reason,
        failed, Moment(deployment.recovered_at).label("recovered_at"), is_rework, deployment.reason,
    )  # fmt: skip
    joined = select(*columns).join(Project, Project.id == Deployment.project_id)
    return joined.where(*scope.deployments(), SUCCEEDED, *_within(period)).order_by(
        Deployment.finished_at, Deployment.id
    )


def _changes(scope: Scope, period: Period) -> Query:
    """The commits that deployments brought, without merges and those of programs."""
    change = DeploymentChange
    brought_by, started = KeyBytes(change.deployment_id).label("deployment_id"), Moment(change.started_at)
    columns = (brought_by, started.label("started_at"), cast(change.is_squashed, Integer).label("is_squashed"))
    joined = (
        select(*columns)
        .join(Deployment, Deployment.id == change.deployment_id)
        .join(Commit, Commit.id == change.commit_id)
        .join(Account, Account.id == Commit.account_id)
        .join(Person, Person.id == Account.person_id)
    )
    return joined.where(*scope.deployments(), SUCCEEDED, *_within(period), ~Commit.is_merge, ~Person.is_bot)


def _incidents(scope: Scope, period: Period) -> Query:
    columns = (
        Incident.project_id, Project.name.label("project"), func.coalesce(Deployment.service, Incident.service)
        .label("service"), Incident.title, Incident.url, Incident.origin, Incident.opened_at, Incident.resolved_at,
        Incident.deployment_id, Deployment.name.label("deployment"), Incident.is_linked,
    )  # fmt: skip
    joined = (
        select(*columns)
        .join(Project, Project.id == Incident.project_id)
        .outerjoin(Deployment, Deployment.id == Incident.deployment_id)
    )
    inside = (Incident.opened_at >= period.start, Incident.opened_at < period.end)
    return joined.where(*scope.incidents(), *inside).order_by(Incident.opened_at, Incident.id)


def _within(period: Period) -> tuple[ColumnElement[bool], ...]:
    return Deployment.finished_at >= period.start, Deployment.finished_at < period.end


def _inside(frame: pd.DataFrame, column: str, period: Period) -> pd.DataFrame:
    return frame[(frame[column] >= period.start) & (frame[column] < period.end)]


def _of(frame: pd.DataFrame, project: str, service: str) -> pd.DataFrame:
    return frame[(frame["project"] == project) & (frame["service"] == service)]
