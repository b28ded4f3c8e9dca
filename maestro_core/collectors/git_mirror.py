"""The bare mirror of a repository in the data directory: git runs only here, never in a user's folder.

Configuration of the source is never read by us: the mirror has its own, hooks and templates are not copied, and the
global configuration is a file that Maestro writes (`upload-pack`, which git starts at a local source, sees no other).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, BinaryIO

from pydantic import SecretStr

from maestro_core.collectors.git_command import ADVICES, Conversation, GitCommand
from maestro_core.collectors.git_location import host_of, local_path
from maestro_core.errors import NotNow, SourceUnavailable

# The prompt names the host: a redirection to another one must not be told the token.
ASKPASS = """#!/bin/sh
case "$1" in
"Username for 'https://$MAESTRO_GIT_HOST'"*) printf '%s\\n' "$MAESTRO_GIT_USER" ;;
"Password for 'https://"*"@$MAESTRO_GIT_HOST'"*) printf '%s\\n' "$MAESTRO_GIT_TOKEN" ;;
*) exit 1 ;;
esac
"""
CONFIGURATION = """\
# Written by Maestro before each use; changes are lost.
[core]
    attributesFile = /dev/null
    hooksPath = /dev/null
    fsmonitor = false
    packedGitWindowSize = 32m
    packedGitLimit = 256m
[attr]
    tree = none
[gc]
    auto = 0
[maintenance]
    auto = false
[pack]
    threads = 2
[fetch]
    writeCommitGraph = false
    recurseSubmodules = false
[credential]
    helper =
[http]
    lowSpeedLimit = 1000
    lowSpeedTime = 120
