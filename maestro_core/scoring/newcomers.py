"""The first months of people who are new to some projects: how soon their work gets in, and who stays. Team level.

arrivals: person_id, arrived_at, first_merged_at, tenth_at, stayed, followed_days; see `arrivals`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.samples import median, share
from maestro_core.terms import Better, Measured

COHORT = timedelta(days=365)
"""Newcomers are those of a year: few teams have enough of them in a quarter."""
SETTLED = timedelta(days=90)
FOLLOWED = timedelta(days=180)
LOOKS_BACK = COHORT + FOLLOWED
TENTH = 10
NOBODY_NEW = "nobody is new in the year that is looked at"
FEW = f"fewer than {MINIMUM_PEOPLE} newcomers: it would tell of single persons"


def arrivals(
    commits: pd.DataFrame, pull_requests: pd.DataFrame, first_seen: pd.Series[Any], *, end: datetime
) -> pd.DataFrame:
    """Everybody who came in the year and a half before `end`, with what followed.

    commits and pull requests cover that time; `first_seen`: the time of the first commit or pull request ever, by
    person. What comes from `end` on does not count. stayed: another commit in the months 4 to 6 after; missing where
    these are not over yet. Ordered by arrival.
    """
    work = commits[~commits["is_merge"].astype(bool)].sort_values("committed_at", kind="stable")
    done = pull_requests[pull_requests["merged_at"] < end].dropna(subset="author_id")
    merged = done.groupby("author_id")["merged_at"].min()
    new = first_seen[(first_seen >= end - LOOKS_BACK) & (first_seen < end)].sort_values()
    numbered = work.groupby("person_id").cumcount()
    tenth = work[numbered == TENTH - 1].set_index("person_id")["committed_at"]
    columns = {"arrived_at": new, "first_merged_at": merged.reindex(new.index), "tenth_at": tenth.reindex(new.index)}
    table = pd.DataFrame({name: pd.to_datetime(times, utc=True) for name, times in columns.items()})
    table = table.rename_axis("person_id").reset_index()
    return table.assign(stayed=_stayed(table, work, end))


@measure(
    "Days to the first merged change", unit="days", better=Better.LOWER, source="our own; CHAOSS, New Contributors"
)
def days_to_first_merge(rows: pd.DataFrame, *, end: datetime) -> Measured[float]:
    """Median days from arriving to the first merged pull request, of the newcomers of a year who have one.

    Arriving is the first commit or pull request, whichever came first. Those without a merged one yet are not in it, so
    that it is rather too short. The interval is from order statistics at 90 %. None below 4 newcomers.
    """
    return _median_days(_of_year(rows, end), "first_merged_at", nothing="no newcomer has a merged pull request")


@measure("Days to the tenth commit", unit="days", better=Better.LOWER, source="our own; CHAOSS, New Contributors")
def days_to_tenth(rows: pd.DataFrame, *, end: datetime) -> Measured[float]:
    """Median days from arriving to the tenth non-merge commit, of the newcomers of a year who have ten.

    Those without ten yet are not in it, so that it is rather too short. The interval is from order statistics at 90 %.
    None below 4 newcomers.
    """
    return _median_days(_of_year(rows, end), "tenth_at", nothing="no newcomer has ten commits")


@measure("Newcomers who stay", unit="share", better=Better.HIGHER, source="our own; CHAOSS, Contributor Retention")
def staying_share(rows: pd.DataFrame) -> Measured[float]:
    """People with a commit in the months 4 to 6 after arriving / people who arrived 6 to 18 months ago.

    Projects end and people move on: read it beside what happened. The interval is Wilson's at 90 %. None below 4 people
    whose six months are over.
    """
    known = rows["stayed"].dropna()
    if len(known) < MINIMUM_PEOPLE:
        return Measured[float].missing(FEW if len(known) else NOBODY_NEW, sample=len(known))
    return share(int(known.astype(bool).sum()), len(known), nothing=NOBODY_NEW)


def by_quarter(rows: pd.DataFrame) -> pd.DataFrame:
    """Newcomers by the quarter of arrival: quarter, people, merged, tenth, stayed; quarters of fewer than 4 are out."""
    quarter = rows["arrived_at"].dt.tz_localize(None).dt.to_period("Q").astype(str)
    table = rows.assign(
        merged=rows["first_merged_at"].notna(), tenth=rows["tenth_at"].notna(), settled=rows["stayed"].notna()
    )
    grouped = table.assign(stayed=rows["stayed"].eq(True)).groupby(quarter.rename("quarter"))
    told = grouped.agg(
        people=("person_id", "size"),
        merged=("merged", "sum"),
        tenth=("tenth", "sum"),
        settled=("settled", "sum"),
        stayed=("stayed", "sum"),
    ).reset_index()
    return told[told["people"] >= MINIMUM_PEOPLE].reset_index(drop=True)


def _of_year(rows: pd.DataFrame, end: datetime) -> pd.DataFrame:
    return rows[rows["arrived_at"] >= end - COHORT]


def _median_days(rows: pd.DataFrame, column: str, *, nothing: str) -> Measured[float]:
    if len(rows) < MINIMUM_PEOPLE:
        return Measured[float].missing(FEW if len(rows) else NOBODY_NEW, sample=len(rows))
    passed = (rows[column] - rows["arrived_at"]).dt.total_seconds() / 86_400
    return median(passed.clip(lower=0.0), nothing=nothing)


def _stayed(table: pd.DataFrame, work: pd.DataFrame, end: datetime) -> pd.Series[Any]:
    at = work.merge(table[["person_id", "arrived_at"]], on="person_id")
    passed = at["committed_at"] - at["arrived_at"]
    later = at.loc[(passed >= SETTLED) & (passed < FOLLOWED), "person_id"].unique()
    is_over = table["arrived_at"] <= end - FOLLOWED
    return table["person_id"].isin(later).astype(object).where(is_over, np.nan)
