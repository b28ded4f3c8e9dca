"""What happens in Git: how much, by how many, when. Team level; bots and unreachable commits are out already.

Commits arrive as columns: commit_id, person_id, authored_at, committed_at, utc_offset_minutes, is_merge, added,
deleted. A commit belongs to a period by its committer date, which rebasing renews and history orders by; to an hour of
the day by its author's own clock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better, Measured, Period

WEEKEND = frozenset({5, 6})
NO_COMMIT = "no commit in the period"

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Calendar:
    """How the organisation counts weeks: its time zone and the weekday a week starts on (0 is Monday)."""

    zone: str = "UTC"
    first_weekday: int = 0

    def week_edges(self, period: Period) -> pd.DatetimeIndex:
        """The midnights between which the complete weeks of a period lie: n weeks have n + 1 edges.

        Weeks are local, so one with a clock change has 167 or 169 hours.

        >>> from datetime import date
        >>> june = Period.days_between(date(2026, 6, 3), date(2026, 6, 24))
        >>> [str(edge.date()) for edge in Calendar("Europe/Berlin").week_edges(june)]
        ['2026-06-08', '2026-06-15', '2026-06-22']
        """
        start, end = (pd.Timestamp(moment).tz_convert(self.zone) for moment in (period.start, period.end))
        days = pd.date_range(start.tz_localize(None).normalize(), end.tz_localize(None), freq="D")
        firsts = days[days.day_of_week == self.first_weekday]
        # Some zones change their clocks at midnight: it may be missing, or come twice.
        edges = firsts.tz_localize(self.zone, nonexistent="shift_forward", ambiguous=np.ones(len(firsts), dtype=bool))
        return edges[(edges >= start) & (edges <= end)]


def counted(commits: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The non-merge commits of a period, by committer date."""
    if commits.empty:
        return commits
    inside = (commits["committed_at"] >= period.start) & (commits["committed_at"] < period.end)
    counts = inside & ~commits["is_merge"].astype(bool)
    return commits if counts.all() else commits[counts]


def local_times(commits: pd.DataFrame) -> pd.Series[Any]:
    """When the commits were written, on their authors' own clocks."""
    authored = pd.to_datetime(commits["authored_at"], utc=True)
    local = authored + pd.to_timedelta(commits["utc_offset_minutes"].astype("int64"), unit="min")
    return local.dt.tz_localize(None)


def weekly_activity(commits: pd.DataFrame, *, period: Period, calendar: Calendar) -> pd.DataFrame:
    """Commits, contributors and changed lines of each complete week, quiet weeks too, oldest first.

    `week` is the first local day of the week. Merges are out. Without a complete week the frame is empty.
    """
    edges = calendar.week_edges(period)
    weeks = edges[:-1].tz_localize(None).normalize()
    rows = counted(commits, period)
    per_week = rows.assign(lines=rows["added"] + rows["deleted"]).groupby(_weeks(rows, edges))
    summary = per_week.agg(commits=("commit_id", "size"), contributors=("person_id", "nunique"), lines=("lines", "sum"))
    summary = summary.reindex(range(len(weeks)), fill_value=0).astype("int64")
    return summary.set_axis(weeks, axis="index").rename_axis("week").reset_index()


def weekly_commits(commits: pd.DataFrame, *, period: Period, calendar: Calendar) -> pd.Series[int]:
    """Only the commits of `weekly_activity`, which cost a fraction of it."""
    edges = calendar.week_edges(period)
    weeks = max(len(edges) - 1, 0)
    places = _weeks(counted(commits, period), edges)
    inside = places[(places >= 0) & (places < weeks)]
    counts: pd.Series[int] = pd.Series(np.bincount(inside, minlength=weeks), name="commits", dtype="int64")
    return counts


def _weeks(rows: pd.DataFrame, edges: pd.DatetimeIndex) -> Places:
    """In which of the weeks each commit lies; below 0 or beyond the last in none."""
    at = pd.DatetimeIndex(pd.to_datetime(rows["committed_at"], utc=True))
    return edges.searchsorted(at, side="right") - 1


@measure("Commits per week", unit="commits per week", better=Better.NEITHER, source="CHAOSS, Code Changes Commits")
def commits_per_week(commits: pd.DataFrame, *, period: Period, calendar: Calendar) -> Measured[float]:
    """Non-merge commits by committer date in complete weeks / number of complete weeks.

    Weeks follow the organisation's time zone and first weekday; what lies in the cut-off weeks at the edges is left
    out. Not a measure of productivity: habits of committing differ. None without a commit or a complete week.
    """
    if counted(commits, period).empty:
        return Measured[float].missing(NO_COMMIT)
    weekly = weekly_commits(commits, period=period, calendar=calendar)
    if weekly.empty:
        return Measured[float].missing("no complete week in the period")
    return Measured[float](value=float(weekly.mean()), sample=int(weekly.sum()))


@measure("Contributors", unit="people", better=Better.NEITHER, source="CHAOSS, Contributors")
def contributors(commits: pd.DataFrame, *, period: Period) -> Measured[int]:
    """Distinct people with a non-merge commit in the period.

    Bots are out and the identities of one person are merged before. None without a commit.
    """
    rows = counted(commits, period)
    if rows.empty:
        return Measured[int].missing(NO_COMMIT)
    return Measured[int](value=int(rows["person_id"].nunique()), sample=len(rows))


