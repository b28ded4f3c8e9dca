"""The texts that may say that a deployment is a hotfix or a rollback, and whose issues they may name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import pandas as pd

from maestro_core.scoring.deployment_changes import Brought

_REVERT = re.compile(r"\s*revert\W*[\"“'](.+)[\"”']", re.IGNORECASE)


def fix_words(told: Brought, commits: pd.DataFrame, pull_requests: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each deployment its branch, description, and what its commit and the pull request of that are called.

    A deployment of many changes is what its last commit makes it: a hotfix among thirty others was not worth a
    deployment of its own. What reverts a commit of the same deployment mends nothing that was in production.
    """
    subjects = commits["subject"].tolist()
    brought = _subjects_brought(told, commits)
    rows: list[Any] = list(told.deployments.itertuples())
    return [
        tuple(word for word in _words(row, subjects, pull_requests) if not _reverts(word, brought.get(row.Index, ())))
        for row in rows
    ]


def trackers(told: Brought, pull_requests: pd.DataFrame, *, sources: Collection[Any]) -> list[frozenset[Any]]:
    """For each deployment the sources whose issues a number in its texts may mean: those that know its repository.

    Such a source told of a deployment of a commit of that repository, or of the pull request that brought one. Where
    the deployments are of one repository, any of the `sources` of issues that tells of neither is taken for its own.
    """
    rows = told.deployments
    requested = [pull_requests["source_id"].iat[place] if place >= 0 else None for place in rows["pull_request"]]
    known: dict[str, set[Any]] = defaultdict(set)
    for repository, head, *pair in zip(rows["repository"], rows["head"], rows["source_id"], requested, strict=True):
        if head >= 0:
            known[repository].update(pair)
    placed = {*rows["source_id"], *requested}
    free = {source for source in sources if source not in placed} if rows["repository"].nunique() <= 1 else set()
    return [
        frozenset({source, *known[repository], *free})
        for source, repository in zip(rows["source_id"], rows["repository"], strict=True)
    ]


def _words(row: Any, subjects: list[str], pull_requests: pd.DataFrame) -> list[str]:
    words = [row.branch or "", row.description or ""]
    if row.head >= 0:
        words.append(subjects[row.head])
    if row.pull_request >= 0:
        found = pull_requests.iloc[row.pull_request]
        words += [found["title"], found["head_branch"], *found["labels"]]
    return [word for word in dict.fromkeys(words) if word]


def _subjects_brought(told: Brought, commits: pd.DataFrame) -> dict[int, set[str]]:
    """What deployments brought whose last commit reverts something."""
    heads = told.deployments["head"]
    last = commits["subject"].reindex(heads).fillna("").str.match(_REVERT)
    places = set(heads.index[last.to_numpy(dtype=bool)])
    changes = told.changes[told.changes["deployment"].isin(places)]
    subjects = changes["commit_id"].map(dict(zip(commits["commit_id"], commits["subject"], strict=True)))
    return {int(place): set(each) for place, each in subjects.groupby(changes["deployment"])}


def _reverts(text: str, subjects: Collection[str]) -> bool:
    found = _REVERT.match(text)
    return found is not None and any(found[1] in subject for subject in subjects if subject.strip() != text.strip())
