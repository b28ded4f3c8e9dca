"""The score of DORA's Quick Check beside the means of its 2025 survey; older ladders only as what they were.

DORA published no elite, high, medium and low for 2025: the score compares, it does not rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better, Measured

HOUR, DAY, WEEK, MONTH = 1.0, 24.0, 168.0, 730.5
BANDS = (6 * MONTH, MONTH, WEEK, DAY, HOUR)
"""In hours: at or above the first is answer 1, below the last answer 6."""
ON_DEMAND = DAY / 2
"""Several deployments a day."""
SURVEY = 2025
MEANS: Mapping[str, float] = {
    "change_lead_time": 5.5,
    "deployment_frequency": 4.8,
    "failed_deployment_recovery_time": 7.4,
    "change_fail_rate": 8.1,
    "rework_rate": 7.8,
}
OVERALL_MEAN = 6.72
SOURCE = "DORA Quick Check, dora.dev/quickcheck (open source), means of the 2025 survey"

LEGACY_YEAR = 2023
LEGACY_LEVELS = ("elite", "high", "medium", "low")
LEGACY_NOTE = (
    "From the report of 2023, four separate look-ups that are no level of a team. In 2024 the high cluster had a worse "
    "change fail rate than the medium one; for 2025 DORA gave no such table."
)


@dataclass(frozen=True)
class LegacyRow:
    """One metric of the ladder of 2023: what each level said, and which say what was measured."""

    name: str
    says: tuple[str, str, str, str]
    fitting: tuple[str, ...]


def answer_of(hours: float) -> int:
    """The Quick Check's answer, 1 to 6, for a time: more than six months up to under an hour.

    >>> [answer_of(hours) for hours in (0.5, 5, 30, 200, 1000, 5000)]
    [6, 5, 4, 3, 2, 1]
    """
    return 1 + sum(hours < band for band in BANDS)


def frequency_answer(per_week: float) -> int:
    """The answer for a frequency, by the time between two deployments; on demand is two a day or more.

    >>> [frequency_answer(per_week) for per_week in (20, 8, 3, 0.5, 0.1, 0.01)]
    [6, 5, 4, 3, 2, 1]
    """
    between = WEEK / per_week if per_week > 0 else float("inf")
    return 6 if between <= ON_DEMAND else min(answer_of(between), 5)


@measure("Quick Check score", unit="of 10", better=Better.HIGHER, source=SOURCE)
def quick_check(name: str, measured: Measured[float]) -> Measured[float]:
    """What DORA's own Quick Check gives for a metric, 0 to 10; compared with the mean of the survey of 2025.

    Times and frequency are answered in six bands, a = 1 to 6: (a − 1) / 5 · 10, with lead time and recovery from more
    than six months to under an hour, and frequency from fewer than once in six months to on demand, read as two a day
    or more. Rates in per cent p give 10 − p / 10. None where the metric has no value.
    """
    if measured.value is None:
        return Measured[float].missing(measured.reason or "not measured", sample=measured.sample)
    return Measured[float](value=_score(name, measured.value), sample=measured.sample)


@measure("Quick Check score, overall", unit="of 10", better=Better.HIGHER, source=SOURCE)
def quick_check_overall(scores: Mapping[str, Measured[float]]) -> Measured[float]:
    """The mean of the five scores; the survey's mean of 2025 was 6.72.

    None where one of the five has no value: the mean of fewer would not compare.
    """
    known = [scores[name].value for name in MEANS if scores[name].value is not None]
    missing = [name.replace("_", " ") for name in MEANS if scores[name].value is None]
    if missing:
        return Measured[float].missing(f"without {' and '.join(missing)} it would not compare", sample=len(known))
    return Measured[float](value=fmean(value for value in known if value is not None), sample=len(known))


def legacy_ladder(measured: Mapping[str, Measured[float]]) -> tuple[LegacyRow, ...]:
    """The table of 2023, and for each metric alone the levels that its value fits."""
    return tuple(LegacyRow(name, says, _fitting(name, measured[name].value)) for name, says in _LEGACY.items())


def _score(name: str, value: float) -> float:
    if name in ("change_fail_rate", "rework_rate"):
        return 10 - 100 * value / 10
    answer = frequency_answer(value) if name == "deployment_frequency" else answer_of(value)
    return (answer - 1) / 5 * 10


_LEGACY = {
    "deployment_frequency": ("on demand", "daily to weekly", "weekly to monthly", "weekly to monthly"),
    "change_lead_time": ("under 1 day", "1 day to 1 week", "1 week to 1 month", "1 week to 1 month"),
    "failed_deployment_recovery_time": ("under 1 hour", "under 1 day", "1 day to 1 week", "1 to 6 months"),
    "change_fail_rate": ("5 %", "10 %", "15 %", "64 %"),
}


def _fitting(name: str, value: float | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if name == "change_fail_rate":
        return _closest(value)
    if name == "deployment_frequency":
        value = ON_DEMAND / 2 if frequency_answer(value) == 6 else max(WEEK / value if value else MONTH, DAY)
    limits = _LEGACY_HOURS[name]
    return tuple(level for level, (low, high) in zip(LEGACY_LEVELS, limits, strict=True) if low <= value < high)


_LEGACY_HOURS: dict[str, tuple[tuple[float, float], ...]] = {
    "deployment_frequency": ((0, DAY), (DAY, WEEK), (WEEK, MONTH), (WEEK, MONTH)),
    "change_lead_time": ((0, DAY), (DAY, WEEK), (WEEK, MONTH), (WEEK, MONTH)),
    "failed_deployment_recovery_time": ((0, HOUR), (HOUR, DAY), (DAY, WEEK), (MONTH, 6 * MONTH)),
}


def _closest(rate: float) -> tuple[str, ...]:
    """The level whose mean was the nearest: the table gives no bounds."""
    means = dict(zip(LEGACY_LEVELS, (0.05, 0.10, 0.15, 0.64), strict=True))
    return (min(means, key=lambda level: abs(means[level] - rate)),)
