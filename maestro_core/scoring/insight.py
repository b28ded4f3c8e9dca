"""What a finding is: a sentence with its evidence, how sure it is, and what to try."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sureness(StrEnum):
    """How far an insight can be trusted."""

    COUNTED = "counted"
    BEYOND_CHANCE = "beyond chance"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class Insight:
    """A finding in one sentence, the numbers it rests on, how sure it is, and what to try.

    `rows` names the pattern whose rows stand under it; empty where the evidence is all there is.
    """

    name: str
    sentence: str
    evidence: tuple[tuple[str, int | float | str], ...]
    sure: Sureness
    why_sure: str
    try_this: str
    rows: str = ""
