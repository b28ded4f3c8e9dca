"""Who knows the code, where it changes and what changes together, and what is never told of few people."""

from __future__ import annotations

import pickle
from typing import Any
from uuid import UUID

import pytest

from maestro_core.actions.file_knowledge import know_files
from maestro_core.errors import NotAllowed, NotEnoughData
from maestro_core.models import Repository
from maestro_core.reports import code, code_file
from maestro_core.reports.code import Code
from maestro_core.terms import Period, Role
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.conftest import NOW, House
from tests.reports.stored_code import DAY, a_change, a_file, a_repository

PERIOD = Period(NOW - 90 * DAY, NOW)
PEOPLE = ("ann", "bob", "eve", "joe")


def asked(ws: Workspace, *projects: UUID, **filters: Any) -> Code:
    for project in projects:
        know_files(ws, project)
    return code.code(ws, projects=projects, **({"period": PERIOD} | filters))


def a_team(ws: Workspace, project: UUID, people: tuple[str, ...] = PEOPLE) -> dict[str, UUID]:
    """A repository in which each of these people wrote one file of a hundred lines, and then all two together."""
    repository = a_repository(ws, project)
    files = {name: a_file(ws, repository, f"src/{name}.py") for name in people}
    for name, file in files.items():
        a_change(ws, repository, name, file, at=NOW - 400 * DAY)
    for _ in range(5):
        a_change(ws, repository, people[0], files[people[0]], files[people[1]])
    return files


def test_who_knows_what_of_a_team(ws: Workspace) -> None:
    project = a_project(ws)
    a_team(ws, project)
    answer = asked(ws, project)
    # ann wrote her file and knows that of bob; without her, bob and one more, fewer than half have an author.
    assert (answer.truck_factor.value, answer.truck_factor.sample) == (3, 4)
    assert answer.one_author_share.value == pytest.approx(3 / 4)
    assert answer.knowledge_at_risk.value == pytest.approx(1 / 4)
    assert answer.knowledge_lost.value == pytest.approx(2 / 4)
    assert answer.lines.value == 400
    assert answer.places.set_index("place").loc["src", ["lines", "authors"]].tolist() == [400, 4]


def test_the_period_tells_what_changed_and_what_changed_together(ws: Workspace) -> None:
    project = a_project(ws)
    files = a_team(ws, project)
    answer = asked(ws, project)
    assert answer.hotspots[["path", "changes"]].to_numpy().tolist() == [["src/ann.py", 5], ["src/bob.py", 5]]
    pair = answer.pairs.iloc[0]
    assert {pair["file_a"], pair["file_b"]} == {files["ann"], files["bob"]}
    assert (pair["shared"], pair["coupling"], pair["path_a"][:4]) == (5, 1.0, "src/")
    before = asked(ws, project, period=PERIOD.before)
    assert before.hotspots.empty
    assert before.pairs.empty
    assert before.change_concentration.value is None
    assert before.truck_factor == answer.truck_factor


def test_fewer_than_four_people_are_not_broken_down(ws: Workspace) -> None:
    few, many = a_project(ws, "few"), a_project(ws, "many")
    a_team(ws, few, PEOPLE[:3])
    a_team(ws, many)
    alone = asked(ws, few)
    assert not alone.is_broken_down
    assert alone.places.empty
    assert alone.hotspots[["people", "authors"]].isna().all(axis=None)
    assert alone.truck_factor.value is not None
    both = asked(ws, few, many)
    assert both.by_project[["project", "people", "files"]].to_numpy().tolist() == [["few", 3, 3], ["many", 4, 4]]
    told = both.hotspots.groupby("project")["authors"].count()
    assert (told["few"], told["many"]) == (0, 2)
    assert both.places["lines"].max() == 400


def test_what_a_branch_still_changes_under_the_former_name_belongs_to_the_file_of_today(ws: Workspace) -> None:
    project = a_project(ws)
    repository = a_repository(ws, project)
    old, new = a_file(ws, repository, "old.py", is_present=False), a_file(ws, repository, "new.py")
    a_change(ws, repository, "ann", new, was=old, at=PERIOD.start - DAY)
    a_change(ws, repository, "bob", old, at=PERIOD.start + DAY)
    assert asked(ws, project).hotspots[["path", "changes"]].to_numpy().tolist() == [["new.py", 1]]


