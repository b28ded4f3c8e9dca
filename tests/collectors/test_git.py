"""What is read from real repositories, compared with what git itself says of them."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maestro_core.collectors.git import GitBatch
from maestro_core.errors import NotNow
from tests.repositories import MadeRepository, a_collector, a_lively_repository, a_repository, collected


def lines_by_git(repository: MadeRepository, *revisions: str) -> tuple[int, int]:
    """Lines added and deleted, as `git log --numstat` tells."""
    rows = repository.git("log", "--numstat", "--format=", *(revisions or ["--all"])).splitlines()
    pairs = [row.split("\t")[:2] for row in rows if row and not row.startswith("-")]
    return sum(int(added) for added, _ in pairs), sum(int(deleted) for _, deleted in pairs)


def test_commits_people_and_lines_are_those_of_git(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    by_git = repository.git("log", "--all", "--format=%H|%aN|%aE|%at|%ct|%s|%P").splitlines()
    told = {
        f"{row['sha']}|{row['author_name']}|{row['author_email']}|{row['authored_at'].timestamp():.0f}"
        f"|{row['committed_at'].timestamp():.0f}|{row['subject']}"
        for row in rows
    }
    assert told == {line.rpartition("|")[0] for line in by_git}
    assert {row["sha"] for row in rows if row["is_merge"]} == {
        line.split("|")[0] for line in by_git if " " in line.rpartition("|")[2]
    }
    assert (sum(row["added"] for row in rows), sum(row["deleted"] for row in rows)) == lines_by_git(repository)


def test_the_mailmap_of_the_default_branch_says_who_is_who(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    people = Counter((row["author_name"], row["author_email"]) for row in rows)
    assert people["Bob Builder", "bob@example.org"] == 2
    assert sum(people.values()) == len(rows) == 9


def test_a_rename_counts_only_what_changed_and_a_binary_file_no_lines(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    changes = next(a_collector(repository, tmp_path).collect({})).changes
    rows = list(zip(*(changes[name] for name in ("path", "added", "deleted", "is_binary")), strict=True))
    assert ("service.py", 1, 1, False) in rows
    assert ("logo.png", 0, 0, True) in rows


def test_the_author_s_own_clock_is_kept(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.commit(date="1767225600 -0330", a="1\n")
    (row,), _ = collected(a_collector(repository, tmp_path).collect({}))
    assert (row["authored_at"], row["utc_offset_minutes"]) == (datetime(2026, 1, 1, tzinfo=UTC), -210)


def test_branches_tell_the_default_and_what_is_merged(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    _, last = collected(a_collector(repository, tmp_path).collect({}))
    told = {branch.name: (branch.is_default, branch.merged) for branch in last.branches or ()}
    assert told == {"main": (True, False), "feature/x": (False, True), "open": (False, False)}


def test_a_renamed_default_branch_is_followed(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.commit(a="1\n")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    repository.git("branch", "--move", "main", "stable")
    _, last = collected(collector.collect(last.cursor))
    assert [(branch.name, branch.is_default) for branch in last.branches or ()] == [("stable", True)]


def test_only_branches_count_not_the_heads_of_pull_requests(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    base = repository.commit(a="1\n")
    repository.commit("From a stranger", b="2\n")
    repository.git("update-ref", "refs/pull/1/head", "HEAD")
    repository.git("reset", "--quiet", "--hard", base)
    rows, _ = collected(a_collector(repository, tmp_path).collect({}))
    assert [row["sha"] for row in rows] == [base]


def test_nothing_new_is_no_batch(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    assert list(collector.collect(last.cursor)) == []


def test_a_refresh_reads_only_what_it_has_not_seen(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    new = repository.commit("New", new__py="1\n")
    rows, last = collected(collector.collect(last.cursor))
    assert [row["sha"] for row in rows] == [new]
    assert last.total == 1


@pytest.mark.parametrize("stop_after", range(1, 10))
def test_stopping_after_any_batch_loses_and_doubles_nothing(tmp_path: Path, stop_after: int) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path, commits_per_batch=1)
    stored: list[GitBatch] = []
    for batch in collector.collect({}):
        stored.append(batch)
        if len(stored) == stop_after:
            break
    # History goes on while nobody looks.
    later = repository.commit("Later", later__py="1\n")
    stored += collector.collect(stored[-1].cursor)
    rows, last = collected(stored)
    shas = [row["sha"] for row in rows]
    assert sorted(shas) == sorted(repository.git("rev-list", "--all").split())
    assert shas[-1] == later
    assert list(collector.collect(last.cursor)) == []


def test_what_a_force_push_leaves_behind_is_told(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.commit(a="1\n")
    lost = repository.commit("Mistake", b="2\n")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    kept = repository.commit("Instead", c="3\n")
    rows, last = collected(collector.collect(last.cursor))
    assert ([row["sha"] for row in rows], last.unreachable) == ([kept], (lost,))
    repository.git("branch", "back", lost)
    rows, last = collected(collector.collect(last.cursor))
    assert ([row["sha"] for row in rows], last.unreachable) == ([lost], ())


def test_a_deleted_branch_s_commits_become_unreachable(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    head = repository.git("rev-parse", "open")
    repository.git("branch", "--quiet", "-D", "open")
    rows, last = collected(collector.collect(last.cursor))
    assert (rows, last.unreachable) == ([], (head,))


def test_commits_dated_before_their_parents_leave_nothing_behind(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    for number in range(10):
        repository.commit(a=f"{number}\n")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    for number in range(20):
        repository.commit(b=f"{number}\n", date=f"{1_000_000_000 + number} +0000")
    rows, last = collected(collector.collect(last.cursor))
    assert (len({row["sha"] for row in rows}), last.unreachable) == (20, ())


def test_a_changed_mailmap_renames_people_of_all_commits(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    collector = a_collector(repository, tmp_path)
    _, last = collected(collector.collect({}))
    repository.write(".mailmap", "Grace Hopper <grace@example.org>\n")
    repository.commit_all("Rename Grace")
    rows, last = collected(collector.collect(last.cursor))
    assert len(rows) == 10
    assert {"Grace Hopper", "bobby"} <= {row["author_name"] for row in rows}
    assert last.unreachable == ()


def test_many_branches_repeat_no_commit(tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    for number in range(20):
        repository.commit(**{f"f{number}": "1\n"})
    refs = "".join(f"create refs/heads/b{n} HEAD~{n % 20}\n" for n in range(2_000))
    repository.git("update-ref", "--stdin", stdin=refs.encode())
    rows, last = collected(a_collector(repository, tmp_path).collect({}))
    assert len(rows) == 20
    assert len(last.branches or ()) == 2_001


def test_a_second_reader_of_the_same_mirror_is_turned_away(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    first = a_collector(repository, tmp_path).collect({})
    next(first)
    with pytest.raises(NotNow):
        next(a_collector(repository, tmp_path).collect({}))
    first.close()
    assert list(a_collector(repository, tmp_path).collect({}))


def test_checking_says_how_many_branches_answer(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    assert "3 branches" in a_collector(repository, tmp_path).check()
