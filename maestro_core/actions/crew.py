"""Who reads sources for the leader: processes of this machine, or the workers of a Dask cluster.

Both are executors of `concurrent.futures`: joblib's, and the cluster's own. Why not `joblib.Parallel`:
docs/decisions/0007-many-repositories.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import SecretStr

from maestro_core.actions.errand import Errand, Return, run_here, run_on_cluster, settle_in
from maestro_core.errors import NotNow
from maestro_core.settings import Settings

POOL_SECONDS = 1.5
"""How long the leader reads by itself before it calls processes, and then reads on until one is there.

A process of ours computes 1.1 s until it is ready, nearly all of it imports. Sources that are small, or have nothing
new, are done before anybody is called; eight that took 6 s were not read slower at 1.5 s, and 5 % slower at 3 s.
"""
ANSWER_SECONDS = 10

Sent = TypeVar("Sent")


class Crew(Protocol):
    """Takes errands until it is dismissed."""

    def is_here(self) -> bool:
        """Whether somebody can begin now; calls them, without waiting for them, once reading has lasted."""

    def submit(self, errand: Errand) -> Future[Return]:
        """Run an errand some time; raises `NotNow` where nobody is there to do it."""

    def dismiss(self) -> None:
        """Let nobody begin anything any more; whoever is at it ends as soon as that can be."""


def crew_for(settings: Settings, *, database_url: str) -> Crew:
    """Who reads, by the settings; nobody is called before there is an errand."""
    return Cluster(settings.dask) if settings.dask else Processes(settings, SecretStr(database_url))


@dataclass
class Processes:
    """Processes of this machine, started when they are needed."""

    settings: Settings
    database_url: SecretStr
    _began: float = field(default_factory=time.monotonic, init=False)
    _pool: Any = field(default=None, init=False)
    _arrival: Future[int] | None = field(default=None, init=False)
    """Done when the first process has imported what it needs; the leader reads on until then."""

    def is_here(self) -> bool:
        if self._arrival is None and time.monotonic() - self._began >= POOL_SECONDS:
            self._arrival = self._sent(os.getpid)
        if self._arrival is None or not self._arrival.done():
            return False
        if self._arrival.exception():
            self.dismiss()
            return False
        return True

    def submit(self, errand: Errand) -> Future[Return]:
        return self._sent(run_here, errand, self.settings, self.database_url)

    def dismiss(self) -> None:
        if self._pool is not None:
            # What they are at is not stored, or stored as a whole.
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = self._arrival = None

    def _sent(self, work: Callable[..., Sent], *told: Any) -> Future[Sent]:
        try:
            return self._submitted(work, *told)
        except BrokenProcessPool:
            # One that was killed took the others with it: what they were at goes on with new ones.
            self.dismiss()
            return self._submitted(work, *told)

    def _submitted(self, work: Callable[..., Sent], *told: Any) -> Future[Sent]:
        if self._pool is None:
            self._pool = self._start()
        future: Future[Sent] = self._pool.submit(work, *told)
        return future

    def _start(self) -> Executor:
        from joblib import cpu_count
        from joblib.externals.loky import ProcessPoolExecutor

        count = self.settings.workers or int(cpu_count())
        pool: Executor = ProcessPoolExecutor(count, initializer=settle_in, initargs=(os.getpid(),))
        return pool


@dataclass
class Cluster:
    """The workers of a Dask cluster, each with its own environment and data directory."""

    address: str
    _client: Any = field(default=None, init=False)

    def is_here(self) -> bool:
        """Always: the workers run already, and have the mirrors of the repositories. The leader reads nothing."""
        return True

    def submit(self, errand: Errand) -> Future[Return]:
        hosts = {worker["host"] for worker in self._workers().values()}
        if not hosts:
            raise NotNow(f"The Dask cluster at {self.address} has no workers.")
        home = home_of(errand.source_id, hosts)
        executor = self._client.get_executor(workers=[home], allow_other_workers=True, pure=False)
        future: Future[Return] = executor.submit(run_on_cluster, errand)
        return future

    def dismiss(self) -> None:
        if self._client is not None:
            # What nobody has begun is forgotten; who is at something finds at the next batch that it may not write.
            self._client.close()
            self._client = None

    def _workers(self) -> dict[str, dict[str, Any]]:
        if self._client is None:
            self._client = _client(self.address)
        return dict(self._client.scheduler_info(n_workers=-1)["workers"])


def home_of(source_id: UUID, hosts: Collection[str]) -> str:
    """The machine that reads a source where it can: the same one again, which has its mirror, as others come and go.

    >>> source = UUID(int=7)
    >>> home_of(source, ["a", "b", "c"]) == home_of(source, ["c", "b", "a"])
    True
    """
    return max(hosts, key=lambda host: sha256(f"{source_id} {host}".encode()).digest())


def _client(address: str) -> Any:
    import distributed

    connect: Any = distributed.Client
    try:
        return connect(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except OSError as problem:
        raise NotNow(f"The Dask cluster at {address} does not answer.") from problem
