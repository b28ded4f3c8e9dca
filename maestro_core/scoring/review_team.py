"""How a team shares its reviews: coverage, load, who reviews whom, and what is only stamped. Team level.

pull_requests and reviews as in `scoring.review_flow`; `rows` are its `lives`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.review_flow import NONE_MERGED, lives, merge_hours, merged, opened
from maestro_core.scoring.reviews import active_beside, active_people, merged_in, reviewers
from maestro_core.scoring.samples import share
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.terms import Better, Measured, Period

STAMPED_WITHIN = timedelta(minutes=5)
LARGE = 200  # lines
ONE_PAIR = 0.6
"""Above this share of one pair, reviewing is a matter of two."""

TOO_FEW = f"fewer than {MINIMUM_PEOPLE} people: it would tell of single persons"
NOBODY_REVIEWED = "nobody reviewed in the period"


@measure("Review coverage", unit="share", better=Better.HIGHER, source="CHAOSS, Change Request Reviews")
def review_coverage(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Pull requests merged after a review by another person / pull requests merged, in the period.

    A note is no review, nor is what comes after the merge. The interval is Wilson's at 90 %. None without a merge.
    """
    done = merged_in(pull_requests, reviews, period=period)
    return share(int(done["reviewed"].sum()), len(done), nothing=NONE_MERGED)


@measure("Self-merges", unit="share", better=Better.LOWER, source="CHAOSS, Self-Merge Rates")
def self_merge_rate(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Pull requests merged by their author without a review by another person / those whose author and merger are told.

    What a bot merges, somebody else merged. The interval is Wilson's at 90 %. None without such a merge.
    """
    done = merged_in(pull_requests, reviews, period=period)
    known = done[done["both_known"]]
    nothing = NONE_MERGED if done.empty else "who opened or who merged is not known"
    return share(int(known["alone"].sum()), len(known), nothing=nothing)


@measure("Rubber stamps", unit="share", better=Better.LOWER, source="our own")
def rubber_stamps(rows: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Approved within 5 minutes of opening / approved, of pull requests over 200 lines merged in the period.

    Nobody reads 200 lines in 5 minutes, unless they read them before. A draft opens once it is ready, unless it was
    approved before. The interval is Wilson's at 90 %. None without an
    approved one of that size.
    """
    large = merged(rows, period)
    large = large[(large["lines"] > LARGE) & large["first_approval_at"].notna()]
    opened_at = large["began_at"].where(large["began_at"] <= large["first_approval_at"], large["created_at"])
    quick = large["first_approval_at"] - opened_at <= STAMPED_WITHIN
    return share(int(quick.sum()), len(large), nothing=f"no approved pull request over {LARGE} lines in the period")


@measure("Evenness of reviews", unit="share", better=Better.HIGHER, source="Pielou 1966, evenness")
def review_evenness(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Entropy of the reviews given, over its highest possible value for so many active people; 0 to 1.

    1 when everybody reviews alike, 0 when one person does it all. Active is who opened a pull request or reviewed; of
    each pull request a person's first review counts. The sample is the reviews. None below 4 people or without reviews.
    """
    given = reviewers(pull_requests, reviews, period=period)
    people = len(active_beside(given, pull_requests, period=period))
    if given.empty or people < MINIMUM_PEOPLE:
        return Measured[float].missing(NOBODY_REVIEWED if given.empty else TOO_FEW, sample=len(given))
    part = given["person_id"].value_counts(normalize=True).to_numpy(np.float64)
    # Rounding takes the entropy of an even load a little past its highest value.
    return Measured[float](value=float(np.clip(-(part * np.log(part)).sum() / np.log(people), 0, 1)), sample=len(given))


@measure("Largest pair", unit="share", better=Better.LOWER, source="our own; above 60 % reviewing is a matter of two")
def largest_pair_share(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Reviews between the two people who review each other most / all reviews of known authors, in the period.

    Both directions count. The interval is Wilson's at 90 %. None below 4 active people or without such reviews.
    """
    pairs = who_reviews_whom(pull_requests, reviews, period=period)
    if pairs.empty:
        few = len(active_people(pull_requests, reviews, period=period)) < MINIMUM_PEOPLE
        return Measured[float].missing(TOO_FEW if few and not reviews.empty else NOBODY_REVIEWED)
    two = [frozenset(pair) for pair in zip(pairs["reviewer"], pairs["author"], strict=True)]
    joint = pairs["reviews"].groupby(two).sum()
    return share(int(joint.max()), int(joint.sum()), nothing=NOBODY_REVIEWED)


def slowest_responses(rows: pd.DataFrame, *, period: Period, most: int) -> pd.DataFrame:
    """Those opened in the period that waited longest for an answer, the longest first: id, lines, response (hours)."""
    answered = opened(rows, period).dropna(subset="response")
    longest = answered.sort_values("response", ascending=False, kind="stable", ignore_index=True)
    return longest[["id", "lines", "response"]].head(most)


def merged_rows(
    pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period, working_hours: WorkingHours | None = None
) -> pd.DataFrame:
    """Those merged in the period, the longest to the merge first: what coverage, self-merges and times are made of.

    id, merged_at, merge and response (hours), lines, is_unreviewed (by another person up to the merge), is_self_merged
    (by its author, unreviewed; False where the merger is not known).
    """
    done = merged(lives(pull_requests, reviews, working_hours=working_hours), period)
    told = merged_in(pull_requests, reviews, period=period)
    told = told.set_index(pull_requests.loc[told.index, "id"]).loc[done["id"]]
    rows = done.assign(merge=merge_hours)
    rows = rows.assign(is_unreviewed=~told["reviewed"].to_numpy(), is_self_merged=told["alone"].to_numpy())
    ordered = rows.sort_values("merge", ascending=False, kind="stable", ignore_index=True)
    return ordered[["id", "merged_at", "merge", "response", "lines", "is_unreviewed", "is_self_merged"]]


def who_reviews_whom(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """Reviews by reviewer and author: reviewer, author, reviews, in the order of keys, which is none of merit.

    Of each pull request a person's first review in the period counts, up to its end. Empty below 4 active people.
    """
    given = reviewers(pull_requests, reviews, period=period)
    if len(active_beside(given, pull_requests, period=period)) < MINIMUM_PEOPLE:
        given = given.head(0)
    author = given["id"].map(pull_requests.set_index("id")["author_id"])
    told = pd.DataFrame({"reviewer": given["person_id"], "author": author}).dropna()
    return told.groupby(["reviewer", "author"]).size().rename("reviews").reset_index().astype({"reviews": "int64"})


def load(pull_requests: pd.DataFrame, reviews: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """How reviews are shared, without saying by whom: place (1 reviews most), reviews, share; with everybody active.

    Empty below 4 active people.
    """
    given = reviewers(pull_requests, reviews, period=period)
    people = active_beside(given, pull_requests, period=period)
    counts: list[Any] = sorted(given["person_id"].value_counts().reindex(list(people), fill_value=0), reverse=True)
    counts = counts if len(people) >= MINIMUM_PEOPLE else []
    table = pd.DataFrame({"place": range(1, len(counts) + 1), "reviews": pd.Series(counts, dtype="int64")})
    total = table["reviews"].sum()
    return table.assign(share=table["reviews"] / total if total else np.nan)
