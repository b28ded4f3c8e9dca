"""Real repositories for tests: made by git itself, in a folder of the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from maestro_core.collectors.git import Git, GitBatch

ADA = "Ada Lovelace <ada@example.org>"
START = 1_767_225_600  # 2026-01-01
HOUR = 3600
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_COMMITTER_NAME": "Committer",
    "GIT_COMMITTER_EMAIL": "committer@example.org",
}


@dataclass
class MadeRepository:
    """A repository with a working tree; each commit is an hour after the one before."""

    path: Path
    made: int = field(default=0)

    def git(self, *arguments: str, stdin: bytes = b"", **environment: str) -> str:
        return self.git_bytes(*arguments, stdin=stdin, **environment).decode(errors="replace").strip()

    def git_bytes(self, *arguments: str, stdin: bytes = b"", **environment: str) -> bytes:
        return subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env=ENVIRONMENT | environment,
            input=stdin,
            check=True,
            capture_output=True,
        ).stdout

    def commit(self, message: str = "Change", *, author: str = ADA, date: str = "", **files: str | bytes) -> str:
        """Commit files whose names have `__` for a dot; the sha."""
        for name, content in files.items():
            self.write(name.replace("__", "."), content)
        return self.commit_all(message, author=author, date=date)

    def write(self, name: str, content: str | bytes) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit_all(self, message: str = "Change", *, author: str = ADA, date: str = "") -> str:
        self.git("add", "--all")
        when = date or self._next_date()
        options = ("--quiet", "--allow-empty", "--no-gpg-sign", "--author", author, "--message", message)
        self.git("commit", *options, GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when)
        return self.head

    def merge(self, branch: str) -> str:
        when = self._next_date()
        author = {"GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.org"}
        options = ("--quiet", "--no-ff", "--no-edit", branch)
        self.git("merge", *options, GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when, **author)
        return self.head

    def raw_commit(self, header: bytes, message: bytes = b"odd\n", *, branch: str = "main") -> str:
        """A commit that no porcelain would write: header lines after the tree, as they are."""
        tree = self.git("write-tree")
        parents = self.git("rev-parse", "--verify", "--quiet", branch) if self.has(branch) else ""
        parent = f"parent {parents}\n".encode() if parents else b""
        content = b"tree " + tree.encode() + b"\n" + parent + header + b"\n" + message
        sha = self.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=content)
        self.git("update-ref", f"refs/heads/{branch}", sha)
        return sha

    def has(self, branch: str) -> bool:
        return bool(self.git("for-each-ref", f"refs/heads/{branch}"))

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def _next_date(self) -> str:
        self.made += 1
        return f"{START + self.made * HOUR} +0200"


def a_repository(path: Path) -> MadeRepository:
    """An empty repository on branch main."""
    path.mkdir(parents=True)
    repository = MadeRepository(path)
    repository.git("init", "--quiet", "--initial-branch=main", "--template=")
    return repository


def a_lively_repository(path: Path) -> MadeRepository:
    """Merges, a rename, a binary file, a .mailmap, several branches and people, a bot."""
    repository = a_repository(path)
    repository.commit("Begin", app__py="one\ntwo\nthree\nfour\nfive\nsix\n", README__md="# App\n")
    repository.commit("Explain", author="Bob <bob@example.org>", README__md="# App\n\nIt runs.\n")
    repository.commit("Explain more", author="bobby <bob@old.example.org>", README__md="# App\n\nIt runs fast.\n")
    repository.commit("Draw", author="Grace <grace@example.org>", logo__png=b"\x89PNG\0\0\1\2\3" * 50)
    repository.git("switch", "--quiet", "--create", "feature/x")
    repository.commit("Bump", author="dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>", lock__txt="1\n")
    repository.git("switch", "--quiet", "main")
    repository.git("mv", "app.py", "service.py")
    repository.commit("Rename", service__py="one\ntwo\nthree\nfour\nfive\nseven\n")
    repository.merge("feature/x")
    repository.git("switch", "--quiet", "--create", "open")
    repository.commit("Try", author="Grace <grace@example.org>", try__py="pass\n" * 7)
    repository.git("switch", "--quiet", "main")
    repository.write(".mailmap", "Bob Builder <bob@example.org> <bob@old.example.org>\nBob Builder <bob@example.org>\n")
    repository.commit_all("Say who is who")
    return repository


def collected(batches: Iterable[GitBatch]) -> tuple[list[dict[str, object]], GitBatch]:
    """The commits of all batches as rows, and the last batch."""
    all_batches = list(batches)
    rows = [
        dict(zip(batch.commits, values, strict=True))
        for batch in all_batches
        for values in zip(*batch.commits.values(), strict=True)
    ]
    return rows, all_batches[-1]


def a_collector(repository: MadeRepository | str, mirror: Path, **options: object) -> Git:
    location = repository if isinstance(repository, str) else str(repository.path)
    return Git(location, mirror / "mirrors" / "source.git", **options)  # type: ignore[arg-type]