def test_busy_files_of_one_author_are_counted_among_all_not_only_those_shown(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = a_project(ws)
    a_team(ws, project)
    whole = asked(ws, project).busy_files_of_one_author
    assert whole.sample == 2
    monkeypatch.setattr(code, "MOST_ROWS", 1)
    assert len(asked(ws, project).hotspots) == 1
    assert asked(ws, project).busy_files_of_one_author == whole


def test_left_out_gone_and_filtered_files_do_not_count(ws: Workspace) -> None:
    project = a_project(ws)
    files = a_team(ws, project)
    repository = ws.session.query(Repository).one().id
    vendored = a_file(ws, repository, "vendor/jquery.js", is_left_out=True)
    a_change(ws, repository, "ann", vendored, a_file(ws, repository, "gone.py", is_present=False), files["ann"])
    answer = asked(ws, project)
    assert (answer.lines.sample, answer.coverage.left_out) == (4, 1)
    assert set(answer.hotspots["path"]) == {"src/ann.py", "src/bob.py"}
    assert asked(ws, project, path="ANN").lines.sample == 1
    assert asked(ws, project, path="50%_.*").lines.value is None


def test_several_repositories_are_told_apart_by_their_names(ws: Workspace) -> None:
    project = a_project(ws)
    for name in ("app", "lib"):
        a_change(ws, repository := a_repository(ws, project, name), "ann", a_file(ws, repository, "main.py"))
    assert set(asked(ws, project).hotspots["path"]) == {"app/main.py", "lib/main.py"}


def test_without_files_there_are_reasons_and_what_is_missing(ws: Workspace) -> None:
    project = a_project(ws, "new")
    answer = asked(ws, project)
    assert answer.coverage.without_repository == ["new"]
    measured = [value for value in vars(answer).values() if hasattr(value, "reason")]
    assert len(measured) == 8
    assert all(one.value is None and one.reason for one in measured)
    assert answer.places.empty


def test_an_answer_can_be_remembered_and_sent(ws: Workspace) -> None:
    project = a_project(ws)
    a_team(ws, project)
    answer = asked(ws, project)
    assert pickle.loads(pickle.dumps(answer)).truck_factor == answer.truck_factor
    assert "ann" not in answer.model_dump_json().replace("src/ann.py", "").replace('"ann.py"', "")


def test_a_file_tells_its_history_under_all_its_names(ws: Workspace) -> None:
    project = a_project(ws)
    files = a_team(ws, project)
    repository = ws.session.query(Repository).one().id
    old = a_file(ws, repository, "old.py", is_present=False)
    a_change(ws, repository, "eve", old, at=NOW - 800 * DAY)
    a_change(ws, repository, "eve", files["ann"], at=NOW - 700 * DAY, was=old)
    know_files(ws, project)
    answer = code_file.file(ws, file_id=files["ann"])
    assert (answer.changes.value, answer.people.value, answer.former_paths) == (8, 2, ["old.py"])
    assert answer.by_quarter["changes"].sum() == 8
    assert answer.coupled[["path", "shared"]].to_numpy().tolist() == [["src/bob.py", 5]]
    assert code_file.authors(ws, file_id=files["ann"]) == ["ann", "eve"]


def test_names_are_for_those_who_may_see_people_and_for_teams_of_four(house: House) -> None:
    with house.open() as ws:
        project = a_project(ws)
        files = a_team(ws, project, PEOPLE[:3])
        know_files(ws, project)
    with house.open(reading=True) as ws:
        history = code_file.file(ws, file_id=files["ann"])
        assert history.authors.value is None
        assert history.people.value is None
        with pytest.raises(NotEnoughData):
            code_file.authors(ws, file_id=files["ann"])
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER, reading=True) as ws:
        code_file.authors(ws, file_id=files["ann"])


def test_a_file_that_only_a_bot_changed_has_no_history(ws: Workspace) -> None:
    project = a_project(ws)
    a_team(ws, project)
    lonely = a_file(ws, ws.session.query(Repository).one().id, "lonely.bin", lines=None)
    answer = code_file.file(ws, file_id=lonely)
    assert answer.changes.value is None
    assert answer.coupled.empty
    assert answer.by_quarter.empty
