"""Pull requests made by hand, with only what matters spelled out; hours count from their opening."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from maestro_core.scoring import review_flow
from maestro_core.terms import Period, ReviewState

JANUARY = Period.days_between(date(2026, 1, 5), date(2026, 2, 2))
AT = datetime(2026, 1, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = ("ready_at", "merged_at", "closed_at", "first_commit_at")


def review(by: str | None, hour: float, state: str = "approved") -> tuple[str | None, float, ReviewState]:
    return by, hour, ReviewState(state)


def opened(**facts: Any) -> dict[str, Any]:
    """A pull request by Ann; `merged`, `closed`, `ready`, `first_commit` in hours after `at`."""
    return {"author": "ann", "at": AT, "lines": 100, "is_draft": False, "reviews": [], "merger": "bob"} | facts


def frames(*told: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pull requests and their reviews as columns."""
    rows, reviews = [], []
    for number, one in enumerate(told):
        moments = {name: _moment(one, name.removesuffix("_at")) for name in MOMENTS}
        facts = {"id": number, "author_id": one["author"], "created_at": one["at"], "is_draft": one["is_draft"]}
        merger = one["merger"] if one.get("merged") is not None else None
        rows.append(facts | moments | {"merged_by_id": merger, "added": one["lines"], "deleted": 0})
        reviews += [(number, by, one["at"] + hour * HOUR, state) for by, hour, state in one["reviews"]]
    columns = ["id", "author_id", "created_at", "is_draft", *MOMENTS, "merged_by_id", "added", "deleted"]
    given = pd.DataFrame(reviews, columns=["pull_request_id", "person_id", "submitted_at", "state"])
    opened_ones = pd.DataFrame(rows, columns=columns)
    aware = {name: pd.to_datetime(opened_ones[name], utc=True) for name in ("created_at", *MOMENTS)}
    numbers = {name: opened_ones[name].astype(float) for name in ("added", "deleted")}
    given = given.assign(submitted_at=pd.to_datetime(given["submitted_at"], utc=True))
    return opened_ones.assign(**aware, **numbers), given.astype({"pull_request_id": "int64"})


def lives(*told: dict[str, Any]) -> pd.DataFrame:
    return review_flow.lives(*frames(*told))


def _moment(one: dict[str, Any], name: str) -> datetime | None:
    return None if one.get(name) is None else one["at"] + one[name] * HOUR
