"""How pull requests flow: how long they wait for what, how large they are, how often they go round.

pull_requests: id, author_id, created_at, ready_at, first_commit_at, merged_at, merged_by_id, closed_at, is_draft,
added, deleted. reviews: pull_request_id, person_id, submitted_at, state. `lives` joins both; measures take its rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.reviews import (
    answers_by_others,
    hours_between,
    in_time,
    is_open_draft,
    reviews_by_others,
    waiting_since,
)
from maestro_core.scoring.samples import mean, median, percentile_90
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.terms import Better, Measured, Period, ReviewState

NONE_OPENED = "no pull request was opened in the period"
NONE_MERGED = "no pull request was merged in the period"
NO_SIZE = "no merged pull request whose size is known in the period"
STAGES = ("coding", "pickup", "review", "merge", "without review")
SIZES = {"up to 50": 50, "51–200": 200, "201–500": 500, "501–1,000": 1000, "over 1,000": np.inf}
DECIDING = (ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED)


def lives(
    pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, working_hours: WorkingHours | None = None
) -> pd.DataFrame:
    """Pull requests with what happened to them; reviews and notes after the merge do not count: nobody waits for them.

    began_at (when it began to wait: ready, else opened), closed_at (merged or not), answered_at (first answer by
    another person), reviewed_at (first review), approved_at (last approval), first_approval_at, last_at (last review),
    decision (what stands: changes asked for, else approved, else missing) and decided_at, rounds, lines, response
    (hours to the first answer: of the calendar, or only those within working hours; missing without one, and of a
    draft, which does not wait for one yet).
    """
    rows = pull_requests.assign(
        began_at=waiting_since(pull_requests),
        closed_at=pull_requests["closed_at"].fillna(pull_requests["merged_at"]),
        lines=pull_requests["added"] + pull_requests["deleted"],
    ).set_index("id", drop=False)
    answers = in_time(answers_by_others(pull_requests, reviews))
    given = in_time(reviews_by_others(pull_requests, reviews)).sort_values("submitted_at", kind="stable")
    approvals = given[given["state"] == ReviewState.APPROVED].groupby("id")["submitted_at"]
    standing = _standing(given)
    columns = {
        "answered_at": answers.groupby("id")["submitted_at"].min(),
        "reviewed_at": given.groupby("id")["submitted_at"].min(),
        "approved_at": approvals.max(),
        "first_approval_at": approvals.min(),
        "last_at": given.groupby("id")["submitted_at"].max(),
        "decision": standing["state"],
        "decided_at": standing["submitted_at"],
    }
    told = pd.DataFrame({name: found.reindex(rows.index) for name, found in columns.items()}, index=rows.index)
    waited = hours_between(rows["began_at"], told["answered_at"], working_hours).clip(lower=0.0)
    response = waited.mask(is_open_draft(rows))
    more = told.assign(response=response, rounds=_rounds(given).reindex(rows.index))
    return rows.join(more).reset_index(drop=True)


def opened(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Those opened in the period."""
    return _inside(rows, "created_at", period)


