"""Odd repositories: nothing is lost silently, nothing stops the rest, every failure comes with advice."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maestro_core.errors import SourceUnavailable
from tests.repositories import MadeRepository, a_collector, a_lively_repository, a_repository, collected

NOW = datetime(2026, 7, 1, tzinfo=UTC)
COMMITTER = b"committer C <c@example.org> 1767225600 +0000\n"


@pytest.fixture
def repository(tmp_path: Path) -> MadeRepository:
    return a_repository(tmp_path / "app")


@pytest.mark.parametrize(
    ("date", "authored_at"),
    [
        (b"", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"9999999999999999999999 +0000", NOW + timedelta(days=1)),
        (b"99999999999 +0000", NOW + timedelta(days=1)),
        (b"18446744073709551615 +0000", NOW + timedelta(days=1)),
    ],
)
def test_absurd_dates_are_clamped_and_noted(
    repository: MadeRepository, tmp_path: Path, date: bytes, authored_at: datetime
) -> None:
    sha = repository.raw_commit(b"author A <a@example.org> " + date + b"\n" + COMMITTER)
    batches = list(a_collector(repository, tmp_path, clock=lambda: NOW).collect({}))
    assert batches[0].commits["authored_at"] == [authored_at]
    assert [(issue.kind, issue.subject) for issue in batches[0].issues] == [("odd date", sha)]


@pytest.mark.parametrize("offset", [b"+9999", b"-123456", b"+2500"])
def test_an_absurd_offset_becomes_utc_and_is_noted(repository: MadeRepository, tmp_path: Path, offset: bytes) -> None:
    repository.raw_commit(b"author A <a@example.org> 1767225600 " + offset + b"\n" + COMMITTER)
    batch = next(a_collector(repository, tmp_path, clock=lambda: NOW).collect({}))
    assert batch.commits["utc_offset_minutes"] == [0]
    assert [issue.kind for issue in batch.issues] == ["odd UTC offset"]


def test_text_that_is_no_utf8_or_holds_nul_is_made_storable(repository: MadeRepository, tmp_path: Path) -> None:
    repository.write("caf\udce9.txt".encode("utf-8", "surrogateescape").decode("latin-1"), "1\n")
    (repository.path / os.fsdecode(b"bad\xff\nname\t.txt")).write_text("1\n")
    repository.git("add", "--all")
    repository.raw_commit(b"author Zo\xeb <z@example.org> 1767225600 +0000\n" + COMMITTER, b"caf\xe9 \0 hidden\n")
    repository.raw_commit(b"author N\0UL <n@example.org> 1767225600 +0000\n" + COMMITTER)
    repository.commit("After", after="1\n")
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    told = [(row["author_name"], row["subject"], row["added"]) for row in rows]
    assert told == [("Zo\ufffd", "caf\ufffd", 2), ("", "odd", 0), ("Ada Lovelace", "After", 1)]


def test_a_commit_in_another_encoding_is_translated(repository: MadeRepository, tmp_path: Path) -> None:
    who = b"author Zo\xeb <z@example.org> 1767225600 +0000\n" + COMMITTER
    repository.raw_commit(who + b"encoding ISO-8859-1\n", b"caf\xe9\n")
    (row,), _ = collected(a_collector(repository, tmp_path).collect({}))
    assert (row["author_name"], row["subject"]) == ("Zoë", "café")


def test_two_paths_that_are_no_text_stay_two(repository: MadeRepository, tmp_path: Path) -> None:
    for name in (b"\xff.txt", b"\xfe.txt"):
        (repository.path / os.fsdecode(name)).write_text("1\n")
    repository.commit_all()
    batch = next(a_collector(repository, tmp_path).collect({}))
    assert sorted(batch.changes["path"]) == ["\\xfe.txt", "\\xff.txt"]


def test_very_long_texts_are_cut(repository: MadeRepository, tmp_path: Path) -> None:
    repository.write("/".join(["d" * 200] * 15) + "/f", "1\n")
    repository.commit_all("s" * 5_000, author=f"{'n' * 5_000} <{'e' * 5_000}@example.org>")
    (row,), _ = collected(a_collector(repository, tmp_path).collect({}))
    assert [len(str(row[name])) for name in ("subject", "author_name", "author_email")] == [200, 200, 254]
    batch = next(a_collector(repository, tmp_path / "again").collect({}))
    assert all(len(path.encode()) < 2_000 for path in batch.changes["path"])


def test_a_commit_without_files_counts(repository: MadeRepository, tmp_path: Path) -> None:
    repository.commit("Nothing")
    repository.commit("Nothing again")
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    assert [(row["added"], row["deleted"], row["files"]) for row in rows] == [(0, 0, 0)] * 2


def test_an_empty_repository_has_no_commits_and_no_branches(repository: MadeRepository, tmp_path: Path) -> None:
    collector = a_collector(repository, tmp_path)
    rows, last = collected(collector.collect({}))
    assert (rows, last.branches) == ([], ())
    assert list(collector.collect(last.cursor)) == []
    sha = repository.commit("First", a="1\n")
    rows, last = collected(collector.collect(last.cursor))
    assert [row["sha"] for row in rows] == [sha]
    assert [branch.is_default for branch in last.branches or ()] == [True]


def test_a_bare_repository_is_read(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "seed")
    source.git("clone", "--quiet", "--mirror", ".", str(tmp_path / "bare.git"))
    rows, _ = collected(a_collector(str(tmp_path / "bare.git"), tmp_path).collect({}))
    assert len(rows) == 9


def test_a_bare_repository_whose_head_names_no_branch_gets_the_usual_default(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "seed")
    source.git("clone", "--quiet", "--mirror", ".", str(tmp_path / "bare.git"))
    source.git("--git-dir", str(tmp_path / "bare.git"), "symbolic-ref", "HEAD", "refs/heads/unborn")
    _, last = collected(a_collector(str(tmp_path / "bare.git"), tmp_path).collect({}))
    assert [branch.name for branch in last.branches or () if branch.is_default] == ["main"]


def test_a_shallow_history_does_not_count_what_it_does_not_know(tmp_path: Path) -> None:
    source = a_repository(tmp_path / "seed")
    shas = [source.commit(f"{number}", **{f"f{number}": "1\n" * 10}) for number in range(5)]
    source.git("clone", "--quiet", "--depth=2", f"file://{source.path}", str(tmp_path / "shallow"))
    collector = a_collector(str(tmp_path / "shallow"), tmp_path)
    batches = list(collector.collect({}))
    assert batches[0].commits["sha"] == shas[-2:]
    assert batches[0].commits["added"] == [0, 10]
    assert [(issue.kind, issue.subject) for issue in batches[0].issues] == [("shallow history", shas[-2])]
    MadeRepository(tmp_path / "shallow").git("fetch", "--quiet", "--unshallow")
    rows, last = collected(collector.collect(batches[-1].cursor))
    assert [row["added"] for row in rows] == [10] * 5
    assert last.unreachable == ()


def test_a_corrupt_repository_is_unavailable_with_advice(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "app")
    tree = source.git("rev-parse", "HEAD~1^{tree}")
    (source.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(SourceUnavailable) as failure:
        list(a_collector(source, tmp_path).collect({}))
    assert "git fsck" in failure.value.advice


def test_a_missing_folder_is_unavailable_with_advice(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "app")
    collector = a_collector(source, tmp_path)
    _, last = collected(collector.collect({}))
    shutil.rmtree(source.path)
    with pytest.raises(SourceUnavailable) as failure:
        list(collector.collect(last.cursor))
    assert failure.value.advice


def test_a_folder_that_is_no_repository_is_unavailable_with_advice(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    with pytest.raises(SourceUnavailable) as failure:
        a_collector(str(tmp_path / "app"), tmp_path).check()
    assert "location" in failure.value.advice


def test_half_a_mirror_is_made_anew(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "app")
    half = tmp_path / "mirrors" / "source.git.half"
    (half / "objects").mkdir(parents=True)
    (half / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "mirrors" / "source.git").mkdir()
    rows, _ = collected(a_collector(source, tmp_path).collect({}))
    assert len(rows) == 9
    assert not half.exists()


def test_a_damaged_mirror_is_made_anew(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "app")
    collector = a_collector(source, tmp_path)
    batches = list(collector.collect({}))
    for pack in (tmp_path / "mirrors" / "source.git" / "objects").rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"\0" * 100)
    source.commit("New", new="1\n")
    with pytest.raises(SourceUnavailable):
        list(collector.collect({}))
    rows, _ = collected(collector.collect({}))
    assert len(rows) == len(batches[0].commits["sha"]) + 1


def test_locks_that_a_killed_fetch_left_are_removed(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "app")
    collector = a_collector(source, tmp_path)
    _, last = collected(collector.collect({}))
    mirror = tmp_path / "mirrors" / "source.git"
    graph = "objects/info/commit-graphs/commit-graph-chain.lock"
    for lock in ("packed-refs.lock", "shallow.lock", "refs/heads/main.lock", graph):
        (mirror / lock).parent.mkdir(parents=True, exist_ok=True)
        (mirror / lock).touch()
    sha = source.commit("New", new="1\n")
    rows, _ = collected(collector.collect(last.cursor))
    assert [row["sha"] for row in rows] == [sha]


def test_a_lost_mirror_of_the_same_history_reads_only_what_is_new(tmp_path: Path) -> None:
    source = a_lively_repository(tmp_path / "app")
    collector = a_collector(source, tmp_path)
    _, last = collected(collector.collect({}))
    shutil.rmtree(tmp_path / "mirrors")
    sha = source.commit("New", new="1\n")
    rows, last = collected(collector.collect(last.cursor))
    assert [row["sha"] for row in rows] == [sha]


def test_a_lost_mirror_of_a_rewritten_history_starts_over(tmp_path: Path) -> None:
    source = a_repository(tmp_path / "app")
    source.commit("Old", a="1\n")
    collector = a_collector(source, tmp_path)
    _, last = collected(collector.collect({}))
    shutil.rmtree(tmp_path / "mirrors")
    shutil.rmtree(source.path)
    source = a_repository(tmp_path / "app")
    sha = source.commit("Other", b="1\n")
    batches = list(collector.collect(last.cursor))
    assert [batch.starts_over for batch in batches] == [True, False]
    assert batches[0].commits["sha"] == [sha]


def test_a_text_cannot_pretend_to_be_a_commit(repository: MadeRepository, tmp_path: Path) -> None:
    sha = repository.commit("1\t2\tfake\n\n%x00 \x01 commit 0123", **{"4\t4\tx": "1\n"})
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    assert [(row["sha"], row["added"]) for row in rows] == [(sha, 1)]


def test_a_replaced_object_does_not_rewrite_history(repository: MadeRepository, tmp_path: Path) -> None:
    first = repository.commit("One", a="1\n")
    second = repository.commit("Two", b="1\n")
    repository.git("replace", "--graft", second)
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    assert {row["sha"] for row in rows} == {first, second}
