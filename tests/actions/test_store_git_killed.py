"""Workers that are killed while they store a repository."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maestro_core.models import (
    Commit,
    ProcessMetric,
    Project,
)
from tests.actions.stored_git import a_source, by_account, refresh, rows, shortlog
from tests.conftest import House
from tests.repositories import a_collector, a_lively_repository

WORKER = """
import sys
from pathlib import Path
from uuid import UUID
from cryptography.fernet import Fernet
from maestro_core.actions.store_git import store_git
from maestro_core.collectors.git import Git
from maestro_core.database import connect
from maestro_core.models import DataSource
from maestro_core.vault import Vault
from maestro_core.workspace import open_workspace

url, member, source, location, mirror = sys.argv[1:]
engine = connect(url, vault=Vault.with_keys([Fernet.generate_key().decode()]))
with open_workspace(engine, UUID(member)) as ws:
    cursor = ws.get(DataSource, UUID(source)).cursor
for batch in Git(location, Path(mirror), commits_per_batch=1).collect(cursor):
    with open_workspace(engine, UUID(member)) as ws:
        store_git(ws, ws.get(DataSource, UUID(source)), batch)
    print(batch.done, flush=True)
"""


@pytest.mark.slow
def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    for number in range(40):
        repository.commit(**{f"f{number % 5}": f"{number}\n"})
    source_id = a_source(house)
    portfolio = house.portfolio
    arguments = [portfolio.engine.url.render_as_string(hide_password=False), str(portfolio.membership_id)]
    arguments += [str(source_id), str(repository.path), str(tmp_path / "mirrors" / "source.git")]
    chance = random.Random(2)
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stdout=subprocess.PIPE) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            worker.kill()
    refresh(house, source_id, a_collector(repository, tmp_path))
    assert by_account(house, Commit.reachable) == shortlog(repository)
    refresh(house, a_source(house, "whole"), a_collector(repository, tmp_path / "other"))
    interrupted, whole = (
        rows(
            house, ProcessMetric.day, ProcessMetric.measure, ProcessMetric.value, where=ProcessMetric.project_id == key
        )
        for _, key in rows(house, Project.name, Project.id)
    )
    assert interrupted == whole
