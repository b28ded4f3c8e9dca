"""A local HTTP server for one test: answers by a function, remembers what was asked, and misbehaves as told."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """A question, as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """An answer: JSON unless it is raw."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    length: int | None = None
    """What Content-Length says, where it lies."""

    @property
    def content(self) -> bytes:
        return json.dumps(self.value).encode() if self.raw is None else self.raw


Answering = Callable[[Request], Reply]


@dataclass
class _Instead:
    """A fault: these replies come first, for questions whose path and query hold these words."""

    words: tuple[str, ...]
    replies: list[Reply]
    after: int

    def take(self, request: Request) -> Reply | None:
        asked = (
            f"{request.method} {request.path}?{'&'.join(f'{name}={value}' for name, value in request.query.items())}"
        )
        if not all(word in asked for word in self.words):
            return None
        if self.after:
            self.after -= 1
            return None
        return self.replies.pop(0) if self.replies else None


class Replay:
    """What a test knows of its server."""

    def __init__(self, answering: Answering) -> None:
        self.answering, self.url = answering, ""
        self.asked: list[Request] = []
        self.now = datetime.now(UTC)
        self._faults: list[_Instead] = []

    def instead(self, *replies: Reply, when: tuple[str, ...] = (), after: int = 0) -> None:
        """Answer so, once each, when a question with these words comes, after so many good answers to it."""
        self._faults.append(_Instead(when, list(replies), after))

    def answer(self, request: Request) -> Reply:
        """The answer to a question, or the fault that was ordered."""
        self.asked.append(request)
        for fault in self._faults:
            if reply := fault.take(request):
                return reply
        return self.answering(request)

    def count(self, *words: str) -> int:
        """How many questions held these words."""
        return sum(
            all(word in f"{each.method} {each.path} {dict(each.query)}" for word in words) for each in self.asked
        )


@contextmanager
def replaying(answering: Answering) -> Iterator[Replay]:
    """A server on a free port, until the end of the block."""
    replay = Replay(answering)
    server = _Server(("127.0.0.1", 0), _handler(replay))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    replay.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Says nothing of a client that hangs up, which is what some tests are about."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without it, the kernel holds back the second half of a small answer for 40 ms.
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            question = Request(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                dict(self.headers),
                json.loads(body) if body else None,
            )
            reply = replay.answer(question)
            self.send_response_only(reply.status)
            told = {
                "Date": format_datetime(replay.now, usegmt=True),
                "Content-Type": "application/json; charset=utf-8",
                "Content-Length": str(len(reply.content) if reply.length is None else reply.length),
                **reply.headers,
            }
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.content)
            self.close_connection = reply.length is not None

        def log_message(self, *_: object) -> None:
            pass

    return Handler
