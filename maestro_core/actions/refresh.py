"""Refreshing sources: requested by people or by the clock, done by the one process that leads.

Reading a source works outside transactions. Each batch is stored in a short workspace of its own: rows, cursor and
progress together, behind a fence that only the leader and who works for it pass, one at a time, and of several attempts
at one run only the latest. Whatever is killed, and whenever, the next attempt goes on from the last cursor: nothing is
lost, and nothing is counted twice.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import delete, func, select

from maestro_core.access import Permission
from maestro_core.actions import action, outdate_answers
from maestro_core.actions.collecting import address_of, collector_for, store
from maestro_core.actions.derived import derive
from maestro_core.actions.lead import Door, Lead, LeadLost, Overtaken, Stopping, ending_quietly
from maestro_core.collectors import Batch
from maestro_core.errors import AskedToWait, MaestroError, NotFound, NotNow
from maestro_core.models import DataSource, RefreshRun, new_key
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from maestro_core.workspace import Workspace

MOST_INTERRUPTIONS = 5
TRY_AGAIN = timedelta(seconds=5)
"""When a source is tried again that cannot be read just now."""
LONGEST_WAIT = timedelta(days=1)
"""When a tool is asked again, whatever it says."""
KEEP_RUNS = timedelta(days=90)
LONGEST_TEXT = 2000
UNEXPECTED = "Something went wrong that Maestro did not expect while it read this source."
KILLED = f"Reading this source was cut off {MOST_INTERRUPTIONS} times in a row before anything new was stored."
KILLED_ADVICE = "The machine may be short of memory: see its log, lower MAESTRO_GIT_MEMORY_MB, then refresh again."
UNEXPECTED_ADVICE = (
    "What is stored is whole. The log (of the server, or maestro.log in the data directory) tells more: look for {}."
)
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Result:
    """How an attempt to read a source ended."""

    state: RunState
    message: str | None = None
    error: str | None = None
    advice: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True)
class _Attempt:
    """One reading of a run's source: of several, in whatever processes, only the latest may write."""

    door: Door
    run_id: UUID
    lead: Lead
    number: int

    @contextmanager
    def writing(self) -> Iterator[tuple[Workspace, RefreshRun]]:
        """A short workspace; `LeadLost` where others are at it, `NotFound` where the source was disconnected."""
        with self.door() as ws:
            self.lead.prove(ws)
            run = ws.get(RefreshRun, self.run_id)
            if run.attempts != self.number:
                raise Overtaken(self.run_id)
            yield ws, run


INTERRUPTED = _Result(RunState.QUEUED, "Interrupted: goes on from the last stored batch")


@action(Permission.REFRESH)
def request_refresh(ws: Workspace, *, source_id: UUID) -> UUID:
    """Queue a refresh of a source; the run that is queued or running already, where there is one."""
    return queue_refresh(ws, source_id)


def queue_refresh(ws: Workspace, source_id: UUID) -> UUID:
    """As `request_refresh`, for actions and the clock: not a deed of its own in the audit."""
    # Two requests at once would each see no run: the row of the source makes the second one wait.
    if ws.session.scalar(select(DataSource.id).where(DataSource.id == source_id).with_for_update()) is None:
        raise NotFound(f"There is no data source {source_id} here.")
    unfinished = select(RefreshRun.id).where(RefreshRun.source_id == source_id, RefreshRun.state.in_(UNFINISHED))
    known = ws.session.scalar(unfinished.order_by(RefreshRun.requested_at).limit(1))
    if known:
        return known
    run = RefreshRun(id=new_key(), source_id=source_id, requested_at=ws.now, message="Waiting for its turn")
    ws.session.add(run)
    ws.session.flush()
    return run.id


def due_sources(ws: Workspace, *, older_than: datetime) -> list[UUID]:
    """The sources whose last refresh ended before this moment, well or badly, and that wait for none."""
    last = select(func.max(RefreshRun.finished_at)).where(RefreshRun.source_id == DataSource.id).scalar_subquery()
    waits = select(RefreshRun.id).where(RefreshRun.source_id == DataSource.id, RefreshRun.state.in_(UNFINISHED))
    due = select(DataSource.id).where(~waits.exists(), (last.is_(None)) | (last <= older_than))
    return list(ws.session.scalars(due.order_by(DataSource.created_at)))


def queue_due(ws: Workspace, *, older_than: datetime) -> list[UUID]:
    """Queue a refresh of each source that is due; the runs."""
    ws.require(Permission.REFRESH, action="refresh.queue_due")
    return [queue_refresh(ws, source_id) for source_id in due_sources(ws, older_than=older_than)]


def refresh_queued(door: Door, *, settings: Settings, lead: Lead) -> None:
    """Try once to refresh each source that is queued, oldest first, while this process leads and should go on."""
    with ending_quietly(lead):
        put_back_interrupted(door, lead=lead)
        for run_id in queued_runs(door, lead=lead):
            refresh_source(door, run_id, settings=settings, lead=lead)


def queued_runs(door: Door, *, lead: Lead) -> dict[UUID, int]:
    """The runs that may be tried now, oldest first, and how often each was cut off since it stored something."""
    with door() as ws:
        lead.prove(ws)
        now = RefreshRun.not_before.is_(None) | (RefreshRun.not_before <= ws.now)
        queued = select(RefreshRun.id, RefreshRun.interruptions).where(RefreshRun.state == RunState.QUEUED, now)
        return dict(ws.session.execute(queued.order_by(RefreshRun.requested_at, RefreshRun.id)).all())


