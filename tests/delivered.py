"""Delivery for tests: a history of commits with letters for shas, and what tools told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import select

from maestro_core.actions.deliver import recount_delivery
from maestro_core.models import (
    Account,
    CodeFile,
    Commit,
    DataSource,
    Deployment,
    DeploymentChange,
    DeploymentEvent,
    DeploymentRule,
    FileChange,
    Incident,
    IncidentRule,
    Issue,
    Person,
    PipelineJob,
    PipelineRun,
    PullRequest,
    Release,
    Repository,
)
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, added

MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
_numbers = count(1)


def at(hours: float) -> datetime:
    """So many hours after noon of a Monday."""
    return MONDAY + timedelta(hours=hours)


@dataclass
class Delivered:
    """A project with a repository, and what tools told of it; commits are told as `b<a`: b, child of a."""

    ws: Workspace
    project_id: UUID
    source_id: UUID
    repository_id: UUID
    account_id: UUID
    files: dict[str, UUID] = field(default_factory=dict)

    def commits(self, *told: str, every: float = 1.0, start: float = -100.0, repository: UUID | None = None) -> None:
        """Commits an hour apart, a hundred hours ago: `"a", "b<a", "m<b,c"`; `m<b,c` merges."""
        for place, text in enumerate(told):
            sha, _, parents = text.partition("<")
            self.commit(sha, parents, at_hours=start + place * every, repository=repository)

    def commit(
        self, sha: str, parents: str = "", *, at_hours: float, paths: tuple[str, ...] = (), **facts: Any
    ) -> UUID:
        repository = facts.pop("repository", None) or self.repository_id
        told = {
            "account_id": self.account_id, "authored_at": at(at_hours), "committed_at": at(at_hours),
            "utc_offset_minutes": 0, "subject": f"Change {sha}", "is_merge": "," in parents, "added": 1, "deleted": 0,
            "files": 1, "parents": parents.replace(",", " "),
        } | facts  # fmt: skip
        key = added(self.ws, Commit(repository_id=repository, sha=sha, **told))
        for path in paths:
            self.ws.session.add(FileChange(commit_id=key, file_id=self._file(path), added=1, deleted=0))
        return key

    def _file(self, path: str) -> UUID:
        if path not in self.files:
            self.files[path] = added(self.ws, CodeFile(repository_id=self.repository_id, path=path))
        return self.files[path]

    def event(self, sha: str | None, hours: float, **facts: Any) -> str:
        """A deployment to production that ended so many hours after noon of Monday."""
        told = {
            "external_id": f"d{next(_numbers)}", "environment": "production", "service": "", "sha": sha,
            "branch": "main", "description": "", "url": "https://ci.example.org/1",
            "outcome": PipelineOutcome.SUCCESS, "created_at": at(hours), "finished_at": at(hours),
            "source_id": self.source_id,
        } | facts  # fmt: skip
        added(self.ws, DeploymentEvent(project_id=self.project_id, **told))
        return str(told["external_id"])

    def run(self, sha: str, hours: float, **facts: Any) -> UUID:
        told = {
            "external_id": f"r{next(_numbers)}", "attempt": 1, "pipeline": "Deploy", "url": "https://ci.example.org/2",
            "branch": "main", "sha": sha, "trigger": "push", "outcome": PipelineOutcome.SUCCESS,
            "created_at": at(hours), "started_at": at(hours), "finished_at": at(hours),
        } | facts  # fmt: skip
        return added(self.ws, PipelineRun(source_id=self.source_id, project_id=self.project_id, **told))

    def job(self, run_id: UUID, name: str, hours: float, **facts: Any) -> None:
        told = {
            "external_id": f"j{next(_numbers)}", "name": name, "url": "", "outcome": PipelineOutcome.SUCCESS,
            "created_at": at(hours), "started_at": at(hours), "finished_at": at(hours),
        } | facts  # fmt: skip
        added(self.ws, PipelineJob(run_id=run_id, **told))

    def release(self, tag: str, sha: str, hours: float, **facts: Any) -> None:
        told = {"external_id": f"t{next(_numbers)}", "name": "", "is_tag": True, "url": ""} | facts
        moment = at(hours)
        row = Release(
            source_id=self.source_id, project_id=self.project_id, tag=tag, sha=sha, released_at=moment, **told
        )
        added(self.ws, row)

    def issue(self, title: str, hours: float, *, closed: float | None = None, **facts: Any) -> None:
        told = {
            "external_id": f"{next(_numbers)}", "url": "", "labels": ["incident"], "service": "",
            "source_id": self.source_id, "created_at": at(hours), "updated_at": at(closed or hours),
            "closed_at": None if closed is None else at(closed),
        } | facts  # fmt: skip
        added(self.ws, Issue(project_id=self.project_id, title=title, **told))

    def pull_request(self, merge_sha: str, hours: float, **facts: Any) -> UUID:
        told = {
            "external_id": f"{next(_numbers)}", "title": "Add a thing", "url": "", "author_id": self.account_id,
            "created_at": at(hours - 10), "merged_at": at(hours), "closed_at": at(hours), "updated_at": at(hours),
            "head_branch": "topic", "base_branch": "main", "first_commit_at": at(hours - 20), "labels": [],
            "source_id": self.source_id,
        } | facts  # fmt: skip
        row = PullRequest(project_id=self.project_id, merge_sha=merge_sha, **told)
        return added(self.ws, row)

    def rule(
        self, origin: DeploymentOrigin = DeploymentOrigin.ENVIRONMENT, pattern: str = "prod*", **facts: Any
    ) -> UUID:
        return added(self.ws, DeploymentRule(project_id=self.project_id, origin=origin, pattern=pattern, **facts))

    def incident_rule(
        self, origin: IncidentOrigin = IncidentOrigin.LABEL, pattern: str = "incident", **facts: Any
    ) -> UUID:
        return added(self.ws, IncidentRule(project_id=self.project_id, origin=origin, pattern=pattern, **facts))

    def source(self, kind: SourceKind = SourceKind.GITHUB) -> UUID:
        return a_source(self.ws, self.project_id, kind)

    def repository(self) -> UUID:
        """Another repository of the project."""
        source_id = self.source(SourceKind.GIT)
        return added(self.ws, Repository(source_id=source_id, project_id=self.project_id, name="another"))

    def deployments(self) -> pd.DataFrame:
        """What the rules make of it, oldest first."""
        recount_delivery(self.ws, self.project_id)
        mine = Deployment.project_id == self.project_id
        return self.ws.frame(
            select(Deployment)
            .with_only_columns(*Deployment.__table__.c)
            .where(mine)
            .order_by(Deployment.finished_at, Deployment.service)
        )

    def changes(self) -> pd.DataFrame:
        """The commits that deployments brought: deployment_id, sha, started_at, is_squashed, pull_request_id."""
        recount_delivery(self.ws, self.project_id)
        change = DeploymentChange
        columns = (change.deployment_id, Commit.sha, change.started_at, change.is_squashed, change.pull_request_id)
        return self.ws.frame(select(*columns).join(Commit, Commit.id == change.commit_id))

    def brought(self) -> list[str]:
        """For each deployment the shas that it brought, as letters in their order; `?` where that is not known."""
        rows, found = self.deployments(), self.changes()
        shas = {key: "".join(sorted(each)) for key, each in found["sha"].groupby(found["deployment_id"])}
        known = rows["changes"].notna()
        return [shas.get(key, "") if is_known else "?" for key, is_known in zip(rows["id"], known, strict=True)]

    def incidents(self) -> pd.DataFrame:
        recount_delivery(self.ws, self.project_id)
        mine = Incident.project_id == self.project_id
        return self.ws.frame(select(*Incident.__table__.c).where(mine).order_by(Incident.opened_at))


def a_source(ws: Workspace, project_id: UUID, kind: SourceKind = SourceKind.GITHUB) -> UUID:
    number = next(_numbers)
    row = DataSource(
        kind=kind, name=f"source {number}", location=f"https://example.org/{number}", project_id=project_id,
        created_at=ws.now, refreshed_at=ws.now,
    )  # fmt: skip
    return added(ws, row)


def a_delivered_project(ws: Workspace, name: str = "") -> Delivered:
    """A project with a Git repository, a GitHub source and one author; no rule yet."""
    project_id = a_project(ws, name)
    person_id = added(ws, Person(name="Ada"))
    account_id = added(
        ws, Account(person_id=person_id, kind=SourceKind.GIT, identity=f"ada {next(_numbers)}", name="Ada")
    )
    git = a_source(ws, project_id, SourceKind.GIT)
    repository_id = added(ws, Repository(source_id=git, project_id=project_id, name="code"))
    return Delivered(ws, project_id, a_source(ws, project_id), repository_id, account_id)
