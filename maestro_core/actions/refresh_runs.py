"""A run of a refresh: how it is begun, put back and ended, and who may write for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from maestro_core.actions import outdate_answers
from maestro_core.actions.lead import Door, Lead, Overtaken
from maestro_core.models import DataSource, RefreshRun
from maestro_core.terms import RunState
from maestro_core.workspace import Workspace

MOST_INTERRUPTIONS = 5
TRY_AGAIN = timedelta(seconds=5)
"""When a source is tried again that cannot be read just now."""
KEEP_RUNS = timedelta(days=90)
KILLED = f"Reading this source was cut off {MOST_INTERRUPTIONS} times in a row before anything new was stored."
KILLED_ADVICE = "The machine may be short of memory: see its log, lower MAESTRO_GIT_MEMORY_MB, then refresh again."
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class Result:
    """How an attempt to read a source ended."""

    state: RunState
    message: str | None = None
    error: str | None = None
    advice: str | None = None
    not_before: datetime | None = None


INTERRUPTED = Result(RunState.QUEUED, "Interrupted: goes on from the last stored batch")


@dataclass(frozen=True)
class QueuedRun:
    """A run that may be tried now."""

    run_id: UUID
    source_id: UUID
    interruptions: int


@dataclass(frozen=True)
class Attempt:
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


def queued_runs(door: Door, *, lead: Lead) -> list[QueuedRun]:
    """The runs that may be tried now, oldest first."""
    with door() as ws:
        lead.prove(ws)
        now = RefreshRun.not_before.is_(None) | (RefreshRun.not_before <= ws.now)
        queued = select(RefreshRun.id, RefreshRun.source_id, RefreshRun.interruptions)
        queued = queued.where(RefreshRun.state == RunState.QUEUED, now)
        runs = ws.session.execute(queued.order_by(RefreshRun.requested_at, RefreshRun.id)).all()
    return [QueuedRun(*run) for run in runs]


def put_back_interrupted(door: Door, *, lead: Lead) -> None:
    """Queue again what is marked as running. Only for the leader, before it refreshes: nobody else can be at it."""
    with door() as ws:
        lead.prove(ws)
        for run in ws.session.scalars(select(RefreshRun).where(RefreshRun.state == RunState.RUNNING)):
            cut_off(ws, run)


def begin(door: Door, run_id: UUID, lead: Lead) -> Attempt | None:
    """The attempt that may write from now on; None where the run has ended, or is gone with its source."""
    with door() as ws:
        lead.prove(ws)
        run = ws.session.get(RefreshRun, (run_id, ws.member.tenant_id))
        if run is None or run.state not in UNFINISHED:
            return None
        _start(ws, run)
        return Attempt(door, run_id, lead, run.attempts)


def change(door: Door, run_id: UUID, lead: Lead, how: Callable[[Workspace, RefreshRun], None]) -> None:
    """Change a run as the leader, whoever is at it; nothing where it has ended, or is gone with its source."""
    with door() as ws:
        lead.prove(ws)
        run = ws.session.get(RefreshRun, (run_id, ws.member.tenant_id))
        if run and run.state in UNFINISHED:
            how(ws, run)


def interrupt(ws: Workspace, run: RefreshRun) -> None:
    """Queue again what somebody was asked to leave in the middle, and let that one write no more."""
    run.attempts += 1
    end(ws, run, INTERRUPTED)


def cut_off(ws: Workspace, run: RefreshRun) -> None:
    """Queue again what its reader left in the middle unasked, and let that one write no more.

    A source whose reader died too often without storing anything new fails instead: it may be what kills it.
    """
    run.interruptions += 1
    interrupt(ws, run)
    if run.interruptions >= MOST_INTERRUPTIONS:
        end(ws, run, Result(RunState.FAILED, None, KILLED, KILLED_ADVICE))


def put_off(ws: Workspace, run: RefreshRun, why: str) -> None:
    """Leave in the queue, for a moment, what cannot be read just now."""
    end(ws, run, Result(RunState.QUEUED, f"Waiting: {why}", not_before=ws.now + TRY_AGAIN))


def end(ws: Workspace, run: RefreshRun, result: Result) -> None:
    """Record how an attempt ended; old runs of the source are forgotten."""
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


def _start(ws: Workspace, run: RefreshRun) -> None:
    # Running already: a cluster has given the run to another, since the first one died.
    run.interruptions += run.state is RunState.RUNNING
    run.attempts += 1
    run.state, run.message = RunState.RUNNING, "Asking the source what is new"
    run.started_at, run.heartbeat_at, run.not_before = run.started_at or ws.now, ws.now, None
    outdate_answers(ws)
