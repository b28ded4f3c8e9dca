"""Git: commits, what they changed, and branches, from a bare mirror in the data directory.

Each refresh fetches once, then reads the commits that it has not seen, parents first, in one streaming pass. What a
rewritten history left behind is told too. A merge counts without lines; a renamed file counts only what changed in it.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import SecretStr

from maestro_core.collectors import Batch
from maestro_core.collectors.git_columns import Column, Columns, Former, Window
from maestro_core.collectors.git_cursor import Cursor, Pass
from maestro_core.collectors.git_files import Files, ask_files
from maestro_core.collectors.git_location import checked_location, local_path
from maestro_core.collectors.git_log import Issue, latest_believable, log_arguments, parse
from maestro_core.collectors.git_mailmap import Mailmap
from maestro_core.collectors.git_mirror import Held, Mirror
from maestro_core.collectors.git_pairs import PairCounter, Question, pair_counter
from maestro_core.collectors.git_refs import BranchRow, TagRow, Tip, branch_rows, present_tip, tag_rows
from maestro_core.errors import SourceUnavailable
from maestro_core.terms import SourceKind

WINDOWS_AHEAD = 1
FEWEST_COMMITS = 250
COMMITS_PER_BATCH = 8_000
"""At most: the more commits at a time, the more of what git unpacks is shared."""
CHANGES_PER_BATCH = 16_000
BRANCHES = ("branch", "branches")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class GitBatch(Batch):
    """Commits and their changes by column; at the end of a pass, the branches and what became unreachable."""

    commits: Column
    """sha, parents, author_name, author_email, authored_at, utc_offset_minutes, committed_at, subject, is_merge, added,
    deleted, files: a list each."""
    changes: Column
    """sha, path, added, deleted, is_binary: a list each."""
    renames: Column
    """sha, path, came_from, moved: a list each."""
    co_authors: Column
    """sha, name, email: a list each."""
    former: tuple[Former, ...] = ()
    """What the .mailmap says about the addresses of authors and co-authors."""
    branches: tuple[BranchRow, ...] | None = None
    """All of them, or None where they are not told yet; so are tags and files."""
    tags: tuple[TagRow, ...] | None = None
    files: Files | None = None
    unreachable: tuple[str, ...] = ()
    starts_over: bool = False
    """Nothing of what was stored before is known to be reachable any more: this and later batches tell what is."""
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class Git:
    """Collects from one repository: a URL or, where `local_allowed`, a path."""

    location: str
    mirror: Path
    token: SecretStr | None = field(default=None, repr=False)
    memory_mb: int = 2048
    timeout_seconds: int = 3600
    local_allowed: bool = True
    clock: Callable[[], datetime] = _now
    commits_per_batch: int = COMMITS_PER_BATCH

    kind = SourceKind.GIT

    def check(self) -> str:
        """Whether the repository answers; copies nothing."""
        branches = self._mirror().branches_at_source()
        return f"The repository answers: {_counted_in_words(branches, *BRANCHES)}."

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[GitBatch]:
        """What is new since the cursor; nothing new is one fetch and no batch."""
        with self._mirror().held() as mirror:
            mirror.refresh()
            state, lost = Cursor.from_json(cursor), False
            if not mirror.are_known(state.shas):
                # The mirror was made anew, and history was rewritten meanwhile.
                state, lost = Cursor(), True
            yield from self._passes(mirror, state, starts_over=lost)

    def _mirror(self) -> Mirror:
        location = checked_location(self.location, local_allowed=self.local_allowed)
        path = local_path(location)
        if path is not None and not path.is_dir():
            raise SourceUnavailable(f"There is no folder {path}.", advice="Was it moved or deleted? Connect it anew.")
        return Mirror(self.mirror, location, self.token, self.memory_mb, self.timeout_seconds, self.local_allowed)

    def _passes(self, mirror: Held, state: Cursor, *, starts_over: bool) -> Iterator[GitBatch]:
        """First what a killed refresh left, then what is new since."""
        known = state.branches if state.under_way is None else ""
        tip, basis = present_tip(mirror, known=known), mirror.basis()
        while (walk := _next_pass(state, tip, basis)) is not None:
            reading = _Reading(mirror, state, walk, tip, self.clock(), self.commits_per_batch)
            yield from reading.batches(starts_over=starts_over)
            starts_over = False
            state = reading.arrived


@dataclass(frozen=True)
class _Reading:
    """One pass over the commits of `walk`."""

    mirror: Held
    state: Cursor
    walk: Pass
    tip: Tip
    now: datetime
    commits_per_batch: int

    @property
    def arrived(self) -> Cursor:
        if not self._is_last:
            return self.state.arrived(self.walk, branches="", present=self.state.present)
        return self.state.arrived(self.walk, branches=self.tip.digest, present=self.tip.head)

    def batches(self, *, starts_over: bool) -> Iterator[GitBatch]:
        with pair_counter(self.mirror) as counter:
            yield from self._batches(counter, starts_over=starts_over)

    def _batches(self, counter: PairCounter, *, starts_over: bool) -> Iterator[GitBatch]:
        present = self._present(counter)
        with tempfile.TemporaryFile() as file:
            total = self.mirror.commits(self.walk.heads, without=self.walk.since, file=file)
            done = _position(file, self.walk)
            for columns in self._columns(file, counter, start=done, end=total):
                done += columns.size
                yield self._batch(columns, done, total, starts_over=starts_over)
                starts_over = False
        if done != total:
            raise SourceUnavailable(f"git told {done:,} of {total:,} commits.", advice="Refresh again.")
        yield self._end(present(), total, starts_over=starts_over)

    def _columns(self, file: BinaryIO, counter: PairCounter, *, start: int, end: int) -> Iterator[Columns]:
        """Git counts the lines of the next window while this one is stored."""
        if start == end:
            return
        os.lseek(file.fileno(), start * _line_length(self.walk), os.SEEK_SET)
        mailmap = Mailmap(self.mirror)
        ahead: deque[tuple[Window, Question]] = deque()
        with closing(self._windows(file, count=end - start)) as windows:
            for window in windows:
                ahead.append((window, counter.ask(window.pairs())))
                if len(ahead) > WINDOWS_AHEAD:
                    yield _counted(*ahead.popleft(), counter, mailmap)
        while ahead:
            yield _counted(*ahead.popleft(), counter, mailmap)

    def _windows(self, file: BinaryIO, *, count: int) -> Generator[Window]:
        mark = secrets.token_hex(16)
        latest = latest_believable(self.now)
        window, read, size = Window(), 0, self._size(0, count)
        with self.mirror.running(*log_arguments(mark), stdin=file) as stdout:
            for commit in parse(stdout.read, mark=mark.encode(), latest=latest, cut=self.mirror.shallow_commits()):
                # Not before the next commit has come: the last one may be cut off, and then git fails below.
                if window.is_full_before(commit, commits=size, changes=CHANGES_PER_BATCH):
                    yield window
                    read += len(window.commits)
                    window, size = Window(), self._size(read, count)
                window.add(commit)
        if window.commits:
            yield window

    def _size(self, read: int, count: int) -> int:
        """The commits of a window: few near both ends, where of counting and storing one waits for the other."""
        return min(self.commits_per_batch, max(FEWEST_COMMITS, min(read, count - read) // 2))

    def _batch(self, columns: Columns, done: int, total: int, *, starts_over: bool) -> GitBatch:
        return GitBatch(
            cursor=self.state.at(self.walk, done=done, last=columns.commits["sha"][-1]).to_json(),
            message=f"{done:,} of {total:,} commits",
            done=done,
            total=total,
            commits=columns.commits,
            changes=columns.changes,
            renames=columns.renames,
            co_authors=columns.co_authors,
            former=columns.former,
            issues=tuple(columns.issues),
            starts_over=starts_over,
        )

    def _present(self, counter: PairCounter) -> Callable[[], dict[str, Any]]:
        """What is there now. Asked for first: git counts its lines while the first commits are read."""
        if not self._is_last:
            return dict
        files = ask_files(self.mirror, counter, before=self.state.present, now=self.tip.head)
        tags = tag_rows(self.mirror, self.tip, self.now)
        told = {"branches": branch_rows(self.mirror, self.tip, self.now), "tags": tags}
        return lambda: told | {"files": files.told(counter)}

    def _end(self, told: Mapping[str, Any], total: int, *, starts_over: bool) -> GitBatch:
        none = Columns()
        return GitBatch(
            cursor=self.arrived.to_json(),
            message=f"{_counted_in_words(total, 'new commit', 'new commits')}, "
            f"{_counted_in_words(len(self.tip.branches), *BRANCHES)}",
            done=total,
            total=total,
            commits=none.commits,
            changes=none.changes,
            renames=none.renames,
            co_authors=none.co_authors,
            unreachable=self._unreachable(),
            starts_over=starts_over,
            **told,
        )

    @property
    def _is_last(self) -> bool:
        return self.walk.heads == self.tip.heads

    def _unreachable(self) -> tuple[str, ...]:
        """What the heads of before reach, and those of now do not."""
        maybe = self._listed(self.state.heads, without=self.walk.heads)
        if not maybe:
            return ()
        # Where clocks were wrong, git takes commits for left behind that a later one with an earlier date leads to.
        reachable = frozenset(self._listed(self.walk.heads, without=()))
        return tuple(sha for sha in maybe if sha not in reachable)

    def _listed(self, heads: Sequence[str], *, without: Sequence[str]) -> list[str]:
        if not heads:
            return []
        with tempfile.TemporaryFile() as file:
            self.mirror.commits(heads, without=without, file=file)
            file.seek(0)
            return file.read().decode().split()


def _counted(window: Window, question: Question, counter: PairCounter, mailmap: Mailmap) -> Columns:
    columns = window.columns(counter.answer(question), mailmap.contacts(window.co_authors()))
    columns.former = mailmap.former([*columns.commits["author_email"], *columns.co_authors["email"]])
    return columns


def _next_pass(state: Cursor, tip: Tip, basis: str) -> Pass | None:
    if state.under_way is not None:
        return state.under_way
    if (state.branches, state.basis) == (tip.digest, basis):
        return None
    # Another .mailmap or a deeper history changes commits that are stored already: all are read again.
    since = state.heads if state.basis == basis else ()
    return Pass(since, tip.heads, basis)


def _counted_in_words(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _position(file: BinaryIO, walk: Pass) -> int:
    """Where a pass goes on: after `done` commits, or at its beginning where git tells another order than before."""
    if not walk.done:
        return 0
    file.seek((walk.done - 1) * _line_length(walk))
    return walk.done if file.readline().decode().strip() == walk.last else 0


def _line_length(walk: Pass) -> int:
    return len(f"{walk.heads[0]}\n")
