"""Where a repository is: which locations Maestro reads, and which it refuses and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from maestro_core.errors import InvalidInput

ADVICE = "Give https://host/path, ssh://git@host/path, git@host:path or an absolute path."
SCHEMES = ("https", "ssh", "file")
DEEPEST = 3  # folders below the given one that are searched for repositories

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_REMOTE_HELPER = re.compile(r"^[A-Za-z0-9][A-Za-z0-9+.-]*::")
_SCP_LIKE = re.compile(r"^(?:[\w.][\w.+-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?![/-]{2})[^-:].*$")


def checked_location(location: str, *, local_allowed: bool) -> str:
    """The location without blanks around it, or `InvalidInput` with the reason why it is not read.

    >>> checked_location(" git@github.com:pallets/flask.git ", local_allowed=False)
    'git@github.com:pallets/flask.git'
    """
    location = location.strip()
    _refuse_tricks(location)
    if "://" in location:
        _check_url(_parts(location), local_allowed=local_allowed)
    elif location.startswith("/"):
        _check_local(local_allowed=local_allowed)
    elif not _SCP_LIKE.match(location):
        raise InvalidInput(f"This is no location of a Git repository: {location[:200]!r}.", advice=ADVICE)
    return location


def local_path(location: str) -> Path | None:
    """The folder that a path or a file: URL means; None for a remote location.

    >>> local_path("file:///srv/app.git"), local_path("https://example.org/app.git")
    (PosixPath('/srv/app.git'), None)
    """
    if location.startswith("/"):
        return Path(location)
    return Path(urlsplit(location).path) if location.startswith("file://") else None


def host_of(location: str) -> str | None:
    """The host, with its port, that a token for an https location is meant for."""
    return urlsplit(location).netloc if location.startswith("https://") else None


def repositories_in(path: Path) -> list[Path]:
    """The repositories in a folder, bare ones too, sorted; a repository is the only one in itself."""
    if not path.is_absolute() or not path.is_dir():
        raise InvalidInput(f"There is no folder {path}.", advice="Give the absolute path of a repository or folder.")
    found = sorted(_repositories(path, DEEPEST))
    if not found:
        raise InvalidInput(
            f"There is no Git repository in {path}.",
            advice=f"Repositories are looked for up to {DEEPEST} folders deep. Is this the folder that holds them?",
        )
    return found


def is_repository(path: Path) -> bool:
    """Whether a folder is a repository, with a working tree or bare."""
    bare = (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return bare or (path / ".git").exists()


def _refuse_tricks(location: str) -> None:
    if not location:
        raise InvalidInput("No location is given.", advice=ADVICE)
    if _CONTROL.search(location):
        raise InvalidInput("The location holds control characters.", advice=ADVICE)
    if location.startswith("-"):
        raise InvalidInput("A location that starts with '-' would be an option of git.", advice=ADVICE)
    if _REMOTE_HELPER.match(location):
        raise InvalidInput("Remote helpers (name::…) run commands and are not used.", advice=ADVICE)


def _parts(location: str) -> SplitResult:
    try:
        parts = urlsplit(location)
        _ = parts.port
    except ValueError as problem:
        raise InvalidInput(f"This is no location of a Git repository: {problem}.", advice=ADVICE) from problem
    return parts


def _check_url(url: SplitResult, *, local_allowed: bool) -> None:
    if url.scheme not in SCHEMES:
        raise InvalidInput(f"{url.scheme}: is not read, only https, ssh and file.", advice=ADVICE)
    if url.password or (url.username is not None and url.scheme != "ssh"):
        raise InvalidInput(
            "The location holds a user name or password, which would show up in logs.",
            advice="Leave it out of the location and enter it as the token.",
        )
    if url.scheme == "file":
        _check_file(url, local_allowed=local_allowed)
    elif not re.match(r"^[A-Za-z0-9:]", url.hostname or ""):
        raise InvalidInput("The location has no host.", advice=ADVICE)


def _check_file(url: SplitResult, *, local_allowed: bool) -> None:
    _check_local(local_allowed=local_allowed)
    if url.netloc not in ("", "localhost") or not url.path.startswith("/"):
        raise InvalidInput("A file: location needs an absolute path: file:///path.", advice=ADVICE)


def _check_local(*, local_allowed: bool) -> None:
    if not local_allowed:
        raise InvalidInput(
            "Paths on the server are read only where Maestro runs for one user.",
            advice="Give an https or ssh location.",
        )


def _repositories(path: Path, depth: int) -> Iterator[Path]:
    if is_repository(path):
        yield path
    elif depth:
        for folder in _folders(path):
            yield from _repositories(folder, depth - 1)


def _folders(path: Path) -> list[Path]:
    try:
        return [entry for entry in path.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except PermissionError:
        return []
