"""Where a mirror stands: its branches, the default one, and its tags."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from maestro_core.collectors.git_log import clamped, latest_believable, path_text
from maestro_core.collectors.git_mirror import Held, lines_of

REFS_FORMAT = "--format=%(HEAD)%00%(refname)%00%(objectname)%00%(committerdate:unix)"
TAGS_FORMAT = "--format=%(refname)%00%(objectname)%00%(creatordate:unix)"
READ = "the commits of branches and tags"
USUAL_NAMES = (b"refs/heads/main", b"refs/heads/master", b"refs/heads/trunk")


@dataclass(frozen=True)
class Ref:
    """A branch or a tag, as git tells it."""

    name: bytes
    sha: str
    """Of a branch, its commit; of a tag, what it names: a commit, or what is said about one."""
    moment: bytes
    is_default: bool = False


@dataclass(frozen=True)
class BranchRow:
    """A branch as it stands now."""

    name: str
    head_sha: str
    last_commit_at: datetime
    is_default: bool
    merged: bool


@dataclass(frozen=True)
class TagRow:
    """A tag, the commit that it stands for, and when it was made (or that commit, where the tag does not tell)."""

    name: str
    sha: str
    tagged_at: datetime


@dataclass(frozen=True)
class Tip:
    """Where the mirror stands now."""

    branches: list[Ref]
    tags: list[Ref]
    head: str
    """The commit of the default branch; none is ''."""
    alone: tuple[str, ...] = ()
    """The commits of tags that no branch leads to: of a branch for releases that is gone, say."""

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(sorted({branch.sha for branch in self.branches}.union(self.alone)))

    @property
    def digest(self) -> str:
        """Another one where anything of it has changed."""
        return hashlib.sha256(repr((READ, self.branches, self.tags)).encode()).hexdigest()


def present_tip(mirror: Held, *, known: str) -> Tip:
    """Where the mirror stands; where that is not what is known, its default branch follows the source's first."""
    tip = _tip(_branches(mirror), _tags(mirror))
    if tip.digest == known:
        return tip
    return _tip(_follow_default(mirror, tip.branches), tip.tags, alone=_alone(mirror, tip.tags))


def branch_rows(mirror: Held, tip: Tip, now: datetime) -> tuple[BranchRow, ...]:
    """The branches, and which are merged into the default one."""
    merged = _merged(mirror) if tip.head else set()
    latest = latest_believable(now)
    return tuple(
        BranchRow(
            path_text(branch.name.removeprefix(b"refs/heads/")),
            branch.sha,
            clamped(branch.moment, latest),
            branch.is_default,
            branch.name in merged and not branch.is_default,
        )
        for branch in tip.branches
    )


def tag_rows(mirror: Held, tip: Tip, now: datetime) -> tuple[TagRow, ...]:
    """The tags of commits, through any other tag that stands between."""
    latest = latest_believable(now)
    return tuple(
        TagRow(path_text(tag.name.removeprefix(b"refs/tags/")), sha, clamped(tag.moment, latest))
        for tag, sha in zip(tip.tags, _commits(mirror, tip.tags), strict=True)
        if sha
    )


def _tip(branches: list[Ref], tags: list[Ref], *, alone: tuple[str, ...] = ()) -> Tip:
    return Tip(branches, tags, next((branch.sha for branch in branches if branch.is_default), ""), alone)


def _alone(mirror: Held, tags: Sequence[Ref]) -> tuple[str, ...]:
    if not tags:
        return ()
    beyond = mirror.output("rev-list", "--tags", "--not", "--branches").decode().split()
    return tuple(sorted(set(_commits(mirror, tags)).intersection(beyond))) if beyond else ()


def _commits(mirror: Held, tags: Sequence[Ref]) -> list[str]:
    """The commit that each of these tags stands for; '' where it stands for something else."""
    if not tags:
        return []
    with lines_of([f"{tag.sha}^{{commit}}" for tag in tags]) as stdin:
        answers = mirror.output("cat-file", "--batch-check=%(objectname)", stdin=stdin).decode().splitlines()
    # What stands for no commit is said to be missing.
    return ["" if " " in sha else sha for sha in answers]


def _branches(mirror: Held) -> list[Ref]:
    lines = [line.split(b"\0") for line in mirror.output("for-each-ref", REFS_FORMAT, "refs/heads/").splitlines()]
    return [Ref(name, sha.decode(), moment, is_default=mark == b"*") for mark, name, sha, moment in lines]


def _tags(mirror: Held) -> list[Ref]:
    lines = [line.split(b"\0") for line in mirror.output("for-each-ref", TAGS_FORMAT, "refs/tags/").splitlines()]
    return [Ref(name, sha.decode(), moment) for name, sha, moment in lines]


def _follow_default(mirror: Held, branches: Sequence[Ref]) -> list[Ref]:
    """The branches, after HEAD has followed the source's, or the usual name where that points nowhere."""
    answer = mirror.git.output("ls-remote", "--symref", "--", mirror.mirror.location, "HEAD")
    names = {branch.name for branch in branches}
    told = [line[5:].split(b"\t")[0] for line in answer.splitlines() if line.startswith(b"ref: ")]
    for name in (*told, *USUAL_NAMES, *sorted(names)):
        if name in names:
            mirror.output("symbolic-ref", "HEAD", os.fsdecode(name))
            return _branches(mirror)
    return list(branches)


def _merged(mirror: Held) -> set[bytes]:
    return set(mirror.output("for-each-ref", "--merged=HEAD", "--format=%(refname)", "refs/heads/").splitlines())
