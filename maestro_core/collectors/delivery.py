"""What tools of delivery tell: pull requests, reviews, pipelines, deployments, releases and issues, in our words.

GitHub, GitLab, Jenkins, CircleCI and pushed events all become one `DeliveryBatch`; `actions.store_delivery` stores it.
A row that was told before replaces what was known of it: telling it again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maestro_core.collectors import Batch
from maestro_core.terms import PipelineOutcome, ReviewState, SourceKind


@dataclass(frozen=True)
class SeenAccount:
    """Somebody as a tool names them. `identity` never changes in the tool; the e-mail is what it shows, if any.

    Of GitHub and GitLab it is host and number, as `github.com/583231`: servers count alike, and logins change.
    """

    kind: SourceKind
    identity: str
    name: str
    email: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, kw_only=True)
class SeenPullRequest:
    """A pull or merge request; see `models.PullRequest`."""

    external_id: str
    title: str
    url: str
    author: SeenAccount | None
    created_at: datetime
    updated_at: datetime
    head_branch: str
    base_branch: str
    ready_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: SeenAccount | None = None
    closed_at: datetime | None = None
    merge_sha: str | None = None
    first_commit_at: datetime | None = None
    commits: int | None = None
    added: int | None = None
    deleted: int | None = None
    files: int | None = None
    is_draft: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeenReview:
    """An answer to a pull request that is told in this batch or was told before."""

    pull_request: str
    external_id: str
    account: SeenAccount | None
    state: ReviewState
    submitted_at: datetime


@dataclass(frozen=True, kw_only=True)
class SeenPipelineRun:
    """One attempt to run a pipeline; see `models.PipelineRun`."""

    external_id: str
    attempt: int
    pipeline: str
    url: str
    trigger: str
    created_at: datetime
    branch: str | None = None
    sha: str | None = None
    outcome: PipelineOutcome | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SeenPipelineJob:
    """A job of a run that is told in this batch or was told before."""

    run: str
    attempt: int
    external_id: str
    name: str
    url: str
    stage: str | None = None
    outcome: PipelineOutcome | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failed_step: str | None = None
    failure_reason: str | None = None
    environment: str | None = None


@dataclass(frozen=True, kw_only=True)
class SeenDeployment:
    """A deployment to an environment; see `models.DeploymentEvent`."""

    external_id: str
    environment: str
    created_at: datetime
    service: str = ""
    sha: str | None = None
    branch: str | None = None
    description: str = ""
    url: str = ""
    outcome: PipelineOutcome | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SeenRelease:
    """A release of a tool, or a bare tag; see `models.Release`."""

    external_id: str
    tag: str
    released_at: datetime
    name: str = ""
    sha: str | None = None
    is_tag: bool = False
    is_prerelease: bool = False
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class SeenIssue:
    """An issue with its labels, or an incident that another tool pushed; see `models.Issue`."""

    external_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    url: str = ""
    labels: tuple[str, ...] = ()
    service: str = ""
    deployment: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryBatch(Batch):
    """What is stored in one transaction of a tool of delivery."""

    pull_requests: tuple[SeenPullRequest, ...] = ()
    reviews: tuple[SeenReview, ...] = ()
    runs: tuple[SeenPipelineRun, ...] = ()
    jobs: tuple[SeenPipelineJob, ...] = ()
    deployments: tuple[SeenDeployment, ...] = ()
    releases: tuple[SeenRelease, ...] = ()
    issues: tuple[SeenIssue, ...] = ()
    oddities: tuple[tuple[str, str, str], ...] = ()
    """Kind, subject and what was made of it: see `models.DataQualityIssue`."""
