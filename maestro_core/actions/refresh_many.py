"""Refreshing all that is queued, several sources at once where that is worth it.

What is read at once is fetched and parsed at once; batches are stored one at a time, since each proves the lead first.
Runs wait in the database, so that whoever asks meanwhile is served too, and nothing is lost with a process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from maestro_core.actions.crew import Crew, crew_for
from maestro_core.actions.errand import Errand, Return
from maestro_core.actions.lead import Door, Lead, LeadLost, Stopping, ending_quietly
from maestro_core.actions.refresh import refresh_queued, refresh_source
from maestro_core.actions.refresh_runs import (
    QueuedRun,
    Result,
    change,
    cut_off,
    end,
    interrupt,
    put_back_interrupted,
    put_off,
    queued_runs,
)
from maestro_core.errors import NotNow
from maestro_core.models import RefreshRun
from maestro_core.settings import Settings
from maestro_core.terms import RunState
from maestro_core.workspace import Workspace

LOOK_SECONDS = 0.5
"""How often the leader looks who is done, who asks meanwhile, and whether it should stop."""
ALONE_AFTER = 2
"""A source whose reader died so often without storing anything is read when nobody else is: it may take all with it."""
GONE = "the process that was to read it ended; the log tells why."

logger = logging.getLogger(__name__)


def refresh_many(door: Door, *, settings: Settings, lead: Lead) -> None:
    """Try to refresh each source that is queued, also those that are queued meanwhile, while this process leads."""
    if settings.workers == 1 and settings.dask is None:
        return refresh_queued(door, settings=settings, lead=lead)
    with ending_quietly(lead):
        put_back_interrupted(door, lead=lead)
        with door() as ws:
            url = ws.session.connection().engine.url.render_as_string(hide_password=False)
            membership_id = ws.member.membership_id
        _Round(door, settings, lead, membership_id, crew_for(settings, database_url=url)).go()
    return None


@dataclass
class _Round:
    """The leader's part: it reads by itself, calls others where that takes long, and sees what becomes of each run."""

    door: Door
    settings: Settings
    lead: Lead
    membership_id: UUID
    crew: Crew
    away: dict[Future[Return], UUID] = field(default_factory=dict)
    """The runs that somebody is at."""
    here: Future[Return] | None = None
    """What this process reads, among them."""
    alone: UUID | None = None
    """The run that may kill who is beside it: nobody begins anything before it has ended."""

    def go(self) -> None:
        """Until nothing is queued that may be tried now, and nobody is at anything."""
        try:
            while self._hand_out() or self.away:
                self._look()
        except Stopping:
            self._put_back()
            raise
        finally:
            self.crew.dismiss()

    def _hand_out(self) -> bool:
        """Let what is queued be read, here or by others; whether anything was queued."""
        taken = set(self.away.values())
        waiting = [run for run in queued_runs(self.door, lead=self.lead) if run.run_id not in taken]
        together = [run for run in waiting if run.interruptions < ALONE_AFTER]
        if self.alone in taken:
            return bool(waiting)
        if together and self.crew.is_here():
            self._send(together)
        elif not self.away and together:
            self._read_here(together[0])
        elif not self.away and waiting:
            self.alone = waiting[0].run_id
            self._send(waiting[:1])
        return bool(waiting)

    def _read_here(self, run: QueuedRun) -> None:
        read = partial(refresh_source, self.door, run.run_id, settings=self.settings, lead=self.lead)
        self.here = _in_a_thread(read)
        self.away[self.here] = run.run_id

    def _send(self, runs: list[QueuedRun]) -> None:
        for place, run in enumerate(runs):
            try:
                future = self.crew.submit(Errand(self.membership_id, run.run_id, run.source_id, self.lead.holder))
            except NotNow as problem:
                return self._put_off(runs[place:], problem)
            self.away[future] = run.run_id
        return None

    def _put_off(self, runs: list[QueuedRun], problem: NotNow) -> None:
        for run in runs:
            change(self.door, run.run_id, self.lead, partial(put_off, why=problem.message))

    def _put_back(self) -> None:
        """Where we should stop: the others at once, this process after the present batch."""
        self.crew.dismiss()
        if self.here:
            wait([self.here])
        for run_id in self.away.values():
            change(self.door, run_id, self.lead, _interrupt)

    def _look(self) -> None:
        if not self.lead.go_on():
            raise Stopping
        done, _ = wait(self.away, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            self._settle(self.away.pop(future), future)

    def _settle(self, run_id: UUID, future: Future[Return]) -> None:
        """Log what was logged elsewhere, and end what was not ended there."""
        returned = _returned(run_id, future)
        for record in returned.records:
            logging.getLogger(record.name).handle(record)
        if future.cancelled():
            # The cluster's scheduler is gone, and all that it was told with it.
            self.crew.dismiss()
        if not returned.is_done:
            change(self.door, run_id, self.lead, partial(_left_undone, returned=returned))


def _in_a_thread(work: Callable[[], None]) -> Future[Return]:
    """Work that ends with the process, even where it waits for a slow source: threads of an executor would keep it."""
    future: Future[Return] = Future()

    def run() -> None:
        try:
            work()
        except BaseException as problem:
            future.set_exception(problem)
        else:
            future.set_result(Return())

    threading.Thread(target=run, name="read a source", daemon=True).start()
    return future


def _returned(run_id: UUID, future: Future[Return]) -> Return:
    problem = CancelledError("cancelled") if future.cancelled() else future.exception()
    if problem is None:
        return future.result()
    if isinstance(problem, LeadLost | Stopping):
        raise problem
    logger.error("refresh %s was cut off: %s", run_id, problem, exc_info=problem)
    return Return(is_done=False)


def _left_undone(ws: Workspace, run: RefreshRun, *, returned: Return) -> None:
    if returned.problem:
        return end(ws, run, Result(RunState.FAILED, None, returned.problem, returned.advice))
    if run.state is RunState.RUNNING:
        return cut_off(ws, run)
    return put_off(ws, run, GONE)


def _interrupt(ws: Workspace, run: RefreshRun) -> None:
    if run.state is RunState.RUNNING:
        interrupt(ws, run)
