"""What else a repository tells: parents, co-authors, renames, tags, and the files that are there now."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maestro_core.collectors import git_pairs
from maestro_core.collectors.git import GitBatch
from maestro_core.collectors.git_files import Files
from maestro_core.errors import SourceUnavailable
from tests.repositories import START, MadeRepository, a_collector, a_lively_repository, a_repository, collected


def told(batches: list[GitBatch], what: str) -> list[tuple[object, ...]]:
    columns = [getattr(batch, what) for batch in batches]
    return [row for column in columns for row in zip(*column.values(), strict=True)]


def numstat(repository: MadeRepository, *options: str) -> Iterator[tuple[str, str, int, int, bool]]:
    """Each commit and path, as `git log --numstat` tells; no merges."""
    sha = ""
    for line in repository.git("log", "--all", "--numstat", "--format=%x01%H", *options).splitlines():
        if line.startswith("\x01"):
            sha = line[1:]
        elif line:
            added, deleted, path = line.split("\t")
            yield sha, path, *((0, 0, True) if added == "-" else (int(added), int(deleted), False))


def an_odd_repository(path: Path) -> MadeRepository:
    """What lines are hard to count of: links, submodules, changes of type and mode, no last newline, copies."""
    repository = a_lively_repository(path)
    other = a_repository(path.parent / "other")
    first, _ = other.commit(a="1\n"), other.commit(a="2\n")
    repository.git("clone", "--quiet", str(other.path), "sub")
    repository.git("-C", "sub", "checkout", "--quiet", first)
    repository.write("big.txt", "".join(f"{n}\n" for n in range(3_000)))
    repository.write("mode.bin", b"\0" * 99)
    repository.write("empty.txt", "")
    (repository.path / "link").symlink_to("service.py")
    repository.commit_all("Much")
    repository.write("big.txt", "".join(f"{n}\n" for n in range(0, 3_000, 2)) + "no end")
    (repository.path / "mode.bin").chmod(0o755)
    (repository.path / "service.py").chmod(0o755)
    (repository.path / "link").unlink()
    repository.write("link", "a\nfile\nnow\n")
    repository.git("-C", "sub", "checkout", "--quiet", "main")
    repository.commit_all("Change of type")
    repository.git("mv", "big.txt", "moved.txt")
    repository.git("mv", "logo.png", "sign.png")
    shutil.rmtree(repository.path / "sub")
    repository.commit_all("Move")
    repository.write("copy.txt", (repository.path / "moved.txt").read_text())
    repository.write("empty.txt", "not any more")
    repository.commit_all("Copy")
    return repository


def test_a_long_history_comes_in_parts_that_are_small_at_both_ends(tmp_path: Path) -> None:
    repository, commits = a_repository(tmp_path / "repository"), 3_000
    history = "".join(
        f"commit refs/heads/main\ncommitter Ada <ada@example.org> {1_700_000_000 + number} +0000\ndata 1\nx\n"
        f"M 100644 inline a.txt\ndata <<END\n{number}\nEND\n\n"
        for number in range(commits)
    )
    repository.git("fast-import", "--quiet", "--force", stdin=history.encode())
    sizes = [len(batch.commits["sha"]) for batch in a_collector(repository, tmp_path / "mirror.git").collect({})]
    assert sum(sizes) == commits
    assert max(sizes[0], sizes[-2]) <= 250 < max(sizes) <= commits / 4, sizes


@pytest.mark.parametrize("commits_per_batch", [1, 3, 2_000])
def test_the_lines_of_each_file_are_those_of_git(tmp_path: Path, commits_per_batch: int) -> None:
    repository = an_odd_repository(tmp_path / "app")
    batches = list(a_collector(repository, tmp_path, commits_per_batch=commits_per_batch).collect({}))
    followed = {(sha, path): numbers for sha, path, *numbers in told(batches, "changes")}
    alone = {(sha, path): numbers for sha, path, *numbers in numstat(repository, "--no-renames")}
    for sha, after, before, kept in told(batches, "renames"):
        added, deleted, is_binary = followed.pop((sha, after))
        assert alone.pop((sha, after)) == [added + kept, 0, is_binary]
        assert alone.pop((sha, before)) == [0, deleted + kept, is_binary]
    assert followed == alone


def test_lines_are_those_of_git_however_pairs_are_shared_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_pairs, "FEW_PAIRS", 2)
    monkeypatch.setattr(git_pairs, "PARTS", 3)
    monkeypatch.setattr(git_pairs, "MOST_REMEMBERED", 3)
    test_the_lines_of_each_file_are_those_of_git(tmp_path, commits_per_batch=2)


def test_counting_writes_nothing_into_the_mirror_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    repository = an_odd_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    batches = collector.collect({})
    next(batches)
    before = sorted(collector.mirror.rglob("*"))
    list(batches)
    assert sorted(collector.mirror.rglob("*")) == before
    assert not list(collector.mirror.parent.glob("*.trees"))


def test_parents_are_told(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    lines = repository.git("log", "--all", "--format=%H %P").splitlines()
    assert {f"{row['sha']} {row['parents']}".strip() for row in rows} == set(lines)


def test_co_authors_are_told_as_the_mailmap_spells_them(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    trailers = ["bobby <bob@old.example.org>", "Eve <eve@example.org>", "Eve <eve@example.org>", "nobody"]
    lines = "\n".join(f"Co-authored-by: {who}" for who in trailers)
    sha = repository.commit(f"Together\n\nMore.\n\n{lines}\nco-AUTHORED-by: Zoë <zoe@example.org>", pair="1\n")
    batches = list(a_collector(repository, tmp_path).collect({}))
    assert told(batches, "co_authors") == [
        (sha, "Bob Builder", "bob@example.org"),
        (sha, "Eve", "eve@example.org"),
        (sha, "Zoë", "zoe@example.org"),
    ]


def test_a_rename_tells_the_lines_that_it_kept(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    batches = list(a_collector(repository, tmp_path).collect({}))
    assert [row[1:] for row in told(batches, "renames")] == [("service.py", "app.py", 5)]


def test_tags_stand_for_commits_through_any_other_tag(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    sha = repository.commit(a="1\n")
    at = {"GIT_COMMITTER_DATE": "1767300000 +0000"}
    repository.git("tag", "light")
    repository.git("tag", "-m", "First", "v1", **at)
    repository.git("tag", "-m", "Again", "v1-again", "v1", GIT_COMMITTER_DATE="1767400000 +0000")
    repository.git("tag", "a-file", "HEAD:a")
    _, last = collected(a_collector(repository, tmp_path).collect({}))
    moments = {"light": START + 3600, "v1": 1_767_300_000, "v1-again": 1_767_400_000}
    assert [(tag.name, tag.sha, tag.tagged_at) for tag in last.tags or ()] == [
        (name, sha, datetime.fromtimestamp(moment, UTC)) for name, moment in moments.items()
    ]


def test_a_new_tag_alone_is_news(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    repository.git("tag", "v1")
    rows, last = collected(collector.collect(last.cursor))
    assert (rows, [tag.name for tag in last.tags or ()]) == ([], ["v1"])
    repository.git("tag", "--delete", "v1")
    _, last = collected(collector.collect(last.cursor))
    assert last.tags == ()
    assert list(collector.collect(last.cursor)) == []


def test_what_only_a_tag_leads_to_is_read_until_the_tag_goes(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.commit(a="1\n")
    repository.git("checkout", "--quiet", "-b", "release")
    fix = repository.commit("Fix", a="2\n")
    repository.git("tag", "-m", "First", "v1", GIT_COMMITTER_DATE="1767300000 +0000")
    repository.git("checkout", "--quiet", "main")
    repository.git("branch", "--quiet", "-D", "release")
    collector = a_collector(repository, tmp_path)
    rows, last = collected(collector.collect({}))
    assert {row["sha"] for row in rows} == set(repository.git("rev-list", "--all").split())
    assert list(collector.collect(last.cursor)) == []
    repository.git("tag", "--delete", "v1")
    _, last = collected(collector.collect(last.cursor))
    assert last.unreachable == (fix,)


def test_the_files_of_the_default_branch_are_told_once_and_then_what_changed(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    lines = {".mailmap": 2, "README.md": 3, "lock.txt": 1, "logo.png": None, "service.py": 6}
    assert last.files == Files(lines, frozenset(), is_whole=True)
    repository.git("rm", "--quiet", "lock.txt")
    repository.git("mv", "service.py", "app.py")
    repository.commit("Smaller", README__md="# App\n")
    _, last = collected(collector.collect(last.cursor))
    assert last.files == Files({"README.md": 1, "app.py": 6}, frozenset({"lock.txt", "service.py"}))
    repository.git("branch", "later")
    _, last = collected(collector.collect(last.cursor))
    assert last.files == Files({})


def test_files_are_told_as_a_whole_where_the_former_head_is_lost(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.commit(a="1\n")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    cursor = {**last.cursor, "present": "f" * 40, "branches": ""}
    _, last = collected(collector.collect(cursor))
    assert last.files == Files({"a": 1}, frozenset(), is_whole=True)


def test_what_was_read_by_an_older_maestro_is_read_anew_once(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    older = {key: value for key, value in last.cursor.items() if key != "present"} | {"basis": "0" * 64}
    rows, last = collected(collector.collect(older))
    assert len(rows) == 9
    assert last.unreachable == ()
    assert last.files is not None
    assert last.files.is_whole
    assert list(collector.collect(last.cursor)) == []


def test_a_repository_of_long_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "app"
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", "-b", "main", str(path)], check=True)
    repository = MadeRepository(path)
    repository.commit(a="1\n2\n")
    repository.commit(a="1\n3\n4\n")
    batches = list(a_collector(repository, tmp_path).collect({}))
    assert [row[1:] for row in told(batches, "changes")] == [("a", 2, 0, False), ("a", 2, 1, False)]
    assert batches[-1].files == Files({"a": 3}, frozenset(), is_whole=True)


def test_a_damaged_file_is_unavailable_with_advice(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.commit(a="1\n")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    blob = repository.git("rev-parse", "HEAD:a")
    repository.commit(a="1\n2\n")
    _unpack(collector.mirror, tmp_path / "packs")
    (collector.mirror / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(SourceUnavailable) as failure:
        list(collector.collect(last.cursor))
    assert "git fsck" in failure.value.advice
    rows, _ = collected(collector.collect({}))
    assert len(rows) == 2


def _unpack(mirror: Path, aside: Path) -> None:
    shutil.move(mirror / "objects" / "pack", aside)
    for pack in aside.glob("*.pack"):
        with pack.open("rb") as stdin:
            subprocess.run(["git", "unpack-objects", "-q"], stdin=stdin, cwd=mirror, check=True)
