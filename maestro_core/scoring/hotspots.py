"""Where code changes most, and what changes together: over one period, on the files that exist now.

`changes` has a row for each commit and file, renames followed (see `file_history`): commit_id, file_id, person_id,
changed_at, and `files`, how many files the commit changed in all. `files` has file_id, lines, path.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better, Measured

LARGEST_CHANGE_SET = 30
LEAST_REVISIONS = 5
LEAST_SHARED = 5
HALF = 0.5
NO_CHANGE = "no file that exists now was changed in the period"


def hotspots(changes: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    """The files that changed, the hottest first: those of `files` with changes, people, last_changed_at and heat.

    heat = changes × lines / the largest such product: 0 to 1, where work and size meet (Tornhill 2015). Binary files
    have no lines and so no heat. Ties by path.
    """
    counted = changes.groupby("file_id", sort=False).agg(
        changes=("commit_id", "size"), people=("person_id", "nunique"), last_changed_at=("changed_at", "max")
    )
    rows = files.merge(counted, left_on="file_id", right_index=True)
    product = rows["changes"] * rows["lines"].astype(float)
    largest = product.max() if len(rows) else 0
    rows = rows.assign(heat=product / largest if largest else np.nan)
    return rows.sort_values(["heat", "changes", "path"], ascending=[False, False, True], ignore_index=True)


@measure("Files with half of the changes", unit="share", better=Better.NEITHER, source="Tornhill 2015, hotspots")
def change_concentration(hot: pd.DataFrame, files: pd.DataFrame) -> Measured[float]:
    """The fewest files that together took at least half of the period's changes / files that exist now.

    Small: work keeps coming back to a few files, where better structure and tests pay most. None without a change.
    """
    if hot.empty:
        return Measured[float].missing(NO_CHANGE)
    most_first = np.sort(hot["changes"].to_numpy())[::-1]
    needed = int(np.argmax(most_first.cumsum() >= HALF * most_first.sum())) + 1
    return Measured[float](value=needed / len(files), sample=int(most_first.sum()))


@measure("Coupling", unit="share", better=Better.NEITHER, source="Code Maat, logical coupling; Tornhill 2015")
def coupled_files(changes: pd.DataFrame) -> pd.DataFrame:
    """Changes in which two files changed together / mean changes of the two.

    1: never one without the other. Commits of more than 30 files are left out, here and in each file's changes; both
    files need at least 5 changes, and 5 in common. What is coupled without being near is a dependency that the
    structure does not show. Pairs stand once: file_a, file_b, shared, revisions (mean), coupling; ordered by shared ×
    coupling, so that much evidence comes before a few changes that happen to be all in common.
    """
    small = changes[changes["files"] <= LARGEST_CHANGE_SET]
    counts = small["file_id"].value_counts()
    small = small[small["file_id"].isin(counts.index[counts >= LEAST_REVISIONS])]
    commit, _ = pd.factorize(small["commit_id"])
    file, files = pd.factorize(small["file_id"])
    together = _together(commit, file)
    revisions = counts.reindex(files).to_numpy()
    mean = (revisions[together.row] + revisions[together.col]) / 2
    pairs = pd.DataFrame(
        {
            "file_a": files.take(together.row),
            "file_b": files.take(together.col),
            "shared": together.data,
            "revisions": mean,
            "coupling": together.data / mean,
        }
    )
    order = np.argsort(-(pairs["shared"] * pairs["coupling"]).to_numpy(), kind="stable")
    return pairs.take(order).reset_index(drop=True)


def _together(commit: np.ndarray, file: np.ndarray) -> sparse.coo_array:
    """How many commits changed each pair of files, the upper triangle without what is too little."""
    shape = (int(commit.max()) + 1, int(file.max()) + 1) if len(commit) else (0, 0)
    matrix = sparse.csr_array((np.ones(len(commit), dtype=np.int32), (commit, file)), shape=shape)
    product = sparse.triu(matrix.T @ matrix, k=1).tocoo()
    enough = product.data >= LEAST_SHARED
    return sparse.coo_array((product.data[enough], (product.row[enough], product.col[enough])), shape=product.shape)
