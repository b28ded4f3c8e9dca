"""The examples of docs/push.md, run as they stand: by a shell, curl and openssl, against a server on a port."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Mount

from app.api.main import create_api
from maestro_core.models import AuditEvent, DeploymentEvent, Issue, PipelineJob, PipelineRun
from maestro_core.portfolios import Portfolios
from maestro_core.settings import CHECKOUT
from tests.conftest import House
from tests.doors.pushing import a_door
from tests.mlflow_server import a_free_port

EXAMPLES = re.findall(r"^```sh\n(.*?)^```$", (CHECKOUT / "docs" / "push.md").read_text(), re.MULTILINE | re.DOTALL)


@contextmanager
def on_a_port(house: House) -> Iterator[str]:
    api = create_api(Portfolios(own=house.portfolio, sample=house.portfolio))
    port = a_free_port()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Mount("/api", api)]), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def run(script: str, **variables: str) -> str:
    """What a script prints; it fails where a request does."""
    patient = script.replace("curl -sf", "curl -sf --retry 20 --retry-connrefused --retry-delay 1")
    shell = ["bash", "-euo", "pipefail", "-c", patient]
    done = subprocess.run(shell, env={"PATH": "/usr/bin:/bin", **variables}, capture_output=True, text=True, check=True)
    return done.stdout


def test_every_example_does_what_it_says(house: House) -> None:
    project, door = a_door(house)
    assert len(EXAMPLES) == 5
    with on_a_port(house) as url:
        known = {"MAESTRO_URL": url, "PROJECT": str(project), "SOURCE": str(door.source_id)}
        health, *told = [run(each, **known, SECRET=door.secret.get_secret_value()) for each in EXAMPLES]
        assert '"ok"' in health
        assert told == ['{"rows":2}', '{"rows":1}', '{"rows":1}', '{"rows":1}']
        with pytest.raises(subprocess.CalledProcessError):
            run(EXAMPLES[-1], **known, SECRET="another")
    with house.open(reading=True) as ws:
        counts = {
            table.__name__: ws.session.scalar(select(func.count()).select_from(table))
            for table in (PipelineRun, PipelineJob, DeploymentEvent, Issue)
        }
        refused = ws.session.scalars(select(AuditEvent.action).where(AuditEvent.refused)).all()
    assert counts == {"PipelineRun": 1, "PipelineJob": 1, "DeploymentEvent": 1, "Issue": 2}
    assert refused == ["push.receive_webhook"]
