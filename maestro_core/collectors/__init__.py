"""What we fetch: one collector per source, listed in `actions.collecting.TOOLS` beside what stores its batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from maestro_core.terms import SourceKind


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is stored in one transaction: the rows (in subclasses), and the cursor that says they are stored."""

    cursor: dict[str, Any]
    message: str
    done: int
    total: int | None


class Collector(Protocol):
    """Reads one source. Works outside transactions; the caller stores each batch before it asks for the next."""

    @property
    def kind(self) -> SourceKind: ...

    def check(self) -> str:
        """Whether the source answers, in a sentence; raises `SourceUnavailable` with advice where it does not."""

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        """What is new since the cursor; {} is the beginning. Stopping anywhere loses and doubles nothing."""
