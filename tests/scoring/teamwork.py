"""Histories of teams made by hand, and their scores."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from maestro_core.scoring.collaboration import (
    CollaborationScore,
    Evidence,
    Part,
    collaboration_score,
)

END = datetime(2026, 4, 1, tzinfo=UTC)


PEOPLE = ["ann", "bob", "eve", "joe"]


# Who changed which files, how many days before the end.
Work = tuple[str, tuple[str, ...], float]


work = st.tuples(
    st.sampled_from(PEOPLE),
    st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1, max_size=3, unique=True).map(tuple),
    st.integers(1, 89).map(float),
)


# Enough for every gate, so that the properties speak of values: 102 commits by three people.
BASE: list[Work] = [(PEOPLE[n % 3], ("f", "g")[n % 2 : n % 2 + 1], 1 + n % 80) for n in range(102)]


def git(*history: Work) -> Evidence:
    """Commits and changes of a history."""
    rows = [
        {"commit_id": n, "person_id": person, "committed_at": END - timedelta(days=days), "utc_offset_minutes": 0}
        for n, (person, _, days) in enumerate(history)
    ]
    commits = pd.DataFrame(rows, columns=["commit_id", "person_id", "committed_at", "utc_offset_minutes"])
    commits = commits.assign(authored_at=commits["committed_at"], is_merge=False, added=1, deleted=0)
    touched = [(n, file) for n, (_, files, _) in enumerate(history) for file in files]
    return Evidence(commits, pd.DataFrame(touched, columns=["commit_id", "file_id"]))


def reviewed(*rows: dict[str, Any]) -> Evidence:
    """Pull requests with only what matters spelled out: `by` reviewed, so many hours after the opening."""
    pull_requests, reviews = [], []
    for number, row in enumerate(rows):
        usual: dict[str, Any] = {
            "author": PEOPLE[number % 3],
            "opened": 20,
            "merged": 10,
            "by": PEOPLE[(number + 1) % 3],
            "hours": 4,
        }
        now = usual | row
        opened = END - timedelta(days=now["opened"])
        merged = END - timedelta(days=now["merged"]) if now["merged"] else None
        person = now.get("merger", now["by"]) if now["merged"] else None
        pull_requests.append((number, now["author"], opened, merged, person, merged))
        if now["by"]:
            reviews.append((number, now["by"], opened + timedelta(hours=now["hours"]), "approved"))
    names = ["id", "author_id", "created_at", "merged_at", "merged_by_id", "closed_at"]
    return Evidence(
        git().commits,
        git().changes,
        pd.DataFrame(pull_requests, columns=names),
        pd.DataFrame(reviews, columns=["pull_request_id", "person_id", "submitted_at", "state"]),
    )


def scored(evidence: Evidence, *, draws: int = 20) -> CollaborationScore:
    return collaboration_score(evidence, end=END, seed=7, draws=draws)


def parts(evidence: Evidence) -> dict[str, Part]:
    return {part.name: part for part in scored(evidence).parts}


def same(one: CollaborationScore, other: CollaborationScore) -> bool:
    def numbers(score: CollaborationScore) -> list[float]:
        found = [score.score.value, score.score.low, score.score.high, score.available_weight, score.people]
        found += [value for part in score.parts for value in asdict(part).values() if not isinstance(value, str)]
        return [math.nan if value is None else value for value in found]

    return bool(np.allclose(numbers(one), numbers(other), equal_nan=True))
