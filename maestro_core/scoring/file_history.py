"""The histories of the files that exist now, renames followed: what ownership and hotspots are measured on.

Changes arrive as columns: commit_id, file_id, person_id, changed_at; renames as file_id, from_id, renamed_at. Bots,
merges and unreachable commits are out already.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def of_present_files(changes: pd.DataFrame, renames: pd.DataFrame, present: pd.Index) -> pd.DataFrame:
    """The changes, each under the file that its path became; what is gone now is out.

    A change of a path belongs to the file that the path was next renamed to. After the last rename it belongs to the
    path itself where that is present (it was made again), else to the last file it became: somebody changed it on a
    branch that had not seen the rename. Where what it became is gone, or on a branch that is not merged, it belongs to
    the last name on the way that is present. A commit that changed two names of a file counts once.

    >>> changes = pd.DataFrame({"commit_id": [1, 2], "file_id": ["a", "b"], "changed_at": [1, 3]})
    >>> renames = pd.DataFrame({"file_id": ["b"], "from_id": ["a"], "renamed_at": [2]})
    >>> of_present_files(changes, renames, pd.Index(["b"]))["file_id"].tolist()
    ['b', 'b']
    """
    if renames.empty:
        return changes[changes["file_id"].isin(present)]
    codes, paths = pd.factorize(pd.concat([changes["file_id"], renames["file_id"], renames["from_id"]]))
    changed, became, left = np.split(codes.astype(np.int64), [len(changes), len(changes) + len(renames)])
    changed_at, renamed_at = (np.asarray(at.astype("int64")) for at in (changes["changed_at"], renames["renamed_at"]))
    names = _Names(left, became, renamed_at, stays=np.asarray(paths.isin(present)))
    now = names.now(changed, changed_at)
    known = now >= 0
    followed = changes[known].assign(file_id=paths.take(now[known]))
    return followed.drop_duplicates(["commit_id", "file_id"])


def contributions(changes: pd.DataFrame) -> pd.DataFrame:
    """What each person did to each file: file_id, person_id, changes, created.

    The first change of a file created it, and is counted too: the changes must be whole histories.
    """
    creates = changes.sort_values(["changed_at", "commit_id"], kind="stable").drop_duplicates("file_id").index
    created = np.zeros(len(changes), dtype=bool)
    created[changes.index.get_indexer(creates)] = True
    grouped = changes.assign(created=created).groupby(["file_id", "person_id"], sort=False, observed=True)
    return grouped.agg(changes=("created", "size"), created=("created", "max")).reset_index()


class _Names:
    """What each path was renamed to, and when, as stretches of time: one before each rename of it, and a last one.

    Stretches are numbered path by path, so that one search finds that of a change. Each points at the stretch that goes
    on with it; all are followed at once, twice as far each time, so that chains end after a few rounds.
    """

    def __init__(self, left: Integers, became: Integers, at: Integers, *, stays: Flags) -> None:
        order = np.lexsort((at, left))
        self._moments = np.unique(at)
        self._left, at = left[order], at[order]
        self._keys = self._key(self._left, np.searchsorted(self._moments, at))
        paths = np.arange(len(stays), dtype=np.int64)
        follows = self._follows(became[order], at, paths=len(paths), gone=paths[~stays])
        self._present = _last_present(follows, self._present_path(paths, stays))

    def now(self, path: Integers, at: Integers) -> Integers:
        """The present path that each path of a moment became, or -1."""
        # A change at the very moment of a rename comes before it.
        stretch = self._stretch(path, np.searchsorted(self._moments, at, side="left"))
        return np.asarray(self._present[stretch])

    def _present_path(self, paths: Integers, stays: Flags) -> Integers:
        """The path of each stretch where it is present, else -1."""
        own = np.where(stays, paths, -1)
        found = np.empty(len(paths) + len(self._left), dtype=np.int64)
        found[np.arange(len(self._left)) + self._left] = own[self._left]
        found[self._last(paths)] = own
        return found

    def _follows(self, became: Integers, at: Integers, *, paths: int, gone: Integers) -> Integers:
        follows = np.arange(len(self._left) + paths, dtype=np.int64)
        # A rename at the very moment of another comes after it, or two that swap names would never end.
        onwards = self._stretch(became, np.searchsorted(self._moments, at, side="right"))
        follows[np.arange(len(self._left)) + self._left] = onwards
        first = np.searchsorted(self._left, gone) + gone
        follows[self._last(gone)] = np.maximum(self._last(gone) - 1, first)
        return follows

    def _last(self, path: Integers) -> Integers:
        return np.asarray(np.searchsorted(self._left, path, side="right") + path)

    def _stretch(self, path: Integers, rank: Integers) -> Integers:
        return np.asarray(np.searchsorted(self._keys, self._key(path, rank)) + path)

    def _key(self, path: Integers, rank: Integers) -> Integers:
        return np.asarray(path * (len(self._moments) + 1) + rank)


def _last_present(follows: Integers, present: Integers) -> Integers:
    """The last on each chain that is not -1, else -1; as well where it goes in a circle."""
    reached, end = present, follows
    for _ in range(len(follows).bit_length()):
        later = reached[end]
        reached, end = np.where(later >= 0, later, reached), end[end]
    return np.where(follows[end] == end, reached, -1)
