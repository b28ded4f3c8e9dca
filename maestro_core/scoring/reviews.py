"""The review parts of the collaboration score: how pull requests are read by somebody else before they are merged.

pull_requests: id, author_id, created_at, merged_at, merged_by_id, closed_at and, where drafts are known, ready_at and
is_draft.
reviews: pull_request_id, person_id, submitted_at, state; a note answers, but is no review. Every estimate takes how
often each week counts and returns its numerator and denominator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.git_activity import absence_factor
from maestro_core.scoring.network import Integers, Numbers
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.terms import Period, ReviewState

Estimate = Callable[[Numbers], tuple[float, float]]

NO_CODE_REVIEW = "no code review is connected"
SECONDS_PER_WEEK = 7 * 24 * 3600
PROMPT_HOURS, LATE_HOURS = 4.0, 168.0  # a first response within four hours is 1, after a week 0


def weeks_before_end(times: pd.Series[Any], period: Period) -> Integers:
    """Which week before the end of the period, 0 the last: the blocks that are resampled."""
    seconds = (period.end - pd.to_datetime(times, utc=True)).dt.total_seconds()
    return (seconds.to_numpy(np.float64) // SECONDS_PER_WEEK).astype(np.int64)


def merged_in(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """The pull requests merged in the period: week, reviewed (by another person up to the merge), both_known, alone.

    both_known: who opened it and who merged it; alone: merged by the author without such a review.
    """
    merged = _inside(pull_requests, "merged_at", period)
    others = reviews_by_others(pull_requests[["id", "author_id", "merged_at"]], reviews)
    before = others[others["submitted_at"] <= others["merged_at"]]
    reviewed = merged["id"].isin(before["id"])
    return pd.DataFrame(
        {
            "week": weeks_before_end(merged["merged_at"], period),
            "reviewed": reviewed,
            "both_known": merged["merged_by_id"].notna() & merged["author_id"].notna(),
            "alone": (merged["merged_by_id"] == merged["author_id"]) & ~reviewed,
        }
    )


def estimates(
    pull_requests: pd.DataFrame,
    reviews: pd.DataFrame,
    *,
    period: Period,
    people: int,
    working_hours: WorkingHours | None = None,
) -> dict[str, Estimate]:
    """The five review parts, for so many active people; the first response in working hours where these are known."""
    merged = merged_in(pull_requests, reviews, period=period)
    return {
        "review_coverage": _share(merged, merged["reviewed"]),
        "no_unreviewed_self_merge": _share(merged[merged["both_known"]], ~merged["alone"]),
        "first_response": _promptness(pull_requests, reviews, period, working_hours),
        "keeping_up": _keeping_up(pull_requests, period),
        "review_load_spread": _load_spread(pull_requests, reviews, period=period, people=people),
    }


def response_hours(
    pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period, working_hours: WorkingHours | None = None
) -> pd.DataFrame:
    """Hours until the first answer by another person, a note too: week, hours. A draft waits once it is ready, not yet.

    Of the pull requests opened in the period that had one before they were merged: nobody waits for one after that.
    Those still unanswered show in coverage and keeping up.
    Where working hours are known only these count: asked and answered on a weekend is 0.
    """
    opened = _inside(pull_requests[~is_open_draft(pull_requests)], "created_at", period)
    others = in_time(answers_by_others(pull_requests[["id", "author_id", "merged_at"]], reviews))
    first = others[others["submitted_at"] < period.end].groupby("id")["submitted_at"].min()
    answered_at = pd.to_datetime(pd.Series(first.reindex(opened["id"]).array, index=opened.index), utc=True)
    waited = hours_between(waiting_since(opened), answered_at, working_hours)
    answered = waited.notna()
    week = weeks_before_end(opened.loc[answered, "created_at"], period)
    return pd.DataFrame({"week": week, "hours": waited[answered].clip(lower=0.0)})


def hours_between(
    start: pd.Series[Any], end: pd.Series[Any], working_hours: WorkingHours | None = None
) -> pd.Series[float]:
    """Hours from one moment to another: of the calendar, or only those within working hours."""
    if working_hours is not None:
        return working_hours.between(start, end)
    passed: Any = end - start
    hours: pd.Series[float] = passed / pd.Timedelta(hours=1)
    return hours


def reviewers(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """Who reviewed which pull request of somebody else in the period, once each: week, id, person_id.

    What is said of a closed one moves nothing any more, and does not count.
    """
    ended = pull_requests["closed_at"].fillna(pull_requests["merged_at"])
    asked = pull_requests[["id", "author_id"]].assign(ended=ended)
    rows = reviews_by_others(asked, _inside(reviews, "submitted_at", period))
    rows = rows[rows["ended"].isna() | (rows["submitted_at"] <= rows["ended"])]
    once = rows.sort_values("submitted_at", kind="stable").drop_duplicates(["id", "person_id"])
    return once.assign(week=weeks_before_end(once["submitted_at"], period))[["week", "id", "person_id"]]


def active_people(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> set[Any]:
    """Who opened a pull request in the period, or reviewed one of somebody else."""
    return active_beside(reviewers(pull_requests, reviews, period=period), pull_requests, period=period)


def active_beside(given: pd.DataFrame, pull_requests: pd.DataFrame, *, period: Period) -> set[Any]:
    """The same, where who reviewed is known already, as `reviewers` tells it."""
    authors = _inside(pull_requests, "created_at", period)["author_id"].dropna()
    return set(authors) | set(given["person_id"])


def waiting_since(pull_requests: pd.DataFrame) -> pd.Series[Any]:
    """When a pull request began to wait for somebody else: once it was no draft any more, else when it was opened."""
    if "ready_at" not in pull_requests:
        return pull_requests["created_at"]
    return pull_requests["ready_at"].fillna(pull_requests["created_at"])


def is_open_draft(pull_requests: pd.DataFrame) -> pd.Series[bool]:
    """Which do not wait for anybody yet: drafts that were not merged; none where drafts are not known."""
    if "is_draft" not in pull_requests:
        return pd.Series(data=False, index=pull_requests.index)
    return pull_requests["is_draft"].astype(bool) & pull_requests["merged_at"].isna()


def answers_by_others(pull_requests: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Reviews and notes joined with their pull requests, without those by its author or by nobody known."""
    # Not `merge`, which takes several times as long: each answer has one pull request, and few columns are asked for.
    place = pd.Index(pull_requests["id"]).get_indexer(pd.Index(reviews["pull_request_id"]))
    given, place = reviews[place >= 0], place[place >= 0]
    is_other = given["person_id"].notna() & (given["person_id"] != pull_requests["author_id"].take(place).to_numpy())
    told = pull_requests.take(place[is_other.to_numpy()]).reset_index(drop=True)
    joined: pd.DataFrame = pd.concat([given[is_other].reset_index(drop=True), told], axis="columns")
    return joined


