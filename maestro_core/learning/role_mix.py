"""Which roles a team of a size usually has."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from maestro_core.terms import percent

PRIOR_MEMBERS = 8
"""The mix of all teams counts as so many members of each size: a few teams say little about a mix."""

WITHIN = 1.5
"""Teams up to this factor smaller or larger say something about a size."""


@dataclass(frozen=True)
class RoleMix:
    """How many people of each role, and why, in words; empty where no member of a past team is known."""

    people: dict[str, int]
    reasons: tuple[str, ...]


def usual_mix(members: pd.DataFrame, *, size: int) -> RoleMix:
    """`role_mix` with its reasons: what teams of similar size were made of, and how much all other teams weigh in.

    >>> past = pd.DataFrame({"project_id": [1, 1, 1], "role": ["analyst", "analyst", "other"], "team_size": [3, 3, 3]})
    >>> usual_mix(past, size=3).reasons[0]
    '1 past team of 2 to 4 people was made up of 67 % analyst, 33 % other.'
    """
    if members.empty:
        return RoleMix({}, ("The members of past teams are not known.",))
    people = {str(role): int(count) for role, count in role_mix(members, size=size).items()}
    return RoleMix(people, (_similar_teams(members, size), _weighed_in(members, size), _named(members)))


def role_mix(members: pd.DataFrame, *, size: int) -> pd.Series[int]:
    """How many people of each role a team of this size usually has; they add up to the size.

    `members` has project_id, role and team_size, one row for each member of a past project. Shares of roles in teams of
    similar size (within a factor of 1.5), shrunk to the shares in all teams as if these were eight members more, times
    the size, rounded by largest remainder (Hamilton's method). A role that was never seen is never named. Without
    members the answer is empty.

    >>> past = pd.DataFrame({"project_id": [1, 1, 1], "role": ["analyst", "analyst", "other"], "team_size": [3, 3, 3]})
    >>> role_mix(past, size=3).to_dict()
    {'analyst': 2, 'other': 1}
    """
    if members.empty:
        return pd.Series(dtype="int64")
    everywhere = members["role"].value_counts(normalize=True).sort_index()
    similar = _similar(members, size)["role"].value_counts().reindex(everywhere.index, fill_value=0)
    shares = (similar + PRIOR_MEMBERS * everywhere) / (similar.sum() + PRIOR_MEMBERS)
    return rounded(shares * size, size)


def rounded(wanted: pd.Series[float], total: int) -> pd.Series[int]:
    """Whole numbers that add up to the total, the most cut ones rounded up (Hamilton's method); without zeros."""
    whole = wanted.floordiv(1).astype("int64")
    most_cut = (wanted - whole).sort_values(ascending=False, kind="stable").index[: total - int(whole.sum())]
    whole[most_cut] += 1
    return whole[whole > 0].sort_values(ascending=False, kind="stable")


def _similar(members: pd.DataFrame, size: int) -> pd.DataFrame:
    ratio = members["team_size"].astype(float) / size
    return members[ratio.between(1 / WITHIN, WITHIN)]


def _similar_teams(members: pd.DataFrame, size: int) -> str:
    similar = _similar(members, size)
    teams = similar["project_id"].nunique()
    if not teams:
        return f"No past team had {_span(size)}: this is the mix of all {members['project_id'].nunique()} teams."
    shares = similar["role"].value_counts(normalize=True).sort_index().sort_values(ascending=False, kind="stable")
    named = ", ".join(f"{percent(share)} {role}" for role, share in shares.items())
    were = "past teams of {} were" if teams > 1 else "past team of {} was"
    return f"{teams} {were.format(_span(size))} made up of {named}."


def _weighed_in(members: pd.DataFrame, size: int) -> str:
    weight = percent(PRIOR_MEMBERS / (len(_similar(members, size)) + PRIOR_MEMBERS))
    return f"The mix of all past teams counts as {PRIOR_MEMBERS} members more: {weight} of the answer."


def _named(members: pd.DataFrame) -> str:
    return f"Only roles that past teams had are named: {', '.join(sorted(members['role'].unique()))}."


def _span(size: int) -> str:
    smallest, largest = math.ceil(size / WITHIN), math.floor(size * WITHIN)
    return f"{smallest} to {largest} people" if smallest < largest else f"{size} {'person' if size == 1 else 'people'}"
