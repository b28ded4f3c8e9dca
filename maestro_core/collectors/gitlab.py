"""GitLab: merge requests with their notes, pipelines with their jobs, deployments, releases and issues.

One project of gitlab.com or of a server of one's own. What a project does not use, or a token may not read, is told as
an oddity.
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
from maestro_core.collectors.gitlab_reading import GitLabReading
from maestro_core.collectors.gitlab_server import TOOL, GitLabServer, project_address
from maestro_core.collectors.guarded import Refused
from maestro_core.collectors.pacing import Clock, at_once
from maestro_core.terms import SourceKind

PARTS = {
    "merge requests": "/merge_requests",
    "pipelines": "/pipelines",
    "deployments": "/deployments",
    "releases": "/releases",
    "issues": "/issues",
}


@dataclass(frozen=True, kw_only=True)
class GitLab:
    """A project by its web address. The token may be of a person, a group or a project."""

    kind: ClassVar[SourceKind] = SourceKind.GITLAB

    location: str
    token: SecretStr | None = field(default=None, repr=False)
    history: timedelta = timedelta(days=365)
    """How far back pipelines are read at first."""
    clock: Clock = field(default_factory=Clock)

    def check(self) -> str:
        """What the project has, and what this token may not read of it."""
        with self._server() as server:
            project = at_once(server.project, tool=TOOL, clock=self.clock)
            found = {
                name: at_once(partial(_has_any, server, path), tool=TOOL, clock=self.clock)
                for name, path in PARTS.items()
            }
        return f"GitLab answers: {project['path_with_namespace']} {what_is_there(found)}"

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[DeliveryBatch]:
        """What people did first, then the pipelines."""
        with self._server() as server:
            reading = GitLabReading(server, cursor)
            yield from reading.ask(server.project)
            yield from reading.everything(pipelines_since=self.clock.now() - self.history)

    def _server(self) -> GitLabServer:
        return GitLabServer(project_address(self.location), self.token, clock=self.clock)


def _has_any(server: GitLabServer, path: str) -> bool | None:
    """Whether there is anything below a path; None where it cannot be read."""
    try:
        return bool(server.get(path, per_page=1).value)
    except Refused:
        return None
