"""The files of the default branch as they are now: told once as a whole, then by what has changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from maestro_core.collectors.git_columns import SUBMODULE
from maestro_core.collectors.git_log import RawChange, parse_changes, path_text
from maestro_core.collectors.git_mirror import Held
from maestro_core.collectors.git_pairs import Compared, Pair, PairCounter, absent

ARGUMENTS = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")


@dataclass(frozen=True)
class Files:
    """Paths, and the lines of each file there: None for a binary one. Those that are gone are told apart."""

    lines: dict[str, int | None]
    gone: frozenset[str] = frozenset()
    is_whole: bool = False
    """Whether any other path is gone too."""


def present_files(mirror: Held, counter: PairCounter, *, before: str, now: str) -> Files:
    """What has changed between two commits, '' being nothing; everything where the first is not known any more."""
    is_whole = not before or not mirror.are_known([before])
    empty = _empty_tree(now or before)
    known, wanted = empty if is_whole else before, now or empty
    changes = parse_changes(mirror.output(*ARGUMENTS, known, wanted)) if known != wanted else []
    there = [change for change in changes if change.new.strip(b"0") and change.new_mode != SUBMODULE]
    present = _lines(counter, there)
    return Files(present, frozenset({path_text(change.path) for change in changes} - present.keys()), is_whole)


def _lines(counter: PairCounter, there: list[RawChange]) -> dict[str, int | None]:
    whole: dict[Pair, Compared] = {
        (absent(change.new), change.new): Compared(change.path, change.old_mode, change.new_mode) for change in there
    }
    counter.ask(whole)
    counts = counter.answer()
    numbers = [(path_text(change.path), counts[absent(change.new), change.new]) for change in there]
    return {path: None if count.is_binary else count.added for path, count in numbers}


def _empty_tree(like: str) -> str:
    """The name of a tree without entries, which every git knows; as long as this name."""
    algorithm = "sha256" if len(like) > len(hashlib.sha1(usedforsecurity=False).hexdigest()) else "sha1"
    return hashlib.new(algorithm, b"tree 0\0", usedforsecurity=False).hexdigest()
