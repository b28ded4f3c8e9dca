"""What `git diff-tree --raw -z` prints, read in whole blocks. Pure: bytes in, commits out.

A mark stands before each commit's header and before its changes. It is random for each run, so that no text in a
repository can pretend to be a commit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from maestro_core.errors import SourceUnavailable

CO_AUTHORS = "%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x01)"
FIELDS = ("%H", "%P", "%at", "%ct", "%ad", "%aN", "%aE", CO_AUTHORS, "%s")
BLOCK = 2**20
LONGEST_RECORD = 2**25
FURTHEST_OFFSET = 14 * 60
LONGEST_SUBJECT = 200
LONGEST_NAME = 200
LONGEST_EMAIL = 254
LONGEST_PATH = 2_000  # in bytes: an index entry of PostgreSQL holds 2,704
MOST_CO_AUTHORS = 100
MOST_REMEMBERED = 2_000

# `:mode mode blob blob letter NUL path NUL`, or for a rename `:mode mode blob blob R score NUL old path NUL path NUL`.
_CHANGE = re.compile(rb":(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) (?:R\d+\0([^\0]+)|[A-Z]\d*)\0([^\0]+)\0")
_CONTACT = re.compile(r"([^<>\x00-\x1f]*)<([^<>\s]+)>")


@dataclass(frozen=True)
class Issue:
    """Something odd in a commit, and what was made of it."""

    kind: str
    subject: str
    detail: str


RawChange = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""What a commit did to one file: mode before, mode after, blob before, blob after (zeros where there was none), path
before where the commit renamed it, path. A plain tuple: Python's garbage collector need not look at these again."""


class ParsedCommit(NamedTuple):
    """One commit, with what it changed and what was odd about it."""

    sha: str
    parents: str
    author_name: str
    author_email: str
    authored_at: datetime
    utc_offset_minutes: int
    committed_at: datetime
    subject: str
    is_merge: bool
    co_authors: tuple[tuple[str, str], ...]
    """Name and e-mail of each."""
    changes: list[RawChange]
    issues: tuple[Issue, ...]


def log_arguments(mark: str) -> list[str]:
    """How git is asked: one comparison of trees per commit with its first parent, none for merges, renames followed."""
    header = f"--format=tformat:{mark}{'%x00'.join(FIELDS)}%x00{mark}"
    options = ["--stdin", "-r", "-z", "--root", "--always", "--raw", "-M", "--no-abbrev"]
    return ["diff-tree", *options, "--date=raw", "--encoding=UTF-8", header]


def parse(
    read: Callable[[int], bytes], *, mark: bytes, latest: datetime, cut: frozenset[str] = frozenset()
) -> Iterator[ParsedCommit]:
    """The commits in a stream, as they arrive. `cut` names those whose parents are missing: their lines are unknown."""
    limit = int(latest.timestamp())
    pieces = _pieces(read, mark)
    # A stream that broke off may end in a header without changes: git's status tells, not we.
    for header, changes in zip(pieces, pieces, strict=False):
        yield parse_commit(header, changes, limit=limit, cut=cut)


def parse_commit(header: bytes, changes: bytes, *, limit: int, cut: frozenset[str] = frozenset()) -> ParsedCommit:
    """One commit from its header and its changes; times are held between 1970 and `limit`, in seconds."""
    sha, parents, authored, committed, raw, name, email, together, subject = header.split(b"\0", len(FIELDS) - 1)
    key = sha.decode()
    authored_at, odd_author = _seconds(authored, limit)
    committed_at, odd_committer = _seconds(committed, limit)
    offset, odd_offset = _offset_minutes(raw)
    issues: tuple[Issue, ...] = ()
    if odd_author or odd_committer or odd_offset or key in cut:
        issues = tuple(_issues(key, authored=odd_author and authored, committed=odd_committer and committed, cut=cut))
    return ParsedCommit(
        key,
        parents.decode(),
        # Git leaves the placeholder where it cannot read who wrote a commit.
        _who(name.removeprefix(b"%aN"), LONGEST_NAME),
        _who(email.removeprefix(b"%aE"), LONGEST_EMAIL),
        datetime.fromtimestamp(authored_at, UTC),
        offset,
        datetime.fromtimestamp(committed_at, UTC),
        text(subject, LONGEST_SUBJECT),
        b" " in parents,
        parse_co_authors(together) if together else (),
        [] if key in cut else parse_changes(changes),
        issues,
    )


def parse_changes(changes: bytes) -> list[RawChange]:
    r"""What a commit did to each file; a renamed one under its new name.

    >>> for change in parse_changes(b"\0\n:100644 100755 aa bb M\0a.py\0:100644 100644 aa cc R090\0old.py\0new.py\0"):
    ...     print(*change[2:])
    b'aa' b'bb' b'' b'a.py'
    b'aa' b'cc' b'old.py' b'new.py'
    """
    return _CHANGE.findall(changes)


def parse_co_authors(trailers: bytes) -> tuple[tuple[str, str], ...]:
    r"""Name and e-mail of those whom a commit names as co-authors; what is no contact is passed over.

    >>> parse_co_authors(b"Ada <ada@example.org>\x01somebody\x01Ada <ada@example.org>")
    (('Ada', 'ada@example.org'),)
    """
    told = (_CONTACT.fullmatch(text(line, LONGEST_NAME + LONGEST_EMAIL)) for line in trailers.split(b"\x01"))
    contacts = dict.fromkeys((each[1].strip()[:LONGEST_NAME], each[2]) for each in told if each)
    return tuple(contacts)[:MOST_CO_AUTHORS]


def text(value: bytes, longest: int) -> str:
    r"""Collected text as a database takes it: UTF-8 with what is invalid replaced, without NUL, cut.

    >>> text(b"Zo\xff\0", 10)
    'Zo\ufffd'
    """
    return value.decode(errors="replace").replace("\0", "").strip()[:longest]


_who = lru_cache(MOST_REMEMBERED)(text)
"""The same few people write most commits."""


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
