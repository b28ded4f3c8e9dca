"""A CircleCI that does not get better: a refresh ends, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maestro_core.collectors.circleci import CircleCI
from maestro_core.collectors.pacing import Clock
from maestro_core.errors import AskedToWait, SourceUnavailable
from tests.collectors.circleci_answering import SLUG, START, PretendCircle
from tests.collectors.replay_json import Answer, Question, Replay, replaying

CLOCK = Clock(lambda: START + timedelta(days=2), lambda _seconds: None)


def circleci(replay: Replay) -> CircleCI:
    return CircleCI(location=f"{replay.url}/{SLUG}", clock=CLOCK)


def test_a_page_that_is_always_broken_ends_the_refresh() -> None:
    circle = PretendCircle()
    for number in range(1, 46):
        circle.add(number)

    def broken(question: Question) -> Answer:
        return Answer(b"", 500) if question.query.get("page-token") == "20" else circle.answer(question)

    with replaying(broken) as replay:
        for _ in range(2):
            with pytest.raises(SourceUnavailable, match="answered 500"):
                list(circleci(replay).collect({}))
        first = next(iter(circleci(replay).collect({})))
        with pytest.raises(SourceUnavailable, match="answered 500"):
            list(circleci(replay).collect(first.cursor))


@pytest.mark.parametrize("is_down", [False, True])
def test_a_workflow_whose_jobs_are_never_told_hides_no_others_unless_the_server_is_down(is_down: bool) -> None:
    circle = PretendCircle()
    for number in range(1, 6):
        circle.add(number)
    broken: list[str] = []

    def answer(question: Question) -> Answer:
        if question.path.endswith("/job"):
            broken.append(question.path)
        is_broken = question.path.endswith("/job") and question.path == broken[0]
        is_down_now = is_down and broken and "/api/v2/project/" in question.path
        return Answer(b"", 500) if is_broken or is_down_now else circle.answer(question)

    with replaying(answer) as replay:
        if is_down:
            with pytest.raises(SourceUnavailable, match="answered 500"):
                list(circleci(replay).collect({}))
            return
        told = list(circleci(replay).collect({}))
    assert sum(len(batch.runs) for batch in told) == 5
    assert [kind for batch in told for kind, *_ in batch.oddities] == ["a detail is missing"]


def test_a_check_does_not_wait() -> None:
    with replaying(lambda _question: Answer({}, 429, {"Retry-After": "5"})) as replay, pytest.raises(AskedToWait):
        circleci(replay).check()
