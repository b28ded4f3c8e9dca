"""What tests of delivery collectors share: reading to the end or killed again and again, and a clock of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from maestro_core.collectors import Collector
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.pacing import Clock

PARTS = ("pull_requests", "reviews", "runs", "jobs", "deployments", "releases", "issues")


class Watch:
    """A clock whose time passes by sleeping only."""

    def __init__(self, now: datetime) -> None:
        self.now, self.slept = now, list[float]()
        self.clock = Clock(lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def batches(collector: Collector, cursor: Mapping[str, Any] | None = None) -> Iterator[DeliveryBatch]:
    """The batches of a refresh; the cursor goes through JSON, as it does when it is stored."""
    return collector.collect(json.loads(json.dumps(dict(cursor or {}))))


def stored(read: Iterator[DeliveryBatch] | list[DeliveryBatch]) -> dict[str, dict[Any, Any]]:
    """What is stored after these batches: each row by its key, the last one told."""
    kept: dict[str, dict[Any, Any]] = {part: {} for part in PARTS}
    for batch in read:
        for part in PARTS:
            kept[part] |= {_key(part, row): row for row in getattr(batch, part)}
    return kept


def oddities(read: list[DeliveryBatch]) -> list[tuple[str, str, str]]:
    return [odd for batch in read for odd in batch.oddities]


def read_killed(collector: Collector, *, after: int) -> dict[str, dict[Any, Any]]:
    """What is stored where each refresh is killed after so many batches, until nothing new comes."""
    cursor: dict[str, Any] = {}
    read: list[DeliveryBatch] = []
    for _ in range(1000):
        lived = [batch for batch, _ in zip(batches(collector, cursor), range(after), strict=False)]
        read += lived
        cursor = lived[-1].cursor if lived else cursor
        if len(lived) < after:
            return stored(read)
    raise AssertionError("this never ends")


def _key(part: str, row: Any) -> Any:
    if part == "reviews":
        return (row.pull_request, row.external_id)
    return (row.external_id, row.attempt) if part in {"runs", "jobs"} else row.external_id
