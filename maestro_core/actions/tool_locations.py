"""Where tools of delivery are found, from what somebody pasted; and whether two addresses mean one repository."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from maestro_core.collectors.circleci_v2 import circleci_location
from maestro_core.collectors.github_server import repository_address
from maestro_core.collectors.gitlab_server import project_address
from maestro_core.collectors.jenkins import jenkins_location
from maestro_core.errors import InvalidInput
from maestro_core.terms import SourceKind

LOCATIONS: dict[SourceKind, Callable[[str], str]] = {
    SourceKind.GITHUB: lambda pasted: repository_address(pasted).web,
    SourceKind.GITLAB: lambda pasted: project_address(pasted).web,
    SourceKind.JENKINS: lambda pasted: "".join(jenkins_location(pasted)),
    SourceKind.CIRCLECI: circleci_location,
}
_SCP_LIKE = re.compile(r"^(?:[^@/:]+@)?([^/:]+):(?!//)(.+)$")


def tool_location(kind: SourceKind, pasted: str) -> str:
    """The one address that a tool is kept under; `InvalidInput` with an example where it is none.

    >>> tool_location(SourceKind.GITHUB, " https://github.com/pallets/flask/pulls ")
    'https://github.com/pallets/flask'
    """
    if kind not in LOCATIONS:
        raise InvalidInput(f"{kind} is no tool of delivery.", advice=f"There are: {', '.join(LOCATIONS)}")
    return LOCATIONS[kind](pasted)


def same_repository(location: str) -> tuple[str, str]:
    """Host and path of a repository, alike for each way to write them.

    >>> same_repository("git@GitHub.com:pallets/flask.git") == same_repository("https://github.com/Pallets/flask/")
    True
    """
    parts = urlsplit(_SCP_LIKE.sub(r"ssh://\1/\2", location))
    path = parts.path.strip("/").removesuffix(".git")
    return (parts.hostname or "").lower(), path.lower()
