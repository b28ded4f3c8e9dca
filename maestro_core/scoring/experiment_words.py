"""Effects, amounts and p-values in words: one rule of rounding for sentences, tiles, tables and figures.

An effect is told with the digits that its interval supports, all three numbers alike. What is a share reads as
percentage points where it is a difference, and as per cent where it is a level.
"""

from __future__ import annotations

import math

from maestro_core.scoring.effects import ALPHA, Effect
from maestro_core.terms import percent, sign, with_sign

LEVEL = percent(1 - ALPHA)
"""Of every interval of an experiment; those of other measures are 90 % ones."""
DIGITS = 3
MOST_DECIMALS = 6
POINTS = "percentage points"


def difference_unit(unit: str) -> str:
    """What a difference of two such values is counted in.

    >>> difference_unit("share"), difference_unit("EUR"), difference_unit("currency")
    ('percentage points', 'EUR', '')
    """
    return {"share": POINTS, "currency": ""}.get(unit, unit)


def scale_of(unit: str) -> float:
    """By what values are multiplied to be read: shares are read per hundred."""
    return 100.0 if unit == "share" else 1.0


def effect_in_words(effect: Effect, unit: str, *, level: str = "") -> str:
    """An effect with its unit and interval; `level` is said before the interval where no heading says it.

    >>> effect_in_words(Effect(8.61, 0.51, 16.7), "points", level=LEVEL)
    '+8.6 points (95 % interval +0.5 to +16.7)'
    >>> effect_in_words(Effect(-0.125, -0.31, 0.06), "share")
    '−12.5 percentage points (−31.0 to +6.0)'
    >>> effect_in_words(Effect(327.4, -2507.9, 3162.4), "EUR")
    '+327 EUR (−2,508 to +3,162)'
    """
    scaled = [scale_of(unit) * number for number in (effect.value, effect.low, effect.high)]
    value, low, high = (with_sign(number, _decimals(*scaled)) for number in scaled)
    told = f"{value} {difference_unit(unit)}".rstrip()
    return f"{told} ({f'{level} interval ' if level else ''}{low} to {high})"


def difference_in_words(value: float, unit: str) -> str:
    """A difference of which no interval is known.

    >>> difference_in_words(-0.5, "share"), difference_in_words(12.345, "days")
    ('−50 percentage points', '+12.3 days')
    """
    return f"{sign(value)}{amount_in_words(abs(value), unit)}"


def amount_in_words(value: float, unit: str, *, digits: int = DIGITS) -> str:
    """How large a difference is, whatever its direction: so many digits, no zeros behind them.

    >>> amount_in_words(14.68, "points"), amount_in_words(0.1, "share"), amount_in_words(12345.6, "EUR")
    ('14.7 points', '10 percentage points', '12,346 EUR')
    >>> amount_in_words(0.0512, "points", digits=2)
    '0.051 points'
    """
    return f"{_short(scale_of(unit) * value, digits)} {difference_unit(unit)}".rstrip()


def means_in_words(control: float | None, treatment: float | None, unit: str) -> str:
    """The mean of the control and that of a treatment.

    >>> means_in_words(51.23, 64.4, "points"), means_in_words(0.45, 0.6, "share"), means_in_words(None, 3.0, "days")
    ('51.2 → 64.4 points', '45 → 60 %', '– → 3 days')
    """
    numbers = ["–" if mean is None else _short(scale_of(unit) * mean, DIGITS) for mean in (control, treatment)]
    return f"{' → '.join(numbers)} {'%' if unit == 'share' else difference_unit(unit)}".rstrip()


def p_in_words(p_value: float | None) -> str:
    """A p-value as people write it: never rounded to the other side of .05, and never to 0 or 1.

    >>> p_in_words(0.0004), p_in_words(0.0384), p_in_words(0.0496), p_in_words(0.51), p_in_words(None)
    ('p < .001', 'p = .038', 'p = .0496', 'p = .51', 'no p-value')
    >>> p_in_words(0.04996), p_in_words(0.0999), p_in_words(0.996)
    ('p < .05', 'p = .10', 'p > .99')
    """
    if p_value is None:
        return "no p-value"
    if p_value < 0.001:
        return "p < .001"
    if round(p_value, 2) >= 1:
        return "p > .99"
    fewest = 2 if round(p_value, 3) >= 0.1 else 3
    decimals = next((count for count in range(fewest, 5) if _keeps_its_side(p_value, count)), None)
    return f"p < {_tail(ALPHA, 2)}" if decimals is None else f"p = {_tail(p_value, decimals)}"


def _keeps_its_side(p_value: float, decimals: int) -> bool:
    """Whether a p-value that is rounded so is still below or above .05."""
    return (p_value < ALPHA) == (round(p_value, decimals) < ALPHA)


def _tail(share: float, decimals: int) -> str:
    return f"{share:.{decimals}f}".removeprefix("0")


def _short(value: float, digits: int) -> str:
    told = f"{value:,.{_places(value, digits)}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told


def _decimals(value: float, low: float, high: float) -> int:
    """None for an interval wider than 100, one down to 1, then two digits; more where a bound would read as 0."""
    width = high - low or abs(value)
    start = min(_places(width, DIGITS), 1) if width >= 1 else _places(width, DIGITS - 1)
    hidden = [number for number in (low, high) if number]
    enough = (count for count in range(start, start + 3) if all(round(number, count) for number in hidden))
    return next(enough, start)


def _places(value: float, digits: int) -> int:
    """Decimals that leave so many digits.

    >>> _places(16.2, 3), _places(5670.0, 3), _places(0.0, 3)
    (1, 0, 0)
    """
    if not value or not math.isfinite(value):
        return 0
    return min(max(digits - 1 - math.floor(math.log10(abs(value))), 0), MOST_DECIMALS)
