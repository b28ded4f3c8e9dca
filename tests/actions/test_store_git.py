"""What a refresh of a Git source leaves in the database is what git says of the repository."""

from pathlib import Path

import pytest
from sqlalchemy import event, func

from maestro_core.actions.store_git import store_git
from maestro_core.errors import NotAllowed, NotNow
from maestro_core.models import (
    Account,
    Branch,
    Commit,
    DataQualityIssue,
    DataSource,
    FileChange,
    Person,
    ProcessMetric,
)
from maestro_core.terms import Role
from tests.actions.stored_git import a_source, by_account, everything, measured, refresh, rows, shortlog
from tests.conftest import House
from tests.repositories import a_collector, a_lively_repository, a_repository


def test_people_commits_and_lines_are_those_of_git(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    assert by_account(house, Commit.reachable) == shortlog(repository)
    assert by_account(house, ~Commit.is_merge) == shortlog(repository, "--no-merges")
    lines = [row.split("\t")[:2] for row in repository.git("log", "--all", "--numstat", "--format=").splitlines()]
    by_git = [(int(added), int(deleted)) for added, deleted in (line for line in lines if line[0].isdigit())]
    [(added, deleted)] = rows(house, func.sum(FileChange.added), func.sum(FileChange.deleted))
    assert (added, deleted) == tuple(map(sum, zip(*by_git, strict=True)))
    assert [(added, deleted)] == rows(house, func.sum(Commit.added), func.sum(Commit.deleted))


def test_the_same_e_mail_is_one_person_and_programs_are_bots(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    for author in ("Ada <Ada@example.org>", "A. Love <ada@EXAMPLE.org>", "renovate[bot] <29139614+r@example.org>"):
        repository.commit(author=author)
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    assert rows(house, Person.email, Person.is_bot) == [("29139614+r@example.org", True), ("ada@example.org", False)]
    assert [identity for (identity,) in rows(house, Account.identity)] == [
        "a. love <ada@example.org>",
        "ada <ada@example.org>",
        "renovate[bot] <29139614+r@example.org>",
    ]


@pytest.mark.parametrize(
    "author",
    [
        "Claude <noreply@anthropic.com>",
        "Cursor Agent <cursoragent@cursor.com>",
        "Copilot <198982749+Copilot@users.noreply.github.com>",
        "release token <project_7_bot_1a2b@noreply.gitlab.example.org>",
        "Renovate <service_account_group_345_6018816a18e5@noreply.gitlab.com>",
    ],
)
def test_assistants_and_users_of_tokens_are_programs(house: House, tmp_path: Path, author: str) -> None:
    repository = a_repository(tmp_path / "app")
    repository.commit(author=author)
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    assert rows(house, Person.is_bot) == [(True,)]


@pytest.mark.parametrize("email", ["", "root@localhost", "You@Example.com", "root@build.(none)"])
def test_authors_without_an_e_mail_of_their_own_are_told_apart_by_name(
    house: House, tmp_path: Path, email: str
) -> None:
    repository = a_repository(tmp_path / "app")
    for name in ("Ada", "Bob", "Ada"):
        repository.commit(author=f"{name} <{email}>")
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    assert rows(house, Person.name) == [("Ada",), ("Bob",)]


def test_days_count_people_s_reachable_work(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    options = ("--all", "--no-merges", "--perl-regexp", "--author=^(?!dependabot)")
    lines = [row.split("\t") for row in repository.git("log", "--numstat", "--format=", *options).splitlines()]
    assert measured(house) == {
        "commits": 7,
        "merges": 1,
        "lines_added": sum(int(line[0]) for line in lines if line[0].isdigit()),
        "lines_deleted": sum(int(line[1]) for line in lines if line[0].isdigit()),
    }


def test_telling_everything_twice_changes_nothing(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id = a_source(house)
    collector = a_collector(repository, tmp_path, commits_per_batch=4)
    batches = refresh(house, source_id, collector)
    before, counts = everything(house), measured(house)
    for batch in batches:
        with house.open() as ws:
            store_git(ws, ws.get(DataSource, source_id), batch)
    assert (everything(house), measured(house)) == (before, counts)


def test_a_second_refresh_reads_only_what_is_new(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    refresh(house, source_id, collector)
    assert refresh(house, source_id, collector) == []
    new = repository.commit("New", new__py="1\n2\n")
    assert [batch.commits["sha"] for batch in refresh(house, source_id, collector)] == [[new], []]
    assert by_account(house, Commit.reachable) == shortlog(repository)


@pytest.mark.parametrize("stop_after", [1, 4, 9])
def test_a_refresh_that_stopped_anywhere_goes_on(house: House, tmp_path: Path, stop_after: int) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path, commits_per_batch=1)
    refresh(house, source_id, collector, stop_after=stop_after)
    rest = refresh(house, source_id, collector)
    assert len(rest) == 10 - stop_after
    assert by_account(house, Commit.reachable) == shortlog(repository)


def test_rewritten_history_is_no_longer_counted_and_may_come_back(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    refresh(house, source_id, collector)
    before = measured(house)
    head = repository.head
    repository.git("reset", "--quiet", "--hard", "HEAD~2")
    refresh(house, source_id, collector)
    assert by_account(house, Commit.reachable) == shortlog(repository)
    assert measured(house)["commits"] < before["commits"]
    repository.git("reset", "--quiet", "--hard", head)
    refresh(house, source_id, collector)
    assert by_account(house, Commit.reachable) == shortlog(repository)
    assert measured(house) == before


def test_another_history_at_the_same_place_replaces_the_old_one(house: House, tmp_path: Path) -> None:
    source_id = a_source(house)
    refresh(house, source_id, a_collector(a_lively_repository(tmp_path / "old"), tmp_path))
    other = a_repository(tmp_path / "new")
    other.commit("Other", author="Eve <eve@example.org>", other__py="1\n")
    refresh(house, source_id, a_collector(other, tmp_path / "elsewhere"))
    assert by_account(house, Commit.reachable) == {"eve <eve@example.org>": 1}
    assert measured(house) == {"commits": 1, "lines_added": 1}


def test_repositories_of_one_project_add_up(house: House, tmp_path: Path) -> None:
    first = a_source(house)
    refresh(house, first, a_collector(a_lively_repository(tmp_path / "a"), tmp_path))
    alone = measured(house)
    with house.open() as ws:
        project_id = ws.get(DataSource, first).project_id
    second = a_source(house, "second", project_id)
    repository = a_repository(tmp_path / "b")
    repository.commit(b="1\n2\n3\n")
    refresh(house, second, a_collector(repository, tmp_path / "other"))
    together = measured(house)
    assert (together["commits"], together["lines_added"]) == (alone["commits"] + 1, alone["lines_added"] + 3)


def test_a_source_that_moves_to_another_project_takes_its_counts_along(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    refresh(house, source_id, collector)
    before = measured(house)
    other = a_source(house, "other")
    with house.open() as ws:
        project_id = ws.get(DataSource, other).project_id
        ws.get(DataSource, source_id).project_id = project_id
    repository.commit("Empty")
    refresh(house, source_id, collector)
    assert {row[0] for row in rows(house, ProcessMetric.project_id)} == {project_id}
    assert measured(house) == before | {"commits": before["commits"] + 1}


def test_many_branches_are_as_they_stand_now(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    repository.git(
        "update-ref", "--stdin", stdin="".join(f"create refs/heads/b{n} HEAD\n" for n in range(500)).encode()
    )
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    refresh(house, source_id, collector)
    assert everything(house)["Branch"] == 503
    repository.git("update-ref", "--stdin", stdin="".join(f"delete refs/heads/b{n}\n" for n in range(500)).encode())
    refresh(house, source_id, collector)
    assert rows(house, Branch.name, Branch.is_default, Branch.merged) == [
        ("feature/x", False, True),
        ("main", True, False),
        ("open", False, False),
    ]


def test_what_was_odd_is_written_down_once(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    repository.raw_commit(b"author N\0UL <n@x> \ncommitter C <c@x> 99999999999999 +0000\n", b"\xff\n")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    batches = refresh(house, source_id, collector)
    with house.open() as ws:
        store_git(ws, ws.get(DataSource, source_id), batches[0])
    assert rows(house, DataQualityIssue.kind) == [("odd date",)]
    assert rows(house, Person.name) == [("Unknown",)]


def test_a_batch_takes_a_fixed_number_of_statements(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    for number in range(12):
        repository.commit(author=f"P{number} <p{number}@example.org>", **{f"f{number}": "1\n"})
    batches = list(a_collector(repository, tmp_path).collect({}))
    source_id = a_source(house)
    statements: list[str] = []
    with house.open() as ws:
        event.listen(
            ws.session.connection(), "before_cursor_execute", lambda *told: statements.append(told[2]), named=False
        )
        store_git(ws, ws.get(DataSource, source_id), batches[0])
        ws.session.flush()
    assert len(statements) < 25


def test_refreshing_needs_the_permission_and_a_project(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id = a_source(house)
    batch = next(a_collector(repository, tmp_path).collect({}))
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        store_git(ws, ws.get(DataSource, source_id), batch)
    with house.open() as ws:
        ws.get(DataSource, source_id).project_id = None
    with pytest.raises(NotNow) as refusal, house.open() as ws:
        store_git(ws, ws.get(DataSource, source_id), batch)
    assert refusal.value.advice
