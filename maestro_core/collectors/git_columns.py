"""Some commits whose lines are being counted, and what is told of them then, by column. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maestro_core.collectors.git_log import Issue, ParsedCommit, RawChange, path_text
from maestro_core.collectors.git_pairs import Compared, Count, Pair, absent

COMMIT_COLUMNS = (*ParsedCommit._fields[:9], "added", "deleted", "files")
CHANGE_COLUMNS = ("sha", "path", "added", "deleted", "is_binary")
RENAME_COLUMNS = ("sha", "path", "came_from", "moved")
CO_AUTHOR_COLUMNS = ("sha", "name", "email")
SUBMODULE = b"160000"

Contact = tuple[str, str]
"""Name and e-mail."""
Column = dict[str, list[Any]]
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

    @property
    def size(self) -> int:
        return len(self.commits["sha"])

    def add(self, commit: ParsedCommit, counts: Counts, contacts: Mapping[Contact, Contact]) -> None:
        """One more commit, with the lines of its changes and who its co-authors are by the .mailmap."""
        numbers = [lines(change, counts) for change in commit.changes]
        added, deleted = (sum(number[place] for number in numbers) for place in (0, 1))
        _append(self.commits, (*commit[:9], added, deleted, len(numbers)))
        self.issues.extend(commit.issues)
        for who in dict.fromkeys(contacts.get(told, told) for told in commit.co_authors):
            _append(self.co_authors, (commit.sha, *who))
        if numbers:
            self._add_changes(commit, numbers, counts)

    def _add_changes(self, commit: ParsedCommit, numbers: list[Count], counts: Counts) -> None:
        self.changes["sha"].extend([commit.sha] * len(numbers))
        self.changes["path"].extend([path_text(path) for *_, path in commit.changes])
        for name, values in zip(CHANGE_COLUMNS[2:], zip(*numbers, strict=True), strict=True):
            self.changes[name].extend(values)
        for change, number in zip(commit.changes, numbers, strict=True):
            *_, came_from, path = change
            if came_from:
                kept = moved(change, number, counts)
                _append(self.renames, (commit.sha, path_text(path), path_text(came_from), kept))


@dataclass
class Window:
    """Commits whose lines are not counted yet."""

    commits: list[ParsedCommit] = field(default_factory=list)
    changes: int = 0

    def add(self, commit: ParsedCommit) -> None:
        self.commits.append(commit)
        self.changes += len(commit.changes)

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
        for commit in self.commits:
            columns.add(commit, counts, contacts)
        return columns


def lines(change: RawChange, counts: Counts) -> Count:
    """Lines added and deleted in a file; in a renamed one, only what changed."""
    _, _, old, new, _, _ = change
    return counts[old, new] if old != new else (0, 0, counts[absent(new), new][2])


def moved(change: RawChange, number: Count, counts: Counts) -> int:
    """The lines that a renamed file kept: without following renames, git tells them as deleted and as added."""
    _, _, _, new, _, _ = change
    added, _, is_binary = number
    return 0 if is_binary else max(0, counts[absent(new), new][0] - added)


def _append(columns: Column, row: tuple[Any, ...]) -> None:
    for column, value in zip(columns.values(), row, strict=True):
        column.append(value)