"""
# Branches, and the tags that releases are told by; `clone --mirror` would also copy the heads of all pull requests.
REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")

# A walk over commits reads a graph of them in a fifth of the time that the commits themselves take.
GRAPH = ("commit-graph", "write", "--reachable", "--split", "--no-progress")
WITH_GRAPH = "--write-commit-graph"

READING = 2
"""Grows when more is read of a commit: then all are read anew."""
LONGEST_ANSWER_SECONDS = 60  # somebody waits for it
# What a killed Maestro started may need a moment to end.
ATTEMPTS, SECONDS_BETWEEN = 20, 0.1


@dataclass(frozen=True)
class Mirror:
    """A bare copy of the branches and tags that a location offers."""

    directory: Path
    location: str
    token: SecretStr | None = field(repr=False)
    memory_mb: int
    timeout_seconds: int
    local_allowed: bool

    @contextmanager
    def held(self) -> Iterator[Held]:
        """The mirror, for us alone: each git that we start keeps the lock open too, until it has ended."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        with self.beside("lock").open("wb") as lock:
            _lock(lock)
            yield Held(self, replace(self.command(), inherited=(lock.fileno(),)))

    def branches_at_source(self) -> int:
        """How many branches the source offers, asked without copying anything."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        soon = replace(self.command(), timeout_seconds=min(self.timeout_seconds, LONGEST_ANSWER_SECONDS))
        return soon.output("ls-remote", "--heads", "--", self.location).count(b"\n")

    def command(self) -> GitCommand:
        """Git beside the mirror, in a clean environment."""
        self._write(self.beside("gitconfig"), CONFIGURATION + _safe_directories(self.location), mode=0o600)
        environment = {
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": str(self.beside("gitconfig")),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=30",
            "GIT_ALLOW_PROTOCOL": "file:https:ssh" if self.local_allowed else "https:ssh",
            # The data directory may lie inside a checkout, whose configuration is none of ours.
            "GIT_CEILING_DIRECTORIES": str(self.directory.parent.parent.resolve()),
            "MALLOC_ARENA_MAX": "2",
            **self._credentials(),
        }
        return GitCommand(self.directory.parent, environment, self.memory_mb, self.timeout_seconds)

    def _credentials(self) -> dict[str, str]:
        host = host_of(self.location)
        if self.token is None or host is None:
            return {}
        user, colon, password = self.token.get_secret_value().partition(":")
        self._write(self.beside("askpass"), ASKPASS, mode=0o700)
        return {
            "GIT_ASKPASS": str(self.beside("askpass")),
            "MAESTRO_GIT_HOST": host,
            "MAESTRO_GIT_USER": user if colon else "x-access-token",
            "MAESTRO_GIT_TOKEN": password if colon else user,
        }

    def beside(self, suffix: str) -> Path:
        """A file or folder next to the mirror, that belongs to it."""
        return self.directory.with_name(f"{self.directory.name}.{suffix}")

    @staticmethod
    def _write(path: Path, text: str, *, mode: int) -> None:
        # Renamed into place: a git that runs at this moment reads the old or the new file, never half of one.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
            file.write(text)
        Path(file.name).chmod(mode)
        Path(file.name).replace(path)


@dataclass(frozen=True)
class Held:
    """A mirror that nobody else uses meanwhile."""

    mirror: Mirror
    git: GitCommand

    def refresh(self) -> None:
        """Bring the mirror up to date; clone it where there is none, or only half of one."""
        if not (self.mirror.directory / "HEAD").is_file():
            return self._clone()
        self._unlock()
        options = ("--prune", "--quiet", "--update-shallow", "--no-recurse-submodules", "--no-write-fetch-head")
        # As deep as the source is now: it may have got what it lacked before.
        deepen = ("--unshallow",) if self.shallow_commits() else ()
        self.output("fetch", WITH_GRAPH, *options, *deepen, "--", self.mirror.location, *REFSPECS)
        return None

    def are_known(self, shas: Sequence[str]) -> bool:
        """Whether the mirror has all these commits: one that was cloned anew may not."""
        if not shas:
            return True
        with lines_of(shas) as stdin:
            return b" missing\n" not in self.output("cat-file", "--batch-check", stdin=stdin)

    def commits(self, heads: Sequence[str], *, without: Sequence[str], file: BinaryIO) -> int:
        """Write the commits of `heads` that are not in `without`, parents first, one a line; how many they are.

        The same heads give the same order: a position in it can be kept.
        """
        with lines_of([*sorted(heads), *(f"^{sha}" for sha in sorted(without))]) as stdin:
            order = ("--topo-order", "--reverse", "--stdin")
            with self.running("rev-list", *order, stdin=stdin) as stdout:
                shutil.copyfileobj(stdout, file)
        file.flush()
        return file.tell() // len(f"{heads[0]}\n") if heads else 0

    def shallow_commits(self) -> frozenset[str]:
        """The commits whose parents the source itself does not have."""
        file = self.mirror.directory / "shallow"
        return frozenset(file.read_text().split()) if file.is_file() else frozenset()

    def basis(self) -> str:
        """What else than commits the rows depend on: the .mailmap, where history is cut, what is read of a commit."""
        return hashlib.sha256(self.mailmap() + repr((READING, sorted(self.shallow_commits()))).encode()).hexdigest()

    def mailmap(self) -> bytes:
        """Which .mailmap the default branch has, as `cat-file --batch-check` says it."""
        with lines_of(["HEAD:.mailmap"]) as stdin:
            return self.output("cat-file", "--batch-check", stdin=stdin)

    def output(self, *arguments: str, stdin: BinaryIO | None = None) -> bytes:
        with self.running(*arguments, stdin=stdin) as stdout:
            return stdout.read()

    @contextmanager
    def running(self, *arguments: str, stdin: BinaryIO | None = None) -> Iterator[IO[bytes]]:
        """Git in the mirror; where that turns out to be damaged, the next refresh clones it anew."""
        with (
            self._noticing_damage(),
            self.git.running(f"--git-dir={self.mirror.directory}", *arguments, stdin=stdin) as stdout,
        ):
            yield stdout

    @contextmanager
    def conversing(self, *arguments: str, **environment: str) -> Iterator[Conversation]:
        """A git in the mirror that answers what it is asked."""
        git = replace(self.git, environment={**self.git.environment, **environment})
        with self._noticing_damage(), git.conversing(f"--git-dir={self.mirror.directory}", *arguments) as conversation:
            yield conversation

    @contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        try:
            yield
        except SourceUnavailable as problem:
            if problem.advice == ADVICES["corrupt"]:
                (self.mirror.directory / "HEAD").unlink(missing_ok=True)
            raise

    def _clone(self) -> None:
        # Renamed when it is whole: a clone that was killed never looks like a mirror.
        whole = self.mirror.directory
        half = whole.with_name(f"{whole.name}.half")
        for leftover in (half, whole):
            shutil.rmtree(leftover, ignore_errors=True)
        options = ("--bare", "--no-local", "--no-recurse-submodules", "--template=", "--quiet")
        self.git.output("clone", *options, "--", self.mirror.location, str(half))
        self.git.output(f"--git-dir={half}", *GRAPH)
        half.rename(whole)

    def _unlock(self) -> None:
        """Remove what a killed fetch left locked: we hold the mirror, so nobody is at it."""
        directory = self.mirror.directory
        folders = (directory / "refs", directory / "objects" / "info")
        for lock in (*directory.glob("*.lock"), *(lock for folder in folders for lock in folder.rglob("*.lock"))):
            lock.unlink(missing_ok=True)


def _lock(file: IO[bytes]) -> None:
    for _ in range(ATTEMPTS):
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(SECONDS_BETWEEN)
    raise NotNow("This repository is being read already.", advice="Wait until that has ended.")


@contextmanager
def lines_of(lines: Sequence[str]) -> Iterator[BinaryIO]:
    """A file with these lines, to be read by git."""
    with tempfile.TemporaryFile() as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        yield file


def _safe_directories(location: str) -> str:
    """Permission for exactly the connected folder where another user owns it."""
    path = local_path(location)
    if path is None:
        return ""
    folders = (path, path / ".git")
    return "[safe]\n" + "".join(f"    directory = {_quoted(str(folder))}\n" for folder in folders)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