def in_time(answers: pd.DataFrame) -> pd.DataFrame:
    """Those of `answers_by_others` that came before the merge."""
    return answers[answers["merged_at"].isna() | (answers["submitted_at"] <= answers["merged_at"])]


def reviews_by_others(pull_requests: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """The same without notes."""
    return answers_by_others(pull_requests, reviews[reviews["state"] != ReviewState.NOTE])


def _share(rows: pd.DataFrame, good: pd.Series[bool]) -> Estimate:
    week, hit = rows["week"].to_numpy(), good.loc[rows.index].to_numpy(np.float64)
    return lambda times: (float((times[week] * hit).sum()), float(times[week].sum()))


def _promptness(
    pull_requests: pd.DataFrame, reviews: pd.DataFrame, period: Period, working_hours: WorkingHours | None
) -> Estimate:
    """From 1 within four hours to 0 after a week: 168 hours of the calendar, or the working hours of a week."""
    answered = response_hours(pull_requests, reviews, period=period, working_hours=working_hours)
    late = LATE_HOURS if working_hours is None else float(working_hours.per_week)
    week, hours = answered["week"].to_numpy(), answered["hours"].to_numpy(np.float64)

    def estimate(times: Numbers) -> tuple[float, float]:
        seen = np.repeat(hours, times[week].astype(np.int64))
        if not len(seen):
            return 0.0, 0.0
        median = float(np.clip(np.median(seen), PROMPT_HOURS, late))
        return float(np.log(late / median)), float(np.log(late / PROMPT_HOURS))

    return estimate


def _keeping_up(pull_requests: pd.DataFrame, period: Period) -> Estimate:
    closed_at = pull_requests["closed_at"].fillna(pull_requests["merged_at"])
    closed = _inside(pull_requests.assign(closed_at=closed_at), "closed_at", period)
    closing = weeks_before_end(closed["closed_at"], period)
    opening = weeks_before_end(_inside(pull_requests, "created_at", period)["created_at"], period)
    return lambda times: (float(times[closing].sum()), float(times[opening].sum()))


def _load_spread(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period, people: int) -> Estimate:
    rows = reviewers(pull_requests, reviews, period=period)
    week, person = rows["week"].to_numpy(), pd.factorize(rows["person_id"])[0]

    def estimate(times: Numbers) -> tuple[float, float]:
        spread = absence_factor(np.bincount(person, weights=times[week])) if len(person) else None
        return (0.0, 0.0) if spread is None else (float(spread), float(np.ceil(people / 2)))

    return estimate


def _inside(rows: pd.DataFrame, column: str, period: Period) -> pd.DataFrame:
    return rows[(rows[column] >= period.start) & (rows[column] < period.end)]
