"""The clock: refreshes, and what follows from new data. Exactly one process leads, by a lease in the database."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler

from maestro_core.actions.lead import LEASE, Door, Lead
from maestro_core.actions.leases import release_lease, take_lease
from maestro_core.actions.mirrors import remove_unused_mirrors
from maestro_core.actions.refresh import queue_due
from maestro_core.actions.refresh_many import refresh_many
from maestro_core.errors import MaestroError
from maestro_core.portfolios import Portfolio, Portfolios, open_portfolios
from maestro_core.reports.outcomes import outcomes_known
from maestro_core.settings import Settings
from maestro_core.workspace import open_workspace

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How often the worker does what, in seconds. A leader that dies is replaced when its lease has run out."""

    lease: float = 30
    lead: float = 5
    refresh: float = 2
    queue: float = 60
    train: float = 60
    outcomes: float = 2
    """How soon an outcome is looked for, which is learned from at once; all other facts when it is time to train."""
    sample: float = 3600
    tidy: float = 3600
    patience: float = 10
    """How long a stop waits for the present batch."""


@dataclass(frozen=True)
class Job:
    """Something the leader does again and again."""

    name: str
    seconds: float
    work: Callable[[], object]


class DaemonThreads(BaseExecutor):  # type: ignore[misc] # APScheduler has no types
    """Runs each job in a thread that does not keep the process: one that waits for a slow source ends with it."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[threading.Thread] = set()

    def wait(self, seconds: float) -> bool:
        """Wait for what runs; whether all of it ended in time."""
        until = time.monotonic() + seconds
        for thread in list(self.threads):
            thread.join(max(0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        thread = threading.Thread(target=self._run, args=(job, run_times), name=job.id, daemon=True)
        self.threads = {each for each in self.threads if each.is_alive()} | {thread}
        thread.start()

    def _run(self, job: Any, run_times: list[datetime]) -> None:
        # Errors of a job are logged by `run_job` itself.
        self._run_job_success(job.id, run_job(job, job._jobstore_alias, run_times, self._logger.name))


@dataclass(frozen=True)
class Learned:
    """Which outcomes were known at the last training, and when that was."""

    outcomes: tuple[object, ...] = ()
    at: float = 0


@dataclass
class Worker:
    """One process's clock over the organisation's own portfolio; the sample has no sources, and is only kept fresh."""

    door: Door
    settings: Settings
    sample: Portfolio | None = None
    pace: Pace = field(default_factory=Pace)
    watch: Door | None = None
    """Opens snapshots, for which no writer waits."""
    holder: str = field(default_factory=lambda: a_holder())
    leads: bool = False
    learned: Learned = Learned()
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: DaemonThreads = field(default_factory=lambda: DaemonThreads())

    def __post_init__(self) -> None:
        # Jobs in memory, declared in code; one instance of each, late ones still run, and many late ones run once.
        defaults = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self.scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults, executors={"default": self.threads})

    @property
    def refreshing(self) -> tuple[Job, ...]:
        """What it takes to refresh what is queued."""
        return (
            Job("lead", self.pace.lead, self.lead),
            Job("refresh", self.pace.refresh, self.leading(self.refresh)),
        )

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All that happens by itself; only the first is done by processes that do not lead."""
        return (
            *self.refreshing,
            Job("queue what is due", self.pace.queue, self.leading(self.queue)),
            Job("train", min(self.pace.outcomes, self.pace.train), self.leading(self.train)),
            Job("keep the sample fresh", self.pace.sample, self.leading(self.keep_sample_fresh)),
            Job("tidy", self.pace.tidy, self.leading(self.tidy)),
        )

    def start(self, jobs: tuple[Job, ...]) -> None:
        # That a refresh takes longer than its interval, so that the next one is skipped, is no news.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for job in jobs:
            start = datetime.now(UTC)
            self.scheduler.add_job(job.work, "interval", seconds=job.seconds, id=job.name, next_run_time=start)
        self.lead()
        self.scheduler.start()

    def lead(self) -> None:
        """Take or keep the lease."""
        if self.stopping.is_set():
            return
        with self.door() as ws:
            leads = take_lease(ws, name=LEASE, holder=self.holder, seconds=self.pace.lease)
        if leads != self.leads:
            logger.info("%s %s", self.holder, "leads" if leads else "follows")
        self.leads = leads

    def leading(self, work: Callable[[], object]) -> Callable[[], None]:
        """Work that only the leader does, and nobody who is asked to stop."""

        def work_if_leading() -> None:
            if self.leads and not self.stopping.is_set():
                work()

        return work_if_leading

    def queue(self) -> None:
        """Queue the sources whose last refresh is too long ago."""
        with self.door() as ws:
            queue_due(ws, older_than=ws.now - timedelta(minutes=self.settings.refresh_minutes))

    def refresh(self) -> None:
        """Refresh what is queued."""
        lead = Lead(self.holder, self.pace.lease, lambda: not self.stopping.is_set())
        refresh_many(self.door, settings=self.settings, lead=lead)

    def train(self) -> None:
        """Learn anew where an outcome was recorded since the last look, or from time to time where anything changed."""
        with (self.watch or self.door)() as ws:
            known = outcomes_known(ws)
        if known == self.learned.outcomes and time.monotonic() < self.learned.at + self.pace.train:
            return
        # scikit-learn takes seconds to import, which every command would wait for.
        from maestro_core.actions.training import train_if_due

        # Told before: an outcome that comes while it learns is news at the next look.
        self.learned = Learned(known, time.monotonic())
        if train_if_due(self.door, watch=self.watch):
            self.log_training()

    def log_training(self) -> None:
        """Log what was learned where a server is set up; one that is away is told the next time."""
        if self.settings.training_mlflow is None:
            return
        from maestro_core.actions.training_log import log_training

        try:
            log_training(
                self.watch or self.door,
                address=self.settings.training_mlflow,
                token=self.settings.training_mlflow_token,
            )
        except MaestroError as problem:
            logger.warning("What was learned is not logged: %s", problem.message)

    def tidy(self) -> None:
        """Remove the copies of repositories that are connected no more."""
        remove_unused_mirrors(self.door, settings=self.settings)

    def keep_sample_fresh(self) -> None:
        """Make a sample anew that ends too long ago: what is new in it is to be of these days."""
        if self.sample:
            from maestro_core.actions.sample import load_sample_if_old

            load_sample_if_old(self.sample)

    def stop(self) -> bool:
        """End after the present batch and let another process lead at once; False where something still works.

        That is fenced off by the lost lease and ends with the process; the next leader goes on with it.
        """
        self.stopping.set()
        self.scheduler.shutdown(wait=False)
        ended = self.threads.wait(self.pace.patience)
        with self.door() as ws:
            release_lease(ws, name=LEASE, holder=self.holder)
        self.leads = False
        return ended


def start_worker(portfolios: Portfolios, settings: Settings, *, pace: Pace | None = None) -> Worker:
    """Refresh in the background of this process until `stop_worker`."""
    own = portfolios.own
    worker = Worker(door_to(own), settings, portfolios.sample, pace or Pace(), watch=reading_door_to(own))
    worker.start(worker.jobs)
    return worker


def stop_worker(worker: Worker) -> bool:
    """Stop cleanly; False where a refresh was left in the middle of reading."""
    return worker.stop()


def run_worker(settings: Settings, *, pace: Pace | None = None) -> None:
    """Refresh until SIGTERM or SIGINT."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    worker = start_worker(open_portfolios(settings), settings, pace=pace)
    asked.wait()
    stop_worker(worker)


def door_to(portfolio: Portfolio) -> Door:
    """Opens short workspaces in a portfolio."""
    return partial(open_workspace, portfolio.engine, portfolio.membership_id)


def reading_door_to(portfolio: Portfolio) -> Door:
    """Opens snapshots of a portfolio, for which no writer waits."""
    return partial(open_workspace, portfolio.engine, portfolio.membership_id, reading=True)


def a_holder() -> str:
    """A name for this process in the lease, never used twice.

    >>> a_holder() == a_holder()
    False
    """
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
