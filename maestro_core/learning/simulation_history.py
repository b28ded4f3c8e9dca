"""The simulated history as Git tells it: which commit follows which, what was merged, and in which words."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from maestro_core.learning.simulation_process import Array, Frame, Whole
from maestro_core.learning.simulation_words import THINGS, VERBS


@dataclass(frozen=True)
class History:
    """What follows from the simulated commits.

    commits: those given, with `day` (since the beginning), sha, parents (shas with spaces between), subject, and
    whether it lies on the first-parent line of the default branch (`is_main`).
    work: what one person made aside and a merge brought in, or nothing yet: project_id, person_id, merge (a commit, or
    −1), tip (a commit), first and last (days of its commits), commits, added, deleted.
    """

    commits: pd.DataFrame
    work: pd.DataFrame


@dataclass
class _Line:
    """A repository while its history is told: the head of its default branch, and what each person has aside."""

    main: list[int] = field(default_factory=list)
    aside: dict[int, list[int]] = field(default_factory=dict)

    def add(self, commit: int, person: int, *, is_aside: bool) -> tuple[int, ...]:
        mine = self.aside.get(person, [])
        parents = tuple((mine or self.main)[-1:])
        (self.aside.setdefault(person, []) if is_aside and self.main else self.main).append(commit)
        return parents if is_aside else tuple(self.main[-2:-1])

    def merge(self, commit: int) -> tuple[tuple[int, ...], list[int]]:
        """What waits longest comes in first. Where nothing waits, the line is joined with its own past."""
        work = self.aside.pop(next(iter(self.aside))) if self.aside else []
        other = work[-1:] or self.main[-2:-1]
        parents = (*self.main[-1:], *other)
        self.main.append(commit)
        return parents, work


def history(frame: Frame, made: pd.DataFrame, *, trunk: Collection[int]) -> History:
    """The history of these commits, in the order of time; teams that work on the trunk leave it for one commit only."""
    lines: dict[int, _Line] = defaultdict(_Line)
    parents: list[tuple[int, ...]] = []
    merged: dict[int, list[int]] = {}
    is_aside = _aside(made, trunk)
    rows = zip(made["project_id"].tolist(), made["person_id"].tolist(), made["is_merge"].tolist(), strict=True)
    for commit, (project, person, is_merge) in enumerate(rows):
        line = lines[project]
        if not is_merge:
            parents.append(line.add(commit, person, is_aside=bool(is_aside[commit])))
            continue
        found, merged[commit] = line.merge(commit)
        parents.append(found)
    main = np.zeros(len(made), dtype=bool)
    main[[commit for line in lines.values() for commit in line.main]] = True
    commits = _told(frame, made, parents).assign(is_main=main)
    waiting = [(-1, work) for line in lines.values() for work in line.aside.values()]
    return History(commits, _work([*merged.items(), *waiting], commits))


def sha(frame: Frame, name: object) -> str:
    """A name as Git would give it: the same for the same seed."""
    return hashlib.sha1(f"{frame.seed}:{name}".encode(), usedforsecurity=False).hexdigest()


def titles(count: int, chance: np.random.Generator) -> list[str]:
    """What somebody may have done to a thing."""
    verbs, things = chance.integers(0, len(VERBS), count).tolist(), chance.integers(0, len(THINGS), count).tolist()
    return [f"{VERBS[verb]} {THINGS[thing]}" for verb, thing in zip(verbs, things, strict=True)]


def _aside(made: pd.DataFrame, trunk: Collection[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    before_merge = made.groupby("project_id")["is_merge"].shift(-1, fill_value=False)
    return np.where(made["project_id"].isin(trunk), before_merge, made["branch"] > 0).astype(bool)


def _told(frame: Frame, made: pd.DataFrame, parents: list[tuple[int, ...]]) -> pd.DataFrame:
    shas = [sha(frame, commit) for commit in made["commit_id"].tolist()]
    return made.assign(
        day=days(frame, made["authored_at"]),
        sha=shas,
        parents=[" ".join(shas[parent] for parent in of) for of in parents],
        subject=titles(len(made), frame.chance(40)),
    )


def days(frame: Frame, moments: pd.Series[pd.Timestamp]) -> Array:
    """Aware times as days since the beginning."""
    return np.asarray((moments - frame.moments(np.zeros(1))[0]) / pd.Timedelta(days=1), dtype=float)


def _work(pieces: list[tuple[int, list[int]]], commits: pd.DataFrame) -> pd.DataFrame:
    kept = [(merge, work) for merge, work in pieces if work]
    number: Whole = np.array([len(work) for _, work in kept], dtype=np.int64)
    rows = commits.iloc[[commit for _, work in kept for commit in work]]
    grouped = rows.groupby(np.repeat(np.arange(len(kept)), number))
    return grouped.agg(
        project_id=("project_id", "first"),
        person_id=("person_id", "first"),
        tip=("commit_id", "last"),
        first=("day", "first"),
        last=("day", "last"),
        commits=("commit_id", "size"),
        added=("added", "sum"),
        deleted=("deleted", "sum"),
    ).assign(merge=[merge for merge, _ in kept])
