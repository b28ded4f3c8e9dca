"""A client, the REST interface it talks to, and a trained model."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from app.api.main import create_api
from maestro_core.client import Maestro
from maestro_core.database import connect, sqlite_url
from maestro_core.portfolios import Portfolio, Portfolios, add_tenant
from maestro_core.vault import Vault
from tests.builders import a_project
from tests.client.told import PROJECT, Told
from tests.mlflow_server import Laboratory, a_free_port, a_laboratory


@pytest.fixture
def portfolio(tmp_path: Path, vault: Vault, migrated_file: Path) -> Iterator[Portfolio]:
    shutil.copyfile(migrated_file, tmp_path / "maestro.sqlite")
    engine = connect(sqlite_url(tmp_path / "maestro.sqlite"), vault=vault)
    with engine.connect() as connection, connection.begin():
        membership_id = add_tenant(connection, "Test", is_sample=False)
    yield Portfolio(engine, membership_id, is_sample=False)
    engine.dispose()


@pytest.fixture
def told(portfolio: Portfolio) -> Iterator[Told]:
    """The real REST interface, with one project."""
    api = Starlette(routes=[Mount("/api", create_api(Portfolios(own=portfolio, sample=portfolio)))])
    keys: list[str] = []

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        keys.extend(value.decode() for name, value in scope.get("headers", ()) if name == b"authorization")
        await api(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(listening, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    told = Told(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", portfolio, keys)
    with told.open() as ws:
        a_project(ws, PROJECT)
    yield told
    server.should_exit = True
    thread.join()


@pytest.fixture
def maestro(told: Told) -> Iterator[Maestro]:
    with Maestro(told.url, key="s3cret") as maestro:
        yield maestro


@pytest.fixture
def nobody() -> Iterator[Maestro]:
    """A client of a server that is down."""
    with Maestro(f"http://127.0.0.1:{a_free_port()}") as maestro:
        yield maestro


@pytest.fixture(scope="module")
def trained(mlflow_url: str) -> tuple[Laboratory, str, str]:
    """A laboratory, its registered model in one version with the alias champion, and the logged model behind."""
    laboratory = a_laboratory(mlflow_url)
    name = f"churn {uuid4().hex[:6]}"
    _, model = laboratory.train(register_as=name)
    laboratory.client.set_registered_model_alias(name, "champion", 1)
    return laboratory, name, model
