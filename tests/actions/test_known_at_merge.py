"""What is known of the files of a branch that is merged after it was read, or that renames."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from maestro_core.actions.file_knowledge import know_files
from maestro_core.models import CodeFile, DataSource, FileKnowledge
from tests.actions.stored_git import a_source, refresh
from tests.conftest import House
from tests.repositories import a_collector, a_repository


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
