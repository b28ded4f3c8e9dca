"""A measure as a tile: title, value, unit, definition, sample and freshness."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from app.ui.text import plain
from maestro_core.scoring.catalogue import CATALOGUE, Measure
from maestro_core.terms import Better, Measured, percent, sign, true_minus, with_sign

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

ONE = {
    "people": "person", "branches": "branch", "days": "day", "hours": "hour", "lines": "line", "points": "point",
    "runs": "run", "jobs": "job", "rounds": "round", "projects": "project",
}  # fmt: skip

LEVEL = 0.9
"""Of the intervals of all measures of the catalogue; other numbers say theirs."""

WIDE = 10
"""An interval as wide as this leaves nothing to tenths, unless an end would read as 0."""
FINEST = 3
"""Decimals that an end is told with where fewer would make it 0; what is 0 with these is told as 0."""

SAME = "as before"
SPANS = ((1.0, 1 / 60, "min"), (48.0, 1.0, "hours"), (float("inf"), 24.0, "days"))
"""Below so many hours, by what they are divided, and what that is called."""
_SCALE = re.compile(r"of \d|[0-9−-]")


def show(
    name: str,
    measured: Measured[Any],
    *,
    before: Measured[Any] | None = None,
    unit: str | None = None,
    is_signed: bool = False,
) -> None:
    """A measure of the catalogue with its value, its change since the period before, and what stands behind it.

    `unit` replaces the catalogue's, where the organisation chose it, as with a currency. A difference is signed.
    """
    measure = CATALOGUE[name]
    measured, before, unit = fitting(measured, before, unit or measure.unit)
    tile(
        measure.title,
        measured,
        unit=unit,
        about=_about(measure),
        before=before,
        better=measure.better,
        is_signed=is_signed,
    )


def tile(
    title: str,
    measured: Measured[Any],
    *,
    unit: str,
    about: str,
    before: Measured[Any] | None = None,
    better: Better = Better.NEITHER,
    trend: Sequence[float] = (),
    level: float = LEVEL,
    is_signed: bool = False,
) -> DeltaGenerator:
    """A number with its unit, definition, interval, sample and trend; without a value, the reason why there is none.

    `level` is that of the interval. The container is returned: what belongs to the number can be written below it.
    """
    changed = change(measured, before, unit)
    place = st.container(border=True, height="stretch")
    with place:
        st.metric(
            title,
            signed(measured.value, unit) if is_signed else number(measured.value, unit),
            delta=changed,
            delta_color=colour(changed, better),
            delta_arrow="off" if changed in (None, SAME) else "down" if changed.startswith(sign(-1)) else "up",
            delta_description="vs before" if changed and changed != SAME else None,
            help=about,
            chart_data=list(trend) or None,
        )
        st.caption(evidence(measured, unit, level=level, is_signed=is_signed))
    return place


def fitting(
    measured: Measured[Any], before: Measured[Any] | None, unit: str
) -> tuple[Measured[Any], Measured[Any] | None, str]:
    """Hours as minutes, hours or days, whichever suits the present value: the difference reads in the same unit."""
    if unit != "hours" or measured.value is None:
        return measured, before, unit
    hours = measured.value
    earlier = None if before is None else in_fitting_unit(before, hours)[0]
    now, fitted = in_fitting_unit(measured, hours)
    return now, earlier, fitted


def in_fitting_unit(measured: Measured[float], hours: float) -> tuple[Measured[float], str]:
    """The same in minutes, hours or days, whichever suits so many hours.

    >>> in_fitting_unit(Measured[float](value=60.0), 60.0)
    (Measured[float](value=2.5, reason=None, sample=0, low=None, high=None), 'days')
    """
    divisor, unit = next((divisor, unit) for limit, divisor, unit in SPANS if hours < limit)
    values = {name: getattr(measured, name) for name in ("value", "low", "high")}
    scaled: dict[str, Any] = {name: None if each is None else each / divisor for name, each in values.items()}
    return measured.model_copy(update=scaled), unit


def number(value: Any, unit: str) -> str:
    """A value as people read it: per cent for shares, few digits, its unit behind it.

    >>> number(0.256, "share"), number(1234.5, "EUR"), number(None, "days"), number(3.26, "days"), number(1, "people")
    ('26 %', '1,234 EUR', '–', '3.3 days', '1 person')
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return "–"
    if unit == "share":
        return percent(value)
    told = true_minus(_digits(float(value)))
    return f"{told} {ONE.get(unit, unit) if told == '1' else unit}".strip()


