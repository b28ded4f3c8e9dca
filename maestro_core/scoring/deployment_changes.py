"""What each deployment brought: the commits that it contains and the successful one before it does not.

Deployments arrive as `deployments.deployments_of` makes them, commits as columns: commit_id, repository_id, sha,
parents, committed_at, is_merge, subject, lines. Pull requests: pull_request_id, merge_sha, first_commit_at, commits,
lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.commit_graph import CommitGraph, Contents, commit_graph
from maestro_core.terms import PipelineOutcome

FIRST = "nothing was deployed before it"
NO_SHA = "the tool named no commit"
UNKNOWN_SHA = "its commit is not among those that were read"
NO_PARENTS = "the parents of commits were not read yet"
AFTER_UNKNOWN = "of the deployment before it the commit is not known"
NOT_DEPLOYED = "it did not succeed"
TOO_MANY = "its branches have grown too far apart from those deployed before"
MOST_TIMES = 20
"""So often on average may a commit be deployed: beyond that, deployments jump between branches without end."""

CHANGE_COLUMNS = ["deployment", "commit_id", "started_at", "is_squashed", "pull_request_id"]


@dataclass(frozen=True)
class History:
    """The commits of one repository with their graph; `rows` are places in the frame of all commits."""

    graph: CommitGraph
    rows: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Brought:
    """Deployments, and the commits that each of them brought.

    The deployments gain is_first, changes, changes_reason, goes_back (to a commit that the one before contains), head
    and pull_request (the places of its commit and of the pull request that brought that; -1: unknown) and repository.
    """

    deployments: pd.DataFrame
    changes: pd.DataFrame


@dataclass
class _Line:
    """The deployments of one service and environment to one repository, and where they stand."""

    contents: Contents | None = None
    follows_unknown: bool = False


@dataclass(frozen=True)
class _Step:
    """What one deployment brought: places of commits, or why they are not known."""

    reason: str = ""
    goes_back: bool = False
    commits: np.ndarray[Any, Any] = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def histories(commits: pd.DataFrame) -> dict[Any, History]:
    """The graph of each repository, the one with the most commits first."""
    sizes = commits["repository_id"].value_counts()
    return {key: _history(commits, np.flatnonzero(commits["repository_id"] == key)) for key in sizes.index}


def brought(
    deployments: pd.DataFrame,
    commits: pd.DataFrame,
    *,
    pull_requests: pd.DataFrame,
    touching: Callable[[int], np.ndarray[Any, Any] | None],
) -> Brought:
    """What each deployment brought, by the graph of commits.

    The one before is the previous successful deployment of the same service, environment and repository. The first
    has none: what it brought is not known, rather than all of history. An attempt without success brings nothing.
    `touching` gives for the place of a rule which commits belong to its paths, None for all. Deployments are numbered
    from 0, by time.
    """
    known = histories(commits)
    steps = _steps(deployments, known, limit=MOST_TIMES * (len(commits) + 1000))
    kept = [_within(step.commits, touching(rule)) for step, rule in zip(steps, deployments["rule"], strict=True)]
    heads = _heads(deployments["sha"], known)
    origin = pull_requests_of(commits, known, pull_requests)
    told = deployments.assign(
        is_first=[step.reason == FIRST for step in steps],
        changes=pd.array([None if step.reason else len(rows) for step, rows in zip(steps, kept, strict=True)], "Int64"),
        changes_reason=[step.reason for step in steps],
        goes_back=[step.goes_back for step in steps],
        head=heads,
        pull_request=np.append(origin["place"].to_numpy(), -1)[heads],
        repository=_repositories(heads, commits, known),
    )
    return Brought(told, _changes(kept, commits, origin))


def pull_requests_of(commits: pd.DataFrame, known: Mapping[Any, History], pull_requests: pd.DataFrame) -> pd.DataFrame:
    """For each commit the pull request that brought it (its place, -1 for none), and whether it was squashed into it.

    A merge brings what its first parent does not contain; any other commit at the end of a pull request is all of it
    in one, unless it has fewer lines than the whole: then it was rebased, and each commit stands for itself. The same
    holds for the only commit that a merge brings of a pull request of several: GitLab can squash and then merge.
    """
    brought_by = np.full(len(commits), -1, dtype=np.int64)
    is_squashed = np.zeros(len(commits), dtype=bool)
    places = dict(zip(pull_requests["merge_sha"], range(len(pull_requests)), strict=True))
    whole, several = _lines_at_least(pull_requests), (pull_requests["commits"].fillna(0) > 1).to_numpy(dtype=bool)
    for history in known.values():
        graph = history.graph
        for position in sorted(graph.at[sha] for sha in places.keys() & graph.at.keys()):
            place, row = places[graph.shas[position]], history.rows[position]
            merged = _merged(graph, position)
            rows = history.rows[merged] if len(merged) > 1 else np.array([row])
            brought_by[rows[brought_by[rows] < 0]] = place
            for squash in history.rows[_squashes(graph, position, merged, several=bool(several[place]))]:
                is_squashed[squash] = commits["lines"].iat[squash] >= whole[place]
    return pd.DataFrame({"place": brought_by, "is_squashed": is_squashed}).assign(
        pull_request_id=_taken(pull_requests["pull_request_id"], brought_by),
        first_commit_at=_taken(pull_requests["first_commit_at"], brought_by),
    )


def _lines_at_least(pull_requests: pd.DataFrame) -> np.ndarray[Any, Any]:
    """How many lines a commit must have to be all of a pull request; one of a single commit is that commit."""
    lines = pull_requests["lines"].where(pull_requests["commits"].fillna(2) > 1)
    # Tools count renamed and binary files each in their way.
    return (lines.fillna(0) * 0.9).to_numpy(dtype=float)


def _squashes(graph: CommitGraph, position: int, merged: list[int], *, several: bool) -> list[int]:
    """The commit, if there is one, that may be all of the pull request that ends with `position`."""
    if len(merged) <= 1:
        return [position]
    inside = [each for each in merged if each != position]
    return inside if several and len(inside) == 1 and len(graph.parents[inside[0]]) <= 1 else []


def _merged(graph: CommitGraph, position: int) -> list[int]:
    parents = graph.parents[position]
    return graph.difference(position, parents[0]) if len(parents) > 1 else []


def _taken(column: pd.Series[Any], places: np.ndarray[Any, Any]) -> pd.Series[Any]:
    return column.reindex(places).reset_index(drop=True)


def _history(commits: pd.DataFrame, places: np.ndarray[Any, Any]) -> History:
    rows = commits.iloc[places]
    times = rows["committed_at"].astype("int64").tolist()
    graph = commit_graph(rows["sha"].tolist(), rows["parents"].tolist(), times)
    return History(graph, places[np.array(graph.rows, dtype=np.int64)])


def _steps(deployments: pd.DataFrame, known: Mapping[Any, History], *, limit: int) -> list[_Step]:
    """Line after line, whatever the case of their names: what is kept of each is as large as its repository."""
    steps = [_Step(NOT_DEPLOYED)] * len(deployments)
    succeeded = deployments[deployments["outcome"] == PipelineOutcome.SUCCESS]
    for _, line in succeeded.groupby(
        [succeeded[name].str.casefold() for name in ("service", "environment")], sort=False
    ):
        lines = {key: _Line() for key in known}
        for place, sha in zip(line.index, line["sha"], strict=True):
            steps[place] = _step(lines, sha, known) if limit > 0 else _Step(TOO_MANY)
            limit -= len(steps[place].commits)
    return steps


def _step(lines: dict[Any, _Line], sha: str | None, known: Mapping[Any, History]) -> _Step:
    repository = next((key for key, history in known.items() if sha in history.graph.at), None)
    if repository is None:
        for line in lines.values():
            line.follows_unknown = True
        return _Step(UNKNOWN_SHA if sha else NO_SHA)
    history, line = known[repository], lines[repository]
    position = history.graph.at[str(sha)]
    if not history.graph.is_connected:
        return _Step(NO_PARENTS)
    if line.follows_unknown or line.contents is None:
        reason = AFTER_UNKNOWN if line.follows_unknown else FIRST
        lines[repository] = _Line(Contents(history.graph, position))
        return _Step(reason)
    before = line.contents.place
    found = line.contents.move(position)
    return _Step(goes_back=not found and position != before, commits=history.rows[found])


def _within(rows: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any]:
    return rows if wanted is None else rows[wanted[rows]]


def _heads(shas: pd.Series[Any], known: Mapping[Any, History]) -> list[int]:
    """The place of each deployed commit in the frame of commits, -1 where it is not known."""
    at: dict[Any, int] = {}
    for history in [*known.values()][::-1]:
        at |= {sha: int(row) for sha, row in zip(history.graph.shas, history.rows, strict=True)}
    return [at.get(sha, -1) for sha in shas]


def _repositories(heads: Sequence[int], commits: pd.DataFrame, known: Mapping[Any, History]) -> list[str]:
    """Where each deployed commit lies; with a single repository there is no doubt."""
    if len(known) == 1:
        return [str(next(iter(known)))] * len(heads)
    names = commits["repository_id"].astype(str).tolist()
    return [names[head] if head >= 0 else "" for head in heads]


def _changes(kept: Sequence[np.ndarray[Any, Any]], commits: pd.DataFrame, origin: pd.DataFrame) -> pd.DataFrame:
    """One row for each deployment and commit; a squashed one began with the first commit of its pull request."""
    rows = np.concatenate([np.empty(0, dtype=np.int64), *kept])
    of = origin.iloc[rows].reset_index(drop=True)
    at = commits["committed_at"].iloc[rows].reset_index(drop=True)
    began = of["first_commit_at"].where(of["is_squashed"] & (of["first_commit_at"] < at))
    return pd.DataFrame(
        {
            "deployment": np.repeat(np.arange(len(kept)), [len(each) for each in kept]),
            "commit_id": commits["commit_id"].iloc[rows].to_numpy(),
            "started_at": began.fillna(at),
            "is_squashed": of["is_squashed"] & began.notna(),
            "pull_request_id": of["pull_request_id"],
        }
    )[CHANGE_COLUMNS]
