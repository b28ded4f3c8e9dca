"""The simulated files as they are now, what they were called before, and who wrote commits together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from maestro_core.learning.simulation_process import Frame

LEFT_OUT = "poetry.lock"
"""Made by a tool: there, and never counted."""


def files(frame: Frame, changes: pd.DataFrame) -> pd.DataFrame:
    """Each path of each project: whether it is present, its lines, and whether it is left out. Most are there."""
    chance = frame.chance(80)
    paths = changes[["project_id", "path"]].drop_duplicates()
    lines = 1 + np.exp(chance.normal(4.4, 0.9, len(paths))).astype(int)
    known = paths.assign(is_present=chance.random(len(paths)) < 0.92, lines=lines, is_left_out=False)
    locks = paths[["project_id"]].drop_duplicates().assign(path=LEFT_OUT, is_present=True, is_left_out=True)
    locks["lines"] = chance.integers(800, 4000, len(locks))
    rows = pd.concat([known, locks], ignore_index=True)
    return rows.assign(lines=rows["lines"].where(rows["is_present"]))


def renames(frame: Frame, changes: pd.DataFrame, known: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Paths that are gone, and what they are called since: commit_id, project_id, path, from_path, moved."""
    chance = frame.chance(81)
    dated = changes.merge(made[["commit_id", "authored_at"]], on="commit_id").sort_values("authored_at")
    grouped = dated.groupby(["project_id", "path"])
    last = grouped.tail(1).merge(known[~known["is_present"]][["project_id", "path"]], on=["project_id", "path"])
    gone = last.drop(columns="commit_id").rename(columns={"path": "from_path"}).sort_values("authored_at")
    came = grouped.head(1)[["commit_id", "project_id", "path", "authored_at"]]
    pairs = pd.merge_asof(
        gone, came, on="authored_at", by="project_id", direction="forward", allow_exact_matches=False
    ).dropna(subset="commit_id")
    pairs = pairs.drop_duplicates(["project_id", "path"]).astype({"commit_id": "int64"})
    kept = ["commit_id", "project_id", "path", "from_path"]
    return pairs[kept].assign(moved=chance.integers(10, 120, len(pairs))).reset_index(drop=True)


def with_lines(changes: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """The changes with the lines of their commits, shared evenly; the first file takes what is left over."""
    lines = made[["added", "deleted"]].reindex(changes["commit_id"]).reset_index(drop=True)
    grouped = changes.groupby("commit_id")["path"]
    number, is_first = grouped.transform("size"), grouped.cumcount() == 0
    shared = {name: lines[name] // number + (lines[name] % number).where(is_first, 0) for name in ("added", "deleted")}
    return changes.assign(**shared)


def co_authors(frame: Frame, made: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Now and then two people of a team sign a commit: commit_id and the other's person_id. One team in three does."""
    chance = frame.chance(82)
    pairing = made[(made["project_id"] % 3 == 1) & ~made["is_merge"]]
    signed = pairing[chance.random(len(pairing)) < 0.1][["commit_id", "project_id", "person_id"]]
    both = signed.merge(members[["project_id", "person_id"]], on="project_id", suffixes=("_of_author", ""))
    others = both[both["person_id"] != both["person_id_of_author"]]
    picked = others.iloc[chance.permutation(len(others))].drop_duplicates("commit_id")
    return picked[["commit_id", "person_id"]].sort_values("commit_id", ignore_index=True)
