"""What a tool does not tell of one thing: the thing is told without it, as odd. An outage is not taken for that."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.guarded import OutOfOrder, Refused
from maestro_core.collectors.listings import Oddity, Reading
from maestro_core.collectors.pacing import Clock

MOST_LACKING = 3
"""Details of one batch; where more fail, it is not about single things."""

Thing = TypeVar("Thing")


class DetailedReading(Reading):
    """A pass that asks for more of each thing. One thing that a tool cannot tell does not hide all behind it."""

    def __init__(self, tool: str, cursor: Mapping[str, Any], clock: Clock, *, probe: Callable[[], object]) -> None:
        super().__init__(tool, cursor, clock)
        self.probe = probe
        """A question that a tool in order answers."""
        self.lacking: list[Oddity] = []
        """What the next batch will tell as odd."""

    def batch(self, message: str, **rows: Any) -> DeliveryBatch:
        """As ever, with what it lacks."""
        odd = (*rows.pop("oddities", ()), *self.lacking)
        self.lacking = []
        return super().batch(message, **rows, oddities=odd)

    def detail(
        self, asking: Generator[DeliveryBatch, None, Thing], otherwise: Thing, *, of: str
    ) -> Generator[DeliveryBatch, None, Thing]:
        """What these questions about one thing find, or `otherwise` where the tool answers everything but them."""
        try:
            return (yield from asking)
        except (Refused, OutOfOrder, TimeoutError) as problem:
            if len(self.lacking) >= MOST_LACKING:
                raise
            if not isinstance(problem, Refused):
                yield from self.ask(self.probe)
            self.lacking.append(("a detail is missing", of, f"{self.tool}: {problem} The rest of it is told."))
        return otherwise
