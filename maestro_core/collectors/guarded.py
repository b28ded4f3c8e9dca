"""Asking one server over HTTP through a client library that asks with requests: bounded, and never another host.

PyGithub and python-gitlab would themselves follow the server to other hosts with the token, read answers of any size,
and sleep silently, by this machine's clock, for as long as a server says. So both are given this session, and their own
retries stay off: a short fault is tried again here, a wait is seen (`pacing`), the rest is told with advice.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter

from maestro_core.collectors.pacing import Clock, raise_if_limited
from maestro_core.errors import InvalidInput, SourceUnavailable

LARGEST_ANSWER = 64 * 1024 * 1024
CHUNK = 64 * 1024
TIMEOUT = 60
ATTEMPTS = 3
FIRST_PAUSE = 1.0
LONGEST_MESSAGE = 300
ADVICE = {
    "host": "Maestro does not take a token elsewhere. If that is its new place, connect it under that address.",
    "reach": "Check the address, that this machine reaches it, and its proxy (HTTPS_PROXY) where it needs one.",
    "tls": "The certificate is not trusted here. For one of your own: REQUESTS_CA_BUNDLE=/path/to/ca.pem",
    "server": "Look at the status page of the tool, then refresh again. What was read so far is stored.",
}


@dataclass(frozen=True)
class Answer:
    """What a server answered; `value` is None where nothing changed (304) or nothing is told."""

    status: int
    headers: Mapping[str, str]
    value: Any


class Refused(Exception):
    """A question that the server does not answer: forbidden, gone, unknown or not understood."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status, self.message = status, message


class OutOfOrder(SourceUnavailable):
    """The server is there, but what it answers is broken, however often it is asked."""


class _Faulty(Exception):
    """An answer that may be better the next time."""


def web_address(location: str, *, tool: str, example: str) -> SplitResult:
    """The parts of a web address; `InvalidInput` for what is none or holds a secret."""
    try:
        parts = urlsplit(location.strip())
        _ = parts.port
    except ValueError as problem:
        raise InvalidInput(f"This is no web address: {problem}.", advice=f"Such as {example}") from problem
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput(f"{tool} is found at an address that starts with https://.", advice=f"Such as {example}")
    if "@" in parts.netloc:
        raise InvalidInput(
            "The address holds a user name or password, which would be shown and logged.",
            advice="Leave it out of the address and enter it as the token.",
        )
    return parts


class GuardedSession(requests.Session):
    """Asks one origin only, reads bounded answers, and raises `Limited` where it is asked to wait."""

    def __init__(self, address: str, *, tool: str, clock: Clock) -> None:
        super().__init__()
        self.origin, self.tool, self.clock = urlsplit(address)[:2], tool, clock
        # Without one, requests would look for a password of this host in ~/.netrc.
        self.auth = _as_it_is
        for scheme in ("http://", "https://"):
            self.mount(scheme, _BoundedAdapter(tool))

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        """Send a request, or one that a redirect leads to: each hop passes here."""
        origin = urlsplit(str(request.url))[:2]
        if origin != self.origin:
            told = f"{self.tool} leads from {'://'.join(self.origin)} to another place, {'://'.join(origin)}."
            raise SourceUnavailable(told, advice=ADVICE["host"])
        response = super().send(request, **how)
        body = response.text[:2000] if response.status_code in {403, 429} else ""
        raise_if_limited(response.status_code, response.headers, body=body, now=self.clock.now())
        return response


class _BoundedAdapter(HTTPAdapter):
    """Reads answers whole, up to the largest that makes sense."""

    def __init__(self, tool: str) -> None:
        super().__init__()
        self.tool = tool

    def send(self, request: requests.PreparedRequest, *_: Any, **how: Any) -> requests.Response:
        response = super().send(request, **{**how, "stream": True})
        with response:
            body = self._body(response)
        whole = requests.Response()
        whole.status_code, whole.reason, whole.headers = response.status_code, response.reason, response.headers
        whole.url, whole.request, whole.encoding = response.url, response.request, response.encoding
        whole.raw = BytesIO(body)
        return whole

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(CHUNK):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise SourceUnavailable(f"{self.tool} sends more than 64 MB for one page.", advice=ADVICE["server"])
        return bytes(body)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def asked(
    ask: Callable[[], tuple[int, Mapping[str, str], str]], *, tool: str, clock: Clock, hopeless: Collection[int] = ()
) -> Answer:
    """The answer to a question, asked again where it came broken; `Refused` or `SourceUnavailable` without one.

    A status that is `hopeless` is refused at once: the same question would only be answered so again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _answer(*ask(), hopeless)
        except (_Faulty, requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as fault:
            if attempt == ATTEMPTS or _is_about_tls(fault):
                _unavailable(fault, tool)
            clock.sleep(FIRST_PAUSE * 4 ** (attempt - 1))
        except requests.RequestException as fault:
            _unavailable(fault, tool)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _answer(status: int, headers: Mapping[str, str], text: str, hopeless: Collection[int]) -> Answer:
    if status >= 500 and status not in hopeless:
        raise _Faulty(f"answered {status}")
    if status >= 300 and status != 304:
        raise Refused(status, message_of(text))
    if not text:
        return Answer(status, headers, None)
    try:
        return Answer(status, headers, json.loads(text))
    except (ValueError, RecursionError) as problem:
        raise _Faulty(f"answered {status}, but not with whole JSON") from problem


def message_of(text: str) -> str:
    """What an answer says went wrong.

    >>> message_of('{"message": "Not Found"}'), message_of('{"error": "insufficient_scope"}'), message_of("<html>")
    ('Not Found', 'insufficient_scope', '')
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    return str(told.get("message") or told.get("error_description") or told.get("error") or "")[:LONGEST_MESSAGE]


def server_time(headers: Mapping[str, str], otherwise: datetime) -> datetime:
    """When the server answered, by its own clock, by which it stamps what it tells."""
    told = {name.lower(): value for name, value in headers.items()}
    try:
        moment = parsedate_to_datetime(told.get("date", ""))
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else otherwise


def _is_about_tls(fault: BaseException) -> bool:
    return isinstance(fault, requests.exceptions.SSLError) or isinstance(fault.__cause__, ssl.SSLError)


def _unavailable(fault: BaseException, tool: str) -> NoReturn:
    if _is_about_tls(fault):
        raise SourceUnavailable(f"{tool} is not trusted: {_short(fault)}.", advice=ADVICE["tls"]) from None
    if isinstance(fault, _Faulty):
        raise OutOfOrder(f"{tool} {fault}.", advice=ADVICE["server"]) from None
    raise SourceUnavailable(f"{tool} does not answer: {_short(fault)}.", advice=ADVICE["reach"]) from None


def _short(fault: BaseException) -> str:
    """The innermost reason: requests wraps it in what it was doing, with the whole address."""
    inner: Any = fault.args[0] if fault.args else fault
    reason = getattr(inner, "reason", None) or inner
    return str(reason).rpartition("): ")[2][:LONGEST_MESSAGE] or type(fault).__name__
