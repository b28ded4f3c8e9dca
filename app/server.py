"""One process for one machine: the pages, the API under /api, and the refresh."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import streamlit as st
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.main import create_api
from app.ui import sizing_paper
from app.ui.garbage import load_pages, spare_what_is_loaded
from app.ui.problems import apologise
from app.ui.session import portfolios, settings
from app.worker import LOG_FORMAT, start_worker, stop_worker
from maestro_core.actions.sample import load_sample_if_old
from maestro_core.errors import WrongSetup
from maestro_core.settings import Settings

HERE = Path(__file__).parent
LOCAL_NAMES = ("localhost", "127.0.0.1")
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
SECURITY_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)


class SecurityHeaders:
    """Adds to every answer what keeps collected text from becoming a script or a request to a stranger."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *SECURITY_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Refresh beside the pages, where the settings do not leave that to a worker of its own."""
    # Before anybody looks at a page, and before the worker has anything in its hands.
    load_pages()
    spare_what_is_loaded()
    worker = start_worker(portfolios(), settings()) if settings().refresh_in_server else None
    yield None
    if worker:
        # A stop waits for the present batch, the pages' event loop does not.
        await asyncio.to_thread(stop_worker, worker)


def create_app() -> st.App:
    """The pages with the API beside them. Without sign-in, only this machine is answered."""
    return st.App(
        HERE / "main.py",
        lifespan=lifespan,
        on_script_error=apologise,
        routes=[Mount("/api", _api())],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(LOCAL_NAMES), www_redirect=False),
            Middleware(SecurityHeaders),
        ],
    )


def _api() -> FastAPI:
    return create_api(portfolios(), paper=sizing_paper.sheet, refresh_minutes=settings().refresh_minutes)


def main(chosen: Settings) -> None:
    """Serve until stopped; `WrongSetup` where the settings would show a portfolio without sign-in to others."""
    if chosen.host not in LOCAL_NAMES:
        raise WrongSetup(
            f"Without sign-in, Maestro answers this machine only, not {chosen.host}.",
            advice="Leave MAESTRO_HOST at 127.0.0.1, and reach it from elsewhere through an SSH tunnel.",
        )
    _refuse_taken_port(chosen)
    logging.basicConfig(level=chosen.log_level, format=LOG_FORMAT)
    # An old sample can be looked at until the worker has made it anew; without any, the first page would be empty.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if load_sample_if_old(portfolios().sample, older_than=timedelta.max):
        sys.stdout.write("Made a sample portfolio to look around in.\n")
    address = {"server.port": chosen.port, "server.address": chosen.host, "browser.serverPort": chosen.port}
    sys.stdout.write(f"Maestro opens at http://localhost:{chosen.port}\n")
    create_app().run(config=address)


def _refuse_taken_port(chosen: Settings) -> None:
    with contextlib.closing(socket.socket()) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((chosen.host, chosen.port))
        except OSError as problem:
            raise WrongSetup(
                f"Port {chosen.port} is taken, perhaps by a Maestro that runs already.",
                advice="Stop that, or choose another port: MAESTRO_PORT=8502 make run",
            ) from problem
