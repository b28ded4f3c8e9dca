"""Questions to an MLflow server over its REST interface.

Plain HTTP rather than MLflow's own client: importing that takes 4 seconds (httpx2: 0.3), and the client retries for
minutes where a user waits for an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx2
from pydantic import SecretStr

from maestro_core.collectors.mlflow_answers import clean
from maestro_core.errors import InvalidInput, SourceUnavailable

ATTEMPTS = 3
FIRST_PAUSE = 0.3
TIMEOUT = httpx2.Timeout(60, connect=5)
LARGEST_ANSWER = 64 * 1024 * 1024
TRY_AGAIN = {429, 500, 502, 503, 504}  # 500: a SQLite backend that was locked for a moment
ADVICE = {
    "unreachable": "Check that the server runs, that the address and port are right, and that this machine reaches it.",
    "token": "Enter a valid token for this server (or user:password where it asks for both). A server that refuses "
    "by host name lets Maestro in with: mlflow server --allowed-hosts",
    "stranger": "Enter the address of the tracking server itself, such as http://mlflow.example.org:5000.",
    "other": "Look into the log of the MLflow server, then refresh again.",
}


def server_address(url: str) -> str:
    """The address of a server from what somebody pasted; `InvalidInput` for what is no web address or holds a secret.

    >>> server_address(" https://mlflow.example.org:5000/#/experiments/1 ")
    'https://mlflow.example.org:5000'
    >>> server_address("https://example.org/mlflow/")
    'https://example.org/mlflow'
    """
    parts = _split(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput(
            "An MLflow server has an address that starts with http:// or https://.", advice=ADVICE["stranger"]
        )
    if "@" in parts.netloc:
        raise InvalidInput(
            "The address holds a user name or password, which would be shown and logged.",
            advice="Leave it out of the address and enter it as the token: user:password.",
        )
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/"), "", ""))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as problem:
        raise InvalidInput(f"This is not a web address: {problem}", advice=ADVICE["stranger"]) from problem
    return parts


@dataclass(frozen=True, kw_only=True)
class Server:
    """An MLflow server. Several threads may ask at once."""

    address: str
    token: SecretStr | None = None
    pause: Callable[[float], None] = time.sleep
    _client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=TIMEOUT), repr=False)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **parameters: Any) -> dict[str, Any] | None:
        """The answer to a question; None where the server knows no such thing."""
        status, answer = self._ask("GET", path, params=parameters)
        return None if status == 404 else answer

    def pages(self, path: str, key: str, **question: Any) -> Iterator[list[dict[str, Any]]]:
        """The pages of a listing, read with GET."""
        token: str | None = None
        while True:
            answer = self.get(path, **question, **({"page_token": token} if token else {})) or {}
            yield [each for each in answer.get(key, ()) if isinstance(each, dict)]
            if not (token := answer.get("next_page_token")):
                return

    def search_runs(self, question: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """One page of runs, and the token of the next."""
        _, answer = self._ask("POST", "runs/search", json=dict(question))
        return [run for run in answer.get("runs", ()) if isinstance(run, dict)], answer.get("next_page_token")

    def post(self, path: str, **told: Any) -> dict[str, Any]:
        """Tell the server something; its answer."""
        return self._ask("POST", path, json=told)[1]

    def _ask(self, method: str, path: str, **question: Any) -> tuple[int, dict[str, Any]]:
        response = self._patiently(method, f"{self.address}/api/2.0/mlflow/{path}", **question)
        answer = self._answer(response)
        if response.status_code == 404 and answer.get("error_code") == "RESOURCE_DOES_NOT_EXIST":
            return 404, {}
        if not response.is_success:
            told = clean(answer.get("message"))
            raise self._unavailable(f"answered {response.status_code}{f': {told}' if told else ''}", ADVICE["other"])
        return response.status_code, answer

    def _patiently(self, method: str, url: str, **question: Any) -> httpx2.Response:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._read(method, url, **question)
                if response.status_code not in TRY_AGAIN or attempt == ATTEMPTS:
                    return response
            except httpx2.HTTPError as problem:
                if attempt == ATTEMPTS:
                    raise self._unavailable(f"does not answer: {problem}", ADVICE["unreachable"]) from problem
            self.pause(FIRST_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _read(self, method: str, url: str, **question: Any) -> httpx2.Response:
        with self._client.stream(method, url, headers=self._headers, **question) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise self._unavailable("sends more than 64 MB for one page", ADVICE["other"])
        # The body is decoded already: its encoding must not be told again.
        kind = {"content-type": response.headers.get("content-type", "")}
        return httpx2.Response(response.status_code, headers=kind, content=bytes(body))

    @property
    def _headers(self) -> dict[str, str]:
        if self.token is None or not self.token.get_secret_value():
            return {}
        secret = self.token.get_secret_value()
        if ":" in secret:
            return {"Authorization": httpx2.BasicAuth(*secret.split(":", 1))._auth_header}
        return {"Authorization": f"Bearer {secret}"}

    def _answer(self, response: httpx2.Response) -> dict[str, Any]:
        if response.status_code in {401, 403}:
            raise self._unavailable(f"refuses Maestro ({response.status_code})", ADVICE["token"])
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict) and response.is_server_error:
            raise self._unavailable(f"answered {_described(response)}", ADVICE["other"])
        if not isinstance(answer, dict):
            raise self._unavailable(f"is not an MLflow server (it answered {_described(response)})", ADVICE["stranger"])
        return answer

    def _unavailable(self, what: str, advice: str) -> SourceUnavailable:
        return SourceUnavailable(f"MLflow at {self.address} {what}.", advice=advice)


def _described(response: httpx2.Response) -> str:
    kind = clean(response.headers.get("content-type")).partition(";")[0]
    return f"{response.status_code} {kind}".strip()
