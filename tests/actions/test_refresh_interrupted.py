"""A refresh that is stopped, overtaken, killed or disconnected loses and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from maestro_core.actions.collecting import TOOLS
from maestro_core.actions.lead import LEASE, Lead, LeadLost, Overtaken
from maestro_core.actions.leases import take_lease
from maestro_core.actions.refresh import refresh_queued, refresh_source
from maestro_core.actions.refresh_runs import MOST_INTERRUPTIONS
from maestro_core.collectors import Batch
from maestro_core.models import DataSource, RefreshRun
from maestro_core.settings import Settings
from maestro_core.terms import RunState, SourceKind
from tests.actions.numbered import NUMBERED, NumberedFiles, the_sum
from tests.actions.refreshing import LEAD, a_run, a_source, read_by, the_run
from tests.conftest import NOW, House

pytestmark = pytest.mark.usefixtures("numbered")


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


def test_of_two_attempts_at_a_run_only_the_later_writes(
    leading: House, numbers: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster may give a run to another process while the first one, thought dead, still works."""
    run_id = a_run(leading, a_source(leading, numbers, 1, 20, 300))

    class ThoughtDead(NumberedFiles):
        def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
            batches = super().collect(cursor)
            yield next(batches)
            monkeypatch.setitem(TOOLS, SourceKind.GIT, NUMBERED)
            refresh_source(leading.open, run_id, settings=settings, lead=Lead(LEAD.holder, is_own=False))
            yield from batches

    monkeypatch.setitem(TOOLS, SourceKind.GIT, read_by(ThoughtDead))
    with pytest.raises(Overtaken):
        refresh_source(leading.open, run_id, settings=settings, lead=Lead(LEAD.holder, is_own=False))
    with leading.open() as ws:
        run = the_run(ws, run_id)
        assert (the_sum(ws), run.state, run.attempts) == (321, RunState.SUCCEEDED, 2)


def test_a_run_that_has_ended_is_not_read_again(leading: House, numbers: Path, settings: Settings) -> None:
    """A cluster that hears of no end, since the process died right after it, has the errand run once more."""
    run_id = a_run(leading, a_source(leading, numbers, 1))
    for _ in range(2):
        refresh_source(leading.open, run_id, settings=settings, lead=LEAD)
    with leading.open() as ws:
        run = the_run(ws, run_id)
        assert (run.attempts, run.message) == (1, "Read 0000.txt")


def test_who_works_for_the_leader_does_not_hold_its_lease_for_longer(
    leading: House, numbers: Path, settings: Settings
) -> None:
    """The lease of a dead leader runs out, however long those live on that worked for it."""
    run_id = a_run(leading, a_source(leading, numbers, 1))
    refresh_source(
        lambda: leading.open(now=NOW + timedelta(seconds=29)),
        run_id,
        settings=settings,
        lead=Lead(LEAD.holder, is_own=False),
    )
    with leading.open(now=NOW + timedelta(seconds=31)) as ws:
        assert the_run(ws, run_id).state is RunState.SUCCEEDED
        assert take_lease(ws, name=LEASE, holder="another", seconds=30)
    with pytest.raises(LeadLost), leading.open() as ws:
        Lead(LEAD.holder, is_own=False).prove(ws)


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