@measure("Code churn", unit="lines", better=Better.NEITHER, source="Nagappan and Ball 2005, absolute churn")
def code_churn(commits: pd.DataFrame, *, period: Period) -> Measured[int]:
    """Lines added + lines deleted by the non-merge commits of the period.

    Binary files are out, and so are vendored and generated ones by the organisation's setting: a lock file would
    outweigh a month of work. A renamed file counts only what changed in it. None without a commit.
    """
    rows = counted(commits, period)
    if rows.empty:
        return Measured[int].missing(NO_COMMIT)
    return Measured[int](value=int(rows["added"].sum() + rows["deleted"].sum()), sample=len(rows))


@measure("Code churn rate", unit="share per week", better=Better.NEITHER, source="Nagappan and Ball 2005, relative")
def code_churn_rate(commits: pd.DataFrame, *, period: Period, lines_at_start: int | None) -> Measured[float]:
    """(Lines added + deleted) / lines that existed at the start of the period, per week.

    0.05: each week changes lines worth a twentieth of the code. None without a commit, or where the size of the code
    at the start is unknown or nothing.
    """
    churn = code_churn(commits, period=period)
    if churn.value is None:
        return Measured[float].missing(churn.reason or NO_COMMIT)
    if not lines_at_start:
        return Measured[float].missing("the size of the code at the start is not known", sample=churn.sample)
    return Measured[float](value=churn.value / lines_at_start / period.weeks, sample=churn.sample)


@measure("Active branches", unit="branches", better=Better.NEITHER, source="our own: work that is not integrated yet")
def active_branches(branches: pd.DataFrame, *, period: Period) -> Measured[int]:
    """Branches whose last commit lies in the period and that are not merged.

    The default branch is where they merge to, so out. The sample is all branches. None when no branch is known.
    """
    if branches.empty:
        return Measured[int].missing("no branch is known")
    at = branches["last_commit_at"]
    active = unmerged(branches) & (at >= period.start) & (at < period.end)
    return Measured[int](value=int(active.sum()), sample=len(branches))


def unmerged(branches: pd.DataFrame) -> pd.Series[bool]:
    """Which branches hold work that their default branch does not."""
    return ~branches["merged"].astype(bool) & ~branches["is_default"].astype(bool)


def activity_by_hour(commits: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """Non-merge commits by weekday (rows, 0 is Monday) and hour (columns, 0–23) on the author's own clock."""
    grid = np.zeros((7, 24), dtype=np.int64)
    rows = counted(commits, period)
    if not rows.empty:
        local = local_times(rows).dt
        np.add.at(grid, (local.day_of_week.to_numpy(), local.hour.to_numpy()), 1)
    return pd.DataFrame(grid, index=pd.RangeIndex(7, name="weekday"), columns=pd.RangeIndex(24, name="hour"))


@measure(
    "Night and weekend", unit="share", better=Better.LOWER, source="Claes et al. 2018, Do programmers work at night"
)
def night_and_weekend_share(
    commits: pd.DataFrame,
    *,
    period: Period,
    night: tuple[int, int] = (22, 6),
    weekend: Collection[int] = WEEKEND,
) -> Measured[float]:
    """Non-merge commits written at night (22 to 6 o'clock) or at a weekend / non-merge commits, author's own clock.

    The interval is Wilson's at 90 %; it takes commits as independent, which bursts
    are not, so it is rather too narrow. None without a commit.
    """
    rows = counted(commits, period)
    if rows.empty:
        return Measured[float].missing(NO_COMMIT)
    local = local_times(rows).dt
    off = _within_hours(local.hour, night) | local.day_of_week.isin(list(weekend))
    return _share(int(off.sum()), len(off))


@measure("Contributor absence factor", unit="people", better=Better.HIGHER, source="CHAOSS, Contributor Absence Factor")
def contributor_absence_factor(commits: pd.DataFrame, *, period: Period) -> Measured[int]:
    """The fewest people who together made at least half of the non-merge commits of the period.

    1: half the work rests on one person. None without a commit.
    """
    rows = counted(commits, period)
    if rows.empty:
        return Measured[int].missing(NO_COMMIT)
    return Measured[int](value=absence_factor(rows["person_id"].value_counts()), sample=len(rows))


def absence_factor(contributions: ArrayLike) -> int | None:
    """The smallest k whose k largest contributions sum to at least half of all; None when they sum to nothing.

    >>> absence_factor([1000, 433, 343, 332, 202, 90, 42, 33])
    2
    """
    largest_first = np.sort(np.asarray(contributions))[::-1]
    total = largest_first.sum()
    if not total:
        return None
    # Doubled instead of halved, so that whole numbers stay exact.
    return int(np.argmax(2 * largest_first.cumsum() >= total)) + 1


def _within_hours(hours: pd.Series[int], span: tuple[int, int]) -> pd.Series[bool]:
    first, end = span
    if first <= end:
        return (hours >= first) & (hours < end)
    return (hours >= first) | (hours < end)


def _share(part: int, whole: int) -> Measured[float]:
    interval = stats.binomtest(part, whole).proportion_ci(0.9, method="wilson")
    low, high = (float(bound) for bound in interval)
    return Measured[float](value=part / whole, sample=whole, low=max(low, 0.0), high=min(high, 1.0))
