"""A real MLflow server, refreshed again and again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from maestro_core.collectors.mlflow import MLflow
from maestro_core.models import (
    DataSource,
)
from tests.actions.stored_mlflow import (
    Tracked,
    a_source,
    days,
    stored_runs,
    uses,
    versions,
)
from tests.conftest import House
from tests.mlflow_server import Laboratory, now


def refresh(
    house: House, tracked: Tracked, experiments: Iterable[str], *, at: datetime | None = None, page_size: int = 200
) -> None:
    """A refresh as it happens: each batch in a workspace of its own, from the cursor that is stored."""
    with house.open(reading=True) as ws:
        cursor = ws.get(DataSource, tracked.source_id).cursor
    chosen = dict.fromkeys(experiments, "accuracy")
    collector = MLflow(url=tracked.address, experiments=chosen, now=at or datetime.now(UTC), page_size=page_size)
    for batch in collector.collect(cursor):
        with house.open() as ws:
            tracked.store(ws, batch)


def test_a_real_server_from_the_first_refresh_to_the_next_day(house: House, laboratory: Laboratory) -> None:
    with house.open() as ws:
        tracked = a_source(ws, address=laboratory.url, experiment=laboratory.experiment)
    name = f"churn {uuid4().hex[:6]}"
    laboratory.client.create_registered_model(name)
    model = laboratory.register(name)
    told = [laboratory.run(accuracy=0.5 + number / 20, start=now() - number - 1) for number in range(7)]
    user = laboratory.run(accuracy=None, status=None)
    laboratory.read(user, "sales", "d1")
    laboratory.apply(user, model)
    for _ in range(2):
        refresh(house, tracked, [laboratory.experiment], page_size=3)
        with house.open() as ws:
            assert stored_runs(ws) == {*told, user}
            assert uses(ws) == {f"mlflow:{user}:sales@d1", f"mlflow:{user}:{model}"}
            assert sum(days(ws, tracked.project_id).values()) == 8
            assert tracked.performance(ws) == pytest.approx(80)
    laboratory.client.delete_run(told[6])
    laboratory.client.delete_run(user)
    laboratory.client.delete_registered_model(name)
    refresh(house, tracked, [laboratory.experiment])
    with house.open() as ws:
        assert stored_runs(ws) == set(told[:6])
        assert uses(ws) == set()
        assert tracked.performance(ws) == pytest.approx(75)
        assert versions(ws, name) == {"1": ["deleted"]}
    laboratory.client.restore_run(user)
    refresh(house, tracked, [laboratory.experiment], at=datetime.now(UTC) + timedelta(hours=25))
    with house.open() as ws:
        assert stored_runs(ws) == {*told[:6], user}
        assert json.dumps(ws.get(DataSource, tracked.source_id).cursor)
