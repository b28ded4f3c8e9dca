"""What goes wrong in a refresh is recorded with advice, holds up no other source, and is made good the next time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from maestro_core.actions.collecting import TOOLS
from maestro_core.actions.refresh import (
    refresh_queued,
)
from maestro_core.collectors import Batch
from maestro_core.errors import NotNow
from maestro_core.models import DataSource
from maestro_core.settings import Settings
from maestro_core.terms import RunState, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.numbered import NUMBERED, NumberedFiles, store_numbers, the_sum
from tests.actions.refreshing import LEAD, a_run, a_source, read_by, the_run
from tests.conftest import House

pytestmark = pytest.mark.usefixtures("numbered")


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
