"""On how many people the code depends, without reading its history."""

from __future__ import annotations

import pytest

from maestro_core.actions.file_knowledge import know_files
from maestro_core.models import CodeFile
from maestro_core.reports import code
from maestro_core.reports.knowledge import Knowledge, knowledge
from maestro_core.scoring.ownership import NO_FILES
from maestro_core.workspace import Workspace
from tests.builders import a_project
from tests.reports.test_code import PERIOD, a_team


def test_the_numbers_are_those_of_the_report_of_the_code(ws: Workspace) -> None:
    projects = [a_project(ws, "churn"), a_project(ws, "fraud")]
    for project in projects:
        a_team(ws, project)
        know_files(ws, project)
    answer = knowledge(ws, projects=projects)
    told = code.code(ws, projects=projects, period=PERIOD)
    assert answer == Knowledge(**{name: getattr(told, name) for name in Knowledge.model_fields})
    assert answer.truck_factor.sample == 8
    assert knowledge(ws, projects=projects[:1]).truck_factor.sample == 4


def test_what_is_left_out_and_what_is_gone_needs_nobody(ws: Workspace) -> None:
    project = a_project(ws)
    files = a_team(ws, project)
    know_files(ws, project)
    ws.get(CodeFile, files["eve"]).is_left_out = True
    ws.get(CodeFile, files["joe"]).is_present = False
    ws.session.flush()
    answer = knowledge(ws, projects=[project])
    assert answer.truck_factor.sample == 2
    assert answer.one_author_share.value == pytest.approx(1 / 2)


def test_without_files_the_reason_is_told(ws: Workspace) -> None:
    answer = knowledge(ws, projects=[a_project(ws)])
    assert (answer.truck_factor.value, answer.truck_factor.reason) == (None, NO_FILES)
