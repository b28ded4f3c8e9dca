"""What `git diff-tree --numstat -z` prints, read in whole blocks. Pure: bytes in, columns out.

A mark stands before each commit's header and before its numbers. It is random for each run, so that no text in a
repository can pretend to be a commit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from maestro_core.errors import SourceUnavailable

FIELDS = ("%H", "%P", "%at", "%ct", "%ad", "%aN", "%aE", "%s")
BLOCK = 2**20
LONGEST_RECORD = 2**25
FURTHEST_OFFSET = 14 * 60
LONGEST_SUBJECT = 200
LONGEST_NAME = 200
LONGEST_EMAIL = 254
LONGEST_PATH = 2_000  # in bytes: an index entry of PostgreSQL holds 2,704

# A changed file: `added TAB deleted TAB path NUL`, or for a rename `added TAB deleted TAB NUL old NUL new NUL`.
_CHANGE = re.compile(rb"(\d+|-)\t(\d+|-)\t(?:\0[^\0]*\0)?([^\0]+)\0")


@dataclass(frozen=True)
class Issue:
    """Something odd in a commit, and what was made of it."""

    kind: str
    subject: str
    detail: str


class Change(NamedTuple):
    """What a commit did to one file; a binary one has no lines."""

    path: str
    added: int
    deleted: int
    is_binary: bool


class ParsedCommit(NamedTuple):
    """One commit, with what it changed and what was odd about it."""

    sha: str
    author_name: str
    author_email: str
    authored_at: datetime
    utc_offset_minutes: int
    committed_at: datetime
    subject: str
    is_merge: bool
    changes: list[Change]
    issues: tuple[Issue, ...]


COMMIT_COLUMNS = (*ParsedCommit._fields[:8], "added", "deleted", "files")
CHANGE_COLUMNS = ("sha", *Change._fields)


@dataclass
class Columns:
    """Rows of commits and of their changes, by column; what one batch stores."""

    commits: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in COMMIT_COLUMNS})
    changes: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in CHANGE_COLUMNS})
    issues: list[Issue] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.commits["sha"])

    def add(self, commit: ParsedCommit) -> None:
        added = sum(change.added for change in commit.changes)
        deleted = sum(change.deleted for change in commit.changes)
        row = (*commit[:8], added, deleted, len(commit.changes))
        for column, value in zip(self.commits.values(), row, strict=True):
            column.append(value)
        self.issues.extend(commit.issues)
        if commit.changes:
            self.changes["sha"].extend([commit.sha] * len(commit.changes))
            for name, values in zip(Change._fields, zip(*commit.changes, strict=True), strict=True):
                self.changes[name].extend(values)


def log_arguments(mark: str) -> list[str]:
    """How git is asked: one diff per commit against its first parent, none for merges, renames followed."""
    header = f"--format=tformat:{mark}{'%x00'.join(FIELDS)}%x00{mark}"
    options = ["--stdin", "-r", "-z", "--root", "--always", "--numstat", "-M", "--no-ext-diff", "--no-textconv"]
    return ["diff-tree", *options, "--date=raw", "--encoding=UTF-8", header]


def parse(
    read: Callable[[int], bytes], *, mark: bytes, latest: datetime, cut: frozenset[str] = frozenset()
) -> Iterator[ParsedCommit]:
    """The commits in a stream, as they arrive. `cut` names those whose parents are missing: their lines are unknown."""
    limit = int(latest.timestamp())
    pieces = _pieces(read, mark)
    # A stream that broke off may end in a header without numbers: git's status tells, not we.
    for header, numbers in zip(pieces, pieces, strict=False):
        yield parse_commit(header, numbers, limit=limit, cut=cut)


def parse_commit(header: bytes, numbers: bytes, *, limit: int, cut: frozenset[str] = frozenset()) -> ParsedCommit:
    """One commit from its header and its numbers; times are held between 1970 and `limit`, in seconds."""
    sha, parents, authored, committed, raw, name, email, subject = header.split(b"\0", len(FIELDS) - 1)
    key = sha.decode()
    authored_at, odd_author = _seconds(authored, limit)
    committed_at, odd_committer = _seconds(committed, limit)
    offset, odd_offset = _offset_minutes(raw)
    issues: tuple[Issue, ...] = ()
    if odd_author or odd_committer or odd_offset or key in cut:
        issues = tuple(_issues(key, authored=odd_author and authored, committed=odd_committer and committed, cut=cut))
    return ParsedCommit(
        key,
        # Git leaves the placeholder where it cannot read who wrote a commit.
        text(name.removeprefix(b"%aN"), LONGEST_NAME),
        text(email.removeprefix(b"%aE"), LONGEST_EMAIL),
        datetime.fromtimestamp(authored_at, UTC),
        offset,
        datetime.fromtimestamp(committed_at, UTC),
        text(subject, LONGEST_SUBJECT),
        b" " in parents,
        [] if key in cut else parse_changes(numbers),
        issues,
    )


def parse_changes(numbers: bytes) -> list[Change]:
    r"""What a commit did to each file; a renamed one under its new name.

    >>> for change in parse_changes(b"\0\n-\t-\tlogo.png\x003\t1\t\0old.py\0new.py\0"):
    ...     print(change)
    Change(path='logo.png', added=0, deleted=0, is_binary=True)
    Change(path='new.py', added=3, deleted=1, is_binary=False)
    """
    return [
        Change(path_text(path), 0, 0, True)
        if added == b"-"
        else Change(path_text(path), int(added), int(deleted), False)
        for added, deleted, path in _CHANGE.findall(numbers)
    ]


def text(value: bytes, longest: int) -> str:
    r"""Collected text as a database takes it: UTF-8 with what is invalid replaced, without NUL, cut.

    >>> text(b"Zo\xff\0", 10)
    'Zo\ufffd'
    """
    return value.decode(errors="replace").replace("\0", "").strip()[:longest]


def path_text(path: bytes) -> str:
    r"""A path: bytes that are no UTF-8 stay told apart; a very long one ends in a digest of the whole.

    >>> path_text(b"caf\xe9.py")
    'caf\\xe9.py'
    """
    if len(path) > LONGEST_PATH:
        path = path[: LONGEST_PATH // 4] + b"..." + hashlib.sha256(path).hexdigest().encode()
    return path.decode(errors="backslashreplace")


def clamped(seconds: bytes, latest: datetime) -> datetime:
    """A moment told in seconds since 1970, held between 1970 and `latest`."""
    return datetime.fromtimestamp(_seconds(seconds, int(latest.timestamp()))[0], UTC)


def latest_believable(now: datetime) -> datetime:
    """Clocks may be ahead by a day; what is later is taken for a mistake."""
    return now + timedelta(days=1)


def _pieces(read: Callable[[int], bytes], mark: bytes) -> Iterator[bytes]:
    rest: bytes = b""
    first = True
    for block in iter(lambda: read(BLOCK), b""):
        *whole, rest = (rest + block).split(mark)
        # Before the first mark there is nothing.
        yield from whole[first:]
        first = first and not whole
        if len(rest) > LONGEST_RECORD:
            raise SourceUnavailable(
                f"A commit changes more files than can be read: over {LONGEST_RECORD // 2**20} MB of names.",
                advice="Leave this repository out, or connect one without that commit.",
            )
    if not first:
        yield rest


def _seconds(value: bytes, limit: int) -> tuple[int, bool]:
    if not value.isdigit() or len(value) > 20:
        return (limit if value.isdigit() else 0), True
    seconds = int(value)
    return (seconds, False) if seconds <= limit else (limit, True)


def _offset_minutes(raw: bytes) -> tuple[int, bool]:
    """From `1270552377 +0200`."""
    zone = raw[-5:]
    if not zone[1:].isdigit() or raw[-6:-5] not in (b" ", b""):
        return 0, bool(raw)
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    if minutes > FURTHEST_OFFSET:
        return 0, True
    return (-minutes if zone[:1] == b"-" else minutes), False


def _issues(sha: str, *, authored: bytes | bool, committed: bytes | bool, cut: Iterable[str]) -> Iterator[Issue]:
    odd = {"author date": authored, "committer date": committed}
    told = ", ".join(f"{what} {text(value, 40)!r}" for what, value in odd.items() if isinstance(value, bytes))
    if told:
        yield Issue("odd date", sha, f"{told} was moved into the time between 1970 and tomorrow.")
    elif sha not in cut:
        yield Issue("odd UTC offset", sha, "The author's offset from UTC is beyond 14 hours: UTC is taken instead.")
    if sha in cut:
        yield Issue("shallow history", sha, "The source lacks what came before this commit; its lines are not counted.")
