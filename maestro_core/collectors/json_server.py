"""Questions to a server that answers in JSON: bounded, asked again where an answer came broken, never to another host.

Plain HTTP: no client of CircleCI is kept, and those of Jenkins ask once for each build and stage that they name, read
answers of any size, and follow the addresses in them, which a server behind a proxy often tells wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2

from maestro_core.collectors.guarded import OutOfOrder, message_of
from maestro_core.collectors.pacing import Clock, raise_if_limited
from maestro_core.errors import SourceUnavailable

LARGEST_ANSWER = 64 * 1024 * 1024
TIMEOUT = httpx2.Timeout(60, connect=10)
ATTEMPTS = 3
FIRST_PAUSE = 1.0
BEGINNING = 2000
GONE = {404, 410}
ADVICE = {
    "reach": "Check that the server runs, that the address is right, and that this machine reaches it.",
    "host": "Copy the address from the browser, as it is when the page is open.",
    "server": "Look at the log or status page of the tool, then refresh again. What was read so far is stored.",
}


class _Faulty(Exception):
    """An answer that may be better the next time."""


@dataclass(frozen=True, kw_only=True)
class JsonServer:
    """A server at one address. Several threads may ask at once. `headers` hold the token and are never shown."""

    tool: str
    address: str
    refused: str
    """What to do where the server refuses the token."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    clock: Clock = field(default_factory=Clock)
    _client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=TIMEOUT), repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> dict[str, Any] | None:
        """The answer to a question; None where the server knows no such thing. Raises `Limited` where asked to wait."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._asked(path, parameters)
            except (_Faulty, httpx2.HTTPError) as fault:
                if attempt == ATTEMPTS:
                    raise self._unavailable(fault) from None
                self.clock.sleep(FIRST_PAUSE * 4 ** (attempt - 1))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _asked(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any] | None:
        question = self._client.stream("GET", self.address + path, params=dict(parameters), headers=dict(self.headers))
        with question as response:
            body = self._body(response)
        text = body.decode(errors="replace")
        raise_if_limited(response.status_code, response.headers, body=text[:BEGINNING], now=self.clock.now())
        if response.status_code in GONE:
            return None
        self._refuse(response, text)
        return self._object(response, text)

    def _body(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise SourceUnavailable(f"{self._name} sends more than 64 MB for one page.", advice=ADVICE["server"])
        return bytes(body)

    def _refuse(self, response: httpx2.Response, text: str) -> None:
        status = response.status_code
        if status >= 500:
            raise _Faulty(f"answered {status}")
        if status in {401, 403}:
            raise SourceUnavailable(f"{self._name} refuses Maestro ({status}).", advice=self.refused)
        if 300 <= status < 400:
            # The token is for this host: it is never taken elsewhere.
            raise SourceUnavailable(f"{self._name} leads to another place.", advice=ADVICE["host"])
        if status >= 400:
            told = message_of(text)
            raise SourceUnavailable(f"{self._name} answered {status}{': ' * bool(told)}{told}.", advice=ADVICE["host"])

    def _object(self, response: httpx2.Response, text: str) -> dict[str, Any]:
        kind = response.headers.get("content-type", "").partition(";")[0]
        if "json" not in kind:
            raise SourceUnavailable(
                f"{self._name} is no {self.tool}, or asks to sign in: it answered with {kind or 'nothing'}.",
                advice=f"{ADVICE['host']} {self.refused}",
            )
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            raise _Faulty("answered, but not with whole JSON") from None
        if not isinstance(answer, dict):
            raise _Faulty("answered, but not as documented")
        return answer

    @property
    def _name(self) -> str:
        return f"{self.tool} at {self.address}"

    def _unavailable(self, fault: Exception) -> SourceUnavailable:
        if isinstance(fault, _Faulty):
            return OutOfOrder(f"{self._name} {fault}.", advice=ADVICE["server"])
        reason = str(fault) or type(fault).__name__
        return SourceUnavailable(f"{self._name} does not answer: {reason}.", advice=ADVICE["reach"])
