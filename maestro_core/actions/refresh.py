"""Refreshing sources: requested by people or by the clock, done by the one process that leads.

Reading a source works outside transactions. Each batch is stored in a short workspace of its own: rows, cursor and
progress together, behind a fence that only the leader and who works for it pass, one at a time, and of several attempts
at one run only the latest. Whatever is killed, and whenever, the next attempt goes on from the last cursor: nothing is
lost, and nothing is counted twice.
"""

from __future__ import annotations

import gc
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.collecting import address_of, collector_for, store
from maestro_core.actions.derived import derive
from maestro_core.actions.lead import Door, Lead, LeadLost, Stopping, ending_quietly
from maestro_core.actions.refresh_runs import (
    INTERRUPTED,
    TRY_AGAIN,
    UNFINISHED,
    Attempt,
    Result,
    begin,
    end,
    put_back_interrupted,
    queued_runs,
)
from maestro_core.collectors import Batch
from maestro_core.errors import AskedToWait, MaestroError, NotFound, NotNow, SourceUnavailable
from maestro_core.models import DataSource, RefreshRun, new_key
from maestro_core.settings import Settings
from maestro_core.terms import RunState, SourceKind
from maestro_core.workspace import Workspace

LONGEST_WAIT = timedelta(days=1)
"""When a tool is asked again, whatever it says."""
LONGEST_TEXT = 2000
NEW_OBJECTS = 500_000
"""So many, rather than Python's 700, before it looks for circles among them: see `_few_searches`."""
UNEXPECTED = "Something went wrong that Maestro did not expect while it read this source."
UNEXPECTED_ADVICE = (
    "What is stored is whole. The log (of the server, or maestro.log in the data directory) tells more: look for {}."
)

logger = logging.getLogger(__name__)


@action(Permission.REFRESH)
def request_refresh(ws: Workspace, *, source_id: UUID) -> UUID:
    """Queue a refresh of a source; the run that is queued or running already, where there is one."""
    return queue_refresh(ws, source_id)


def queue_refresh(ws: Workspace, source_id: UUID) -> UUID:
    """As `request_refresh`, for actions and the clock: not a deed of its own in the audit."""
    # Two requests at once would each see no run: the row of the source makes the second one wait.
    kind = ws.session.scalar(select(DataSource.kind).where(DataSource.id == source_id).with_for_update())
    if kind is None:
        raise NotFound(f"There is no data source {source_id} here.")
    if kind is SourceKind.PUSH:
        raise NotNow("What is pushed is never read.", advice="It comes by itself, as docs/push.md of Maestro says.")
    unfinished = select(RefreshRun.id).where(RefreshRun.source_id == source_id, RefreshRun.state.in_(UNFINISHED))
    known = ws.session.scalar(unfinished.order_by(RefreshRun.requested_at).limit(1))
    if known:
        return known
    run = RefreshRun(id=new_key(), source_id=source_id, requested_at=ws.now, message="Waiting for its turn")
    ws.session.add(run)
    ws.session.flush()
    return run.id


def due_sources(ws: Workspace, *, older_than: datetime) -> list[UUID]:
    """The sources whose last refresh ended before this moment, well or badly, and that wait for none.

    What is pushed is never read.
    """
    last = select(func.max(RefreshRun.finished_at)).where(RefreshRun.source_id == DataSource.id).scalar_subquery()
    waits = select(RefreshRun.id).where(RefreshRun.source_id == DataSource.id, RefreshRun.state.in_(UNFINISHED))
    is_read = DataSource.kind != SourceKind.PUSH
    due = select(DataSource.id).where(is_read, ~waits.exists(), (last.is_(None)) | (last <= older_than))
    return list(ws.session.scalars(due.order_by(DataSource.created_at)))


def queue_due(ws: Workspace, *, older_than: datetime) -> list[UUID]:
    """Queue a refresh of each source that is due; the runs."""
    ws.require(Permission.REFRESH, action="refresh.queue_due")
    return [queue_refresh(ws, source_id) for source_id in due_sources(ws, older_than=older_than)]


def refresh_queued(door: Door, *, settings: Settings, lead: Lead) -> None:
    """Try once to refresh each source that is queued, oldest first, while this process leads and should go on."""
    with ending_quietly(lead):
        put_back_interrupted(door, lead=lead)
        for queued in queued_runs(door, lead=lead):
            refresh_source(door, queued.run_id, settings=settings, lead=lead)


