"""What GitLab answers, in our words. Pure: a row in, a value out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from maestro_core.collectors.delivery import (
    SeenAccount,
    SeenDeployment,
    SeenIssue,
    SeenPipelineJob,
    SeenPipelineRun,
    SeenPullRequest,
    SeenRelease,
    SeenReview,
)
from maestro_core.collectors.listings import Row, key_of, moment
from maestro_core.collectors.readiness import by_people, ready_at
from maestro_core.terms import PipelineOutcome, ReviewState, SourceKind

OUTCOMES = {
    "success": PipelineOutcome.SUCCESS,
    "failed": PipelineOutcome.FAILURE,
    "canceled": PipelineOutcome.CANCELLED,
    "skipped": PipelineOutcome.SKIPPED,
}
UNFINISHED = {
    "created",
    "waiting_for_resource",
    "waiting_for_callback",
    "preparing",
    "pending",
    "running",
    "canceling",
    "manual",
    "scheduled",
    "blocked",
}
"""Anything else that is no outcome either says neither good nor bad."""
TIMED_OUT = {"job_execution_timeout", "stuck_or_timeout_failure", "job_execution_server_timeout"}
DECISIONS = {
    "approved this merge request": ReviewState.APPROVED,
    "unapproved this merge request": ReviewState.DISMISSED,
    "requested changes": ReviewState.CHANGES_REQUESTED,
}
"""What a system note begins with that tells what somebody decided."""
READY = re.compile(
    r"marked (?:this merge request|the merge request) as \*\*ready\*\*|unmarked (?:this merge request )?as a"
)
"""What a system note says when a draft becomes ready, now and before GitLab 13.2."""
DRAFTED = re.compile(r"marked (?:(?:this|the) merge request )?as (?:\*\*draft\*\*|a \*\*Work)")
"""And what it says when it becomes a draft."""
BOTS = re.compile(
    r"^(?:project|group)_\d+_bot|^service_account_|^gitlab-?duo$|^duo-developer-|(?:^|[-_.])bot$|^ghost$", re.IGNORECASE
)
"""Users of access tokens of projects and groups, service accounts, GitLab's own, and those that call themselves so."""
GHOST = "ghost"
"""Whose name what deleted people did is put under."""


def account(user: Any, host: str) -> SeenAccount | None:
    """Who did something; None where the account was deleted. The e-mail is the one GitLab hands out to hide the real.

    >>> account({"id": 7, "username": "ada", "name": "Ada Lovelace"}, "gitlab.com")
    ... # doctest: +NORMALIZE_WHITESPACE
    SeenAccount(kind=<SourceKind.GITLAB: 'gitlab'>, identity='gitlab.com/7', name='Ada Lovelace',
                email='7-ada@users.noreply.gitlab.com', is_bot=False)
    """
    if not isinstance(user, dict) or user.get("id") is None or user.get("username") == GHOST:
        return None
    login = text(user.get("username"))
    is_bot = bool(user.get("bot")) or bool(BOTS.search(login))
    email = f"{user['id']}-{login}@users.noreply.{host}" if login else None
    return SeenAccount(SourceKind.GITLAB, f"{host}/{user['id']}", text(user.get("name")) or login, email, is_bot)


def merge_request(row: Row, host: str) -> SeenPullRequest:
    """A merge request, with the notes, commits and sizes that were asked for beside it."""
    sizes = row.get("sizes") or {}
    authored = [moment(each["authored_date"]) for each in row.get("commits") or () if each.get("authored_date")]
    merged_at = when(row.get("merged_at"))
    return SeenPullRequest(
        external_id=key_of(row["iid"]),
        title=text(row.get("title")),
        url=text(row.get("web_url")),
        author=account(row.get("author"), host),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        head_branch=text(row.get("source_branch")),
        base_branch=text(row.get("target_branch")),
        ready_at=ready_at(turns=_turns(row), answered=by_people(answers(row, host))),
        merged_at=merged_at,
        merged_by=account(row.get("merge_user") or row.get("merged_by"), host),
        closed_at=merged_at or when(row.get("closed_at")),
        merge_sha=row.get("merge_commit_sha")
        or row.get("squash_commit_sha")
        or (row.get("sha") if merged_at else None),
        first_commit_at=min(authored, default=None),
        commits=row.get("commit_count"),
        added=sizes.get("additions"),
        deleted=sizes.get("deletions"),
        files=sizes.get("fileCount"),
        is_draft=bool(row.get("draft", row.get("work_in_progress"))),
        labels=labels(row),
    )


def answers(row: Row, host: str) -> list[SeenReview]:
    """What others than its author answered: notes, comments on lines, and approvals, which system notes tell."""
    author = account(row.get("author"), host)
    told = [
        SeenReview(
            pull_request=key_of(row["iid"]),
            external_id=key_of(note["id"]),
            account=account(note.get("author"), host),
            state=state,
            submitted_at=moment(note["created_at"]),
        )
        for note in row.get("notes") or ()
        if (state := _state(note))
    ]
    return [each for each in told if each.account is None or author is None or each.account.identity != author.identity]


