"""Storing what tools of delivery tell: in bulk, a few statements per table and batch; telling it twice counts once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, update

from maestro_core.access import Permission
from maestro_core.actions.cleaning import clean_key, clean_text, clean_value
from maestro_core.actions.delivery_metrics import Days, recount_delivery_days
from maestro_core.actions.derived import derive_project
from maestro_core.actions.store_accounts import Who, accounts_of_tool, who
from maestro_core.actions.told_twice import forget_what_was_pushed
from maestro_core.collectors.delivery import (
    DeliveryBatch,
    SeenAccount,
    SeenPipelineJob,
    SeenPipelineRun,
    SeenPullRequest,
    SeenReview,
)
from maestro_core.database import chunks, upsert
from maestro_core.errors import NotNow
from maestro_core.models import (
    DataQualityIssue,
    DataSource,
    DeploymentEvent,
    Issue,
    PipelineJob,
    PipelineRun,
    Project,
    PullRequest,
    Release,
    Review,
)
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

TOLD_BY_SOURCE = (PullRequest, PipelineRun, DeploymentEvent, Release, Issue)
"""Tables whose rows name their source and its project."""
KEPT: dict[type[Any], tuple[str, ...]] = {
    PullRequest: ("ready_at", "first_commit_at", "commits", "added", "deleted", "files"),
    DeploymentEvent: ("branch",),
}
"""What was known stays where a tool does not tell it now: when busy, by another interface, of a deleted branch."""
PEOPLE = {"author": "author_id", "merged_by": "merged_by_id", "account": "account_id"}

Accounts = dict[Who, UUID]
Moments = Iterable[datetime | None]


def store_delivery(ws: Workspace, source: DataSource, batch: DeliveryBatch) -> int:
    """Store a batch with its cursor; the number of rows told.

    Reviews and jobs of what nobody told are left out, and noted. Text is cleaned here, for all tools.
    """
    ws.require(Permission.PUSH if source.kind is SourceKind.PUSH else Permission.REFRESH)
    project_id = move_to_project(ws, source)
    accounts = accounts_of_tool(ws, _named(batch))
    days = _store_pull_requests(ws, source, batch.pull_requests, accounts)
    days |= _store_reviews(ws, source, batch.reviews, accounts)
    days |= _store_runs(ws, source, batch.runs, pushed=forget_what_was_pushed(ws, source, batch))
    days["pipeline_runs"] |= _store_jobs(ws, source, batch.jobs)
    for model, told in ((DeploymentEvent, batch.deployments), (Release, batch.releases), (Issue, batch.issues)):
        _upsert(ws, model, _of_source(source, told), on=("source_id", "external_id"))
    note(ws, source, batch.oddities)
    recount_delivery_days(ws, project_id=project_id, days=days)
    source.cursor = dict(batch.cursor)
    return sum(len(getattr(batch, name)) for name in TOLD)


TOLD = ("pull_requests", "reviews", "runs", "jobs", "deployments", "releases", "issues")


def note(ws: Workspace, source: DataSource, oddities: Iterable[tuple[str, str, str]]) -> None:
    """Keep what was odd: kind, subject, and what was made of it."""
    rows = {
        (clean_key(kind), clean_key(subject)): {"detail": clean_text(detail), "found_at": ws.now}
        for kind, subject, detail in oddities
    }
    told = [{"source_id": source.id, "kind": kind, "subject": subject} | row for (kind, subject), row in rows.items()]
    upsert(ws.session, DataQualityIssue, told, on=("source_id", "kind", "subject"), update=("detail",))


def delivery_days(ws: Workspace, source: DataSource) -> Days:
    """The days on which what a source told is counted."""
    opened, merged = _columns(ws, source, PullRequest, PullRequest.created_at, PullRequest.merged_at)
    created = _columns(ws, source, PipelineRun, PipelineRun.created_at)[0]
    reviews = select(Review.submitted_at).join(PullRequest, PullRequest.id == Review.pull_request_id)
    submitted = ws.session.scalars(reviews.where(PullRequest.source_id == source.id))
    return _pull_request_days(opened, merged) | {"reviews": _days(submitted)} | _run_days(created)


def projects_told_of(ws: Workspace, source: DataSource) -> set[UUID]:
    """The projects that the rows of a source belong to: one, or none; another than its own until these are moved."""
    # All rows of a source move together: any of a table tells.
    statements = (select(model.project_id).where(model.source_id == source.id) for model in TOLD_BY_SOURCE)
    return {told for statement in statements if (told := ws.session.scalar(statement.limit(1)))}


def move_to_project(ws: Workspace, source: DataSource) -> UUID:
    """Move what a source told to its project, where it was attached to another before; that project."""
    project_id = _project(ws, source)
    _move(ws, source, project_id)
    return project_id


def _project(ws: Workspace, source: DataSource) -> UUID:
    if source.project_id is None:
        raise NotNow(f"{source.name} belongs to no project.", advice="Choose the project on the Sources page.")
    # Days are counted over all sources of a project: two of them must not be stored at the same moment.
    ws.session.execute(select(Project.id).where(Project.id == source.project_id).with_for_update())
    return source.project_id


def _move(ws: Workspace, source: DataSource, project_id: UUID) -> None:
    """Rows of another project move to this one, and both count anew."""
    others = projects_told_of(ws, source) - {project_id}
    if not others:
        return
    for model in TOLD_BY_SOURCE:
        ws.session.execute(update(model).where(model.source_id == source.id).values(project_id=project_id))
    days = delivery_days(ws, source)
    recount_delivery_days(ws, project_id=project_id, days=days)
    for other in others:
        recount_delivery_days(ws, project_id=other, days=days)
        derive_project(ws, other)


def _columns(ws: Workspace, source: DataSource, model: Any, *columns: Any) -> list[list[datetime | None]]:
    rows = ws.session.execute(select(*columns).where(model.source_id == source.id)).all()
    return [[row[number] for row in rows] for number in range(len(columns))]


def _named(batch: DeliveryBatch) -> Iterator[SeenAccount]:
    for pull_request in batch.pull_requests:
        yield from (account for account in (pull_request.author, pull_request.merged_by) if account)
    yield from (review.account for review in batch.reviews if review.account)


def _store_pull_requests(
    ws: Workspace, source: DataSource, told: Sequence[SeenPullRequest], accounts: Accounts
) -> Days:
    columns = (PullRequest.created_at, PullRequest.merged_at)
    former = _stored(ws, source, PullRequest, told, *columns)
    _upsert(ws, PullRequest, _of_source(source, told, accounts), on=("source_id", "external_id"))
    opened = [*(row.created_at for row in former), *(each.created_at for each in told)]
    merged = [*(row.merged_at for row in former), *(each.merged_at for each in told)]
    return _pull_request_days(opened, merged)


def _store_reviews(ws: Workspace, source: DataSource, told: Sequence[SeenReview], accounts: Accounts) -> Days:
    pull_requests = {clean_key(review.pull_request) for review in told}
    keys = {row.external_id: row.id for row in _of_keys(ws, source, PullRequest, pull_requests, PullRequest.id)}
    known = [review for review in told if clean_key(review.pull_request) in keys]
    rows = [
        _row(review, accounts, leaving_out=("pull_request",))
        | {"pull_request_id": keys[clean_key(review.pull_request)]}
        for review in known
    ]
    former = _former_reviews(ws, keys.values(), [row["external_id"] for row in rows])
    _upsert(ws, Review, rows, on=("pull_request_id", "external_id"))
    unknown = sorted(pull_requests - set(keys))
    note(ws, source, (("review of an unknown pull request", number, "Left out.") for number in unknown))
    return {"reviews": _days([*former, *(review.submitted_at for review in known)])}


def _former_reviews(ws: Workspace, pull_requests: Collection[UUID], names: Sequence[str]) -> list[datetime]:
    told = select(Review.submitted_at).where(Review.pull_request_id.in_(pull_requests))
    return [moment for some in chunks(names) for moment in ws.session.scalars(told.where(Review.external_id.in_(some)))]


def _store_runs(ws: Workspace, source: DataSource, told: Sequence[SeenPipelineRun], *, pushed: Moments) -> Days:
    former = _stored(ws, source, PipelineRun, told, PipelineRun.created_at)
    _upsert(ws, PipelineRun, _of_source(source, told), on=("source_id", "external_id", "attempt"))
    return _run_days([*(row.created_at for row in former), *pushed, *(run.created_at for run in told)])


def _store_jobs(ws: Workspace, source: DataSource, told: Sequence[SeenPipelineJob]) -> set[date]:
    """Store jobs; the days of their runs, which may be of an earlier batch."""
    runs = {clean_key(job.run) for job in told}
    columns = (PipelineRun.attempt, PipelineRun.id, PipelineRun.created_at)
    known = list(_of_keys(ws, source, PipelineRun, runs, *columns))
    keys = {(row.external_id, row.attempt): row.id for row in known}
    rows = [
        _row(job, leaving_out=("run", "attempt")) | {"run_id": key}
        for job in told
        if (key := keys.get((clean_key(job.run), job.attempt)))
    ]
    _upsert(ws, PipelineJob, rows, on=("run_id", "external_id"))
    unknown = sorted({job.run for job in told if (clean_key(job.run), job.attempt) not in keys})
    note(ws, source, (("job of an unknown run", run, "Left out.") for run in unknown))
    return _days(row.created_at for row in known)


def _stored(ws: Workspace, source: DataSource, model: Any, told: Sequence[Any], *columns: Any) -> list[Row[Any]]:
    return list(_of_keys(ws, source, model, {clean_key(each.external_id) for each in told}, *columns))


def _of_keys(
    ws: Workspace, source: DataSource, model: Any, names: Collection[str], *columns: Any
) -> Iterator[Row[Any]]:
    """These columns of the rows that a source told by these names."""
    mine: Select[Any] = select(model.external_id, *columns).where(model.source_id == source.id)
    for some in chunks(sorted(names)):
        yield from ws.session.execute(mine.where(model.external_id.in_(some)))


def _of_source(source: DataSource, told: Sequence[Any], accounts: Accounts | None = None) -> list[dict[str, Any]]:
    owner = {"source_id": source.id, "project_id": source.project_id}
    return [_row(each, accounts or {}) | owner for each in told]


def _row(seen: Any, accounts: Accounts | None = None, *, leaving_out: Collection[str] = ()) -> dict[str, Any]:
    """What is seen as the columns of its table, which are named alike."""
    row: dict[str, Any] = {}
    for each in fields(seen):
        value = getattr(seen, each.name)
        if each.name in PEOPLE:
            row[PEOPLE[each.name]] = (accounts or {}).get(who(value)) if value else None
        elif each.name not in leaving_out:
            row[each.name] = clean_key(value) if each.name == "external_id" else clean_value(value)
    return row


def _upsert(ws: Workspace, model: Any, rows: Sequence[dict[str, Any]], *, on: Sequence[str]) -> None:
    kept = {*on, "project_id"}
    if rows:
        update = [name for name in rows[0] if name not in kept]
        upsert(ws.session, model, rows, on=on, update=update, keep=KEPT.get(model, ()))


def _pull_request_days(opened: Moments, merged: Moments) -> Days:
    return {"pull_requests_opened": _days(opened), "pull_requests_merged": _days(merged)}


def _run_days(created: Moments) -> Days:
    days = _days(created)
    return {"pipeline_runs": days, "pipeline_failures": set(days)}


def _days(moments: Moments) -> set[date]:
    return {moment.astimezone(UTC).date() for moment in moments if moment}