def put_back_interrupted(door: Door, *, lead: Lead) -> None:
    """Queue again what is marked as running. Only for the leader, before it refreshes: nobody else can be at it."""
    with door() as ws:
        lead.prove(ws)
        for run in ws.session.scalars(select(RefreshRun).where(RefreshRun.state == RunState.RUNNING)):
            cut_off(ws, run)


def cut_off(ws: Workspace, run: RefreshRun) -> None:
    """Queue again what its reader left in the middle, and let that one write no more.

    A source whose reader died too often without storing anything new fails instead: it may be what kills it.
    """
    run.interruptions, run.attempts = run.interruptions + 1, run.attempts + 1
    died_too_often = run.interruptions >= MOST_INTERRUPTIONS
    _end(ws, run, _Result(RunState.FAILED, None, KILLED, KILLED_ADVICE) if died_too_often else INTERRUPTED)


def refresh_source(door: Door, run_id: UUID, *, settings: Settings, lead: Lead) -> None:
    """Read a source and store what is new. What goes wrong is recorded on the run, with advice.

    Raises `LeadLost` where another process took over, and `Stopping` where this one should end.
    """
    attempt = _begin(door, run_id, lead)
    if attempt:
        result = _result(attempt, settings=settings)
        # Nothing is left to tell where the source was disconnected meanwhile: its runs are gone with it.
        with suppress(NotFound), attempt.writing() as (ws, run):
            _end(ws, run, result)
    if not lead.go_on():
        raise Stopping


def _begin(door: Door, run_id: UUID, lead: Lead) -> _Attempt | None:
    """The attempt that may write from now on; None where the run has ended, or is gone with its source."""
    with door() as ws:
        lead.prove(ws)
        run = ws.session.get(RefreshRun, (run_id, ws.member.tenant_id))
        if run is None or run.state not in UNFINISHED:
            return None
        _start(ws, run)
        return _Attempt(door, run_id, lead, run.attempts)


def _start(ws: Workspace, run: RefreshRun) -> None:
    run.state, run.message = RunState.RUNNING, "Asking the source what is new"
    run.started_at, run.heartbeat_at, run.not_before = run.started_at or ws.now, ws.now, None
    run.attempts += 1
    outdate_answers(ws)


def _result(attempt: _Attempt, *, settings: Settings) -> _Result:
    token: SecretStr | None = None
    try:
        with attempt.door() as ws:
            source = ws.get(DataSource, ws.get(RefreshRun, attempt.run_id).source_id)
            address, cursor = address_of(ws, source, settings=settings), source.cursor
        token = address.token
        return _collect(attempt, collector_for(address, settings=settings).collect(cursor))
    except LeadLost:
        raise
    except NotNow as problem:
        with attempt.door() as ws:
            return _waiting(problem, token, now=ws.now)
    except MaestroError as problem:
        return _Result(RunState.FAILED, None, _told(problem.message, token), _told(problem.advice, token))
    except Exception:
        # The traceback is told as text, without the credential that an exception may quote.
        logger.error("refresh %s failed:\n%s", attempt.run_id, _hidden(traceback.format_exc(), token))  # noqa: TRY400
        return _Result(RunState.FAILED, None, UNEXPECTED, UNEXPECTED_ADVICE.format(attempt.run_id))


def _waiting(problem: NotNow, token: SecretStr | None, *, now: datetime) -> _Result:
    if not isinstance(problem, AskedToWait):
        # Such as a git that outlived a killed leader and still holds the mirror: it ends by itself.
        return _Result(RunState.QUEUED, f"Waiting: {_told(problem.message, token)}", not_before=now + TRY_AGAIN)
    until = min(problem.until, now + LONGEST_WAIT)
    message = f"Waiting until {until:%Y-%m-%d %H:%M} UTC: {_told(problem.message, token)}"
    return _Result(RunState.QUEUED, message, not_before=until)


def _collect(attempt: _Attempt, batches: Iterator[Batch]) -> _Result:
    message: str | None = "Nothing new"
    for batch in batches:
        message = None
        with attempt.writing() as (ws, run):
            _store(ws, run, batch)
        if not attempt.lead.go_on():
            return INTERRUPTED
    with attempt.writing() as (ws, run):
        derive(ws, ws.get(DataSource, run.source_id))
    return _Result(RunState.SUCCEEDED, message)


def _store(ws: Workspace, run: RefreshRun, batch: Batch) -> None:
    source = ws.get(DataSource, run.source_id)
    run.interruptions = run.interruptions if batch.cursor == source.cursor else 0
    run.rows += store(ws, source, batch)
    source.cursor = dict(batch.cursor)
    run.done, run.total, run.message, run.heartbeat_at = batch.done, batch.total, _told(batch.message), ws.now


def _end(ws: Workspace, run: RefreshRun, result: _Result) -> None:
    run.state, run.message = result.state, result.message or run.message
    run.error, run.advice, run.not_before = result.error, result.advice, result.not_before
    outdate_answers(ws)
    if result.state is RunState.QUEUED:
        return
    run.finished_at = run.heartbeat_at = ws.now
    if result.state is RunState.SUCCEEDED:
        ws.get(DataSource, run.source_id).refreshed_at = ws.now
    ended_long_ago = (RefreshRun.source_id == run.source_id) & (RefreshRun.finished_at < ws.now - KEEP_RUNS)
    ws.session.execute(delete(RefreshRun).where(ended_long_ago))


def _told(text: str, token: SecretStr | None = None) -> str:
    """A text that may be stored and shown: without the credential, without what PostgreSQL refuses, not endless."""
    return _hidden(text, token).replace("\x00", "\ufffd").encode(errors="replace").decode()[:LONGEST_TEXT]


def _hidden(text: str, token: SecretStr | None) -> str:
    secret = token.get_secret_value() if token else ""
    return text.replace(secret, "**********") if secret else text
