"""What open pull requests wait for, and how long: the rows are those of `review_flow.lives`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.terms import ReviewState

AGES = {"under a day": 1, "1–3 days": 3, "3–7 days": 7, "1–4 weeks": 28, "over 4 weeks": np.inf}


class Wait(StrEnum):
    """What an open pull request waits for."""

    FIRST_RESPONSE = "a first response"
    NEXT_REVIEW = "the next review"
    AUTHOR = "its author"
    MERGE = "the merge"
    DRAFT = "a draft"


WAITS = {ReviewState.CHANGES_REQUESTED: Wait.AUTHOR, ReviewState.APPROVED: Wait.MERGE}


def waiting(rows: pd.DataFrame, *, now: datetime) -> pd.DataFrame:
    """The open pull requests, those that wait longest first: id, wait (for what), since, waited and age (days), lines.

    A draft waits for nobody and comes last.
    """
    still = rows[rows["closed_at"].isna()]
    wait = still["decision"].map(WAITS).fillna(Wait.NEXT_REVIEW)
    wait = wait.mask(still["answered_at"].isna(), Wait.FIRST_RESPONSE).mask(still["is_draft"].astype(bool), Wait.DRAFT)
    unanswered = wait.isin([Wait.FIRST_RESPONSE, Wait.DRAFT])
    answered = still["decided_at"].fillna(still["last_at"]).fillna(still["answered_at"])
    since = still["began_at"].where(unanswered, answered)
    table = still[["id", "lines"]].assign(
        wait=wait.astype(str),
        since=since,
        waited=_days(since, now),
        age=_days(still["created_at"], now),
        is_draft=still["is_draft"].astype(bool),
    )
    ordered = table.sort_values(["is_draft", "waited"], ascending=[True, False], kind="stable", ignore_index=True)
    return ordered.drop(columns="is_draft")


def waiting_ages(waits: pd.DataFrame) -> pd.DataFrame:
    """How many open pull requests wait for what, by how long: age, then a column for each wait but drafts."""
    age = pd.cut(waits["waited"], [-np.inf, *AGES.values()], labels=list(AGES), right=False)
    counts = pd.crosstab(age, waits["wait"], dropna=False)
    columns = [str(wait) for wait in Wait if wait is not Wait.DRAFT]
    return counts.reindex(index=list(AGES), columns=columns, fill_value=0).rename_axis("age", axis=0).reset_index()


def _days(since: Any, now: datetime) -> pd.Series[float]:
    days: pd.Series[float] = ((now - since) / pd.Timedelta(days=1)).clip(lower=0.0)
    return days
