"""Running git: in a clean environment, bounded in memory and time, killed as a whole."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, BinaryIO, cast

from maestro_core.errors import SourceUnavailable

# Without git, GitPython would not let Maestro start, though only this source needs it.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

from git.cmd import Git as GitPython
from git.exc import GitCommandNotFound

# What git needs of our own environment: to be found, to find ssh keys and certificates, to pass a proxy.
KEPT = frozenset(
    {"PATH", "HOME", "USER", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    | {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"}
)
LONGEST_COMPLAINT = 300
MEGABYTE = 2**20
NO_GIT = "git cannot be started."
NOT_FOUND = 127  # what a shell and the programs in front of git answer

ADVICE = (
    (r"out of memory|cannot allocate|malloc failed|mmap failed|unable to generate diffstat", "memory"),
    (r"could not read (username|password)|authentication failed|invalid username|\b40[13]\b", "token"),
    (r"permission denied \(|host key verification failed", "ssh"),
    (r"could not resolve host|connection (refused|timed out)|failed to connect|unable to access", "network"),
    (r"not found|does not exist|does not appear to be a git repository|not a git repository", "location"),
    (r"dubious ownership|permission denied", "permission"),
    (r"corrupt|bad object|unable to read|missing (blob|tree|commit)|bad tree|loose object|inflate", "corrupt"),
    (r"invalid (object|index)|packfile|did not send all", "corrupt"),
)
ADVICES = {
    "missing": "Install git, coreutils and util-linux on the machine that runs Maestro, then refresh.",
    "memory": "A commit is too large for the bound. Raise MAESTRO_GIT_MEMORY_MB, or leave this repository out.",
    "time": "Raise MAESTRO_GIT_TIMEOUT_SECONDS; what was read is kept, and the next refresh goes on from there.",
    "token": "Enter a token that may read this repository, or renew the present one.",
    "ssh": "Let the user that runs Maestro reach the host once by hand: ssh -T git@host.",
    "network": "Check the location, and that this machine reaches the host.",
    "location": "Check the location, and that the token may see the repository.",
    "permission": "Let the user that runs Maestro read this folder.",
    "corrupt": "The repository seems damaged. Run git fsck at the source, repair it or clone it anew, and refresh.",
    "": "Try the same location with git clone by hand.",
}


@dataclass(frozen=True)
class GitCommand:
    """Git as Maestro runs it: in `directory`, with this environment, memory and time."""

    directory: Path
    environment: Mapping[str, str] = field(repr=False)
    memory_mb: int
    timeout_seconds: int
    inherited: tuple[int, ...] = ()
    """File descriptors that the process keeps open, such as the lock of the mirror."""

    def output(self, *arguments: str, stdin: BinaryIO | None = None) -> bytes:
        """All that git prints; for answers known to be small."""
        with self.running(*arguments, stdin=stdin) as stdout:
            return stdout.read()

    @contextmanager
    def running(self, *arguments: str, stdin: BinaryIO | None = None) -> Iterator[IO[bytes]]:
        """What git prints, while it prints; `SourceUnavailable` with advice at the end where it fails."""
        with self._process(arguments, stdin) as (process, _):
            stdout = _stream(process.stdout)
            _widen(stdout)
            yield stdout

    @contextmanager
    def conversing(self, *arguments: str) -> Iterator[Conversation]:
        """A git that answers what it is asked; as `running` where it fails. It leaves processors to whoever asks."""
        started = time.monotonic()
        with self._process(arguments, subprocess.PIPE, before=("nice",)) as (process, complaint):

            def failure() -> SourceUnavailable:
                status = process.wait()
                return self._failure(status, complaint.text, time.monotonic() - started)

            conversation = Conversation(_stream(process.stdin), _stream(process.stdout), failure)
            _widen(conversation.answers)
            yield conversation
            conversation.questions.close()

    @contextmanager
    def _process(
        self, arguments: Sequence[str], stdin: BinaryIO | int | None, *, before: Sequence[str] = ()
    ) -> Iterator[tuple[subprocess.Popen[bytes], _Complaint]]:
        started = time.monotonic()
        # GitPython ends the process when this is forgotten.
        running = self._start([*before, *self._bounds(), "git", *arguments], stdin)
        process = cast("subprocess.Popen[bytes]", running.proc)
        complaint = _Complaint(process)
        try:
            yield process, complaint
            status = process.wait()
        finally:
            _kill_group(process)
            complaint.close()
        if status:
            raise self._failure(status, complaint.text, time.monotonic() - started)

    def _start(self, command: list[str], stdin: BinaryIO | int | None) -> GitPython.AutoInterrupt:
        try:
            return GitPython(self.directory).execute(
                command,
                istream=cast("BinaryIO", stdin),
                as_process=True,
                env=dict(self.environment),
                # Not a session of its own: Linux shares processors among sessions whatever `nice` asks for.
                process_group=0,
                pass_fds=self.inherited,
            )
        except GitCommandNotFound as problem:
            raise SourceUnavailable(NO_GIT, advice=ADVICES["missing"]) from problem

    def _bounds(self) -> list[str]:
        """Programs that bound git and then become it: between fork and exec of a threaded process, Python must not run.

        Nothing outlives a killed Maestro: `timeout` dies with us, and git with `timeout`.
        """
        ours = KEPT | self.environment.keys()
        foreign = [word for name in os.environ if name not in ours for word in ("-u", name)]
        dying = ["setpriv", "--pdeathsig", "KILL"]
        in_time = [*dying, "timeout", "--signal=KILL", str(self.timeout_seconds)]
        return ["env", *foreign, *in_time, *dying, "prlimit", f"--as={self.memory_mb * MEGABYTE}"]

    def _failure(self, status: int, complaint: str, seconds: float) -> SourceUnavailable:
        if seconds >= self.timeout_seconds:
            return SourceUnavailable(f"git took longer than {self.timeout_seconds} s.", advice=ADVICES["time"])
        if status == NOT_FOUND:
            return SourceUnavailable(NO_GIT, advice=ADVICES["missing"])
        kind = next((kind for pattern, kind in ADVICE if re.search(pattern, complaint, re.IGNORECASE)), "")
        if status < 0 or (status > 128 and not complaint):
            kind = "memory"
        if kind == "memory":
            return SourceUnavailable(f"git needs more than {self.memory_mb} MB here.", advice=ADVICES[kind])
        return SourceUnavailable(
            f"git: {complaint[:LONGEST_COMPLAINT] or f'ended with status {status}'}", advice=ADVICES[kind]
        )


@dataclass(frozen=True)
class Conversation:
    """A git that answers line by line: ask ahead, then read the answers in the same order."""

    questions: IO[bytes]
    answers: IO[bytes]
    failure: Callable[[], SourceUnavailable]

    def ask(self, question: bytes) -> None:
        try:
            self.questions.write(question)
            self.questions.flush()
        except BrokenPipeError:
            raise self.failure() from None

    def answer(self) -> bytes:
        """The next line; why git ended where there is none."""
        line = self.answers.readline()
        if line.endswith(b"\n"):
            return line
        raise self.failure()


class _Complaint:
    """The end of what a process writes to stderr, read aside so that it never waits for us."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._stream = _stream(process.stderr)
        self._lines: deque[bytes] = deque(maxlen=20)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        self._reader.join()
        self._stream.close()

    @property
    def text(self) -> str:
        """Once git has ended: the last lines, the fatal ones first, as one line without control characters."""
        self._reader.join()
        lines = dict.fromkeys(line.decode(errors="replace").strip() for line in self._lines)
        fatal_first = sorted(lines, key=lambda line: not line.startswith("fatal:"))
        return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", " ".join(fatal_first)).strip()

    def _read(self) -> None:
        # A line without an end must not fill the memory either.
        for line in iter(lambda: self._stream.readline(LONGEST_COMPLAINT * 4), b""):
            self._lines.append(line)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):  # what was not said yet
            if stream:
                stream.close()
    process.wait()


def _widen(pipe: IO[bytes]) -> None:
    """Let git answer further ahead of us; where the machine allows that."""
    with suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, MEGABYTE)


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise SourceUnavailable("git was started without its streams.", advice=ADVICES[""])
    return stream
