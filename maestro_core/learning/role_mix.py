"""Which roles a team of a size usually has."""

from __future__ import annotations

import pandas as pd

PRIOR_MEMBERS = 8
"""The mix of all teams counts as so many members of each size: a few teams say little about a mix."""

WITHIN = 1.5
"""Teams up to this factor smaller or larger say something about a size."""


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
    ratio = members["team_size"].astype(float) / size
    similar = members[ratio.between(1 / WITHIN, WITHIN)]["role"].value_counts().reindex(everywhere.index, fill_value=0)
    shares = (similar + PRIOR_MEMBERS * everywhere) / (similar.sum() + PRIOR_MEMBERS)
    return _rounded(shares * size, size)


def _rounded(wanted: pd.Series[float], total: int) -> pd.Series[int]:
    whole = wanted.floordiv(1).astype("int64")
    most_cut = (wanted - whole).sort_values(ascending=False, kind="stable").index[: total - int(whole.sum())]
    whole[most_cut] += 1
    return whole[whole > 0].sort_values(ascending=False, kind="stable")
