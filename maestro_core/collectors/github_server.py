"""Questions to GitHub, or a GitHub Enterprise Server, through PyGithub: REST and GraphQL, one repository.

PyGithub brings the credentials, the addresses of both interfaces, a pause between questions, redirects of renamed
repositories, and a log without the token. It asks through a session of ours (`guarded` says why).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from pydantic import SecretStr

from maestro_core.collectors.guarded import TIMEOUT, Answer, GuardedSession, Refused, asked, server_time, web_address
from maestro_core.collectors.listings import Page, Row
from maestro_core.collectors.pacing import Clock, raise_if_limited
from maestro_core.errors import InvalidInput, SourceUnavailable

if TYPE_CHECKING:
    # PyGithub takes a second to import: only where GitHub is asked.
    from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass

TOOL = "GitHub"
EXAMPLE = "https://github.com/pallets/flask"
BETWEEN_QUESTIONS = 0.1
"""Seconds; GitHub asks for questions one after the other, and allows 900 points a minute."""
TOO_MUCH = {502, 504}
"""What GraphQL answers to a question that it cannot answer within its ten seconds."""
TOO_MUCH_WORDS = ("something went wrong while executing your query", "timeout", "timed out", "resource limits")
OF_A_LISTING = 3
"""Parts of the path of an error in GraphQL that is about all rows: repository, pullRequests, nodes."""
ACCESS = (
    "A fine-grained token needs Read access to Actions, Contents, Deployments, Issues, Metadata and Pull requests of "
    "this repository; a classic one the scope repo (public_repo for a public one). It may have expired, or await the "
    "approval of the organisation (SSO)."
)


@dataclass(frozen=True)
class RepositoryAddress:
    """Where a repository is, on the web and for programs."""

    web: str
    """The address people use, without a slash at its end."""
    api: str
    path: str
    """owner/name"""
    host: str


def repository_address(location: str) -> RepositoryAddress:
    """The addresses of a repository from what somebody pasted; `InvalidInput` with an example otherwise.

    >>> repository_address("http://www.github.com/pallets/flask/pulls?q=is%3Aopen").api
    'https://api.github.com'
    >>> repository_address("git@git.example.org:team/churn.git")
    ... # doctest: +NORMALIZE_WHITESPACE
    RepositoryAddress(web='https://git.example.org/team/churn', api='https://git.example.org/api/v3',
                      path='team/churn', host='git.example.org')
    """
    location = location.strip()
    if "://" not in location and location.startswith("git@"):
        location = "https://" + location.removeprefix("git@").replace(":", "/", 1)
    parts = web_address(location, tool=TOOL, example=EXAMPLE)
    names = [name for name in parts.path.split("/") if name][:2]
    if len(names) < 2:
        raise InvalidInput("The address of a repository ends with its owner and name.", advice=f"Such as {EXAMPLE}")
    path = "/".join((names[0], names[1].removesuffix(".git")))
    host = parts.netloc.lower().removeprefix("www.")
    if host == "github.com" or host.endswith(".ghe.com"):
        return RepositoryAddress(f"https://{host}/{path}", f"https://api.{host}", path, host)
    origin = f"{parts.scheme}://{host}"
    return RepositoryAddress(f"{origin}/{path}", f"{origin}/api/v3", path, host)


class GitHubServer:
    """One repository of a GitHub server, asked one question after the other."""

    def __init__(
        self,
        address: RepositoryAddress,
        token: SecretStr | None,
        *,
        clock: Clock,
        pause: float = BETWEEN_QUESTIONS,
    ) -> None:
        from github import Auth, Github

        self.address, self.clock = address, clock
        self.has_token = bool(token and token.get_secret_value())
        self._requester = Github(
            auth=Auth.Token(token.get_secret_value()) if token and self.has_token else None,
            base_url=address.api,
            user_agent="Maestro",
            seconds_between_requests=pause,
            # GraphQL only posts, but writes nothing.
            seconds_between_writes=None,
        ).requester
        self._connection = _connection(address.api, clock)

    def __enter__(self) -> GitHubServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def repository(self) -> Row:
        """What the repository is; from now on it is asked for by its present name, which PyGithub's redirects need."""
        try:
            found = self.get("").value
        except Refused as refused:
            what = "has no repository" if refused.status == 404 else "does not let Maestro read"
            told = f"{TOOL} at {self.address.host} {what} {self.address.path} for this token ({refused})."
            raise SourceUnavailable(told, advice=f"Check the address. {ACCESS}") from None
        if not isinstance(found, dict) or not isinstance(found.get("full_name"), str):
            raise SourceUnavailable(f"{self.address.host} is no GitHub server.", advice=f"Such as {EXAMPLE}")
        self.address = replace(self.address, path=found["full_name"])
        return found

    def get(self, path: str, headers: Mapping[str, str] | None = None, **parameters: Any) -> Answer:
        """What a path below the repository tells; `Refused` where it tells nothing."""
        return self._asked(
            "GET", f"/repos/{self.address.path}{path}", parameters=parameters, headers=dict(headers or {})
        )

    def page(self, path: str, page: str | None, *, etag: str | None = None, **parameters: Any) -> Page:
        """A page of a listing, by number; without rows where it is still the one with this ETag (304)."""
        number = int(page or 1)
        answer = self.get(path, {"If-None-Match": etag} if etag else None, **parameters, page=number)
        # That there is a next page is read from the link, which is not followed: the server chooses no addresses.
        is_last = answer.status == 304 or 'rel="next"' not in answer.headers.get("link", "")
        following = None if is_last else str(number + 1)
        served_at = server_time(answer.headers, self.clock.now())
        return Page(records(answer.value), following, served_at, answer.headers.get("etag"))

    def query(self, query: str, **variables: Any) -> Answer:
        """What GraphQL tells of the repository; `Refused` where it does not, `TimeoutError` if that is too much."""
        owner, _, name = self.address.path.partition("/")
        question = {"query": query, "variables": {"owner": owner, "name": name, **variables}}
        answer = self._asked("POST", self._requester.graphql_url, input=question)
        told = answer.value if isinstance(answer.value, dict) else {}
        errors = [error for error in records(told.get("errors")) if not _is_about_one(error)]
        if errors:
            self._complain(errors, answer)
        found = (told.get("data") or {}).get("repository")
        if not isinstance(found, dict):
            raise Refused(404, "GraphQL knows no such repository")
        return Answer(answer.status, answer.headers, found)

    def _complain(self, errors: list[Row], answer: Answer) -> NoReturn:
        kinds, message = {error.get("type") for error in errors}, str(errors[0].get("message", ""))
        if "RATE_LIMITED" in kinds or "rate limit" in message.lower():
            raise_if_limited(429, answer.headers, now=self.clock.now())
        if any(words in message.lower() for words in TOO_MUCH_WORDS):
            raise TimeoutError(message)
        raise Refused(403 if "FORBIDDEN" in kinds else 422, message)

    def _asked(self, verb: str, url: str, **question: Any) -> Answer:
        is_query = verb == "POST"
        try:
            return asked(
                lambda: self._requester.requestJson(verb, url, cnx=self._connection, **question),
                tool=TOOL,
                clock=self.clock,
                hopeless=TOO_MUCH if is_query else (),
            )
        except RuntimeError as problem:
            # PyGithub refuses redirects to other hosts.
            raise SourceUnavailable(f"{problem}.", advice=f"Such as {EXAMPLE}") from None
        except Refused as refused:
            # The repository is asked for first, and by REST: a 401 of GraphQL alone does not mean the token.
            if refused.status == 401 and self.has_token and not is_query:
                raise SourceUnavailable("GitHub does not accept the token.", advice=ACCESS) from None
            if is_query and refused.status in TOO_MUCH:
                raise TimeoutError(str(refused)) from None
            raise


def records(value: Any) -> list[Row]:
    """The rows of a listing, whatever else a server put among them."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _is_about_one(error: Row) -> bool:
    """Whether only one thing within the answer is not told, such as a user who has been deleted just now."""
    path, message = error.get("path"), str(error.get("message", "")).lower()
    is_whole = error.get("type") == "RATE_LIMITED" or any(words in message for words in TOO_MUCH_WORDS)
    return isinstance(path, list) and len(path) > OF_A_LISTING and not is_whole


def _connection(api: str, clock: Clock) -> HTTPSRequestsConnectionClass | HTTPRequestsConnectionClass:
    from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass

    parts = urlsplit(api)
    kind = HTTPSRequestsConnectionClass if parts.scheme == "https" else HTTPRequestsConnectionClass
    connection = kind(str(parts.hostname), parts.port, timeout=TIMEOUT)
    connection.session = GuardedSession(api, tool=TOOL, clock=clock)
    return connection
