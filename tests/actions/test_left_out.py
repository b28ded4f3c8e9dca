"""What globs of vendored and generated files would leave out is told before anything is changed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from maestro_core.actions.left_out import preview
from maestro_core.errors import InvalidInput
from maestro_core.models import CodeFile, DataSource, Project, Repository
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, added


def files(ws: Workspace, **lines: int | None) -> None:
    project_id = a_project(ws)
    source = added(
        ws, DataSource(kind=SourceKind.GIT, name="r", location="r", project_id=project_id, created_at=ws.now)
    )
    repository = added(ws, Repository(source_id=source, project_id=project_id, name="r"))
    for name, count in lines.items():
        path = name.replace("_in_", "/") + ".py"
        added(ws, CodeFile(repository_id=repository, path=path, is_present=True, lines=count))
    added(ws, CodeFile(repository_id=repository, path="vendor/gone.py", is_present=False))


def test_the_files_that_exist_now_are_counted_with_their_lines(ws: Workspace) -> None:
    files(ws, vendor_in_a=10, vendor_in_b=30, vendor_in_picture=None, own=5)
    told = preview(ws, patterns=["vendor/"])
    assert (told.files, told.left_out, told.lines_left_out) == (4, 3, 40)
    assert told.largest["path"].tolist() == ["vendor/b.py", "vendor/a.py", "vendor/picture.py"]
    assert set(told.largest["project"]) == {ws.session.scalars(select(Project.name)).one()}
    assert preview(ws, patterns=None).left_out == 3
    assert preview(ws, patterns=[]).left_out == 0


def test_without_files_there_is_nothing_to_leave_out(ws: Workspace) -> None:
    assert preview(ws, patterns=None).files == 0


def test_globs_that_cannot_be_used_are_refused_before_they_are_saved(ws: Workspace) -> None:
    with pytest.raises(InvalidInput):
        preview(ws, patterns=["*" * 9])
