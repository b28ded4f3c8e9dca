"""A refresh stores each batch once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from maestro_core.actions.collecting import TOOLS, Tool
from maestro_core.actions.leases import take_lease
from maestro_core.actions.refresh import (
    LEASE,
    MOST_INTERRUPTIONS,
    Lead,
    LeadLost,
    due_sources,
    queue_due,
    refresh_queued,
    refresh_source,
    request_refresh,
)
from maestro_core.collectors import Batch
from maestro_core.errors import NotAllowed, NotFound, NotNow
from maestro_core.models import AuditEvent, DataSource, RefreshRun
from maestro_core.settings import Settings
from maestro_core.terms import Role, RunState, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.numbered import NUMBERED, NumberedFiles, a_numbered_source, store_numbers, the_sum
from tests.conftest import NOW, House

LEAD = Lead("test")


@pytest.fixture(autouse=True)
def numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOOLS, SourceKind.GIT, NUMBERED)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_directory=tmp_path / "data")


@pytest.fixture
def leading(house: House) -> House:
    with house.open() as ws:
        take_lease(ws, name=LEASE, holder=LEAD.holder, seconds=30)
    return house


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    return tmp_path / "numbers"


def read_by(collector: type[NumberedFiles]) -> Tool:
    return replace(NUMBERED, collector=lambda address, _: collector(Path(address.location)))


def a_source(house: House, folder: Path, *contents: object) -> UUID:
    with house.open() as ws:
        return a_numbered_source(ws, folder, *contents)


def a_run(house: House, source_id: UUID) -> UUID:
    with house.open() as ws:
        return request_refresh(ws, source_id=source_id)


def the_run(ws: Workspace, run_id: UUID) -> RefreshRun:
    return ws.get(RefreshRun, run_id)


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


def test_an_error_is_recorded_with_its_advice_and_the_next_source_goes_on(
    leading: House, tmp_path: Path, settings: Settings
) -> None:
    failing = a_run(leading, a_source(leading, tmp_path / "failing", 5, "stop here"))
    with leading.open() as ws:
        assert ws.tenant.data_version > 0
    fine = a_run(leading, a_source(leading, tmp_path / "fine", 7))
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        run = the_run(ws, failing)
        assert (run.state, run.error) == (RunState.FAILED, "0001.txt says stop here")
        assert (run.advice, run.rows) == ("Write a number into it.", 1)
        assert ws.get(DataSource, run.source_id).refreshed_at is None
        assert the_run(ws, fine).state is RunState.SUCCEEDED


def test_a_failed_refresh_goes_on_where_it_failed(leading: House, numbers: Path, settings: Settings) -> None:
    source_id = a_source(leading, numbers, 5, "stop", 7)
    a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    (numbers / "0001.txt").write_text("6")
    a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_sum(ws) == 18


def test_what_nobody_expected_is_told_politely_and_logged_without_the_credential(
    leading: House, numbers: Path, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = a_source(leading, numbers, 1)
    with leading.open() as ws:
        ws.get(DataSource, source_id).credentials = ws.vault.encrypt(SecretStr("hunter2"))
    (numbers / "0000.txt").write_text("not a number with hunter2 in it")
    run_id = a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        run = the_run(ws, run_id)
        assert run.state is RunState.FAILED
        assert "did not expect" in str(run.error)
        assert str(run_id) in str(run.advice)
    assert "ValueError: could not convert string to float" in caplog.text
    assert "hunter2" not in caplog.text


def test_an_error_that_quotes_the_credential_or_a_nul_is_recorded_without(
    leading: House, numbers: Path, settings: Settings
) -> None:
    source_id = a_source(leading, numbers, "stop hunter2 \x00 \udce4".encode(errors="replace").decode())
    with leading.open() as ws:
        ws.get(DataSource, source_id).credentials = ws.vault.encrypt(SecretStr("hunter2"))
    run_id = a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_run(ws, run_id).error == "0000.txt says stop ********** \ufffd ?"


def test_a_credential_that_cannot_be_decrypted_fails_that_source_only(
    leading: House, tmp_path: Path, settings: Settings
) -> None:
    source_id = a_source(leading, tmp_path / "locked", 1)
    with leading.open() as ws:
        ws.get(DataSource, source_id).credentials = "from another key"
    run_id = a_run(leading, source_id)
    a_run(leading, a_source(leading, tmp_path / "open", 7))
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert "cannot be read with the present key" in str(the_run(ws, run_id).error)
        assert the_sum(ws) == 7


def test_who_lost_the_lease_stores_nothing_more(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = a_run(leading, a_source(leading, numbers, 1, 20, 300))

    class Overtaken(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            batches = super().collect({})
            yield next(batches)
            with leading.open(now=NOW + timedelta(hours=1)) as ws:
                assert take_lease(ws, name=LEASE, holder="another", seconds=30)
            yield from batches

    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(Overtaken))
    with pytest.raises(LeadLost):
        refresh_source(leading.open, run_id, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_sum(ws) == 1
        assert the_run(ws, run_id).state is RunState.RUNNING

    # The new leader puts the run back, and goes on after the batch that was stored.
    monkeypatch.setitem(TOOLS, SourceKind.GIT, NUMBERED)
    refresh_queued(leading.open, settings=settings, lead=Lead("another"))
    with leading.open() as ws:
        assert the_sum(ws) == 321
        assert the_run(ws, run_id).state is RunState.SUCCEEDED


def test_who_does_not_lead_refreshes_nothing(leading: House, numbers: Path, settings: Settings) -> None:
    run_id = a_run(leading, a_source(leading, numbers, 1))
    refresh_queued(leading.open, settings=settings, lead=Lead("another"))
    with leading.open() as ws:
        assert the_run(ws, run_id).state is RunState.QUEUED


def test_a_batch_that_cannot_be_stored_leaves_neither_rows_nor_cursor(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store_and_fail(ws: Workspace, source: DataSource, batch: Batch) -> int:
        store_numbers(ws, source, batch)
        ws.session.flush()
        if batch.done == 2:
            raise RuntimeError("the disk is full")
        return 1

    monkeypatch.setitem(TOOLS, SourceKind.GIT, replace(NUMBERED, store=store_and_fail))
    source_id = a_source(leading, numbers, 1, 20, 300)
    a_run(leading, source_id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_sum(ws) == 1
        assert ws.get(DataSource, source_id).cursor == {"last": "0000.txt"}


def test_a_stop_puts_the_run_back_after_the_present_batch(leading: House, numbers: Path, settings: Settings) -> None:
    run_id = a_run(leading, a_source(leading, numbers, 1, 20, 300))
    waiting = a_run(leading, a_source(leading, numbers.parent / "more", 4000))
    refresh_queued(leading.open, settings=settings, lead=Lead(LEAD.holder, go_on=lambda: False))
    with leading.open() as ws:
        run = the_run(ws, run_id)
        assert (the_sum(ws), run.state, run.interruptions) == (1, RunState.QUEUED, 0)
        assert the_run(ws, waiting).started_at is None
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_run(ws, run_id).rows == 3


def test_a_source_that_somebody_else_still_reads_waits_and_holds_up_no_other(
    leading: House, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Held(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            if self.folder.name == "held":
                raise NotNow("This folder is being read already.")
            return super().collect(cursor)

    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(Held))
    held = a_run(leading, a_source(leading, tmp_path / "held", 1))
    fine = a_run(leading, a_source(leading, tmp_path / "fine", 7))
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_run(ws, held).state is RunState.QUEUED
        assert the_run(ws, held).message == "Waiting: This folder is being read already."
        assert the_run(ws, fine).state is RunState.SUCCEEDED


LAST_CHANCE = MOST_INTERRUPTIONS - 1


@pytest.mark.parametrize(
    ("before", "ends"),
    [(0, RunState.SUCCEEDED), (LAST_CHANCE - 1, RunState.SUCCEEDED), (LAST_CHANCE, RunState.FAILED)],
)
def test_a_source_that_kills_its_reader_again_and_again_fails_with_advice(
    leading: House, numbers: Path, settings: Settings, before: int, ends: RunState
) -> None:
    run_id = a_run(leading, a_source(leading, numbers, 1))
    with leading.open() as ws:
        run = the_run(ws, run_id)
        run.state, run.interruptions = RunState.RUNNING, before
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        run = the_run(ws, run_id)
        assert run.state is ends
        assert ("cut off 5 times" in str(run.error)) is (ends is RunState.FAILED)
        assert bool(run.advice) is (ends is RunState.FAILED)


def test_a_stored_batch_forgives_interruptions(leading: House, numbers: Path, settings: Settings) -> None:
    run_id = a_run(leading, a_source(leading, numbers, 1))
    with leading.open() as ws:
        the_run(ws, run_id).interruptions = 3
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert the_run(ws, run_id).interruptions == 0


def test_a_source_that_is_disconnected_while_it_is_read_ends_quietly(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source_id = a_source(leading, numbers, 1, 20)
    a_run(leading, source_id)

    class Disconnected(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            batches = super().collect({})
            yield next(batches)
            with leading.open() as ws:
                ws.session.delete(ws.get(DataSource, source_id))
            yield from batches

    tool = read_by(Disconnected)
    monkeypatch.setitem(TOOLS, SourceKind.GIT, tool)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert ws.session.scalar(select(func.count()).select_from(RefreshRun)) == 0
    assert "Traceback" not in caplog.text


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
