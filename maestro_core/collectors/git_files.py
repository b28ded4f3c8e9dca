"""The files of the default branch as they are now: told once as a whole, then by what has changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from maestro_core.collectors.git_columns import SUBMODULE
from maestro_core.collectors.git_log import RawChange, parse_changes, path_text
from maestro_core.collectors.git_mirror import Held
from maestro_core.collectors.git_pairs import Pair, PairCounter, Question, absent

ARGUMENTS = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")


@dataclass(frozen=True)
class Files:
    """Paths, and the lines of each file there: None for a binary one. Those that are gone are told apart."""

    lines: dict[str, int | None]
    gone: frozenset[str] = frozenset()
    is_whole: bool = False
    """Whether any other path is gone too."""


@dataclass(frozen=True)
class AskedFiles:
    """What has changed, and the question for the lines of what is there."""

    changes: list[RawChange]
    question: Question
    is_whole: bool

    def told(self, counter: PairCounter) -> Files:
        """The files, once their lines are counted."""
        counts = counter.answer(self.question)
        numbers = [(path_text(change[-1]), counts[_whole(change)]) for change in self.changes if _is_file(change)]
        present = {path: None if is_binary else added for path, (added, _, is_binary) in numbers}
        return Files(present, frozenset({path_text(path) for *_, path in self.changes} - present.keys()), self.is_whole)


def ask_files(mirror: Held, counter: PairCounter, *, before: str, now: str) -> AskedFiles:
    """What has changed between two commits, '' being nothing; everything where the first is not known any more."""
    is_whole = not before or not mirror.are_known([before])
    empty = _empty_tree(now or before)
    known, wanted = empty if is_whole else before, now or empty
    changes = parse_changes(mirror.output(*ARGUMENTS, known, wanted)) if known != wanted else []
    there = {_whole(change): (change[-1], *change[:2]) for change in changes if _is_file(change)}
    return AskedFiles(changes, counter.ask(there), is_whole)


def _is_file(change: RawChange) -> bool:
    _, new_mode, _, new, _, _ = change
    return new_mode != SUBMODULE and new != absent(new)


def _whole(change: RawChange) -> Pair:
    """Compares a file with nothing."""
    new = change[3]
    return absent(new), new


def _empty_tree(like: str) -> str:
    """The name of a tree without entries, which every git knows; as long as this name."""
    algorithm = "sha256" if len(like) > len(hashlib.sha1(usedforsecurity=False).hexdigest()) else "sha1"
    return hashlib.new(algorithm, b"tree 0\0", usedforsecurity=False).hexdigest()
