"""What GitHub answers, in our words. Rows come from REST, or from GraphQL under the same names.

Pure: a row in, a value out; None for a row that cannot be used, such as a release that nobody published.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    "failure": PipelineOutcome.FAILURE,
    "timed_out": PipelineOutcome.TIMED_OUT,
    "startup_failure": PipelineOutcome.STARTUP_FAILURE,
    "cancelled": PipelineOutcome.CANCELLED,
    "skipped": PipelineOutcome.SKIPPED,
}
"""Anything else that has ended (neutral, action_required, stale, what comes in future) says neither good nor bad."""
FINAL = {
    "success": PipelineOutcome.SUCCESS,
    "failure": PipelineOutcome.FAILURE,
    "error": PipelineOutcome.FAILURE,
}
"""States that end a deployment. It becomes inactive when a later one succeeds, which says nothing of how it went."""
REVIEWS = {
    "approved": ReviewState.APPROVED,
    "changes_requested": ReviewState.CHANGES_REQUESTED,
    "commented": ReviewState.COMMENTED,
    "dismissed": ReviewState.DISMISSED,
}
READY = "ReadyForReviewEvent"
FAILED_STEPS = {"failure", "timed_out", "cancelled"}


def account(user: Any, host: str) -> SeenAccount | None:
    """Who did something; None where the account was deleted. The e-mail is the one GitHub hands out to hide the real.

    >>> account({"login": "ada", "id": 49, "type": "User"}, "github.com")
    ... # doctest: +NORMALIZE_WHITESPACE
    SeenAccount(kind=<SourceKind.GITHUB: 'github'>, identity='github.com/49', name='ada',
                email='49+ada@users.noreply.github.com', is_bot=False)
    """
    if not isinstance(user, dict) or not user.get("login"):
        return None
    login, number = str(user["login"]), str(user.get("id") or user["login"])
    is_bot = user.get("type") == "Bot"
    # GraphQL leaves out what REST ends the names of programs with.
    login = f"{login}[bot]" if is_bot and not login.endswith("[bot]") else login
    email = f"{number}+{login}@users.noreply.{host}" if user.get("id") else None
    return SeenAccount(SourceKind.GITHUB, f"{host}/{number}", str(user.get("name") or login), email, is_bot)


def pull_request(row: Row, host: str) -> SeenPullRequest:
    """A pull request, whole as GraphQL or its own page tells it."""
    merged_at, commits = when(row.get("merged_at")), row.get("commits")
    return SeenPullRequest(
        external_id=key_of(row["number"]),
        title=text(row.get("title")),
        url=text(row.get("html_url")),
        author=account(row.get("user"), host),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        head_branch=text(row.get("head_ref") or _in(row, "head", "ref")),
        base_branch=text(row.get("base_ref") or _in(row, "base", "ref")),
        ready_at=ready_at(turns=_turns(row), answered=by_people(answers(row, host))),
        merged_at=merged_at,
        merged_by=account(row.get("merged_by"), host),
        closed_at=when(row.get("closed_at")),
        # Of one that is not merged, REST tells the commit of a trial.
        merge_sha=(_in(row, "merge_commit", "oid") or row.get("merge_commit_sha")) if merged_at else None,
        first_commit_at=when(row.get("first_commit_at") or _first_commit(commits)),
        commits=count(commits.get("totalCount") if isinstance(commits, dict) else commits),
        added=count(row.get("additions")),
        deleted=count(row.get("deletions")),
        files=count(row.get("changed_files")),
        is_draft=bool(row.get("draft")),
        labels=labels(row),
    )


def answers(row: Row, host: str) -> list[SeenReview]:
    """What others than its author answered to a pull request: reviews, and comments as notes."""
    author = account(row.get("user"), host)
    told = [
        SeenReview(
            pull_request=key_of(row["number"]),
            external_id=_anchor(each),
            account=account(each.get("user"), host),
            state=state,
            submitted_at=moment(at),
        )
        for each, state, at in (*_reviews(row), *_notes(row))
    ]
    return [each for each in told if each.account is None or author is None or each.account.identity != author.identity]


def run(row: Row, jobs: Sequence[SeenPipelineJob]) -> SeenPipelineRun:
    """One attempt of a workflow run; the jobs that ran, in any attempt, tell when it really began and ended."""
    attempt = count(row.get("run_attempt")) or 1
    own = [job for job in jobs if job.attempt == attempt and job.outcome is not PipelineOutcome.SKIPPED]
    asked_at = moment(row.get("run_started_at") or row["created_at"])
    result = outcome(row)
    began = [job.started_at for job in own if job.started_at]
    ended = [job.finished_at for job in own if job.finished_at]
    return SeenPipelineRun(
        external_id=key_of(row["id"]),
        attempt=attempt,
        pipeline=text(row.get("name") or row.get("path") or row.get("workflow_id")),
        url=text(row.get("html_url")),
        trigger=text(row.get("event")),
        # A run that is run again keeps its first time of creation.
        created_at=asked_at if attempt > 1 else moment(row["created_at"]),
        branch=row.get("head_branch"),
        sha=row.get("head_sha"),
        outcome=result,
        started_at=min(began, default=asked_at),
        finished_at=max(ended, default=when(row.get("updated_at"))) if result else None,
    )


def job(row: Row) -> SeenPipelineJob:
    """A job of a run, with the first step that failed."""
    result = outcome(row)
    return SeenPipelineJob(
        run=key_of(row["run_id"]),
        attempt=count(row.get("run_attempt")) or 1,
        external_id=key_of(row["id"]),
        name=text(row.get("name")),
        url=text(row.get("html_url")),
        outcome=result,
        created_at=when(row.get("created_at")),
        # One that waits tells the time it began to wait.
        started_at=when(row.get("started_at")) if row.get("status") in {"completed", "in_progress"} else None,
        finished_at=when(row.get("completed_at")) if result else None,
        failed_step=_failed_step(row) if result and result is not PipelineOutcome.SUCCESS else None,
    )


def ran(jobs: Sequence[SeenPipelineJob]) -> list[SeenPipelineJob]:
    """The jobs of all attempts of a run, each under the attempt in which it ran.

    GitHub tells a job that is not run again under the new attempt too: with a new number, but its old times.
    """
    first: dict[Any, int] = {}
    for job in jobs:
        first[_times(job)] = min(job.attempt, first.get(_times(job), job.attempt))
    return [job for job in jobs if job.started_at is None or job.attempt == first[_times(job)]]


def _times(job: SeenPipelineJob) -> tuple[str, datetime | None, datetime | None]:
    return job.name, job.started_at, job.finished_at


def outcome(row: Row) -> PipelineOutcome | None:
    """How a run or a job ended; None while it has not."""
    if row.get("status") != "completed":
        return None
    return OUTCOMES.get(str(row.get("conclusion")), PipelineOutcome.NEUTRAL)


def deployment(row: Row) -> SeenDeployment:
    """A deployment by its last final state, which tells how and when it ended."""
    # They are told newest first: of two of one second, the first is the last.
    states = sorted(_rows(row.get("statuses")), key=lambda each: text(each.get("created_at")), reverse=True)
    final = [each for each in states if text(each.get("state")).lower() in FINAL]
    last = next(iter(final or states), {})
    state = text(last.get("state")).lower()
    result = PipelineOutcome.NEUTRAL if state == "inactive" else FINAL.get(state)
    return SeenDeployment(
        external_id=key_of(row["id"]),
        environment=text(row.get("environment")),
        created_at=moment(row["created_at"]),
        sha=row.get("sha"),
        branch=_in(row, "at", "name") or row.get("ref"),
        description=text(row.get("description")),
        url=text(last.get("log_url") or last.get("environment_url") or last.get("target_url")),
        outcome=result,
        finished_at=when(last.get("created_at")) if result else None,
    )


def release(row: Row) -> SeenRelease | None:
    """A published release; None for a draft."""
    if row.get("draft") or not row.get("published_at"):
        return None
    return SeenRelease(
        external_id=key_of(row.get("id") or row["tag_name"]),
        tag=text(row["tag_name"]),
        released_at=moment(row["published_at"]),
        name=text(row.get("name")),
        sha=_in(row, "commit", "oid"),
        is_prerelease=bool(row.get("prerelease")),
        url=text(row.get("html_url")),
    )


def issue(row: Row) -> SeenIssue | None:
    """An issue; None for a pull request, which REST lists among them."""
    if "pull_request" in row:
        return None
    return SeenIssue(
        external_id=key_of(row["number"]),
        title=text(row.get("title")),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        url=text(row.get("html_url")),
        labels=labels(row),
        closed_at=when(row.get("closed_at")),
    )


def when(told: Any) -> datetime | None:
    """A moment that may not be told."""
    return moment(told) if isinstance(told, str) and told else None


def text(told: Any) -> str:
    """A text that may not be told."""
    return "" if told is None else str(told)


def count(told: Any) -> int | None:
    """A number that may not be told."""
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def labels(row: Row) -> tuple[str, ...]:
    """The names of labels, which REST may also tell as plain text."""
    told = row.get("labels")
    plain = [each for each in told if isinstance(each, str)] if isinstance(told, list) else []
    return (*plain, *(str(name) for name in _values(told, "name")))


def _reviews(row: Row) -> Iterable[tuple[Row, ReviewState, str]]:
    for each in _rows(row.get("reviews")):
        state = REVIEWS.get(text(each.get("state")).lower())
        if state and each.get("submitted_at"):  # one that is pending is seen by its author only
            yield each, state, each["submitted_at"]


def _notes(row: Row) -> Iterable[tuple[Row, ReviewState, str]]:
    return ((each, ReviewState.NOTE, each["created_at"]) for each in _rows(row.get("comments")) if "created_at" in each)


def _turns(row: Row) -> list[tuple[datetime, bool]]:
    """When it became ready (True) or a draft (False)."""
    told = (each for each in _rows(row.get("turns")) if each.get("created_at"))
    return [(moment(each["created_at"]), each.get("kind") == READY) for each in told]


def _anchor(answer: Row) -> str:
    """What ends the address of an answer: the same in REST and GraphQL, of which not every version tells numbers."""
    return text(answer.get("html_url")).rpartition("#")[2]


def _first_commit(commits: Any) -> Any:
    return next((_in(each, "commit", "authoredDate") for each in _rows(commits)), None)


def _failed_step(row: Row) -> str | None:
    failed = (step for step in _rows(row.get("steps")) if step.get("conclusion") in FAILED_STEPS)
    return next((text(step.get("name")) for step in failed), None)


def _rows(told: Any) -> list[Row]:
    """A list of REST, or the nodes of GraphQL."""
    nodes = told.get("nodes") if isinstance(told, dict) else told
    return [each for each in nodes if isinstance(each, dict)] if isinstance(nodes, list) else []


def _values(told: Any, name: str) -> list[Any]:
    return [each[name] for each in _rows(told) if each.get(name)]


def _in(row: Row, outer: str, inner: str) -> Any:
    within = row.get(outer)
    return within.get(inner) if isinstance(within, dict) else None