def pipeline(row: Row) -> SeenPipelineRun:
    """A pipeline as its own page tells it. Retried jobs belong to the same run: it has one attempt."""
    result = outcome(row)
    if result is PipelineOutcome.FAILURE and row.get("yaml_errors"):
        result = PipelineOutcome.STARTUP_FAILURE
    return SeenPipelineRun(
        external_id=key_of(row["id"]),
        attempt=1,
        pipeline=text(row.get("name")) or "pipeline",
        url=text(row.get("web_url")),
        trigger=text(row.get("source")),
        created_at=moment(row["created_at"]),
        branch=row.get("ref"),
        sha=row.get("sha"),
        outcome=result,
        started_at=when(row.get("started_at")),
        finished_at=when(row.get("finished_at")) if result else None,
    )


def job(row: Row, pipeline: Any, through: str = "") -> SeenPipelineJob:
    """A job of a pipeline, or of a child of it `through` other jobs; GitLab does not tell of steps."""
    name, result, reason = text(row.get("name")), job_outcome(row), row.get("failure_reason")
    return SeenPipelineJob(
        run=str(pipeline),
        attempt=1,
        external_id=key_of(row["id"]),
        name=f"{through} / {name}" if through else name,
        url=text(row.get("web_url")),
        stage=row.get("stage"),
        outcome=result,
        created_at=when(row.get("created_at")),
        started_at=when(row.get("started_at")),
        finished_at=when(row.get("finished_at")) if result else None,
        failure_reason=reason if result not in {None, PipelineOutcome.SUCCESS} else None,
    )


def outcome(row: Mapping[str, Any]) -> PipelineOutcome | None:
    """How a pipeline, a job or a deployment ended; None while it has not."""
    status = text(row.get("status"))
    return None if status in UNFINISHED else OUTCOMES.get(status, PipelineOutcome.NEUTRAL)


def job_outcome(row: Mapping[str, Any]) -> PipelineOutcome | None:
    """How a job ended, of which a reason tells that it took too long."""
    result = outcome(row)
    is_late = result is PipelineOutcome.FAILURE and row.get("failure_reason") in TIMED_OUT
    return PipelineOutcome.TIMED_OUT if is_late else result


def deployment(row: Row) -> SeenDeployment:
    """A deployment by the job that made it, where there is one."""
    deployable, result = row.get("deployable") or {}, outcome(row)
    ended = row.get("finished_at") or deployable.get("finished_at") or row.get("updated_at")
    return SeenDeployment(
        external_id=key_of(row["id"]),
        environment=text((row.get("environment") or {}).get("name")),
        created_at=moment(row["created_at"]),
        sha=row.get("sha"),
        branch=row.get("ref"),
        description=text(deployable.get("name")),
        url=text(deployable.get("web_url") or (row.get("environment") or {}).get("external_url")),
        outcome=result,
        finished_at=when(ended) if result else None,
    )


def release(row: Row) -> SeenRelease | None:
    """A release; None for one that is announced for a later day."""
    if row.get("upcoming_release") or not row.get("released_at"):
        return None
    return SeenRelease(
        external_id=key_of(row["tag_name"]),
        tag=key_of(row["tag_name"]),
        released_at=moment(row["released_at"]),
        name=text(row.get("name")),
        sha=(row.get("commit") or {}).get("id"),
        url=text((row.get("_links") or {}).get("self")),
    )


def issue(row: Row) -> SeenIssue:
    """An issue. What GitLab itself calls an incident is labelled so."""
    kind = text(row.get("issue_type"))
    return SeenIssue(
        external_id=key_of(row["iid"]),
        title=text(row.get("title")),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        url=text(row.get("web_url")),
        labels=tuple(dict.fromkeys((*labels(row), *([kind] if kind == "incident" else [])))),
        closed_at=when(row.get("closed_at")),
    )


def labels(row: Row) -> tuple[str, ...]:
    """The names of labels, with or without their details."""
    told: Sequence[Any] = row.get("labels") or ()
    return tuple(str(each.get("name")) if isinstance(each, dict) else str(each) for each in told)


def when(told: Any) -> Any:
    """A moment that may not be told."""
    return moment(told) if isinstance(told, str) and told else None


def text(told: Any) -> str:
    """A text that may not be told."""
    return "" if told is None else str(told)


def _state(note: Row) -> ReviewState | None:
    body = text(note.get("body"))
    if not note.get("system"):
        return ReviewState.COMMENTED if note.get("type") == "DiffNote" else ReviewState.NOTE
    return next((state for words, state in DECISIONS.items() if body.startswith(words)), None)


def _turns(row: Row) -> list[tuple[datetime, bool]]:
    """When it became ready (True) or a draft (False)."""
    told = [(moment(note["created_at"]), text(note.get("body"))) for note in _system_notes(row)]
    ready = [(at, True) for at, body in told if READY.search(body)]
    return ready + [(at, False) for at, body in told if DRAFTED.match(body)]


def _system_notes(row: Row) -> list[Row]:
    return [note for note in row.get("notes") or () if note.get("system")]
