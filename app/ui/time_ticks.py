"""Labels of an axis of time: at moments that rows stand for, where Plotly would take round ones between them."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

import pandas as pd

MOST_LABELS = 8


def time_ticks(moments: pd.Series[pd.Timestamp]) -> tuple[list[pd.Timestamp], list[str]]:
    """At most eight of these moments, in their order, and their labels: months where all begin one, else days.

    The year stands below the first day, and wherever it is another one than before.

    >>> time_ticks(pd.Series(pd.to_datetime(["2026-12-28", "2027-01-04", "2027-01-11"])))[1]
    ['28 Dec<br>2026', '4 Jan<br>2027', '11 Jan']
    >>> time_ticks(pd.Series(pd.to_datetime(["2026-12-01", "2027-01-01"])))[1]
    ['Dec 2026', 'Jan 2027']
    """
    chosen = list(moments.iloc[:: max(1, ceil(len(moments) / MOST_LABELS))])
    if all(moment.day == 1 for moment in moments):
        return chosen, [f"{moment:%b %Y}" for moment in chosen]
    is_new = [True, *(before.year != moment.year for before, moment in pairwise(chosen))]
    years = [f"<br>{moment:%Y}" if new else "" for moment, new in zip(chosen, is_new, strict=False)]
    return chosen, [f"{moment:%-d %b}{year}" for moment, year in zip(chosen, years, strict=True)]
