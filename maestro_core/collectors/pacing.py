"""Waiting as a tool asks: briefly where it is soon over, seen in the progress; otherwise the rest is read later.

How a collector uses it, whatever its client:

- where an answer arrives: `raise_if_limited(status, headers, body=…, now=clock.now())` raises `Limited` where the tool
  asks to be left alone (429, a used-up allowance, Retry-After);
- where a batch is made: `page = yield from patiently(lambda: client.page(…), tool="Jenkins", waiting=…, clock=clock)`.
  `waiting(message)` makes a batch without rows that repeats the last cursor. Up to `LONGEST_PAUSE` is slept in short
  pieces, each told by such a batch (which also keeps the lease of the refresh); a longer wait raises `AskedToWait`;
- in `check()`, where somebody waits: `at_once(lambda: client.about(), tool="Jenkins", clock=clock)` never sleeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TypeVar

from maestro_core.errors import AskedToWait

Answer = TypeVar("Answer")
Told = TypeVar("Told")

LONGEST_PAUSE = 60.0
"""Seconds that one question waits at most, in all its attempts."""
PIECE = 10.0
UNTOLD_PAUSE = 60.0
"""GitHub's documentation: wait at least a minute where an answer does not say how long."""
LONGEST_WAIT = 24 * 3600.0
AN_EPOCH = 1_000_000_000
"""Resets are told as moments by GitHub and GitLab, as seconds from now by others: a moment is larger than this."""
RESETS = ("x-ratelimit-reset", "ratelimit-reset")
REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining")
LIMITED_WORDS = ("rate limit", "abuse detection", "too many requests")


class Limited(Exception):
    """A tool asked to be left alone for so many seconds. Not for users: `patiently` waits, or says it politely."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Clock:
    """The time, and how it is spent; tests bring their own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


def raise_if_limited(status: int, headers: Mapping[str, str], *, body: str = "", now: datetime) -> None:
    """Raise `Limited` where an answer asks to wait; `body` is its beginning, in which GitHub says why it refuses.

    >>> raise_if_limited(429, {"Retry-After": "7"}, now=datetime.now(UTC))
    Traceback (most recent call last):
    maestro_core.collectors.pacing.Limited: asked to wait 7 s
    >>> raise_if_limited(403, {}, body="Must have admin rights to Repository.", now=datetime.now(UTC))
    """
    told = {name.lower(): value for name, value in headers.items()}
    if _is_limited(status, told, body.lower()):
        raise Limited(_seconds(told, now))


def patiently(
    step: Callable[[], Answer], *, tool: str, waiting: Callable[[str], Told], clock: Clock
) -> Generator[Told, None, Answer]:
    """What the step answers, after the waits that the tool asks for; `AskedToWait` where they are too long."""
    waited = 0.0
    while True:
        try:
            return step()
        except Limited as asked:
            pause = max(1.0, asked.seconds)
            waited += pause
            if waited > LONGEST_PAUSE:
                raise _asked_to_wait(tool, clock.now() + timedelta(seconds=pause)) from None
            yield from _sleep(pause, tool=tool, waiting=waiting, clock=clock)


def at_once(step: Callable[[], Answer], *, tool: str, clock: Clock) -> Answer:
    """What the step answers, where somebody waits for it: `AskedToWait` where the tool asks for any wait."""
    try:
        return step()
    except Limited as asked:
        raise _asked_to_wait(tool, clock.now() + timedelta(seconds=asked.seconds)) from None


def _is_limited(status: int, headers: Mapping[str, str], body: str) -> bool:
    if status == 429:
        return True
    if status not in {403, 503}:
        return False
    is_used_up = any(headers.get(name) == "0" for name in REMAINING)
    return "retry-after" in headers or is_used_up or any(words in body for words in LIMITED_WORDS)


def _seconds(headers: Mapping[str, str], now: datetime) -> float:
    """As told, on the tool's own clock where it tells the time: ours may go otherwise.

    GitHub tells with each answer when the allowance is renewed; that is no answer to a limit that is another one.
    """
    tools_now = _moment(headers.get("date", "")) or now
    is_left = any(headers.get(name, "0") != "0" for name in REMAINING)
    told = [headers[name] for name in ("retry-after", *(() if is_left else RESETS)) if name in headers]
    seconds = _until(told[0], tools_now) if told else None
    return UNTOLD_PAUSE if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def _until(told: str, now: datetime) -> float | None:
    """Seconds until what a header tells: a number of seconds, a moment in seconds since 1970, or a date.

    >>> _until("30", datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    >>> _until("Thu, 01 Jan 2026 00:01:00 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    60.0
    >>> _until("soon", datetime(2026, 1, 1, tzinfo=UTC))
    """
    try:
        number = float(told)
    except ValueError:
        moment = _moment(told)
        return (moment - now).total_seconds() if moment else None
    if not isfinite(number):
        return None
    # A second more, since nobody knows when in its second the allowance is renewed.
    return number if number < AN_EPOCH else number - now.timestamp() + 1


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sleep(seconds: float, *, tool: str, waiting: Callable[[str], Told], clock: Clock) -> Generator[Told, None, None]:
    while seconds > 0:
        yield waiting(f"{tool} asked to wait: {seconds:.0f} s left")
        clock.sleep(min(seconds, PIECE))
        seconds -= PIECE


def _asked_to_wait(tool: str, until: datetime) -> AskedToWait:
    return AskedToWait(
        f"{tool} asked to be left alone until {until:%H:%M} UTC",
        until=until,
        advice="What was read so far is stored; the rest is read then. A token of its own has an allowance of its own.",
    )
