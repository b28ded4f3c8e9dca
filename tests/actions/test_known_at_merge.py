"""What is known of files, and which count, where a later refresh tells more: a merge, a rename, a .mailmap."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from maestro_core.actions.file_knowledge import know_files
from maestro_core.models import CodeFile, DataSource, FileAuthor, FileKnowledge, Person
from tests.actions.stored_git import a_source, refresh
from tests.conftest import House
from tests.repositories import ADA, a_collector, a_repository


def known(house: House, source_id: UUID) -> dict[str, int]:
    """The changes of each present file, made as after a refresh."""
    with house.open() as ws:
        project_id = ws.get(DataSource, source_id).project_id
        assert project_id
        know_files(ws, project_id)
    with house.open(reading=True) as ws:
        told = select(CodeFile.path, FileKnowledge.changes).join(FileKnowledge, FileKnowledge.file_id == CodeFile.id)
        return dict(ws.session.execute(told.where(CodeFile.is_present)).all())


def test_a_file_of_a_branch_is_known_once_it_is_merged(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    repository.commit(a__py="1\n")
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit(b__py="1\n")
    repository.git("switch", "--quiet", "main")
    refresh(house, source_id, collector)
    assert known(house, source_id) == {"a.py": 1}
    repository.merge("topic")
    refresh(house, source_id, collector)
    assert known(house, source_id) == {"a.py": 1, "b.py": 1}


def test_a_rename_on_a_branch_leaves_what_is_known_on_the_default_branch(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    repository.commit(a__py="1\n2\n3\n")
    repository.git("switch", "--quiet", "--create", "topic")
    repository.git("mv", "a.py", "b.py")
    repository.commit_all("Rename")
    repository.git("switch", "--quiet", "main")
    refresh(house, source_id, collector)
    assert known(house, source_id) == {"a.py": 1}
    repository.merge("topic")
    refresh(house, source_id, collector)
    assert known(house, source_id) == {"b.py": 2}


def test_a_mailmap_that_comes_later_makes_two_authors_one(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    repository.commit(a__py="1\n")
    repository.commit(author="Bob <bob@example.org>", b__py="1\n")
    refresh(house, source_id, collector)
    known(house, source_id)
    repository.write(".mailmap", f"{ADA} <bob@example.org>\n")
    repository.commit_all("One person")
    refresh(house, source_id, collector)
    known(house, source_id)
    assert authors(house) == {path: {"Ada Lovelace"} for path in (".mailmap", "a.py", "b.py")}


def test_files_that_were_left_out_stay_so_when_they_are_renamed(house: House, tmp_path: Path) -> None:
    repository = a_repository(tmp_path / "app")
    source_id, collector = a_source(house), a_collector(repository, tmp_path)
    repository.write("vendor/x.js", "1\n2\n3\n")
    repository.commit_all("Take it")
    refresh(house, source_id, collector)
    repository.git("mv", "vendor/x.js", "x.js")
    repository.commit_all("Own it")
    refresh(house, source_id, collector)
    with house.open(reading=True) as ws:
        told = dict(ws.session.execute(select(CodeFile.path, CodeFile.is_left_out)).all())
    assert told == {"vendor/x.js": True, "x.js": False}


def authors(house: House) -> dict[str, set[str]]:
    """Who knows each file."""
    found: dict[str, set[str]] = {}
    told = select(CodeFile.path, Person.name).join(FileAuthor, FileAuthor.file_id == CodeFile.id)
    with house.open(reading=True) as ws:
        for path, name in ws.session.execute(told.join(Person, Person.id == FileAuthor.person_id)):
            found.setdefault(path, set()).add(name)
    return found
