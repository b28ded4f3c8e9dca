"""What is stored of who knows which file is what its whole history says, however it came about."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import event, select

from maestro_core.actions.derived import DERIVED
from maestro_core.actions.file_knowledge import know_files
from maestro_core.models import (
    Account,
    CodeFile,
    Commit,
    DataSource,
    FileAuthor,
    FileKnowledge,
    Person,
    Repository,
    new_key,
)
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW
from tests.reports.stored_code import DAY, a_change, a_file, a_person, a_repository


@pytest.fixture
def repository(ws: Workspace) -> UUID:
    return a_repository(ws, a_project(ws))


def refresh(ws: Workspace, repository_id: UUID) -> None:
    """What is derived after a refresh that moved the cursor of the source."""
    repository = ws.get(Repository, repository_id)
    ws.get(DataSource, repository.source_id).cursor = {"heads": str(new_key())}
    ws.session.flush()
    know_files(ws, repository.project_id)
    ws.session.flush()


def known(ws: Workspace) -> dict[str, tuple[int, int, list[str]]]:
    """Of each file that something is known of: changes, people, names of authors."""
    rows = select(CodeFile.path, FileKnowledge.changes, FileKnowledge.people, CodeFile.id)
    names = select(Person.name).join(FileAuthor, FileAuthor.person_id == Person.id)
    return {
        path: (changes, people, sorted(ws.session.scalars(names.where(FileAuthor.file_id == key))))
        for path, changes, people, key in ws.session.execute(
            rows.join(FileKnowledge, FileKnowledge.file_id == CodeFile.id)
        )
    }


def test_it_is_made_after_every_refresh() -> None:
    assert know_files in DERIVED


def test_present_files_are_known_by_their_authors(ws: Workspace, repository: UUID) -> None:
    app, gone = a_file(ws, repository, "app.py"), a_file(ws, repository, "gone.py", is_present=False)
    a_change(ws, repository, "ann", app, gone, at=NOW - 5 * DAY)
    for _ in range(2):
        a_change(ws, repository, "bob", app)
    refresh(ws, repository)
    assert known(ws) == {"app.py": (3, 2, ["ann", "bob"])}


def test_bots_merges_and_unreachable_commits_know_nothing(ws: Workspace, repository: UUID) -> None:
    app = a_file(ws, repository, "app.py")
    a_person(ws, "robot", is_bot=True)
    a_change(ws, repository, "robot", app, at=NOW - 9 * DAY)
    a_change(ws, repository, "ann", app)
    for flag in ({"is_merge": True}, {"reachable": False}):
        commit = ws.get(Commit, a_change(ws, repository, "bob", app))
        for name, value in flag.items():
            setattr(commit, name, value)
    refresh(ws, repository)
    assert known(ws) == {"app.py": (1, 1, ["ann"])}


def test_new_commits_are_added_to_what_is_known(ws: Workspace, repository: UUID) -> None:
    old, app, other = (a_file(ws, repository, path) for path in ("old.py", "app.py", "other.py"))
    a_change(ws, repository, "ann", old, other, at=NOW - 5 * DAY)
    refresh(ws, repository)
    ws.get(CodeFile, old).is_present = False
    a_change(ws, repository, "bob", app, was=old)
    refresh(ws, repository)
    assert known(ws) == {"app.py": (2, 2, ["ann", "bob"]), "other.py": (1, 1, ["ann"])}


def test_step_by_step_gives_what_one_refresh_gives(ws: Workspace, repository: UUID) -> None:
    a, b, c = (a_file(ws, repository, path) for path in ("a.py", "b.py", "c.py"))
    steps = [
        lambda: a_change(ws, repository, "ann", a, c, at=NOW - 9 * DAY),
        lambda: a_change(ws, repository, "bob", b, at=NOW - 8 * DAY, was=a),
        lambda: a_change(ws, repository, "eve", a, at=NOW - 7 * DAY),
        lambda: a_change(ws, repository, "joe", b, c, at=NOW - 6 * DAY),
        lambda: a_change(ws, repository, "joe", a, at=NOW - 10 * DAY),
    ]
    for step in steps:
        step()
        refresh(ws, repository)
    in_steps = known(ws)
    ws.get(Repository, repository).known_from = None
    refresh(ws, repository)
    assert in_steps == known(ws)
    # The first name was taken again: what came before the rename is the other file's.
    assert in_steps["a.py"][0] == 1
    assert in_steps["b.py"][0] == 4


def test_a_file_that_went_is_forgotten(ws: Workspace, repository: UUID) -> None:
    app = a_file(ws, repository, "app.py")
    a_change(ws, repository, "ann", app)
    refresh(ws, repository)
    ws.get(CodeFile, app).is_present = False
    a_change(ws, repository, "ann", app)
    refresh(ws, repository)
    assert known(ws) == {}


def test_a_rewritten_history_is_read_anew(ws: Workspace, repository: UUID) -> None:
    app = a_file(ws, repository, "app.py")
    a_change(ws, repository, "ann", app, at=NOW - 5 * DAY)
    left = a_change(ws, repository, "bob", app)
    refresh(ws, repository)
    ws.get(Commit, left).reachable = False
    refresh(ws, repository)
    assert known(ws) == {"app.py": (1, 1, ["ann"])}


def test_two_who_turn_out_to_be_one_are_one_author(ws: Workspace, repository: UUID) -> None:
    app = a_file(ws, repository, "app.py")
    a_change(ws, repository, "ann", app, at=NOW - 5 * DAY)
    a_change(ws, repository, "ann at work", app)
    refresh(ws, repository)
    work = ws.get(Account, a_person(ws, "ann at work"))
    work.person_id = ws.get(Account, a_person(ws, "ann")).person_id
    ws.session.flush()
    know_files(ws, ws.get(Repository, repository).project_id)
    assert known(ws) == {"app.py": (2, 1, ["ann"])}


def test_who_came_with_the_newest_commits_may_turn_out_to_be_another(ws: Workspace, repository: UUID) -> None:
    app = a_file(ws, repository, "app.py")
    # A refresh makes the keys of commits before those of the accounts that wrote them.
    keys = [new_key(), new_key()]
    a_change(ws, repository, "ann", app, at=NOW - 5 * DAY, key=keys[0])
    a_change(ws, repository, "ann at work", app, key=keys[1])
    refresh(ws, repository)
    work = ws.get(Account, a_person(ws, "ann at work"))
    apart, work.person_id = work.person_id, ws.get(Account, a_person(ws, "ann")).person_id
    know_files(ws, ws.get(Repository, repository).project_id)
    assert known(ws) == {"app.py": (2, 1, ["ann"])}
    work.person_id = apart
    know_files(ws, ws.get(Repository, repository).project_id)
    assert known(ws)["app.py"][:2] == (2, 2)


def test_a_history_that_is_back_is_known_again(ws: Workspace, repository: UUID) -> None:
    app = a_file(ws, repository, "app.py")
    a_change(ws, repository, "ann", app, at=NOW - 5 * DAY)
    by_bob = ws.get(Commit, a_change(ws, repository, "bob", app, at=NOW - 3 * DAY))
    by_eve = ws.get(Commit, a_change(ws, repository, "eve", app))
    for is_back, author in ((True, "bob"), (False, "eve"), (True, "bob")):
        by_bob.reachable, by_eve.reachable = is_back, not is_back
        refresh(ws, repository)
        assert known(ws) == {"app.py": (2, 2, ["ann", author])}


def test_nothing_new_writes_nothing(ws: Workspace, repository: UUID) -> None:
    a_change(ws, repository, "ann", a_file(ws, repository, "app.py"))
    refresh(ws, repository)
    told: list[str] = []
    connection = ws.session.connection()
    event.listen(connection, "before_cursor_execute", lambda *call: told.append(call[2]))
    know_files(ws, ws.get(Repository, repository).project_id)
    ws.session.flush()
    assert told
    assert all(statement.startswith("SELECT") for statement in told)


def test_files_that_only_bots_changed_are_not_looked_at_each_time(ws: Workspace, repository: UUID) -> None:
    a_person(ws, "robot", is_bot=True)
    lock, app = (a_file(ws, repository, path) for path in ("lock.txt", "app.py"))
    a_change(ws, repository, "robot", lock, at=NOW - 5 * DAY)
    refresh(ws, repository)
    a_change(ws, repository, "ann", app)
    told: list[str] = []
    event.listen(ws.session.connection(), "before_cursor_execute", lambda *call: told.append(repr(call[3])))
    refresh(ws, repository)
    assert known(ws) == {"app.py": (1, 1, ["ann"])}
    forms = {repr(lock), repr(lock.bytes), lock.hex, repr(str(lock))}
    assert not [parameters for parameters in told if any(form in parameters for form in forms)]


def test_a_repository_without_commits_waits_for_some(ws: Workspace, repository: UUID) -> None:
    refresh(ws, repository)
    assert ws.get(Repository, repository).known_from is None
    a_change(ws, repository, "ann", a_file(ws, repository, "app.py"))
    refresh(ws, repository)
    assert known(ws) == {"app.py": (1, 1, ["ann"])}


def test_other_projects_stay_as_they_are(ws: Workspace, repository: UUID) -> None:
    other = a_repository(ws, a_project(ws))
    a_change(ws, other, "ann", a_file(ws, other, "other.py"))
    a_change(ws, repository, "ann", a_file(ws, repository, "app.py"))
    refresh(ws, repository)
    assert set(known(ws)) == {"app.py"}
    refresh(ws, other)
    assert set(known(ws)) == {"app.py", "other.py"}
