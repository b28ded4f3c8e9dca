"""The DORA metrics week by week and month by month, empty spans too, in the organisation's time zone."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.dora import recovery_hours
from maestro_core.scoring.git_activity import Calendar
from maestro_core.terms import Period

COLUMNS = [
    "start", "is_whole", "deployments", "failed", "rework", "incidents", "days", "lead_time", "commits",
    "change_fail_rate", "recovery_time", "rework_rate",
]  # fmt: skip


class Step(StrEnum):
    """How long each span of a series is."""

    WEEK = "week"
    MONTH = "month"


def series(
    deployments: pd.DataFrame,
    changes: pd.DataFrame,
    incidents: pd.DataFrame,
    *,
    period: Period,
    calendar: Calendar,
    step: Step,
) -> pd.DataFrame:
    """One row for each week or month that the period touches, oldest first.

    start (its first local day), is_whole (the period holds all of it), deployments, failed, rework, incidents, days
    (with a deployment), lead_time and recovery_time (medians, hours), commits (behind the lead time), change_fail_rate,
    rework_rate. Counts of an empty span are 0; what is measured of nothing is missing.
    """
    edges = span_edges(period, calendar=calendar, step=step)
    place = _places(deployments["finished_at"], edges)
    deployed = pd.Series(place, index=pd.Index(deployments["deployment_id"]))
    counts = _counts(deployments.assign(place=place, hours=recovery_hours(deployments)), calendar)
    lead = changes.groupby(changes["deployment_id"].map(deployed))["lead_hours"].agg(["median", "size"])
    opened = pd.Series(_places(incidents["opened_at"], edges)).value_counts()
    spans = pd.RangeIndex(len(edges) - 1)
    rows = counts.reindex(spans).assign(
        start=edges[:-1].tz_localize(None).normalize(),
        is_whole=_whole(edges, period),
        incidents=opened.reindex(spans).fillna(0),
        lead_time=lead["median"].reindex(spans),
        commits=lead["size"].reindex(spans).fillna(0),
    )
    return _rates(rows)


def days_of_weeks(deployments: pd.DataFrame, *, period: Period, calendar: Calendar) -> pd.DataFrame:
    """The is_whole and days of a weekly series, without all else: what is measured of them needs no more."""
    edges = span_edges(period, calendar=calendar, step=Step.WEEK)
    moments = deployments["finished_at"]
    seen = pd.DataFrame({"place": _places(moments, edges), "day": _local_days(moments, calendar)}).drop_duplicates()
    days = seen["place"].value_counts().reindex(pd.RangeIndex(len(edges) - 1), fill_value=0)
    return pd.DataFrame({"is_whole": _whole(edges, period), "days": days.astype("int64")})


def span_edges(period: Period, *, calendar: Calendar, step: Step) -> pd.DatetimeIndex:
    """The local midnights around the weeks or months that a period touches: n spans have n + 1 edges.

    >>> from datetime import date
    >>> june = Period.days_between(date(2026, 6, 3), date(2026, 6, 17))
    >>> [str(edge.date()) for edge in span_edges(june, calendar=Calendar(), step=Step.WEEK)]
    ['2026-06-01', '2026-06-08', '2026-06-15', '2026-06-22']
    """
    start, end = (
        pd.Timestamp(moment).tz_convert(calendar.zone).tz_localize(None) for moment in (period.start, period.end)
    )
    first = start.normalize()
    if step is Step.WEEK:
        first -= pd.Timedelta(days=(first.day_of_week - calendar.first_weekday) % 7)
        days = pd.date_range(first, end + pd.Timedelta(days=7), freq="7D")
    else:
        days = pd.date_range(first.replace(day=1), end + pd.DateOffset(months=1), freq="MS")
    days = days[: int(days.searchsorted(end)) + 1]
    return days.tz_localize(calendar.zone, nonexistent="shift_forward", ambiguous=np.ones(len(days), dtype=bool))


def _places(moments: pd.Series[Any], edges: pd.DatetimeIndex) -> np.ndarray[Any, Any]:
    return edges.searchsorted(pd.DatetimeIndex(moments), side="right") - 1


def _whole(edges: pd.DatetimeIndex, period: Period) -> np.ndarray[Any, Any]:
    """Which spans the period holds all of."""
    return (edges[:-1] >= pd.Timestamp(period.start)) & (edges[1:] <= pd.Timestamp(period.end))


def _local_days(moments: pd.Series[Any], calendar: Calendar) -> pd.Series[Any]:
    days: pd.Series[Any] = moments.dt.tz_convert(calendar.zone).dt.tz_localize(None).dt.normalize()
    return days


def _counts(deployments: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    return (
        deployments.assign(day=_local_days(deployments["finished_at"], calendar))
        .groupby("place")
        .agg(
            deployments=("day", "size"),
            failed=("failed", "sum"),
            rework=("is_rework", "sum"),
            days=("day", "nunique"),
            recovery_time=("hours", "median"),
        )
    )


def _rates(rows: pd.DataFrame) -> pd.DataFrame:
    counts = ["deployments", "failed", "rework", "days", "incidents", "commits"]
    rows = rows.assign(**{name: rows[name].fillna(0).astype("int64") for name in counts})
    whole = rows["deployments"].where(rows["deployments"] > 0)
    told = rows.assign(change_fail_rate=rows["failed"] / whole, rework_rate=rows["rework"] / whole)
    return told[COLUMNS].reset_index(drop=True)
