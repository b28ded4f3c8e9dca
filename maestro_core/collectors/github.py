"""GitHub: pull requests with their reviews, workflow runs with their jobs, deployments, releases and issues.

One repository of github.com or of a GitHub Enterprise Server. What people do is read newest change first
(`github_reading`), workflow runs by when they were created (`github_runs`). What a repository does not use, or a token
may not read, is told as an oddity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from pydantic import SecretStr

from maestro_core.collectors.checking import what_is_there
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.github_reading import GitHubReading
from maestro_core.collectors.github_runs import RunReading
from maestro_core.collectors.github_server import BETWEEN_QUESTIONS, TOOL, GitHubServer, records, repository_address
from maestro_core.collectors.guarded import Refused
from maestro_core.collectors.listings import Row
from maestro_core.collectors.pacing import Clock, at_once
from maestro_core.terms import SourceKind

PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "pull requests": ("/pulls", {"state": "all"}),
    "workflow runs": ("/actions/runs", {}),
    "deployments": ("/deployments", {}),
    "releases": ("/releases", {}),
    "issues": ("/issues", {"state": "all", "per_page": 100}),
}


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A repository by its web address. The token may be a personal one (classic or fine-grained) or of an app."""

    kind: ClassVar[SourceKind] = SourceKind.GITHUB

    location: str
    token: SecretStr | None = field(default=None, repr=False)
    history: timedelta = timedelta(days=365)
    """How far back workflow runs are read at first."""
    clock: Clock = field(default_factory=Clock)
    pause: float = BETWEEN_QUESTIONS

    def check(self) -> str:
        """What the repository has, and what this token may not read of it."""
        with self._server() as server:
            repository = at_once(server.repository, tool=TOOL, clock=self.clock)
            found = {name: at_once(partial(_has_any, server, name), tool=TOOL, clock=self.clock) for name in PARTS}
        kind = "private" if repository.get("private") else "public"
        slow = "" if server.has_token else " Without a token, GitHub answers 60 questions an hour: expect days."
        return f"GitHub answers: {server.address.path} ({kind}) {what_is_there(found)}{slow}"

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[DeliveryBatch]:
        """What people did first, which takes few questions, then the workflow runs, which take one each."""
        with self._server() as server:
            reading = GitHubReading(server, cursor)
            yield from reading.ask(server.repository)
            yield from reading.everything()
            runs = RunReading(server, reading.cursor, history=self.history)
            runs.done = reading.done
            yield from runs.everything()

    def _server(self) -> GitHubServer:
        return GitHubServer(repository_address(self.location), self.token, clock=self.clock, pause=self.pause)


def _has_any(server: GitHubServer, name: str) -> bool | None:
    """Whether there is anything of this kind; None where it cannot be read."""
    path, asked = PARTS[name]
    try:
        value = server.get(path, **{"per_page": 1, **asked}).value
    except Refused:
        return None
    return (
        bool(value.get("total_count")) if isinstance(value, dict) else any(_is_no_pull(row) for row in records(value))
    )


def _is_no_pull(row: Row) -> bool:
    """Whether a row of issues is one; of other listings, every row is."""
    return "pull_request" not in row
