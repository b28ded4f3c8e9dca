"""What tools told of deployments, issues and code of a project: what its rules choose from. Selects, no report."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, case, extract, func, literal, null, select

from maestro_core.database import chunks
from maestro_core.models import (
    CodeFile,
    Commit,
    DataSource,
    DeploymentEvent,
    FileChange,
    Issue,
    PipelineJob,
    PipelineRun,
    PullRequest,
    Release,
    Repository,
)
from maestro_core.terms import DeploymentOrigin, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace

Query = Select[*tuple[Any, ...]]

TOLD_COLUMNS = [
    "source_id", "origin", "external_id", "name", "other_name", "environment", "service", "url", "sha", "branch",
    "description", "outcome", "started_at", "finished_at",
]  # fmt: skip


def told_names(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    """Everything that could be a deployment, by name: origin, name, rows, last_at; each tag and release is a row."""
    columns = ["origin", "name", "rows", "last_at"]
    parts = [
        ws.frame(query).assign(origin=str(origin))[columns]
        for origin, query in (
            (DeploymentOrigin.PIPELINE, _pipeline_names(project_id)),
            (DeploymentOrigin.JOB, _job_names(project_id)),
            (DeploymentOrigin.ENVIRONMENT, _environment_names(project_id)),
            (DeploymentOrigin.TAG, _tags(project_id).where(Release.is_tag)),
            (DeploymentOrigin.RELEASE, _tags(project_id).where(~Release.is_tag, ~Release.is_prerelease)),
        )
    ]
    return pd.concat(parts, ignore_index=True)


def told_deployments(
    ws: Workspace, project_id: UUID, *, origins: Collection[str], names: Collection[str]
) -> pd.DataFrame:
    """The rows of these origins; of pipelines and jobs, which are many, only those with one of these names.

    What ended without the tool telling when, ended when it began.
    """
    frames = [ws.frame(_releases(project_id).limit(0))]
    for origin, query, name in (
        (DeploymentOrigin.PIPELINE, _runs(project_id), PipelineRun.pipeline),
        (DeploymentOrigin.JOB, _jobs(project_id), PipelineJob.name),
    ):
        if origin in origins:
            frames += [ws.frame(query.where(name.in_(part))) for part in chunks(sorted(names))]
    if DeploymentOrigin.ENVIRONMENT in origins:
        frames.append(ws.frame(_events(project_id)))
    if {DeploymentOrigin.TAG, DeploymentOrigin.RELEASE} & set(origins):
        frames.append(ws.frame(_releases(project_id)))
    return pd.concat(frames, ignore_index=True)[TOLD_COLUMNS]


def told_issues(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    """The issues of a project, and whether another tool pushed them."""
    columns = (
        Issue.source_id, (DataSource.kind == SourceKind.PUSH).label("is_pushed"), Issue.external_id, Issue.title,
        Issue.url, Issue.labels, Issue.service, Issue.deployment, Issue.created_at.label("opened_at"),
        Issue.closed_at.label("resolved_at"),
    )  # fmt: skip
    return ws.frame(
        select(*columns).join(DataSource, DataSource.id == Issue.source_id).where(Issue.project_id == project_id)
    )


def told_commits(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    """Every commit of a project's repositories, those that a rewritten history left behind too: they were deployed."""
    columns = (
        Commit.id.label("commit_id"), Commit.repository_id, Commit.sha, Commit.parents, Commit.committed_at,
        Commit.is_merge, Commit.subject, (Commit.added + Commit.deleted).label("lines"),
    )  # fmt: skip
    joined = select(*columns).join(Repository, Repository.id == Commit.repository_id)
    return ws.frame(joined.where(Repository.project_id == project_id).order_by(Commit.repository_id, Commit.id))


