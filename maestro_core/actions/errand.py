"""Reading one source for the leader in another process: what that must be told, and what it brings back.

An errand names a run and who leads; all else is in the database. Neither a credential nor a key is in it: it travels
through whatever connects the two processes.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from logging.handlers import QueueHandler
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Engine

from maestro_core.actions.lead import Lead, ending_quietly
from maestro_core.actions.refresh import refresh_source
from maestro_core.database import connect
from maestro_core.errors import MaestroError
from maestro_core.portfolios import connect_own
from maestro_core.settings import Settings
from maestro_core.vault import open_vault
from maestro_core.workspace import open_workspace

SECONDS_BETWEEN_LOOKS = 1.0
"""How long a process outlives the leader that started it."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Errand:
    """Read the source of this run, for who holds the lease."""

    membership_id: UUID
    run_id: UUID
    source_id: UUID
    holder: str


@dataclass(frozen=True)
class Return:
    """What the leader must know of an errand. How the run ended is in the database, unless something was in the way."""

    records: tuple[logging.LogRecord, ...] = ()
    """What was logged: the leader's log is where people look."""
    problem: str = ""
    """Why this process cannot work at all, in the user's words."""
    advice: str = ""
    is_done: bool = True


def run_here(errand: Errand, settings: Settings, database_url: SecretStr) -> Return:
    """Run an errand in a process that the leader started on its own machine."""
    return _run(errand, settings, lambda: _engine(database_url, settings))


def run_on_cluster(errand: Errand) -> Return:
    """Run an errand in a process with an environment of its own, which must lead to the same database."""
    try:
        settings = Settings()
    except MaestroError as problem:
        return Return(problem=problem.message, advice=problem.advice, is_done=False)
    return _run(errand, settings, lambda: _own_engine(settings))


def settle_in(leader: int) -> None:
    """Prepare a process of this machine: it ends with the leader, and only then, and leaves the terminal alone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    logging.getLogger("maestro_core").propagate = False
    threading.Thread(target=_end_with, args=(leader,), daemon=True).start()


def _end_with(leader: int) -> None:
    while os.getppid() == leader:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)


def _run(errand: Errand, settings: Settings, engine: Callable[[], Engine]) -> Return:
    with _kept_log() as records:
        try:
            _read(errand, settings, engine())
        except MaestroError as problem:
            return Return(tuple(records), problem.message, problem.advice, is_done=False)
        except Exception:
            # As text: an exception may not survive the way to another process, nor the process that gets it.
            logger.error("refresh %s was cut off:\n%s", errand.run_id, traceback.format_exc())  # noqa: TRY400
            return Return(tuple(records), is_done=False)
    return Return(tuple(records))


def _read(errand: Errand, settings: Settings, engine: Engine) -> None:
    lead = Lead(errand.holder, is_own=False)
    with ending_quietly(lead):
        refresh_source(
            partial(open_workspace, engine, errand.membership_id), errand.run_id, settings=settings, lead=lead
        )


@cache
def _engine(database_url: SecretStr, settings: Settings) -> Engine:
    return connect(database_url.get_secret_value(), vault=open_vault(settings))


@cache
def _own_engine(settings: Settings) -> Engine:
    return connect_own(settings)


class _Records(QueueHandler):
    """Keeps what this thread logs, as text that can be sent."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(records)  # type: ignore[arg-type] # a list is queue enough, see `enqueue`
        self.kept, self.thread = records, threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread == self.thread

    def enqueue(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


@contextmanager
def _kept_log() -> Iterator[list[logging.LogRecord]]:
    records: list[logging.LogRecord] = []
    handler, ours = _Records(records), logging.getLogger("maestro_core")
    ours.addHandler(handler)
    try:
        yield records
    finally:
        ours.removeHandler(handler)
