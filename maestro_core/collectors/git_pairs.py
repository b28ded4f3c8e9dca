"""Counting lines: each distinct pair of blobs once, those of one file side by side, by two gits at a time.

Commits mostly share what they compare: a branch repeats what another one did, and a file's next change begins where
the last one ended. So pairs are sorted by path and written as entries of made-up trees, into a folder of objects of its
own; git compares these trees. It finds the blob before still unpacked, and counts as `git log --numstat` does.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import zlib
from binascii import unhexlify
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from pathlib import Path

from maestro_core.collectors.git_command import Conversation
from maestro_core.collectors.git_mirror import Held

GITS = 2
PARTS = 2 * GITS
"""Of what is asked: in turns, since paths differ in weight, but long ones, for what is side by side shares most."""
FEW_PAIRS = 1_000
"""Up to so many, another git costs more than it saves."""
MOST_REMEMBERED = 25_000
ARGUMENTS = ("diff-tree", "--stdin", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")

_NUMBERS = re.compile(rb"(\d+|-)\t(\d+|-)\t([0-9a-f]+)\0")

Pair = tuple[bytes, bytes]
"""The names of two blobs, in hexadecimal; zeros where there is none."""


Count = tuple[int, int, bool]
"""Lines added and deleted, and whether a file is binary: then it has none."""
Compared = tuple[bytes, bytes, bytes]
"""A path where the pair stands, the mode before and the mode after."""

NOTHING: Count = (0, 0, False)
BINARY: Count = (0, 0, True)


def absent(blob: bytes) -> bytes:
    """The name of no blob, as long as this one's."""
    return b"0" * len(blob)


@dataclass
class PairCounter:
    """Counts pairs: ask for some, then for more while those are counted."""

    held: Held
    folder: Path
    stack: ExitStack
    _gits: list[Conversation] = field(default_factory=list)
    _asked: deque[Question] = field(default_factory=deque)
    _known: dict[Pair, Count] = field(default_factory=dict)
    _serial: int = 0
    _turn: int = 0

    def ask(self, pairs: Mapping[Pair, Compared]) -> Question:
        """Have these counted."""
        known = {pair: self._known[pair] for pair in pairs if pair in self._known}
        new = sorted((pair for pair in pairs if pair not in known), key=lambda pair: pairs[pair][0])
        size = ceil(len(new) / PARTS) if len(new) > FEW_PAIRS else FEW_PAIRS
        parts = [new[start : start + size] for start in range(0, len(new), size)]
        # In another order each time: of a project's paths, some are always the longest to compare.
        trees = [self._compare(part, pairs, git=(number + self._turn) % GITS) for number, part in enumerate(parts)]
        self._turn += 1
        question = Question(known, trees)
        self._asked.append(question)
        return question

    def answer(self, question: Question) -> dict[Pair, Count]:
        """What was asked; git answers in order, so that what was asked before is answered too."""
        while question.is_open:
            self._hear(self._asked.popleft())
        return question.counts

    def _hear(self, question: Question) -> None:
        for tree in question.trees:
            question.counts.update(tree.counts(self._gits[tree.git]))
        question.is_open = False
        self._remember(question.counts)

    def _compare(self, part: Sequence[Pair], pairs: Mapping[Pair, Compared], *, git: int) -> _Trees:
        while len(self._gits) <= git:
            self._gits.append(self.stack.enter_context(self.held.conversing(*ARGUMENTS, **self.environment)))
        first, self._serial = self._serial, self._serial + len(part)
        told = [(b"%012x" % serial, pair, pairs[pair]) for serial, pair in enumerate(part, first)]
        old = _write_tree(self.folder, [(each[1], name, pair[0]) for name, pair, each in told])
        new = _write_tree(self.folder, [(each[2], name, pair[1]) for name, pair, each in told])
        # What is no object's name is repeated, and sends what was printed before it on its way.
        self._gits[git].ask(f"{old.name} {new.name}\n.\n".encode())
        return _Trees(part, first, git, (old.path, new.path))

    @property
    def environment(self) -> dict[str, str]:
        return {"GIT_OBJECT_DIRECTORY": str(self.folder.resolve())}

    def _remember(self, counts: Mapping[Pair, Count]) -> None:
        self._known.update(counts)
        for pair in list(islice(self._known, max(0, len(self._known) - MOST_REMEMBERED))):
            del self._known[pair]


@dataclass(frozen=True)
class _Tree:
    name: str
    path: Path


@dataclass(frozen=True)
class _Trees:
    """Two trees that a git was told to compare: which pairs stand in them, from which serial number on."""

    pairs: Sequence[Pair]
    first: int
    git: int
    files: tuple[Path, Path]

    def counts(self, git: Conversation) -> dict[Pair, Count]:
        """Wait for them."""
        git.answer()  # the names of the trees
        numbers = git.answer()
        for file in self.files:
            file.unlink(missing_ok=True)
        counts = dict.fromkeys(self.pairs, NOTHING)
        for added, deleted, name in _NUMBERS.findall(numbers):
            count = BINARY if added == b"-" else (int(added), int(deleted), False)
            counts[self.pairs[int(name, 16) - self.first]] = count
        return counts


@dataclass
class Question:
    """Pairs to be counted: what is known of them, and the trees that git compares for the others."""

    counts: dict[Pair, Count]
    trees: list[_Trees]
    is_open: bool = True


@contextmanager
def pair_counter(held: Held) -> Iterator[PairCounter]:
    """A counter for blobs of the mirror, which itself stays as it is."""
    folder = held.mirror.beside("trees")
    shutil.rmtree(folder, ignore_errors=True)  # a killed Maestro may have left some
    (folder / "info").mkdir(parents=True)
    (folder / "info" / "alternates").write_text(f"{(held.mirror.directory / 'objects').resolve()}\n")
    try:
        with ExitStack() as stack:
            yield PairCounter(held, folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_tree(folder: Path, entries: Sequence[tuple[bytes, bytes, bytes]]) -> _Tree:
    """A tree with those of these entries (mode, name, blob) that there are."""
    there = [b"%s %s\0%s" % (mode, name, unhexlify(blob)) for mode, name, blob in entries if blob.strip(b"0")]
    content = b"".join(there)
    whole = b"tree %d\0%s" % (len(content), content)
    is_long = len(entries[0][2]) > len(hashlib.sha1(usedforsecurity=False).hexdigest())
    digest = (hashlib.sha256(whole) if is_long else hashlib.sha1(whole, usedforsecurity=False)).hexdigest()
    path = folder / digest[:2] / digest[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(whole, 0))
    return _Tree(digest, path)