def told_pull_requests(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    """The merged pull requests of a project whose commit is known, by the order in which they were merged."""
    columns = (
        PullRequest.id.label("pull_request_id"), PullRequest.merge_sha, PullRequest.first_commit_at,
        PullRequest.commits, (PullRequest.added + PullRequest.deleted).label("lines"), PullRequest.title,
        PullRequest.labels, PullRequest.head_branch, PullRequest.source_id,
    )  # fmt: skip
    # Tools name a commit for open ones too, that of a merge on trial.
    merged = select(*columns).where(
        PullRequest.project_id == project_id, PullRequest.merge_sha.is_not(None), PullRequest.merged_at.is_not(None)
    )
    found = ws.frame(merged.order_by(PullRequest.merged_at, PullRequest.id))
    return found.drop_duplicates("merge_sha", ignore_index=True)


def told_files(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    """The files of a project: file_id, path."""
    joined = select(CodeFile.id.label("file_id"), CodeFile.path).join(
        Repository, Repository.id == CodeFile.repository_id
    )
    return ws.frame(joined.where(Repository.project_id == project_id))


def commits_on_files(ws: Workspace, files: Collection[UUID]) -> set[UUID]:
    """The commits that changed one of these files."""
    return {
        commit_id
        for part in chunks(list(files))
        for commit_id in ws.session.scalars(select(FileChange.commit_id).where(FileChange.file_id.in_(part)).distinct())
    }


def told_counts(ws: Workspace, project_id: UUID) -> list[str]:
    """What shows whether commits, pull requests or issues of a project changed, without reading them."""
    commits = select(func.count(), func.count(func.nullif(Commit.parents, "")), func.max(Commit.committed_at)).join(
        Repository, Repository.id == Commit.repository_id
    )
    statements = (
        commits.where(Repository.project_id == project_id),
        *(_moved(table).where(table.project_id == project_id) for table in (PullRequest, Issue)),
    )
    counts = [str(tuple(ws.session.execute(statement).one())) for statement in statements]
    return [*counts, *(str(tuple(row)) for row in ws.session.execute(_pushed(project_id)))]


def _moved(table: type[PullRequest | Issue]) -> Select[int, Any, Any]:
    """Another answer whenever a tool changed a row: not the last moment alone, for one tool may lag behind another."""
    return select(func.count(), func.max(table.updated_at), func.sum(extract("epoch", table.updated_at)))


def _pushed(project_id: UUID) -> Query:
    """All that was pushed of incidents: who pushes tells no moment of a change. There are few."""
    columns = (Issue.external_id, Issue.title, Issue.url, Issue.labels, Issue.service, Issue.deployment)
    told = select(*columns, Issue.created_at, Issue.closed_at).join(DataSource, DataSource.id == Issue.source_id)
    return told.where(Issue.project_id == project_id, DataSource.kind == SourceKind.PUSH).order_by(Issue.id)


def _pipeline_names(project_id: UUID) -> Query:
    run = PipelineRun
    columns = (run.pipeline.label("name"), func.count().label("rows"), func.max(run.created_at).label("last_at"))
    return select(*columns).where(run.project_id == project_id).group_by(run.pipeline)


def _job_names(project_id: UUID) -> Query:
    columns = (
        PipelineJob.name,
        func.count().label("rows"),
        func.max(PipelineRun.created_at).label("last_at"),
    )
    joined = select(*columns).join(PipelineRun, PipelineRun.id == PipelineJob.run_id)
    return joined.where(PipelineRun.project_id == project_id).group_by(PipelineJob.name)


def _environment_names(project_id: UUID) -> Query:
    event = DeploymentEvent
    columns = (event.environment.label("name"), func.count().label("rows"), func.max(event.created_at).label("last_at"))
    return select(*columns).where(event.project_id == project_id).group_by(event.environment)


def _tags(project_id: UUID) -> Query:
    columns = (Release.tag.label("name"), literal(1).label("rows"), Release.released_at.label("last_at"))
    return select(*columns).where(Release.project_id == project_id)


def _runs(project_id: UUID) -> Query:
    run = PipelineRun
    began = func.coalesce(run.started_at, run.created_at)
    columns = (
        run.source_id, literal(str(DeploymentOrigin.PIPELINE)).label("origin"), run.external_id,
        run.pipeline.label("name"), null().label("other_name"), literal("").label("environment"),
        literal("").label("service"), run.url, run.sha, run.branch, literal("").label("description"),
        run.outcome, began.label("started_at"), func.coalesce(run.finished_at, began).label("finished_at"),
    )  # fmt: skip
    return select(*columns).where(run.project_id == project_id)


def _jobs(project_id: UUID) -> Query:
    run, job = PipelineRun, PipelineJob
    began = func.coalesce(job.started_at, job.created_at, run.created_at)
    columns = (
        run.source_id, literal(str(DeploymentOrigin.JOB)).label("origin"),
        # A retried job has a number of its own in the tool: by its name it is another attempt.
        (run.external_id + "/" + job.name).label("external_id"), job.name,
        (run.pipeline + " / " + job.name).label("other_name"), func.coalesce(job.environment, "").label("environment"),
        literal("").label("service"), job.url, run.sha, run.branch, literal("").label("description"),
        job.outcome, began.label("started_at"), func.coalesce(job.finished_at, began).label("finished_at"),
    )  # fmt: skip
    return select(*columns).join(run, run.id == job.run_id).where(run.project_id == project_id)


def _events(project_id: UUID) -> Query:
    event = DeploymentEvent
    columns = (
        event.source_id, literal(str(DeploymentOrigin.ENVIRONMENT)).label("origin"), event.external_id,
        event.environment.label("name"), null().label("other_name"), event.environment, event.service, event.url,
        event.sha, event.branch, event.description, event.outcome, event.created_at.label("started_at"),
        func.coalesce(event.finished_at, event.created_at).label("finished_at"),
    )  # fmt: skip
    return select(*columns).where(event.project_id == project_id)


def _releases(project_id: UUID) -> Query:
    """Tags and releases; a pre-release is not in production."""
    columns = (
        Release.source_id, case((Release.is_tag, str(DeploymentOrigin.TAG)), else_=str(DeploymentOrigin.RELEASE))
        .label("origin"), Release.external_id, Release.tag.label("name"), Release.name.label("other_name"),
        literal("").label("environment"), literal("").label("service"), Release.url, Release.sha,
        Release.tag.label("branch"), Release.name.label("description"),
        literal(str(PipelineOutcome.SUCCESS)).label("outcome"), Release.released_at.label("started_at"),
        Release.released_at.label("finished_at"),
    )  # fmt: skip
    return select(*columns).where(Release.project_id == project_id, ~Release.is_prerelease)
