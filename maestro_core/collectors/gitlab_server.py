"""Questions to a GitLab server through python-gitlab, one project.

python-gitlab brings the credentials and the addresses. It asks through a session of ours (`guarded` says why).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from gitlab import Gitlab
from gitlab.exceptions import GitlabError
from pydantic import SecretStr

from maestro_core.collectors.guarded import TIMEOUT, Answer, GuardedSession, Refused, asked, server_time, web_address
from maestro_core.collectors.listings import Page, Row
from maestro_core.collectors.pacing import Clock
from maestro_core.errors import InvalidInput, SourceUnavailable

TOOL = "GitLab"
EXAMPLE = "https://gitlab.com/gitlab-org/cli"
ACCESS = (
    "A personal, group or project access token needs the scope read_api, and at least the role Reporter. It may have "
    "expired."
)


@dataclass(frozen=True)
class ProjectAddress:
    """Where a project is, on the web and for programs."""

    web: str
    """The address people use, without a slash at its end."""
    server: str
    path: str
    """group/subgroup/name"""
    host: str

    def below(self) -> Iterator[ProjectAddress]:
        """The same page, were the server itself below a path of its host.

        >>> list(each.server for each in project_address("https://example.org/gitlab/group/name").below())
        ['https://example.org/gitlab']
        """
        names = self.path.split("/")
        for depth in range(1, len(names) - 1):
            server = "/".join([self.server, *names[:depth]])
            yield replace(self, server=server, path="/".join(names[depth:]))


def project_address(location: str) -> ProjectAddress:
    """The addresses of a project from what somebody pasted; `InvalidInput` with an example otherwise.

    >>> project_address("https://gitlab.com/gitlab-org/cli/-/merge_requests?state=all").path
    'gitlab-org/cli'
    >>> project_address("git@git.example.org:group/team/churn.git").web
    'https://git.example.org/group/team/churn'
    """
    location = location.strip()
    if "://" not in location and location.startswith("git@"):
        location = "https://" + location.removeprefix("git@").replace(":", "/", 1)
    parts = web_address(location, tool=TOOL, example=EXAMPLE)
    names = [name for name in parts.path.partition("/-/")[0].split("/") if name]
    if len(names) < 2:
        raise InvalidInput("The address of a project ends with its group and name.", advice=f"Such as {EXAMPLE}")
    path, host = "/".join(names).removesuffix(".git"), parts.netloc.lower()
    server = f"{'https' if host == 'gitlab.com' else parts.scheme}://{host}"
    return ProjectAddress(f"{server}/{path}", server, path, host)


class GitLabServer:
    """One project of a GitLab server, asked one question after the other."""

    def __init__(self, address: ProjectAddress, token: SecretStr | None, *, clock: Clock) -> None:
        self.clock = clock
        self.has_token = bool(token and token.get_secret_value())
        self._token = token.get_secret_value() if token and self.has_token else None
        self._session = GuardedSession(address.server, tool=TOOL, clock=clock)
        self._turn_to(address)

    def __enter__(self) -> GitLabServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def project(self) -> Row:
        """What the project is. Asked first: it finds out whether the server is below a path of its host."""
        try:
            found = self.get("").value
        except Refused as refused:
            if refused.status == 404 and (found := self._found_below()) is not None:
                return found
            what = "has no project" if refused.status == 404 else "does not let Maestro read"
            told = f"{TOOL} at {self.address.host} {what} {self.address.path} for this token ({refused})."
            raise SourceUnavailable(told, advice=f"Check the address. {ACCESS}") from None
        if not _is_project(found):
            raise SourceUnavailable(f"{self.address.host} is no GitLab server.", advice=f"Such as {EXAMPLE}")
        return self._known(found)

    def _found_below(self) -> Row | None:
        first = self.address
        for address in first.below():
            self._turn_to(address)
            # What stands there instead may answer anything, and is asked once.
            with suppress(SourceUnavailable, ValueError):
                found = json.loads(self._ask("get", f"/projects/{self._project}")[-1])
                if _is_project(found):
                    return self._known(found)
        self._turn_to(first)
        return None

    def _known(self, found: Row) -> Row:
        """From now on it is asked for by its present path: REST finds it by a former one too, GraphQL does not."""
        path = str(found["path_with_namespace"])
        self._turn_to(replace(self.address, path=path, web=f"{self.address.server}/{path}"))
        return found

    def _turn_to(self, address: ProjectAddress) -> None:
        self.address, self._project = address, quote(address.path, safe="")
        self._gitlab = Gitlab(
            address.server, private_token=self._token, timeout=TIMEOUT, user_agent="Maestro", session=self._session
        )

    def get(self, path: str, **parameters: Any) -> Answer:
        """What a path below the project tells; `Refused` where it tells nothing."""
        return self._asked("get", f"/projects/{self._project}{path}", query_data=parameters)

    def page(self, path: str, token: str | None, **parameters: Any) -> Page:
        """A page of a listing."""
        answer = self.get(path, **parameters, page=token or 1)
        return Page(records(answer.value), following(answer.headers), server_time(answer.headers, self.clock.now()))

    def query(self, query: str, **variables: Any) -> Any:
        """What GraphQL tells of the project; `Refused` where it tells nothing."""
        question = {"query": query, "variables": {"path": self.address.path, **variables}}
        told = self._asked("post", f"{self.address.server}/api/graphql", post_data=question).value
        data = told.get("data") if isinstance(told, dict) else None
        if not isinstance(data, dict) or told.get("errors") or not isinstance(data.get("project"), dict):
            raise Refused(422, "GraphQL does not tell")
        return data["project"]

    def _asked(self, verb: str, path: str, **question: Any) -> Answer:
        try:
            return asked(lambda: self._ask(verb, path, **question), tool=TOOL, clock=self.clock)
        except Refused as refused:
            if refused.status == 401 and self.has_token and verb == "get":
                raise SourceUnavailable("GitLab does not accept the token.", advice=ACCESS) from None
            raise

    def _ask(self, verb: str, path: str, **question: Any) -> tuple[int, Mapping[str, str], str]:
        try:
            response = self._gitlab.http_request(
                verb, path, obey_rate_limit=False, retry_transient_errors=False, **question
            )
        except GitlabError as problem:
            return problem.response_code or 500, {}, _text(problem.response_body)
        return response.status_code, response.headers, response.text


def _is_project(found: Any) -> bool:
    return isinstance(found, dict) and "path_with_namespace" in found


def records(value: Any) -> list[Row]:
    """The rows of a listing, whatever else a server put among them."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def following(headers: Mapping[str, str]) -> str | None:
    """The number of the next page: from its header, or from the link, which is not followed itself.

    >>> following({"X-Next-Page": "3"}), following({"X-Next-Page": ""}), following({})
    ('3', None, None)
    >>> following({"Link": '<https://evil.example/api?page=2&per_page=9>; rel="next"'})
    '2'
    """
    if "X-Next-Page" in headers:
        return headers["X-Next-Page"] or None
    for link in headers.get("Link", "").split(","):
        address, _, relation = link.partition(">")
        if 'rel="next"' in relation:
            return next(iter(parse_qs(urlsplit(address.strip(" <")).query).get("page", [])), None)
    return None


def _text(body: bytes | str | None) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else body or ""
