"""Where a tool asks to be left alone, what it gave is stored, everybody sees until when, and it is asked again then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_core.actions.collecting import TOOLS
from maestro_core.actions.refresh import due_sources, refresh_queued, request_refresh
from maestro_core.collectors import Batch
from maestro_core.errors import AskedToWait
from maestro_core.settings import Settings
from maestro_core.terms import RunState, SourceKind
from tests.actions.numbered import NUMBERED, NumberedFiles, Numbers, the_sum
from tests.actions.refreshing import LEAD, a_run, a_source, read_by, the_run
from tests.conftest import NOW, House

pytestmark = pytest.mark.usefixtures("numbered")

UNTIL = NOW + timedelta(minutes=20)


def test_a_run_waits_as_long_as_the_tool_asks_and_then_goes_on(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(asking_to_wait(UNTIL)))
    source_id = a_source(leading, numbers, 1, 20)
    run_id = a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        run = the_run(ws, run_id)
        assert (the_sum(ws), run.state, run.not_before, run.error) == (1, RunState.QUEUED, UNTIL, None)
        assert run.message == "Waiting until 2026-07-01 12:20 UTC: Enough for now."
        assert request_refresh(ws, source_id=source_id) == run_id
        assert due_sources(ws, older_than=NOW + timedelta(days=9)) == []

    monkeypatch.setitem(TOOLS, SourceKind.GIT, NUMBERED)
    refresh_at(leading, UNTIL - timedelta(seconds=1), settings)
    with leading.open() as ws:
        assert (the_sum(ws), the_run(ws, run_id).not_before) == (1, UNTIL)
    refresh_at(leading, UNTIL, settings)
    with leading.open() as ws:
        run = the_run(ws, run_id)
        assert (the_sum(ws), run.state, run.not_before) == (21, RunState.SUCCEEDED, None)


def test_a_tool_that_asks_for_years_is_asked_again_after_a_day(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(asking_to_wait(NOW + timedelta(days=4000))))
    run_id = a_run(leading, a_source(leading, numbers, 1))
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_run(ws, run_id).not_before == NOW + timedelta(days=1)


def test_a_tool_that_asks_to_wait_holds_up_no_other(
    leading: House, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mixed(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            if self.folder.name == "limited":
                raise AskedToWait("Enough for now.", until=UNTIL)
            return super().collect(cursor)

    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(Mixed))
    limited = a_run(leading, a_source(leading, tmp_path / "limited", 1))
    free = a_run(leading, a_source(leading, tmp_path / "free", 7))
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert [the_run(ws, run).state for run in (limited, free)] == [RunState.QUEUED, RunState.SUCCEEDED]


def test_a_collector_that_waits_itself_says_so_and_is_seen_to_be_alive(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = a_run(leading, a_source(leading, numbers, 1))
    seen = []

    class Patient(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            yield Numbers(cursor=dict(cursor), message="Waiting 20 s: the limit", done=0, total=None, number=0)
            with leading.open(reading=True) as ws:
                run = the_run(ws, run_id)
                seen.append((run.state, run.message, run.heartbeat_at, run.interruptions))
            yield from super().collect(cursor)

    with leading.open() as ws:
        the_run(ws, run_id).interruptions = 1
    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(Patient))
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    # Who only waits has stored nothing: what may kill its reader is not forgiven yet.
    assert seen == [(RunState.RUNNING, "Waiting 20 s: the limit", NOW, 1)]
    with leading.open() as ws:
        assert (the_sum(ws), the_run(ws, run_id).interruptions) == (1, 0)


def asking_to_wait(until: datetime) -> type[NumberedFiles]:
    """Gives one batch, then asks."""

    @dataclass
    class Limited(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            yield next(super().collect(cursor))
            raise AskedToWait("Enough for now.", until=until)

    return Limited


def refresh_at(leading: House, now: datetime, settings: Settings) -> None:
    refresh_queued(lambda: leading.open(now=now), settings=settings, lead=LEAD)
