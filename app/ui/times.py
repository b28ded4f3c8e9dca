"""Moments as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def ago(what: str, moment: datetime | None, *, now: datetime | None = None) -> str:
    """How long ago something happened, in its largest unit.

    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> ago("refreshed", noon - timedelta(hours=30), now=noon), ago("learned", None)
    ('refreshed 1 day ago', 'not learned yet')
    """
    if moment is None:
        return f"not {what} yet"
    passed = (now or datetime.now(UTC)) - moment
    for unit, name in UNITS:
        count = passed // unit
        if count:
            return f"{what} {count} {name}{'s' if count > 1 else ''} ago"
    return f"{what} just now"


def days_since(began: datetime, *, now: datetime | None = None) -> int:
    """Whole days that something has lasted so far; what begins later has not lasted at all.

    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> days_since(noon - timedelta(hours=47), now=noon), days_since(noon + timedelta(days=3), now=noon)
    (1, 0)
    """
    return max(((now or datetime.now(UTC)) - began).days, 0)


def day(moment: date | datetime | None) -> str:
    """A day as every reader understands it, or a dash.

    >>> day(date(2026, 7, 1)), day(None)
    ('1 July 2026', '–')
    """
    return f"{moment.day} {moment:%B %Y}" if moment else "–"
