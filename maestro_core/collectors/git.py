"""Git: commits, what they changed, and branches, from a bare mirror in the data directory.

Each refresh fetches once, then reads the commits that it has not seen, parents first, in one streaming pass. What a
rewritten history left behind is told too. A merge counts without lines; a renamed file counts only what changed in it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import SecretStr

from maestro_core.collectors import Batch
from maestro_core.collectors.git_cursor import Cursor, Pass
from maestro_core.collectors.git_location import checked_location, local_path
from maestro_core.collectors.git_log import (
    Columns,
    Issue,
    ParsedCommit,
    clamped,
    latest_believable,
    log_arguments,
    parse,
    path_text,
)
from maestro_core.collectors.git_mirror import Held, Mirror, Ref
from maestro_core.errors import SourceUnavailable
from maestro_core.terms import SourceKind

COMMITS_PER_BATCH = 2_000
CHANGES_PER_BATCH = 20_000
BRANCHES = ("branch", "branches")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class BranchRow:
    """A branch as it stands now."""

    name: str
    head_sha: str
    last_commit_at: datetime
    is_default: bool
    merged: bool


@dataclass(frozen=True, kw_only=True)
class GitBatch(Batch):
    """Commits and their changes by column; at the end of a pass, the branches and what became unreachable."""

    commits: dict[str, list[Any]]
    """sha, author_name, author_email, authored_at, utc_offset_minutes, committed_at, subject, is_merge, added, deleted,
    files: a list each."""
    changes: dict[str, list[Any]]
    """sha, path, added, deleted, is_binary: a list each."""
    branches: tuple[BranchRow, ...] | None = None
    """All of them, or None where they are not told yet."""
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
        return f"The repository answers: {_counted(branches, *BRANCHES)}."

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
        tip = _tip(mirror, state)
        while (walk := _next_pass(state, tip)) is not None:
            reading = _Reading(mirror, state, walk, tip, self.clock(), self.commits_per_batch)
            yield from reading.batches(starts_over=starts_over)
            starts_over = False
            state = reading.arrived


@dataclass(frozen=True)
class _Tip:
    """Where the mirror stands now."""

    refs: list[Ref]
    heads: tuple[str, ...]
    branches: str
    basis: str


@dataclass(frozen=True)
class _Reading:
    """One pass over the commits of `walk`."""

    mirror: Held
    state: Cursor
    walk: Pass
    tip: _Tip
    now: datetime
    commits_per_batch: int

    @property
    def arrived(self) -> Cursor:
        return self.state.arrived(self.walk, branches=self.tip.branches if self._is_last else "")

    def batches(self, *, starts_over: bool) -> Iterator[GitBatch]:
        with tempfile.TemporaryFile() as file:
            total = self.mirror.commits(self.walk.heads, without=self.walk.since, file=file)
            done = _position(file, self.walk)
            for columns in self._columns(file, done, total):
                done += columns.size
                yield self._batch(columns, done, total, starts_over=starts_over)
                starts_over = False
        if done != total:
            raise SourceUnavailable(f"git told {done:,} of {total:,} commits.", advice="Refresh again.")
        yield self._end(total, starts_over=starts_over)

    def _columns(self, file: BinaryIO, done: int, total: int) -> Iterator[Columns]:
        if done == total:
            return
        mark = secrets.token_hex(16)
        latest = latest_believable(self.now)
        os.lseek(file.fileno(), done * _line_length(self.walk), os.SEEK_SET)
        with self.mirror.running(*log_arguments(mark), stdin=file) as stdout:
            commits = parse(stdout.read, mark=mark.encode(), latest=latest, cut=self.mirror.shallow_commits())
            columns = Columns()
            for commit in commits:
                # Not before the next commit has come: the last one may be cut off, and then git fails below.
                if self._is_full(columns, commit):
                    yield columns
                    columns = Columns()
                columns.add(commit)
        if columns.size:
            yield columns

    def _is_full(self, columns: Columns, commit: ParsedCommit) -> bool:
        changes = len(columns.changes["sha"]) + len(commit.changes)
        return columns.size >= self.commits_per_batch or (columns.size > 0 and changes > CHANGES_PER_BATCH)

    def _batch(self, columns: Columns, done: int, total: int, *, starts_over: bool) -> GitBatch:
        return GitBatch(
            cursor=self.state.at(self.walk, done=done, last=columns.commits["sha"][-1]).to_json(),
            message=f"{done:,} of {total:,} commits",
            done=done,
            total=total,
            commits=columns.commits,
            changes=columns.changes,
            issues=tuple(columns.issues),
            starts_over=starts_over,
        )

    def _end(self, total: int, *, starts_over: bool) -> GitBatch:
        return GitBatch(
            cursor=self.arrived.to_json(),
            message=f"{_counted(total, 'new commit', 'new commits')}, {_counted(len(self.tip.refs), *BRANCHES)}",
            done=total,
            total=total,
            commits=Columns().commits,
            changes=Columns().changes,
            branches=_branches(self.mirror, self.tip.refs, self.now) if self._is_last else None,
            unreachable=self._unreachable(),
            starts_over=starts_over,
        )

    @property
    def _is_last(self) -> bool:
        return self.walk.heads == self.tip.heads

    def _unreachable(self) -> tuple[str, ...]:
        """What the heads of before reach, and those of now do not."""
        with tempfile.TemporaryFile() as file:
            self.mirror.commits(self.state.heads, without=self.walk.heads, file=file)
            file.seek(0)
            return tuple(file.read().decode().split())


def _tip(mirror: Held, state: Cursor) -> _Tip:
    refs = mirror.refs()
    if _digest(refs) != state.branches:
        refs = mirror.follow_default(refs)
    return _Tip(refs, tuple(sorted({ref.sha for ref in refs})), _digest(refs), mirror.basis())


def _next_pass(state: Cursor, tip: _Tip) -> Pass | None:
    if state.under_way is not None:
        return state.under_way
    if (state.branches, state.basis) == (tip.branches, tip.basis):
        return None
    # Another .mailmap or a deeper history changes commits that are stored already: all are read again.
    since = state.heads if state.basis == tip.basis else ()
    return Pass(since, tip.heads, tip.basis)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _digest(refs: list[Ref]) -> str:
    return hashlib.sha256(repr(refs).encode()).hexdigest()


def _position(file: BinaryIO, walk: Pass) -> int:
    """Where a pass goes on: after `done` commits, or at its beginning where git tells another order than before."""
    if not walk.done:
        return 0
    file.seek((walk.done - 1) * _line_length(walk))
    return walk.done if file.readline().decode().strip() == walk.last else 0


def _line_length(walk: Pass) -> int:
    return len(f"{walk.heads[0]}\n")


def _branches(mirror: Held, refs: list[Ref], now: datetime) -> tuple[BranchRow, ...]:
    merged = mirror.merged() if any(ref.is_default for ref in refs) else set()
    return tuple(
        BranchRow(
            path_text(ref.name.removeprefix(b"refs/heads/")),
            ref.sha,
            clamped(ref.committed_at, latest_believable(now)),
            ref.is_default,
            ref.name in merged and not ref.is_default,
        )
        for ref in refs
    )