def span(low: float, high: float, unit: str) -> str:
    """The ends of an interval, the unit once behind them; no tenths where it is ten wide or more.

    An end that is not 0 does not read as 0: on which side of it the interval lies is what is asked first.

    >>> span(43.1, 69.3, "days"), span(5.25, 6.5, "days"), span(0.652, 0.92, "share")
    ('43 to 69 days', '5.2 to 6.5 days', '65 to 92 %')
    >>> span(0.4, 10.6, "points"), span(0.004, 0.1, "share")
    ('0.4 to 10.6 points', '0.4 to 10 %')
    """
    first = _bare(unit, lambda told: as_sure(low, low, high, told))
    return f"{first} to {as_sure(high, low, high, _of_difference(unit))}"


def as_sure(value: float, low: float, high: float, unit: str) -> str:
    """A value with no more digits than its interval holds: no tenths where that is ten wide or more.

    >>> as_sure(56.4, 43.1, 69.3, "points"), as_sure(8.14, 7.6, 9.1, "points")
    ('56 points', '8.1 points')
    """
    is_wide = high - low >= WIDE and not any(_would_hide(end) for end in (low, high))
    return _as_end(round(value) if is_wide else value, unit)


def _as_end(value: float, unit: str) -> str:
    """As `number`, but a share that is not 0 keeps the decimals that say so."""
    shown = 100 * value
    if unit != "share" or not _would_hide(shown):
        return number(value, unit)
    decimals = next(count for count in range(1, FINEST + 1) if round(shown, count))
    return true_minus(f"{shown:.{decimals}f} %")


def _would_hide(end: float) -> bool:
    """Whether an end of an interval reads as 0 without decimals, and is not.

    >>> _would_hide(0.4), _would_hide(0.0), _would_hide(1e-17), _would_hide(0.6)
    (True, False, False, False)
    """
    return not round(end, 0) and bool(round(end, FINEST))


def signed(value: float | None, unit: str) -> str:
    """A difference: as `number`, with its sign.

    >>> signed(3.26, "points"), signed(-0.5, "points"), signed(0.0, "points"), signed(None, "points")
    ('+3.3 points', '−0.5 points', '0 points', '–')
    """
    told = number(value, unit)
    return f"+{told}" if value is not None and value > 0 else told


def _digits(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.2g}"


def change(measured: Measured[Any], before: Measured[Any] | None, unit: str) -> str | None:
    """The difference to the period before, in its unit; None where one of the two has no value."""
    if before is None or before.value is None or measured.value is None:
        return None
    share = unit == "share"
    difference = round(100 * (measured.value - before.value)) if share else float(measured.value - before.value)
    # What reads the same is the same: an arrow for a thousandth of an hour tells nothing.
    if not difference or (not share and number(measured.value, unit) == number(before.value, unit)):
        return SAME
    if share:
        return f"{with_sign(difference)} {'point' if abs(difference) == 1 else 'points'}"
    return f"{sign(difference)}{number(abs(difference), _of_difference(unit))}"


def colour(changed: str | None, better: Better) -> Literal["green", "red", "off"]:
    """Green for good news: Streamlit itself takes only a hyphen for a minus sign.

    >>> colour("−1 day", Better.LOWER), colour("−1 point", Better.HIGHER), colour(SAME, Better.HIGHER)
    ('green', 'red', 'off')
    """
    if changed in (None, SAME) or better is Better.NEITHER:
        return "off"
    return "green" if str(changed).startswith(sign(-1)) == (better is Better.LOWER) else "red"


def _of_difference(unit: str) -> str:
    """A place on a scale ("of 10", "0 to 1") is no unit of a difference, nor told twice beside the value."""
    return "" if _SCALE.match(unit) else unit


def evidence(measured: Measured[Any], unit: str, *, level: float = LEVEL, is_signed: bool = False) -> str:
    r"""What stands behind a value: its interval with the level, and the sample; without a value, why there is none.

    >>> evidence(Measured[float](value=4.0, sample=9, low=2.0, high=6.0), "days")
    '90 % interval 2 to 6 days · n\xa0=\xa09'
    """
    if measured.value is None:
        return plain(measured.reason or "Not enough data.")
    counted = f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{measured.sample:,}"
    if measured.low is None or measured.high is None:
        return counted
    told = _signed_span if is_signed else span
    ends = plain(told(measured.low, measured.high, unit))
    return f"{percent(level)} interval {ends} · {counted}"


def _signed_span(low: float, high: float, unit: str) -> str:
    return f"{_bare(unit, lambda told: _signed_end(low, told))} to {_signed_end(high, unit)}"


def _signed_end(end: float, unit: str) -> str:
    return f"{'+' if end > 0 else ''}{_as_end(end, unit)}"


def _bare(unit: str, tell: Callable[[str], str]) -> str:
    """What is told in a unit without naming it; per cent are no unit to leave out before, but a factor of 100."""
    return tell(unit).removesuffix(" %") if unit == "share" else tell("")


def _about(measure: Measure) -> str:
    return f"{plain(measure.summary)}\n\nUnit: {plain(measure.unit)}. Source: {plain(measure.source)}"
