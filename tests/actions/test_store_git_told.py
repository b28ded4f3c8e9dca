"""Parents, co-authors, renames, tags, files and what is left out, as they stand in the database after a refresh."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from maestro_core.actions.left_out import is_left_out, set_left_out_paths
from maestro_core.actions.sources import connect_git
from maestro_core.actions.store_git import store_git
from maestro_core.errors import InvalidInput, NotAllowed
from maestro_core.models import (
    Account,
    CoAuthorship,
    CodeFile,
    Commit,
    DataSource,
    FileChange,
    FileRename,
    ProcessMetric,
    Release,
    Repository,
)
from maestro_core.terms import Role
from tests.actions.stored_git import a_source, everything, measured, refresh, rows
from tests.conftest import House
from tests.repositories import MadeRepository, a_collector, a_lively_repository, a_repository

PRESENT = {".mailmap": 2, "README.md": 3, "lock.txt": 1, "logo.png": None, "service.py": 6}


def present(house: House) -> dict[str, int | None]:
    return dict(rows(house, CodeFile.path, CodeFile.lines, where=CodeFile.is_present))


def vendored(path: Path) -> MadeRepository:
    repository = a_repository(path)
    repository.write("vendor/lib.js", "1\n" * 100)
    repository.write("app.py", "1\n2\n")
    repository.commit_all("Begin")
    repository.write("vendor/lib.js", "2\n" * 50)
    repository.commit_all("Upgrade")
    return repository


def test_parents_co_authors_and_renames_are_stored(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    who = "Co-authored-by: Bob <bob@example.org>\nCo-authored-by: ada lovelace <ADA@example.org>"
    sha = repository.commit(f"Together\n\n{who}", pair="1\n")
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    assert dict(rows(house, Commit.sha, Commit.parents))[sha] == repository.git("rev-parse", "HEAD~1")
    with house.open(reading=True) as ws:
        together = select(Account.identity, CoAuthorship.name).join(CoAuthorship, CoAuthorship.account_id == Account.id)
        assert ws.session.execute(together).all() == [("bob builder <bob@example.org>", "Bob Builder")]
        before, after = (
            select(CodeFile.path).join(FileRename, key == CodeFile.id)
            for key in (FileRename.from_id, FileRename.file_id)
        )
        assert (ws.session.scalar(before), ws.session.scalar(after)) == ("app.py", "service.py")
        assert ws.session.scalar(select(FileRename.moved)) == 5


def test_lines_with_those_that_renames_kept_are_those_of_git_without_renames(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    told = repository.git("log", "--all", "--numstat", "--no-renames", "--format=").splitlines()
    lines = [row.split("\t") for row in told if row[:1].isdigit()]
    [(added, deleted)] = rows(house, func.sum(FileChange.added), func.sum(FileChange.deleted))
    [(moved,)] = rows(house, func.sum(FileRename.moved))
    assert added + moved == sum(int(line[0]) for line in lines)
    assert deleted + moved == sum(int(line[1]) for line in lines)


def test_tags_become_releases_and_go_with_their_tags(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    repository.git("tag", "v1", "HEAD~1")
    repository.git("tag", "v2")
    refresh(house, source_id, collector)
    shas = {name: repository.git("rev-parse", name) for name in ("v1", "v2")}
    assert dict(rows(house, Release.tag, Release.sha, where=Release.is_tag)) == shas
    repository.git("tag", "--delete", "v1")
    repository.git("tag", "--force", "v2", "HEAD~2")
    refresh(house, source_id, collector)
    assert rows(house, Release.tag, Release.sha) == [("v2", repository.git("rev-parse", "HEAD~2"))]


def test_the_files_that_are_there_are_those_of_the_default_branch(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    refresh(house, source_id, collector)
    assert present(house) == PRESENT
    repository.git("rm", "--quiet", "logo.png")
    repository.commit("Smaller", README__md="# App\n")
    refresh(house, source_id, collector)
    assert present(house) == {".mailmap": 2, "README.md": 1, "lock.txt": 1, "service.py": 6}
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    refresh(house, source_id, collector)
    assert present(house) == PRESENT


def test_what_a_maestro_of_before_stored_is_completed(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    repository.write("vendor/x.py", "1\n")
    repository.commit_all("Copy\n\nCo-authored-by: Eve <eve@example.org>")
    repository.git("tag", "v1")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    refresh(house, source_id, collector)
    columns = (Commit.sha, Commit.parents, Commit.added, Commit.left_out_added, CodeFile.path, FileChange.added)
    whole = (everything(house), measured(house), present(house), joined(house, *columns))
    with house.open() as ws:
        for table in (CoAuthorship, FileRename, Release):
            ws.session.execute(table.__table__.delete())
        ws.session.execute(update(Commit).values(parents="", left_out_added=0, added=0))
        ws.session.execute(update(CodeFile).values(is_present=False, lines=None, is_left_out=False))
        ws.session.execute(update(FileChange).values(added=7))
        source = ws.get(DataSource, source_id)
        source.cursor = {key: value for key, value in source.cursor.items() if key != "present"} | {"basis": "old"}
    refresh(house, source_id, collector)
    assert (everything(house), measured(house), present(house), joined(house, *columns)) == whole
    assert refresh(house, source_id, collector) == []


def joined(house: House, *columns: object) -> list[object]:
    with house.open(reading=True) as ws:
        told = select(*columns).join(FileChange, FileChange.commit_id == Commit.id)  # type: ignore[call-overload]
        return sorted(ws.session.execute(told.join(CodeFile, CodeFile.id == FileChange.file_id)).all())


def test_vendored_and_generated_files_are_left_out_of_lines(house: House, tmp_path: Path) -> None:
    repository = vendored(tmp_path / "app")
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    assert rows(house, Commit.added, Commit.left_out_added, Commit.left_out_deleted) == [(50, 50, 100), (102, 100, 0)]
    assert dict(rows(house, CodeFile.path, CodeFile.is_left_out)) == {"app.py": False, "vendor/lib.js": True}
    assert measured(house) == {"commits": 2, "lines_added": 2}


def test_another_setting_counts_anew_as_if_it_had_always_been(house: House, tmp_path: Path) -> None:
    repository = vendored(tmp_path / "app")
    refresh(house, a_source(house), a_collector(repository, tmp_path))
    before = measured(house)
    with house.open(role=Role.OWNER) as ws:
        assert set_left_out_paths(ws, patterns=["app.*", " app.* ", ""]) == 2
        assert ws.tenant.left_out_paths == ["app.*"]
    assert measured(house) == {"commits": 2, "lines_added": 150, "lines_deleted": 100}
    assert rows(house, Commit.left_out_added, Commit.left_out_deleted) == [(0, 0), (2, 0)]
    with house.open(role=Role.OWNER) as ws:
        assert set_left_out_paths(ws, patterns=[]) == 1
    assert measured(house)["lines_added"] == 152
    with house.open(role=Role.OWNER) as ws:
        assert set_left_out_paths(ws, patterns=None) == 1
        assert set_left_out_paths(ws, patterns=None) == 0
    assert measured(house) == before


def test_the_setting_needs_the_permission_and_paths_that_can_be(house: House) -> None:
    with pytest.raises(NotAllowed), house.open(role=Role.MANAGER) as ws:
        set_left_out_paths(ws, patterns=["a"])
    for patterns in (["*" * 9], ["a" * 201], [f"{n}" for n in range(201)], ["a\0"]):
        with pytest.raises(InvalidInput) as refusal, house.open(role=Role.OWNER) as ws:
            set_left_out_paths(ws, patterns=patterns)
        assert refusal.value.advice


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        ("vendor/", ["vendor/a", "x/vendor/a/b"], ["vendor", "vendors/a", "x/avendor/b"]),
        ("*.min.js", ["a.min.js", "x/y.min.js", "x.min.js/a"], ["a.min.jsx", "min.js"]),
        ("docs/*.rst", ["docs/a.rst"], ["docs/a/b.rst", "x/docs/a.rst"]),
        ("/top.txt", ["top.txt"], ["x/top.txt"]),
        ("a/**/b.c", ["a/b.c", "a/x/y/b.c"], ["a/xb.c", "x/a/b.c"]),
        ("?.py", ["a.py", "x/a.py"], ["ab.py", "a.pyc"]),
        ("[x].py", ["[x].py"], ["x.py"]),
    ],
)
def test_a_glob_names_files_and_folders(pattern: str, found: list[str], not_found: list[str]) -> None:
    assert [is_left_out(path, [pattern]) for path in (*found, *not_found)] == [True] * len(found) + [False] * len(
        not_found
    )
    assert not is_left_out(found[0], [])


def test_a_source_that_moves_takes_its_tags_along(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    repository.git("tag", "v1")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    batches = refresh(house, source_id, collector)
    other = a_source(house, "other")
    with house.open() as ws:
        project_id = ws.get(DataSource, other).project_id
        ws.get(DataSource, source_id).project_id = project_id
    with house.open() as ws:
        store_git(ws, ws.get(DataSource, source_id), batches[0])
    assert rows(house, Release.project_id) == rows(house, Repository.project_id) == [(project_id,)]
    assert {row[0] for row in rows(house, ProcessMetric.project_id)} == {project_id}


def test_a_repository_that_is_connected_to_another_project_moves_at_once(house: House, tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    with house.open() as ws:
        [source_id] = connect_git(ws, location=str(repository.path))
    refresh(house, source_id, a_collector(repository, tmp_path))
    before = measured(house)
    with house.open() as ws:
        connect_git(ws, location=str(repository.path), project_name="Shop")
        project_id = ws.get(DataSource, source_id).project_id
    assert set(rows(house, ProcessMetric.project_id)) == set(rows(house, Repository.project_id)) == {(project_id,)}
    assert measured(house) == before
