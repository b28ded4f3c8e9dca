"""Recommendations for teams: when a computed number is worth a word, how sure that is, and when it is worth another.

Pure rules over measures of the catalogue, told of projects and never of a person; the rules are in `team_rules`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from maestro_core.scoring.catalogue import CATALOGUE, Measure
from maestro_core.terms import Better, Measured, percent

ENOUGH = 30
"""A number without an interval is well supported by so many rows."""

WORSE, WORSE_POINTS = 1.25, 0.1
"""What was dismissed comes back when it is a quarter worse; a share, when it is ten points worse."""

SPANS = ((1.0, 1 / 60, "minutes"), (48.0, 1.0, "hours"), (float("inf"), 24.0, "days"))


class Support(StrEnum):
    """How far a recommendation can be trusted."""

    WELL = "well supported"
    WEAK = "weak"


@dataclass(frozen=True)
class Rule:
    """A measure, beyond which limit it is worth a word, where the limit is from, what to say, and what to try.

    `says` has a place for the {value}; `topic` is the page on which the number lives; `fewest`: with fewer rows under
    the number nothing is said.
    """

    key: str
    measured_by: Callable[..., Any]
    limit: float
    limit_source: str
    says: str
    try_this: str
    topic: str
    fewest: int = 10

    @property
    def measure(self) -> Measure:
        """The entry of the catalogue."""
        return CATALOGUE[self.measured_by.__name__]

    def is_worse(self, one: float, other: float) -> bool:
        """Whether one value is worse news than another."""
        return one < other if self.measure.better is Better.HIGHER else one > other

    def best_case(self, measured: Measured[Any]) -> float | None:
        """The end of the interval that is better news; None without an interval."""
        return measured.high if self.measure.better is Better.HIGHER else measured.low


@dataclass(frozen=True)
class TeamRecommendation:
    """What stands out of a team's work, the number it rests on, how sure it is, and what to try."""

    key: str
    title: str
    sentence: str
    value: float
    low: float | None
    high: float | None
    sample: int
    unit: str
    limit: float
    limit_source: str
    support: Support
    why: str
    try_this: str
    topic: str
    excess: float
    """How many times the limit: what recommendations are ordered by, the well supported ones first."""


def recommendation(rule: Rule, measured: Measured[Any], *, detail: str = "") -> TeamRecommendation | None:
    """What a rule says of a number; None where that is missing, rests on too few rows, or is not beyond the limit."""
    value = measured.value
    if value is None or measured.sample < rule.fewest or not rule.is_worse(value, rule.limit):
        return None
    unit = rule.measure.unit
    support, why = _support(rule, measured)
    return TeamRecommendation(
        key=rule.key,
        title=rule.measure.title,
        sentence=rule.says.format(value=in_words(value, unit)) + detail,
        value=float(value),
        low=measured.low,
        high=measured.high,
        sample=measured.sample,
        unit=unit,
        limit=rule.limit,
        limit_source=rule.limit_source,
        support=support,
        why=why,
        try_this=rule.try_this,
        topic=rule.topic,
        excess=_excess(rule, value),
    )


def place(one: TeamRecommendation) -> tuple[bool, float, str]:
    """What to sort by: the well supported ones first, then by how far they are beyond their limit."""
    return one.support is not Support.WELL, -one.excess, one.key


def comes_back_at(rule: Rule, then: float) -> float:
    """How bad a number must be to be told again after it was dismissed at `then`.

    A share: ten points worse, and 0 or 1 where fewer are left; everything else: a quarter worse.
    """
    is_higher_better = rule.measure.better is Better.HIGHER
    if rule.measure.unit == "share":
        return max(then - WORSE_POINTS, 0.0) if is_higher_better else min(then + WORSE_POINTS, 1.0)
    return then / WORSE if is_higher_better else then * WORSE


def is_clearly_worse(rule: Rule, measured: Measured[Any], *, then: float) -> bool:
    """Whether a number is clearly worse than when it was dismissed at `then`.

    It must have come to `comes_back_at`, and where it has a 90 % interval, all of that must be worse than `then`: what
    chance moves up and down stays away.
    """
    value, best_case = measured.value, rule.best_case(measured)
    if value is None or not rule.is_worse(value, then) or rule.is_worse(comes_back_at(rule, then), value):
        return False
    return best_case is None or rule.is_worse(best_case, then)


def in_words(value: float, unit: str) -> str:
    """A number as a sentence has it.

    >>> in_words(55.2, "hours"), in_words(0.256, "share"), in_words(412.0, "lines"), in_words(1, "people")
    ('2.3 days', '26 %', '412 lines', '1 person')
    """
    if unit == "share":
        return percent(value)
    if unit == "hours":
        factor, unit = next((factor, name) for below, factor, name in SPANS if value < below)
        value = value / factor
    digits = f"{value:,.0f}" if value >= 100 or round(value, 1) == int(value) else f"{value:.1f}"
    return (
        f"{digits} {'person' if unit == 'people' else unit.removesuffix('s')}" if digits == "1" else f"{digits} {unit}"
    )


def _support(rule: Rule, measured: Measured[Any]) -> tuple[Support, str]:
    """How sure it is that the number is beyond the limit, and why."""
    unit, low, high = rule.measure.unit, measured.low, measured.high
    if low is None or high is None:
        rests = f"a count over {measured.sample:,}, without an interval"
        return (Support.WELL, rests) if measured.sample >= ENOUGH else (Support.WEAK, f"{rests}; these are few")
    limit = in_words(rule.limit, unit)
    interval = f"the 90 % interval, {in_words(low, unit)} to {in_words(high, unit)}"
    if rule.is_worse(low if rule.measure.better is Better.LOWER else high, rule.limit):
        return Support.WELL, f"all of {interval}, is beyond {limit} (n = {measured.sample:,})"
    return Support.WEAK, f"{interval}, reaches {limit}: it may be chance (n = {measured.sample:,})"


def _excess(rule: Rule, value: float) -> float:
    worse, better = (rule.limit, value) if rule.measure.better is Better.HIGHER else (value, rule.limit)
    return float(worse / better) if better else float("inf")
