"""Hostile repositories: nothing of theirs runs, and what they cost is bounded."""

import os
import shutil
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from maestro_core.collectors.git_command import GitCommand
from maestro_core.collectors.git_mirror import ASKPASS, Mirror
from maestro_core.errors import SourceUnavailable
from tests.repositories import MadeRepository, a_collector, a_lively_repository, a_repository, collected


def a_trap(path: Path) -> Path:
    """A program that leaves a trace where it is run."""
    trap = path / "trap.sh"
    trap.write_text(f'#!/bin/sh\ntouch "{path}/sprung"\nexec "$@"\n')
    trap.chmod(0o755)
    return trap


@pytest.mark.parametrize(
    "settings",
    [
        ("core.fsmonitor={trap}",),
        ("core.sshCommand={trap}",),
        ("core.askPass={trap}",),
        ("core.pager={trap}", "pager.log={trap}"),
        ("core.hooksPath={folder}/hooks",),
        ("core.alternateRefsCommand={trap}",),
        ("core.gitProxy={trap}",),
        ("credential.helper=!{trap}",),
        ("diff.external={trap}",),
        ("diff.evil.textconv={trap}", "diff.evil.command={trap}"),
        ("filter.evil.smudge={trap}", "filter.evil.clean={trap}", "filter.evil.process={trap}"),
        ("uploadpack.packObjectsHook={trap}",),
        ("remote.origin.url=ext::{trap}", "remote.origin.uploadpack={trap}"),
        ("remote.origin.promisor=true", "extensions.partialClone=origin", "remote.origin.url=ext::{trap}"),
        ("gpg.program={trap}", "log.showSignature=true"),
        ("alias.log=!{trap}", "alias.upload-pack=!{trap}"),
        ("include.path={folder}/included",),
    ],
    ids=lambda settings: settings[0].partition("=")[0],
)
def test_nothing_that_the_source_configures_is_run(tmp_path: Path, settings: tuple[str, ...]) -> None:
    repository = a_lively_repository(tmp_path / "app")
    trap = a_trap(tmp_path)
    _lay_traps(repository, tmp_path, trap, settings)
    collector = a_collector(repository, tmp_path)
    collector.check()
    rows, last = collected(collector.collect({}))
    # By hand: git itself would run the hooks here.
    (repository.path / ".git" / "refs" / "heads" / "later").write_text(f"{rows[0]['sha']}\n")
    collected(collector.collect(last.cursor))
    assert len(rows) == 10
    assert not (tmp_path / "sprung").exists()


def _lay_traps(repository: MadeRepository, folder: Path, trap: Path, settings: tuple[str, ...]) -> None:
    repository.write(".gitattributes", "* diff=evil filter=evil\n")
    repository.commit_all("Lay traps")
    (folder / "included").write_text(f"[core]\n fsmonitor = {trap}\n sshCommand = {trap}\n[diff]\n external = {trap}\n")
    for hooks in (repository.path / ".git" / "hooks", folder / "hooks"):
        hooks.mkdir(exist_ok=True)
        for hook in ("post-checkout", "reference-transaction", "pre-auto-gc", "post-update", "pre-receive"):
            (hooks / hook).symlink_to(trap)
    for setting in settings:
        name, _, value = setting.format(trap=trap, folder=folder).partition("=")
        repository.git("config", name, value)
    repository.git("update-server-info", "--force")