def merged(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Those merged in the period."""
    return _inside(rows, "merged_at", period)


def closed(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Those closed in the period, merged or not."""
    return _inside(rows, "closed_at", period)


@measure("First response", unit="hours", better=Better.LOWER, source="CHAOSS, Time to First Response")
def time_to_first_response(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Median time from opening to the first answer by another person, a note too, of those opened in the period.

    Where the organisation tells its working hours, only these count. A draft waits from when it is ready; bots do not
    answer, and nobody waits after the merge. What is unanswered is not in it, so that a team that answers little can
    look fast: see what waits now. The interval is a 90 % one from order statistics. None without an answered pull
    request.
    """
    if opened(rows, period).empty:
        return Measured[float].missing(NONE_OPENED)
    return median(opened(rows, period)["response"], nothing="no pull request of the period was answered")


@measure("Review duration", unit="hours", better=Better.LOWER, source="CHAOSS, Change Request Review Duration")
def review_duration(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Median time from the first review by another person to the merge, of pull requests merged in the period.

    Accepted ones only. The interval is a 90 % one from order statistics. None without a merged and reviewed one.
    """
    done = merged(rows, period)
    return median(
        _hours(done["reviewed_at"], done["merged_at"]), nothing="no reviewed pull request was merged in the period"
    )


@measure("Merge time", unit="hours", better=Better.LOWER, source="CHAOSS, Time to Close, accepted only")
def merge_time(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Median time from opening to the merge, of pull requests merged in the period.

    A draft counts from when it is ready. The interval is a 90 % one from order statistics. None without a merged pull
    request.
    """
    return median(merge_hours(merged(rows, period)), nothing=NONE_MERGED)


@measure(
    "Merge time, 90th percentile", unit="hours", better=Better.LOWER, source="CHAOSS, Time to Close, accepted only"
)
def merge_time_p90(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """The time from opening to the merge that nine in ten pull requests merged in the period stay under.

    None without a merged pull request.
    """
    return percentile_90(merge_hours(merged(rows, period)), nothing=NONE_MERGED)


@measure("Closure ratio", unit="share", better=Better.HIGHER, source="CHAOSS, Change Request Closure Ratio")
def closure_ratio(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Pull requests closed in the period, merged or not / pull requests opened in it.

    Below 1, what is open grows; above 1, it shrinks. The sample is those opened. None when none was opened.
    """
    coming = len(opened(rows, period))
    if not coming:
        return Measured[float].missing(NONE_OPENED)
    return Measured[float](value=len(closed(rows, period)) / coming, sample=coming)


@measure(
    "Size", unit="lines", better=Better.LOWER, source="CHAOSS, Change Request Size; small ones are reviewed better"
)
def pull_request_size(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Median lines added + deleted of pull requests merged in the period.

    Generated files count where the tool counts them. The interval is a 90 % one from order statistics. None without a
    merged pull request whose size is known.
    """
    return median(merged(rows, period)["lines"], nothing=NO_SIZE)


@measure("Review rounds", unit="rounds", better=Better.LOWER, source="CHAOSS, Review Cycles")
def review_rounds(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Mean rounds of review of the pull requests merged in the period that were reviewed.

    1, and one more each time that somebody who asked for changes reviews again; of several reviewers the one with most
    counts. None without a merged and reviewed pull request.
    """
    return mean(merged(rows, period)["rounds"], nothing="no reviewed pull request was merged in the period")


def stages(rows: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """Where the time of merged pull requests went: stage, n, median, p90 (hours), share (of all hours since opening).

    coding: first commit to opening, outside of the share. pickup: opening to first answer. review: first answer to last
    approval, or to the merge without one. merge: last approval to merge. without review: opening to merge where nobody
    answered. All are hours of the calendar: for each pull request all but coding add up to its merge time.
    """
    hours = stage_hours(merged(rows, period))
    total = hours.drop(columns="coding").to_numpy(na_value=0.0).sum()
    table = pd.DataFrame({"n": hours.count(), "median": hours.median(), "p90": hours.quantile(0.9)})
    share = (hours.sum() / total if total else hours.sum() * np.nan).mask(table.index == "coding")
    return table.assign(share=share).rename_axis("stage").reset_index()


def stage_hours(done: pd.DataFrame) -> pd.DataFrame:
    """Hours of each merged pull request in each stage; missing where it had none."""
    end = done["merged_at"]
    start = done["began_at"].where(done["began_at"] <= end, end)
    answered = done["answered_at"].where(done["answered_at"].isna() | (done["answered_at"] >= start), start)
    approved = done["approved_at"].where(done["approved_at"].isna() | (done["approved_at"] >= answered), answered)
    spans = (
        _hours(done["first_commit_at"], done["began_at"]),
        _hours(start, answered),
        _hours(answered, approved.fillna(end)),
        _hours(approved, end),
        _hours(start, end).where(answered.isna()),
    )
    return pd.DataFrame(dict(zip(STAGES, spans, strict=True)))


def by_size(rows: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """Whether small ones are faster, of those merged in the period; every size, also without any.

    size (lines), n, value with low and high (hours to the merge: median and quartiles), response (median hours to the
    first answer), rounds (mean).
    """
    done = merged(rows, period).dropna(subset="lines")
    size = pd.cut(done["lines"], [-np.inf, *SIZES.values()], labels=list(SIZES))
    hours = merge_hours(done).groupby(size, observed=False)
    table = pd.DataFrame(
        {
            "n": hours.count(),
            "value": hours.median(),
            "low": hours.quantile(0.25),
            "high": hours.quantile(0.75),
            "response": done["response"].groupby(size, observed=False).median(),
            "rounds": done["rounds"].groupby(size, observed=False).mean(),
        }
    )
    return table.rename_axis("size").reset_index().astype({"size": str})


def weekly(rows: pd.DataFrame, *, period: Period, calendar: Calendar) -> pd.DataFrame:
    """Each complete week, oldest first: week, opened, merged, closed (unmerged), response and merge (median hours)."""
    edges = calendar.week_edges(period)
    coming, done = opened(rows, period), merged(rows, period)
    dropped = closed(rows[rows["merged_at"].isna()], period)
    moments = {"opened": coming["created_at"], "merged": done["merged_at"], "closed": dropped["closed_at"]}
    counts = {name: _week(at, edges).value_counts() for name, at in moments.items()}
    hours = {
        "response": coming["response"].groupby(_week(coming["created_at"], edges)).median(),
        "merge": merge_hours(done).groupby(_week(done["merged_at"], edges)).median(),
    }
    weeks = edges[:-1].tz_localize(None).normalize()
    table = pd.DataFrame(counts | hours).reindex(range(len(weeks)))
    table = table.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int64"))
    return table.set_axis(weeks, axis="index").rename_axis("week").reset_index()


def merge_hours(rows: pd.DataFrame) -> pd.Series[float]:
    """How long each took to its merge, from when it was ready; missing without one."""
    return _hours(rows["began_at"], rows["merged_at"])


def _standing(given: pd.DataFrame) -> pd.DataFrame:
    """The decision that stands, by pull request: a comment leaves it, a dismissal takes back what that person decided.

    Changes that one person asks for stand beside the approval of another, as where the code is hosted.
    """
    latest = given[given["state"].isin(DECIDING)].drop_duplicates(["id", "person_id"], keep="last")
    decided = latest[latest["state"] != ReviewState.DISMISSED]
    is_asked = decided["state"] == ReviewState.CHANGES_REQUESTED
    return pd.concat([decided[~is_asked], decided[is_asked]]).drop_duplicates("id", keep="last").set_index("id")


def _rounds(given: pd.DataFrame) -> pd.Series[Any]:
    """1 + the most often that one person reviewed again after asking for changes, for each reviewed pull request."""
    key = [given["id"], given["person_id"]]
    asked = (given["state"] == ReviewState.CHANGES_REQUESTED).astype("int64")
    before = asked.groupby(key).cumsum() - asked
    return 1 + before.groupby(given["id"]).max()


def _hours(start: Any, end: Any) -> pd.Series[float]:
    """Hours from one moment to another, never below 0; missing where either is."""
    return hours_between(start, end).clip(lower=0.0)


def _week(at: pd.Series[Any], edges: pd.DatetimeIndex) -> pd.Series[Any]:
    return pd.Series(edges.searchsorted(pd.DatetimeIndex(at), side="right") - 1, index=at.index)


def _inside(rows: pd.DataFrame, column: str, period: Period) -> pd.DataFrame:
    return rows[(rows[column] >= period.start) & (rows[column] < period.end)]
