"""The tools that facts come from, over REST: how they stand, connecting them, and letting go of them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, status
from pydantic import AfterValidator, BaseModel, Field, SecretStr

from app.api.depends import ForReading, InWorkspace, told
from maestro_core.actions import refresh as refreshing
from maestro_core.actions import sources as actions
from maestro_core.actions.entries import Entry
from maestro_core.actions.entry_fields import Label, Words, refused
from maestro_core.errors import NotFound
from maestro_core.reports import sources as reports
from maestro_core.reports.sources import QualityIssues, RefreshRuns, Sources
from maestro_core.terms import SourceKind

MOST_RUNS = 500
LONGEST_TOKEN = 4096

router = APIRouter(prefix="/sources", tags=["sources"])

Confirmed = Annotated[Literal["yes"], Query(description="That what it brought may go")]
Limit = Annotated[int, Query(ge=1, le=MOST_RUNS)]
DeliveryTool = Literal[SourceKind.GITHUB, SourceKind.GITLAB, SourceKind.JENKINS, SourceKind.CIRCLECI]


def _sendable(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise refused("holds characters that no token has")
    return token


Token = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_TOKEN), AfterValidator(_sendable)]


class GitEntry(Entry):
    """A repository to read, and how. Without a project, it tells about one of its own."""

    location: Words = Field(
        description="An https or ssh address, or an absolute path: a repository, or a folder with some.",
        examples=["https://github.com/pallets/flask.git"],
    )
    project_id: UUID | None = Field(default=None, examples=[None])
    project_name: Label = Field(default=None, examples=["flask"])
    token: Token | None = Field(default=None, description="Kept encrypted, never told.", examples=[None])


class ToolEntry(GitEntry):
    """A tool of delivery. Without a project, it tells about the one of the same repository or name."""

    kind: DeliveryTool = Field(examples=["github"])
    location: Words = Field(description="As in the browser.", examples=["https://github.com/pallets/flask"])


class CredentialEntry(Entry):
    """Another credential."""

    token: Token = Field(examples=["a-token-of-the-tool"])


class Connected(BaseModel):
    """The sources, each with a refresh that waits for its turn."""

    source_ids: list[UUID]


class Queued(BaseModel):
    """A refresh: queued now, or queued or running already."""

    run_id: UUID


def _minutes(request: Request) -> int:
    minutes: int = request.app.state.refresh_minutes
    return minutes


def _source(ws: ForReading, source_id: UUID) -> UUID:
    """A source that must be there: one without a refresh is another answer than none."""
    if source_id not in set(reports.sources(ws).sources["id"]):
        raise NotFound(f"There is no data source {source_id} here.")
    return source_id


Source = Annotated[UUID, Depends(_source)]


@router.get("")
def sources(ws: ForReading, minutes: Annotated[int, Depends(_minutes)]) -> Sources:
    """Every source with its last refresh and when the next is due; never a credential."""
    return reports.sources(ws, refresh_minutes=minutes)


@router.get("/refreshes")
def refreshes(ws: ForReading, limit: Limit = 50) -> RefreshRuns:
    """The last refreshes of all sources, with their progress, and why one failed."""
    return reports.refresh_runs(ws, limit=limit)


@router.get("/{source_id}/refreshes")
def refreshes_of(ws: ForReading, source: Source, limit: Limit = 50) -> RefreshRuns:
    """The last refreshes of a source."""
    return reports.refresh_runs(ws, source_id=source, limit=limit)


@router.get("/{source_id}/issues")
def issues_of(ws: ForReading, source: Source) -> QualityIssues:
    """What was odd in what a source gave, and what Maestro did about it."""
    return reports.quality_issues(ws, source_id=source)


@router.post("/git", status_code=status.HTTP_201_CREATED)
def connect_git(ws: InWorkspace, repository: GitEntry) -> Connected:
    """Connect a Git repository, or each in a folder. Whether it answers, its first refresh tells."""
    return Connected(source_ids=actions.connect_git(ws, **told(repository)))


@router.post("/tools", status_code=status.HTTP_201_CREATED)
def connect_tool(ws: InWorkspace, tool: ToolEntry) -> Connected:
    """Connect GitHub, GitLab, Jenkins or CircleCI. Whether it answers, its first refresh tells."""
    return Connected(source_ids=[actions.connect_tool(ws, **told(tool))])


@router.post("/{source_id}/refreshes", status_code=status.HTTP_202_ACCEPTED)
def request_refresh(ws: InWorkspace, source_id: UUID) -> Queued:
    """Read a source as soon as it is its turn; 409 for what is pushed, which is never read."""
    return Queued(run_id=refreshing.request_refresh(ws, source_id=source_id))


@router.put("/{source_id}/credential", status_code=status.HTTP_204_NO_CONTENT)
def change_credential(ws: InWorkspace, source_id: UUID, credential: CredentialEntry) -> None:
    """Put another token in the place of the one kept; the next refresh uses it."""
    actions.change_credentials(ws, source_id=source_id, token=credential.token)


@router.delete("/{source_id}/credential", status_code=status.HTTP_204_NO_CONTENT)
def forget_credential(ws: InWorkspace, source_id: UUID) -> None:
    """Forget the token of a source."""
    actions.change_credentials(ws, source_id=source_id, token=None)


@router.delete("/{source_id}", status_code=status.HTTP_204_NO_CONTENT)
def disconnect(ws: InWorkspace, source_id: UUID, confirm: Confirmed) -> None:  # noqa: ARG001 - that it is told is all
    """Forget a source with everything it brought; projects stay, with what people entered."""
    actions.disconnect(ws, source_id=source_id)
