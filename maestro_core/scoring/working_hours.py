"""Time that passes within an organisation's working hours.

pandas' CustomBusinessHour steps through one pair of moments at a time, and numpy's busday_count knows whole days only
and no time zone. Here the opening hours of each working day are laid out once, and every moment is looked up in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.errors import InvalidInput

SHORTEST_WEEK = 8
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class WorkingHours:
    """When an organisation works: weekdays (0 is Monday), from and to in whole hours (0 to 24), IANA time zone.

    Holidays are not known: they count as working days. No shift goes over midnight. A week has at least eight hours,
    so that one is always longer than the four of a prompt answer.
    """

    days: tuple[int, ...]
    opens: int
    closes: int
    zone: str

    def __post_init__(self) -> None:
        if not (set(self.days) <= set(range(7)) and 0 <= self.opens < self.closes <= 24):
            raise InvalidInput("Working hours lie on weekdays from 0 to 6, and end after they begin, between 0 and 24.")
        if self.per_week < SHORTEST_WEEK:
            raise InvalidInput(f"A working week has at least {SHORTEST_WEEK} hours.")

    @property
    def per_week(self) -> int:
        """The working hours of a week without a clock change.

        >>> WorkingHours((0, 1, 2, 3, 4), 9, 17, "Europe/Berlin").per_week
        40
        """
        return len(set(self.days)) * (self.closes - self.opens)

    def in_words(self) -> str:
        """As people say it.

        >>> WorkingHours((0, 1, 2, 3, 4), 9, 17, "Europe/Berlin").in_words()
        'Mon–Fri 9–17 Europe/Berlin'
        >>> WorkingHours((0, 2), 8, 16, "UTC").in_words()
        'Mon, Wed 8–16 UTC'
        """
        days = sorted(set(self.days))
        is_row = len(days) > 1 and days[-1] - days[0] == len(days) - 1
        told = f"{DAYS[days[0]]}–{DAYS[days[-1]]}" if is_row else ", ".join(DAYS[day] for day in days)
        return f"{told} {self.opens}–{self.closes} {self.zone}"

    def between(self, start: pd.Series[Any], end: pd.Series[Any]) -> pd.Series[float]:
        """Working hours from one moment to another; missing where either is, below 0 where they are in reverse.

        Hours that really pass: where clocks change within them, a day has one more or less. Weekends are 0.

        >>> berlin = WorkingHours((0, 1, 2, 3, 4), 9, 17, "Europe/Berlin")
        >>> friday, monday = (pd.Series(pd.to_datetime([at])) for at in ("2026-06-05T14:00Z", "2026-06-08T08:00Z"))
        >>> berlin.between(friday, monday).tolist()  # from 16 to 17 and from 9 to 10
        [2.0]
        """
        moments = pd.to_datetime(pd.concat([start, end], ignore_index=True), utc=True)
        passed = self._passed(pd.DatetimeIndex(moments))
        return pd.Series(passed[len(start) :] - passed[: len(start)], index=start.index, dtype="float64")

    def _passed(self, moments: pd.DatetimeIndex) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The working hours up to each moment, since before the first of them."""
        known = moments.dropna()
        if known.empty:
            return np.full(len(moments), np.nan)
        opening, closing = self._shifts(known.min(), known.max())
        at = moments.as_unit("us").asi8
        before = np.concatenate([[0], np.cumsum(closing - opening)])
        place = np.searchsorted(opening, at, side="right") - 1
        begun = np.clip(at - opening[place], 0, closing[place] - opening[place])
        microseconds = np.where(moments.isna() | (place < 0), np.nan, before[place] + begun)
        return np.asarray(microseconds / 3.6e9, dtype=np.float64)

    def _shifts(self, first: pd.Timestamp, last: pd.Timestamp) -> tuple[Any, Any]:
        """When work begins and ends on each working day around these moments, in microseconds since 1970."""
        # A week more, so that a working day lies before the first moment.
        start, end = first.tz_convert(self.zone) - pd.Timedelta(days=8), last.tz_convert(self.zone)
        days = pd.date_range(start.tz_localize(None).normalize(), end.tz_localize(None), freq="D")
        days = days[days.day_of_week.isin(self.days)]
        return self._at(days, self.opens), self._at(days, self.closes)

    def _at(self, days: pd.DatetimeIndex, hour: int) -> Any:
        # An hour that comes twice is the first of them, one that is skipped is the next: shifts never overlap.
        local = days + pd.Timedelta(hours=hour)
        told = local.tz_localize(self.zone, nonexistent="shift_forward", ambiguous=np.ones(len(days), dtype=bool))
        return told.as_unit("us").asi8
