"""Waiting as tools ask: how long, on whose clock, seen by whom, and when it is left for later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.collectors.pacing import LONGEST_WAIT, Clock, Limited, patiently, raise_if_limited
from maestro_core.errors import AskedToWait

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Watch:
    """A clock whose time passes only by sleeping."""

    def __init__(self) -> None:
        self.time, self.slept = NOW, list[float]()
        self.clock = Clock(lambda: self.time, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def asked(status: int, headers: dict[str, str], body: str = "") -> float | None:
    try:
        raise_if_limited(status, headers, body=body, now=NOW)
    except Limited as limited:
        return limited.seconds
    return None


def test_what_is_no_limit_is_not_waited_for() -> None:
    assert asked(200, {"X-RateLimit-Remaining": "0", "Retry-After": "9"}) is None
    assert asked(403, {"X-RateLimit-Remaining": "17"}, "Resource not accessible by personal access token") is None
    assert asked(503, {}) is None


def test_a_wait_is_told_in_seconds_as_a_date_or_by_the_time_of_the_reset() -> None:
    later = NOW + timedelta(seconds=30)
    assert asked(429, {"Retry-After": "30"}) == 30
    assert asked(503, {"Retry-After": format_datetime(later, usegmt=True)}) == 30
    assert asked(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{later.timestamp():.0f}"}) == 31
    assert asked(429, {"RateLimit-Reset": "30"}) == 30


def test_a_refusal_that_only_says_so_in_words_waits_a_minute() -> None:
    assert asked(403, {"X-RateLimit-Remaining": "40"}, "You have exceeded a secondary rate limit.") == 60


def test_the_reset_of_an_allowance_that_is_not_used_up_says_nothing_of_another_limit() -> None:
    """GitHub tells both with every answer."""
    reset = {"X-RateLimit-Reset": f"{NOW.timestamp() + 3000:.0f}"}
    said = "You have exceeded a secondary rate limit."
    assert asked(403, {"X-RateLimit-Remaining": "4990", **reset}, said) == 60
    assert asked(403, {"X-RateLimit-Remaining": "0", **reset}) == 3001


def test_a_reset_is_told_on_the_clock_of_the_tool() -> None:
    theirs = NOW + timedelta(hours=3)
    headers = {"Date": format_datetime(theirs, usegmt=True), "X-RateLimit-Reset": f"{theirs.timestamp() + 20:.0f}"}
    assert asked(429, headers) == 21


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_header_makes_a_wait_that_cannot_be_waited(retry: str, reset: str, date: str) -> None:
    seconds = asked(429, {"Retry-After": retry, "X-RateLimit-Reset": reset, "Date": date})
    assert seconds is not None
    assert 0 <= seconds <= LONGEST_WAIT


def test_a_short_wait_is_slept_in_pieces_that_are_seen() -> None:
    watch, answers = Watch(), iter([Limited(24), Limited(1), "the page"])
    told = list(steps := Steps(answers, watch))
    assert told == [f"GitHub asked to wait: {left} s left" for left in (24, 14, 4, 1)]
    assert watch.slept == [10, 10, 4, 1]
    assert steps.answer == "the page"


def test_a_long_wait_is_left_for_later_and_says_when() -> None:
    watch = Watch()
    with pytest.raises(AskedToWait) as told:
        list(Steps(iter([Limited(3600)]), watch))
    assert told.value.until == NOW + timedelta(hours=1)
    assert "13:00 UTC" in told.value.message
    assert not watch.slept


def test_a_tool_that_only_ever_asks_to_wait_is_left_alone_in_the_end() -> None:
    watch = Watch()
    with pytest.raises(AskedToWait):
        list(Steps(iter(lambda: Limited(0), None), watch))
    assert sum(watch.slept) == 60


class Steps:
    """`patiently` over these answers, and what it answered in the end."""

    def __init__(self, answers: object, watch: Watch) -> None:
        self.answers, self.watch, self.answer = answers, watch, None

    def __iter__(self):
        self.answer = yield from patiently(self._step, tool="GitHub", waiting=str, clock=self.watch.clock)

    def _step(self) -> object:
        answer = next(self.answers)
        if isinstance(answer, Limited):
            raise answer
        return answer
