"""Who may write what a refresh reads: the one process that leads, and who works for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from maestro_core.actions.leases import holds_lease, keep_lease
from maestro_core.workspace import Workspace

LEASE = "refresh"
LEASE_SECONDS = 30.0

Door = Callable[[], AbstractContextManager[Workspace]]
"""Opens a short workspace that may write."""

logger = logging.getLogger(__name__)


class LeadLost(Exception):
    """Another process leads now: this one must not write any more."""


class Overtaken(LeadLost):
    """A later attempt reads this source now: this one must not write any more."""


class Stopping(Exception):
    """This process was asked to end: the run goes back to the queue."""


@dataclass(frozen=True)
class Lead:
    """The lease that this process refreshes under, and whether it should go on."""

    holder: str
    seconds: float = LEASE_SECONDS
    go_on: Callable[[], bool] = lambda: True
    is_own: bool = True
    """Whether this process leads itself, or works for the one that does: the lease of a dead leader must run out."""

    def prove(self, ws: Workspace) -> None:
        """Raise `LeadLost` where another process leads; otherwise nobody else can until this workspace ends.

        Whoever works for the leader waits here for the others: what they store, they store one after the other.
        """
        if not self._holds(ws):
            raise LeadLost(self.holder)

    def _holds(self, ws: Workspace) -> bool:
        if self.is_own:
            return keep_lease(ws, name=LEASE, holder=self.holder, seconds=self.seconds)
        return holds_lease(ws, name=LEASE, holder=self.holder)


@contextmanager
def ending_quietly(lead: Lead) -> Iterator[None]:
    """End, and say in the log why, where another process leads or this one should stop."""
    try:
        yield
    except LeadLost:
        logger.info("%s no longer leads: it leaves the rest to the next leader", lead.holder)
    except Stopping:
        logger.info("%s stops: what is left stays in the queue", lead.holder)
