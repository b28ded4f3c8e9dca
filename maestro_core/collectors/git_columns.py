"""Some commits whose lines are being counted, and what is told of them then, by column. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any, NamedTuple

from maestro_core.collectors.git_log import Issue, ParsedCommit, RawChange, path_text
from maestro_core.collectors.git_pairs import Compared, Count, Pair, absent

OWN_COLUMNS = 9
COMMIT_COLUMNS = (*ParsedCommit._fields[:OWN_COLUMNS], "added", "deleted", "files")
CHANGE_COLUMNS = ("sha", "path", "added", "deleted", "is_binary")
RENAME_COLUMNS = ("sha", "path", "came_from", "moved")
CO_AUTHOR_COLUMNS = ("sha", "name", "email")
SUBMODULE = b"160000"

Contact = tuple[str, str]
"""Name and e-mail."""
Column = dict[str, list[Any]]


class Former(NamedTuple):
    """A line of the .mailmap: the address of an author, and the name and address that it stands for in commits."""

    name: str
    """Of the author; empty where the line leaves it as it is."""
    email: str
    former_name: str
    """Empty where the line is about everybody of the former address."""
    former_email: str


Counts = Mapping[Pair, Count]


def _empty(names: tuple[str, ...]) -> Column:
    return {name: [] for name in names}


@dataclass
class Columns:
    """Rows of commits and of what belongs to them, by column; what one batch stores."""

    commits: Column = field(default_factory=lambda: _empty(COMMIT_COLUMNS))
    changes: Column = field(default_factory=lambda: _empty(CHANGE_COLUMNS))
    renames: Column = field(default_factory=lambda: _empty(RENAME_COLUMNS))
    co_authors: Column = field(default_factory=lambda: _empty(CO_AUTHOR_COLUMNS))
    issues: list[Issue] = field(default_factory=list)
    former: tuple[Former, ...] = ()

    @property
    def size(self) -> int:
        return len(self.commits["sha"])

    def add(self, commits: Iterable[ParsedCommit], counts: Counts, contacts: Mapping[Contact, Contact]) -> None:
        """More commits, with the lines of their changes and who their co-authors are by the .mailmap."""
        commits = list(commits)
        added, deleted = self._add_changes(commits, counts)
        files = [len(commit.changes) for commit in commits]
        own = (map(itemgetter(place), commits) for place in range(OWN_COLUMNS))
        _extend(self.commits, (*own, _sums(added, files), _sums(deleted, files), files))
        for commit in commits:
            self.issues.extend(commit.issues)
            for who in dict.fromkeys(contacts.get(told, told) for told in commit.co_authors):
                _append(self.co_authors, (commit.sha, *who))

    def _add_changes(self, commits: Sequence[ParsedCommit], counts: Counts) -> tuple[list[int], list[int]]:
        """The lines added and deleted by each change."""
        changes = [change for commit in commits for change in commit.changes]
        shas = [commit.sha for commit in commits for _ in commit.changes]
        numbers = [lines(change, counts) for change in changes]
        added, deleted, is_binary = (list(map(itemgetter(place), numbers)) for place in range(3))
        _extend(self.changes, (shas, [path_text(change[-1]) for change in changes], added, deleted, is_binary))
        for sha, change, number in zip(shas, changes, numbers, strict=True):
            if came_from := change[-2]:
                kept = moved(change, number, counts)
                _append(self.renames, (sha, path_text(change[-1]), path_text(came_from), kept))
        return added, deleted


@dataclass
class Window:
    """Commits whose lines are not counted yet."""

    commits: list[ParsedCommit] = field(default_factory=list)
    changes: int = 0

    def add(self, commit: ParsedCommit) -> None:
        self.commits.append(commit)
        self.changes += len(commit.changes)

    def is_full_before(self, commit: ParsedCommit, *, commits: int, changes: int) -> bool:
        """Whether so many commits are here, or another one would make it more than so many changes."""
        size = len(self.commits)
        return size >= commits or (size > 0 and self.changes + len(commit.changes) > changes)

    def pairs(self) -> dict[Pair, Compared]:
        """What must be counted for them, in their order."""
        pairs: dict[Pair, Compared] = {}
        for commit in self.commits:
            for old_mode, new_mode, old, new, came_from, path in commit.changes:
                compared = (path, old_mode, new_mode)
                if old != new:
                    pairs.setdefault((old, new), compared)
                if old == new or came_from:
                    pairs.setdefault((absent(new), new), compared)
        return pairs

    def co_authors(self) -> set[Contact]:
        return {contact for commit in self.commits for contact in commit.co_authors}

    def columns(self, counts: Counts, contacts: Mapping[Contact, Contact]) -> Columns:
        """What is told of them, once all is known."""
        columns = Columns()
        columns.add(self.commits, counts, contacts)
        return columns


def lines(change: RawChange, counts: Counts) -> Count:
    """Lines added and deleted in a file; in a renamed one, only what changed."""
    old, new = change[2:4]
    return counts[old, new] if old != new else (0, 0, counts[absent(new), new][2])


def moved(change: RawChange, number: Count, counts: Counts) -> int:
    """The lines that a renamed file kept: without following renames, git tells them as deleted and as added."""
    _, _, _, new, _, _ = change
    added, _, is_binary = number
    return 0 if is_binary else max(0, counts[absent(new), new][0] - added)


def _sums(numbers: Iterable[int], sizes: Iterable[int]) -> list[int]:
    """The sums of parts of these sizes.

    >>> _sums([1, 2, 3, 4], [2, 0, 2])
    [3, 0, 7]
    """
    until = list(accumulate(numbers, initial=0))
    ends = list(accumulate(sizes, initial=0))
    return [until[end] - until[start] for start, end in pairwise(ends)]


def _extend(columns: Column, more: Iterable[Iterable[Any]]) -> None:
    for column, values in zip(columns.values(), more, strict=True):
        column.extend(values)


def _append(columns: Column, row: tuple[Any, ...]) -> None:
    for column, value in zip(columns.values(), row, strict=True):
        column.append(value)
