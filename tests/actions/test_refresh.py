"""A refresh stores each batch once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from maestro_core.actions.collecting import TOOLS
from maestro_core.actions.refresh import (
    due_sources,
    queue_due,
    refresh_queued,
    request_refresh,
)
from maestro_core.collectors import Batch
from maestro_core.errors import NotAllowed, NotFound
from maestro_core.models import AuditEvent, DataSource, RefreshRun
from maestro_core.settings import Settings
from maestro_core.terms import Role, RunState, SourceKind
from tests.actions.numbered import NumberedFiles, the_sum
from tests.actions.refreshing import LEAD, a_run, a_source, read_by, the_run
from tests.conftest import NOW, House

pytestmark = pytest.mark.usefixtures("numbered")


def test_a_refresh_stores_everything_and_records_how_it_went(leading: House, numbers: Path, settings: Settings) -> None:
    source_id = a_source(leading, numbers, 1, 20, 300)
    run_id = a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        run, source = the_run(ws, run_id), ws.get(DataSource, source_id)
        assert the_sum(ws) == 321
        assert (run.state, run.rows, run.done, run.total) == (RunState.SUCCEEDED, 3, 3, 3)
        assert (run.message, run.error, run.finished_at) == ("Read 0002.txt", None, NOW)
        assert (source.cursor, source.refreshed_at) == ({"last": "0002.txt"}, NOW)


def test_a_second_refresh_stores_only_what_is_new(leading: House, numbers: Path, settings: Settings) -> None:
    source_id = a_source(leading, numbers, 1, 20)
    a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    (numbers / "0002.txt").write_text("300")
    second = a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_sum(ws) == 321
        assert the_run(ws, second).rows == 1


def test_a_source_that_is_queued_or_running_is_not_queued_again(
    leading: House, numbers: Path, settings: Settings
) -> None:
    source_id = a_source(leading, numbers, 1)
    run_id = a_run(leading, source_id)
    assert a_run(leading, source_id) == run_id
    with leading.open() as ws:
        the_run(ws, run_id).state = RunState.RUNNING
    assert a_run(leading, source_id) == run_id
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    assert a_run(leading, source_id) != run_id


def test_a_source_of_nobody_is_not_found_and_a_viewer_may_not_ask(house: House, numbers: Path) -> None:
    with pytest.raises(NotFound), house.open() as ws:
        request_refresh(ws, source_id=uuid4())
    source_id = a_source(house, numbers, 1)
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        request_refresh(ws, source_id=source_id)


def test_progress_is_seen_while_the_refresh_runs(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = a_run(leading, a_source(leading, numbers, 1, 20, 300))
    seen = []

    class Watched(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            for batch in super().collect({}):
                yield batch
                with leading.open(reading=True) as ws:
                    run = the_run(ws, run_id)
                    seen.append((run.state, run.done, run.total, run.rows, run.message))

    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(Watched))
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    assert seen == [(RunState.RUNNING, n, 3, n, f"Read 000{n - 1}.txt") for n in (1, 2, 3)]


def test_new_data_outdate_answers(leading: House, numbers: Path, settings: Settings) -> None:
    a_run(leading, a_source(leading, numbers, 1))
    with leading.open() as ws:
        before = ws.tenant.data_version
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert ws.tenant.data_version > before


@pytest.mark.parametrize(("minutes", "is_due"), [(59, False), (60, True)])
def test_a_source_is_due_when_its_last_refresh_ended_long_enough_ago(
    leading: House, numbers: Path, settings: Settings, minutes: int, is_due: bool
) -> None:
    source_id = a_source(leading, numbers, "stop")
    a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        due = due_sources(ws, older_than=NOW + timedelta(minutes=minutes - 60))
        assert due == ([source_id] if is_due else [])


def test_a_source_that_was_never_read_is_due_and_one_that_waits_is_not(house: House, numbers: Path) -> None:
    source_id = a_source(house, numbers, 1)
    long_ago = datetime(2000, 1, 1, tzinfo=NOW.tzinfo)
    with house.open() as ws:
        assert due_sources(ws, older_than=long_ago) == [source_id]
        assert len(queue_due(ws, older_than=long_ago)) == 1
        assert due_sources(ws, older_than=long_ago) == []


def test_what_people_ask_for_is_audited_and_what_the_clock_does_is_not(house: House, numbers: Path) -> None:
    source_id = a_source(house, numbers, 1)
    with house.open() as ws:
        queue_due(ws, older_than=NOW)
        request_refresh(ws, source_id=source_id)
    with house.open() as ws:
        assert ws.session.scalars(select(AuditEvent.action)).all() == ["refresh.request_refresh"]


def test_old_runs_are_forgotten(leading: House, numbers: Path, settings: Settings) -> None:
    source_id = a_source(leading, numbers, 1)
    with leading.open() as ws:
        for days in (91, 89):
            moment = NOW - timedelta(days=days)
            ws.session.add(
                RefreshRun(source_id=source_id, state=RunState.SUCCEEDED, requested_at=moment, finished_at=moment)
            )
    a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert ws.session.scalar(select(func.count()).select_from(RefreshRun)) == 2