def test_the_trap_would_spring_in_the_user_s_folder(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    repository.git("config", "core.fsmonitor", str(a_trap(tmp_path)))
    repository.git("status")
    assert (tmp_path / "sprung").exists()


def test_a_submodule_is_not_fetched(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.write(".gitmodules", f'[submodule "x"]\n path = x\n url = ext::{a_trap(tmp_path)}\n update = !touch x\n')
    repository.commit_all()
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    assert len(rows) == 1
    assert not (tmp_path / "sprung").exists()


def test_a_bomb_is_bounded_and_told(tmp_path: Path) -> None:
    bomb = a_repository(tmp_path / "bomb")
    blob = bomb.git("hash-object", "-w", "--stdin", stdin=b"boom\n")
    entry, kind = f"100644 blob {blob}", "f"
    for _ in range(10):
        tree = bomb.git("mktree", stdin="".join(f"{entry}\t{kind}{n}\n" for n in range(10)).encode())
        entry, kind = f"040000 tree {tree}", "d"
    commit = bomb.git("commit-tree", tree, "-m", "x", GIT_AUTHOR_NAME="X", GIT_AUTHOR_EMAIL="x@example.org")
    bomb.git("update-ref", "refs/heads/main", commit)
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="256 MB") as failure:
        list(a_collector(bomb, tmp_path, memory_mb=256).collect({}))
    assert "MAESTRO_GIT_MEMORY_MB" in failure.value.advice
    assert time.monotonic() - started < 60


def a_command(folder: Path, **options: object) -> GitCommand:
    bounds = {"memory_mb": 256, "timeout_seconds": 60} | options
    return GitCommand(folder, {"GIT_CONFIG_GLOBAL": "/dev/null"}, **bounds)  # type: ignore[arg-type]


def test_a_git_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    command = a_command(tmp_path, timeout_seconds=1)
    with pytest.raises(SourceUnavailable, match="longer than 1 s") as failure:
        command.output("-c", "alias.wait=!sleep 4711 & echo $! > pid; wait", "wait")
    assert "MAESTRO_GIT_TIMEOUT_SECONDS" in failure.value.advice
    time.sleep(0.2)
    child = int((tmp_path / "pid").read_text())
    status = Path(f"/proc/{child}/status")
    assert not status.exists() or "zombie" in status.read_text()


def test_a_git_that_is_left_early_is_killed(tmp_path: Path) -> None:
    command = a_command(tmp_path)
    started = time.monotonic()
    with suppress(KeyboardInterrupt), command.running("-c", "alias.talk=!while :; do echo y; done", "talk") as stdout:
        assert stdout.readline() == b"y\n"
        raise KeyboardInterrupt
    assert time.monotonic() - started < 10


def test_a_git_that_counts_leaves_the_processors_to_us(tmp_path: Path) -> None:
    who = "alias.who=!echo $(nice) $(cut -d' ' -f6 /proc/$$/stat); cat > /dev/null"
    with a_command(tmp_path).conversing("-c", who, "who") as counting:
        niceness, session = map(int, counting.answer().split())
    # Linux weighs what is nice within a session only.
    assert (niceness, session) == (min(19, os.nice(0) + 10), os.getsid(0))


WAITING = """
import os, sys
from pathlib import Path
from maestro_core.collectors.git_mirror import Mirror
mirror = Mirror(Path(sys.argv[1]), sys.argv[2], None, 512, 600, local_allowed=True)
with mirror.held() as held:
    held.refresh()
    with open(sys.argv[3], "r+b", buffering=0) as endless, held.running("cat-file", "--batch", stdin=endless) as stdout:
        endless.write(b"nothing\\n")
        print(stdout.readline().decode(), flush=True)
        stdout.read()
"""


def test_what_a_killed_maestro_started_ends_with_it(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    os.mkfifo(tmp_path / "endless")
    arguments = [str(tmp_path / "mirrors" / "source.git"), str(repository.path), str(tmp_path / "endless")]
    with subprocess.Popen([sys.executable, "-c", WAITING, *arguments], stdout=subprocess.PIPE) as maestro:
        assert maestro.stdout is not None
        assert maestro.stdout.readline() == b"nothing missing\n"
        maestro.kill()
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    assert len(rows) == 9


def test_a_flood_of_complaints_neither_blocks_nor_fills(tmp_path: Path) -> None:
    flood = "alias.flood=!yes complaint | head -c 20000000 >&2; printf 'fatal: \\033[31mred' >&2; exit 3"
    with pytest.raises(SourceUnavailable) as failure:
        a_command(tmp_path).output("-c", flood, "flood")
    assert failure.value.message == "git: fatal:  [31mred complaint"


@pytest.mark.parametrize("present", [(), ("env",), ("env", "setpriv", "timeout", "prlimit")])
def test_a_machine_without_git_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: tuple[str, ...]
) -> None:
    for name in present:
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceUnavailable, match="cannot be started") as failure:
        a_command(tmp_path).output("version")
    assert "Install git" in failure.value.advice


def test_git_sees_neither_our_secrets_nor_other_git_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_SECRET_KEY", "secret")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "touch x")
    monkeypatch.setenv("LD_PRELOAD", "")
    seen = a_command(tmp_path).output("-c", "alias.show-environment=!env", "show-environment").decode()
    names = {line.partition("=")[0] for line in seen.splitlines()}
    assert not names & {"MAESTRO_SECRET_KEY", "GIT_DIR", "GIT_EXTERNAL_DIFF", "LD_PRELOAD"}


def test_a_token_is_given_to_its_host_only(tmp_path: Path) -> None:
    (tmp_path / "askpass").write_text(ASKPASS)
    mirror = Mirror(tmp_path / "m.git", "https://git.example.org/app", SecretStr("tok'en"), 256, 60, local_allowed=True)
    environment = os.environ | mirror.command().environment

    def answer(prompt: str) -> str:
        asked = [environment["GIT_ASKPASS"], prompt]
        return subprocess.run(asked, env=environment, capture_output=True, text=True, check=False).stdout

    assert answer("Username for 'https://git.example.org': ") == "x-access-token\n"
    assert answer("Password for 'https://x-access-token@git.example.org': ") == "tok'en\n"
    assert answer("Password for 'https://x-access-token@evil.example.org': ") == ""
    assert answer("Password for 'https://git.example.org@evil.example.org': ") == ""
    assert "tok'en" not in repr(mirror)
    assert "tok'en" not in repr(mirror.command())


def test_nobody_else_may_read_what_stands_beside_the_mirror(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "m.git", "https://git.example.org/app", SecretStr("token"), 256, 60, local_allowed=True)
    mirror.command()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"m.git.askpass": 0o700, "m.git.gitconfig": 0o600}
    assert not any(
        "token" in path.read_text().replace("MAESTRO_GIT_TOKEN", "").replace("x-access-token", "")
        for path in tmp_path.iterdir()
        if path.suffix != ".askpass"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_another_user_s_repository_is_read_where_it_is_the_connected_one(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / 'a "b" \\c')
    for folder, folders, files in os.walk(repository.path):
        for name in (".", *folders, *files):
            os.lchown(Path(folder) / name, 12345, 12345)
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    assert len(rows) == 9


def test_a_data_directory_inside_a_checkout_does_not_read_its_configuration(tmp_path: Path) -> None:
    around = a_repository(tmp_path / "checkout")
    source = a_lively_repository(tmp_path / "app")
    around.git("config", f"url.ext::{a_trap(tmp_path)}.insteadOf", str(source.path))
    rows, _ = collected(a_collector(source, around.path / "data").collect({}))
    assert len(rows) == 9
    assert not (tmp_path / "sprung").exists()
