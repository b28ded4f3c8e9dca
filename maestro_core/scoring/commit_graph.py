"""The graph of the commits of one repository: what one of them contains that another does not."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

NEW, OLD = 1, 2


@dataclass(frozen=True)
class CommitGraph:
    """Commits as positions in an order in which each one stands after its parents.

    >>> graph = commit_graph(["c", "b", "a"], ["b", "a", ""], [3, 2, 1])
    >>> [graph.shas[each] for each in graph.difference(graph.at["c"], graph.at["a"])]
    ['b', 'c']
    """

    shas: tuple[str, ...]
    at: dict[str, int]
    """The position of a commit by its sha."""
    parents: tuple[tuple[int, ...], ...]
    rows: tuple[int, ...]
    """At which place each commit was given."""

    @property
    def is_connected(self) -> bool:
        """False where no parent of any commit was read: then nothing can be said of what contains what."""
        return len(self.shas) < 2 or any(self.parents)

    def difference(self, new: int, old: int) -> list[int]:
        """The positions reachable from `new` and not from `old`, ascending: `git rev-list new ^old`.

        The walk goes down from both, the later position first. A commit's descendants all stand after it, so that
        what is known of it when its turn comes is final; once nothing waits that only `new` reaches, all is found.
        """
        reached = {new: NEW, old: OLD} if new != old else {}
        waiting = [-position for position in reached]
        heapq.heapify(waiting)
        found: list[int] = []
        only_new = len(reached) // 2
        while only_new:
            position = -heapq.heappop(waiting)
            if reached[position] == NEW:
                only_new -= 1
                found.append(position)
            only_new += self._go_down(position, reached, waiting)
        return found[::-1]

    def _go_down(self, position: int, reached: dict[int, int], waiting: list[int]) -> int:
        """Tell the parents what reaches their child; by how many those change that wait and only `new` reaches."""
        change, mark = 0, reached[position]
        for parent in self.parents[position]:
            known = reached.get(parent, 0)
            if known | mark == known:
                continue
            reached[parent] = known | mark
            change += (known | mark == NEW) - (known == NEW)
            if not known:
                heapq.heappush(waiting, -parent)
        return change


class Contents:
    """What one commit contains, moved from commit to commit: each step costs what it brings, not what is there.

    >>> graph = commit_graph(["c", "b", "a"], ["b", "a", ""], [3, 2, 1])
    >>> contents = Contents(graph, graph.at["a"])
    >>> [len(contents.move(graph.at[sha])) for sha in ("c", "a", "b")]
    [2, 0, 1]
    """

    def __init__(self, graph: CommitGraph, start: int) -> None:
        self.graph, self.place = graph, start
        self._inside = bytearray(len(graph.shas))
        self._add(start)

    def move(self, new: int) -> list[int]:
        """The positions that the new place contains and the one before did not, ascending."""
        before, self.place = self.place, new
        if new == before:
            return []
        found = self._add(new)
        # On the way down to a commit that is contained stand only commits that it does not contain: all were found.
        if not any(before in self.graph.parents[position] for position in found):
            for position in self.graph.difference(before, new):
                self._inside[position] = 0
        return sorted(found)

    def _add(self, start: int) -> list[int]:
        """Everything below that is not inside yet."""
        inside, parents = self._inside, self.graph.parents
        found = [] if inside[start] else [start]
        inside[start] = 1
        for position in found:
            for parent in parents[position]:
                if not inside[parent]:
                    inside[parent] = 1
                    found.append(parent)
        return found


def commit_graph(shas: Sequence[str], parents: Sequence[str], committed: Sequence[int]) -> CommitGraph:
    """The graph of commits given by sha, the shas of their parents with spaces between, and any time that grows.

    Parents that are not among the commits are left out, as in a shallow clone. Where the order leaves a choice the
    earlier commit stands first, which keeps the walks short.
    """
    places = {sha: place for place, sha in enumerate(shas)}
    above = [tuple(places[parent] for parent in text.split() if parent in places) for text in parents]
    order = _order(above, committed)
    position = [0] * len(shas)
    for standing, place in enumerate(order):
        position[place] = standing
    return CommitGraph(
        shas=tuple(shas[place] for place in order),
        at={sha: position[place] for sha, place in places.items()},
        parents=tuple(tuple(position[parent] for parent in above[place]) for place in order),
        rows=tuple(order),
    )


def _order(parents: Sequence[tuple[int, ...]], committed: Sequence[int]) -> list[int]:
    children: list[list[int]] = [[] for _ in parents]
    missing = [len(set(each)) for each in parents]
    for child, each in enumerate(parents):
        for parent in set(each):
            children[parent].append(child)
    ready = [(committed[place], place) for place, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        place = heapq.heappop(ready)[1]
        order.append(place)
        for child in children[place]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, (committed[child], child))
    return order
