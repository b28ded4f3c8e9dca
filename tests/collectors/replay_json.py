"""A small HTTP server that answers as a tool does, remembers what it was asked, and misbehaves on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """What is sent: JSON unless the body is bytes."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json;charset=utf-8"

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Question:
    """What was asked. The path is as it came, with its escapes."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


NOTHING = Answer({"message": "Not found"}, 404)
Route = Callable[[Question], Answer]


@dataclass
class Replay:
    """The server's side: who answers, what goes wrong first, and what was asked."""

    url: str
    route: Route
    mishaps: list[Answer] = field(default_factory=list)
    """Sent instead of the next answers, in turn."""
    asked: list[Question] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def answer(self, question: Question) -> Answer:
        with self.lock:
            self.asked.append(question)
            if self.mishaps:
                return self.mishaps.pop(0)
        return self.route(question)

    @property
    def paths(self) -> list[str]:
        return [question.path for question in self.asked]


@contextmanager
def replaying(route: Route) -> Iterator[Replay]:
    """A running server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    replay = Replay(f"http://127.0.0.1:{server.server_port}", route)
    server.replay = replay  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        question = Question(parts.path, dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()})
        answer: Answer = self.server.replay.answer(question)  # type: ignore[attr-defined]
        self.send_response(answer.status)
        sent = {"Content-Type": answer.kind, "Content-Length": str(len(answer.content))} | answer.headers
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: Any) -> None:
        """Quietly."""
