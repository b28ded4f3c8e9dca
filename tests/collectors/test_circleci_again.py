"""Pipelines of CircleCI that are run again long after they were told: looked at again, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from maestro_core.collectors import circleci
from tests.collectors.circleci_answering import START, PretendCircle, a_workflow
from tests.collectors.replay_json import Replay, replaying
from tests.collectors.test_circleci import read, runs


@pytest.fixture
def circle() -> PretendCircle:
    return PretendCircle()


@pytest.fixture
def replay(circle: PretendCircle) -> Iterator[Replay]:
    with replaying(circle.answer) as replay:
        yield replay


def test_what_was_run_again_is_seen_at_once_when_young_and_within_a_day_when_older(
    circle: PretendCircle, replay: Replay
) -> None:
    now = START + timedelta(days=4)
    ages = timedelta(hours=2), timedelta(days=3), timedelta(days=27), timedelta(days=40)
    for number, age in enumerate(ages, 1):
        circle.add(number, "failed", at=now - age)
    cursor = read(replay, now=now)[-1].cursor
    for number in (1, 2, 3, 4):
        again = a_workflow("build", now, again=number)
        circle.workflows[f"pipeline-{number}"].append(again)
    soon = read(replay, cursor, now=now + timedelta(hours=1))
    assert set(runs(soon)) == {("pipeline-1/build", 1), ("pipeline-1/build", 2)}
    next_day = read(replay, soon[-1].cursor, now=now + timedelta(days=1, hours=1))
    assert set(runs(next_day)) == {(f"pipeline-{number}/build", attempt) for number in (2, 3) for attempt in (1, 2)}


def test_no_more_old_pipelines_are_looked_at_again_than_the_newest_few(
    circle: PretendCircle, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circleci, "MOST_OLD", 3)
    now = START + timedelta(days=40)
    for days in range(1, 26):
        circle.add(days, "failed", at=now - timedelta(days=days))
    cursor = read(replay, now=now)[-1].cursor
    assert set(cursor["recent"]) == {f"pipeline-{days}" for days in range(1, 11)}
    for days in range(1, 26):
        circle.workflows[f"pipeline-{days}"].append(a_workflow("build", now, again=days + 100))
    asked = len(replay.asked)
    told = read(replay, cursor, now=now + timedelta(days=1, hours=1))
    assert {key for key, _ in runs(told)} == {f"pipeline-{days}/build" for days in range(1, 11)}
    # The listing, a look at each, and three questions for each that was run again: itself, its workflows and its jobs.
    looked_at = len([path for path in replay.paths[asked:] if "v1.1" not in path])
    assert looked_at <= 1 + 10 * (1 + 1 + 1 + 2)


def test_what_is_forgotten_while_others_are_looked_at_again_is_no_trouble(
    circle: PretendCircle, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circleci, "MOST_OLD", 3)
    monkeypatch.setattr(circleci, "AT_ONCE", 2)
    now = START + timedelta(days=40)
    for days in range(1, 15):
        circle.add(days, "success", at=now - timedelta(days=days))
    cursor = read(replay, now=now)[-1].cursor
    later = now + timedelta(days=3)
    circle.workflows["pipeline-1"].append(a_workflow("build", later, again=1))
    told = read(replay, cursor, now=later)
    assert set(runs(told)) == {("pipeline-1/build", 1), ("pipeline-1/build", 2)}
    assert set(told[-1].cursor["recent"]) == {f"pipeline-{days}" for days in range(1, 8)}