def refresh_source(door: Door, run_id: UUID, *, settings: Settings, lead: Lead) -> None:
    """Read a source and store what is new. What goes wrong is recorded on the run, with advice.

    Raises `LeadLost` where another process took over, and `Stopping` where this one should end.
    """
    attempt = begin(door, run_id, lead)
    if attempt:
        result = _result(attempt, settings=settings)
        # Nothing is left to tell where the source was disconnected meanwhile: its runs are gone with it.
        with suppress(NotFound), attempt.writing() as (ws, run):
            end(ws, run, result)
    if not lead.go_on():
        raise Stopping


def _result(attempt: Attempt, *, settings: Settings) -> Result:
    token: SecretStr | None = None
    try:
        with attempt.door() as ws:
            source = ws.get(DataSource, ws.get(RefreshRun, attempt.run_id).source_id)
            address, cursor = address_of(ws, source, settings=settings), source.cursor
        token = address.token
        with _few_searches():
            return _collect(attempt, collector_for(address, settings=settings).collect(cursor))
    except LeadLost:
        raise
    except NotNow as problem:
        with attempt.door() as ws:
            return _waiting(problem, token, now=ws.now)
    except MaestroError as problem:
        return Result(RunState.FAILED, None, _told(problem.message, token), _told(problem.advice, token))
    except Exception:
        # The traceback is told as text, without the credential that an exception may quote.
        logger.error("refresh %s failed:\n%s", attempt.run_id, _hidden(traceback.format_exc(), token))  # noqa: TRY400
        return Result(RunState.FAILED, None, UNEXPECTED, UNEXPECTED_ADVICE.format(attempt.run_id))


def _waiting(problem: NotNow, token: SecretStr | None, *, now: datetime) -> Result:
    if not isinstance(problem, AskedToWait):
        # Such as a git that outlived a killed leader and still holds the mirror: it ends by itself.
        return Result(RunState.QUEUED, f"Waiting: {_told(problem.message, token)}", not_before=now + TRY_AGAIN)
    until = min(problem.until, now + LONGEST_WAIT)
    message = f"Waiting until {until:%Y-%m-%d %H:%M} UTC: {_told(problem.message, token)}"
    return Result(RunState.QUEUED, message, not_before=until)


@contextmanager
def _few_searches() -> Iterator[None]:
    """Batches hold many objects and no circles: looking for some took an eighth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _collect(attempt: Attempt, batches: Iterator[Batch]) -> Result:
    message: str | None = "Nothing new"
    try:
        for batch in batches:
            message = None
            with attempt.writing() as (ws, run):
                _store(ws, run, batch)
            if not attempt.lead.go_on():
                return INTERRUPTED
    except (NotNow, SourceUnavailable):
        # What is stored is shown meanwhile: the rest may take days, or never come.
        if message is None:
            _derive(attempt, even_git=False)
        raise
    _derive(attempt)
    return Result(RunState.SUCCEEDED, message)


def _derive(attempt: Attempt, *, even_git: bool = True) -> None:
    """Make anew what rests on the rows; files of a history that is half read are known at its end."""
    with attempt.writing() as (ws, run):
        source = ws.get(DataSource, run.source_id)
        if even_git or source.kind is not SourceKind.GIT:
            derive(ws, source)


def _store(ws: Workspace, run: RefreshRun, batch: Batch) -> None:
    source = ws.get(DataSource, run.source_id)
    run.interruptions = run.interruptions if batch.cursor == source.cursor else 0
    run.rows += store(ws, source, batch)
    source.cursor = dict(batch.cursor)
    run.done, run.total, run.message, run.heartbeat_at = batch.done, batch.total, _told(batch.message), ws.now


def _told(text: str, token: SecretStr | None = None) -> str:
    """A text that may be stored and shown: without the credential, without what PostgreSQL refuses, not endless."""
    return _hidden(text, token).replace("\x00", "\ufffd").encode(errors="replace").decode()[:LONGEST_TEXT]


def _hidden(text: str, token: SecretStr | None) -> str:
    secret = token.get_secret_value() if token else ""
    return text.replace(secret, "**********") if secret else text
