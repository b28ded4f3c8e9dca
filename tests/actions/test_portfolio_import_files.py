"""Files that anybody may have made: each is read as what it is, or refused with the reason."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from maestro_core.actions import import_files
from maestro_core.actions.portfolio_import import import_portfolio, preview
from maestro_core.errors import InvalidInput
from maestro_core.models import Project
from maestro_core.reports.facts import project_facts
from maestro_core.workspace import Workspace
from tests.actions.portfolio_files import a_workbook, projects_csv, reasons, zipped
from tests.conftest import House


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_separators_and_byte_order_marks_are_recognised(ws: Workspace, separator: str, encoding: str) -> None:
    text = f"Name *{separator}Problem type\r\nGröße{separator}forecasting\r\n"
    import_portfolio(ws, name="PROJECTS.CSV", content=text.encode(encoding))
    assert ws.session.execute(select(Project.name, Project.problem_type)).all() == [("Größe", "forecasting")]


def test_excel_dates_and_numbers_are_taken_as_they_are(ws: Workspace) -> None:
    header = ["name", "started_at", "complexity", "experiments"]
    content = a_workbook(Projects=[header, [2026, datetime(2026, 1, 12), 6, 40]], other=[["x"]])  # noqa: DTZ001
    import_portfolio(ws, name="portfolio.xlsx", content=content)
    facts = project_facts(ws).iloc[0]
    assert (facts["name"], facts["started_at"].isoformat()) == ("2026", "2026-01-12T00:00:00+00:00")
    assert (facts["complexity"], facts["experiments"]) == (6, 40)


def test_formulas_are_text_and_never_a_number(ws: Workspace) -> None:
    content = a_workbook(projects=[["name", "complexity"], ["=1+1", 3], ["churn", "=2+2"]])
    answer = preview(ws, name="p.xlsx", content=content)
    assert [row[3] for row in reasons(answer)] == ["is a formula: paste its value instead"]
    import_portfolio(ws, name="p.xlsx", content=content)
    assert ws.session.scalars(select(Project.name)).all() == ["=1+1"]


def test_nul_and_control_characters_are_refused(ws: Workspace) -> None:
    assert "cannot be stored" in reasons(preview(ws, **projects_csv("name", "a\x00b")))[0][3]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("projects.pdf", b"", "no .xlsx"),
        ("something.csv", b"name\nchurn", "which table"),
        ("projects.csv", "name\nGröße".encode("latin-1"), "not UTF-8"),
        ("p.zip", b"PK nonsense", "damaged"),
        ("p.xlsx", zipped({"projects": ["name"]}), "cannot be read"),
        ("p.zip", zipped({"other": ["name"]}), "none of the tables"),
        ("projects.csv", b'name\n"' + b"x" * 200_000, "cannot be read"),
        ("projects.csv", b"x" * (import_files.LARGEST_FILE + 1), "larger than"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(ws: Workspace, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        preview(ws, name=name, content=content)


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.xlsx"])
def test_a_zip_bomb_is_refused_before_it_unpacks(ws: Workspace, name: str) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("projects.csv", "w") as member:
        for _ in range(21):
            member.write(b"0" * 10 * 2**20)
    with pytest.raises(InvalidInput, match="unpacks to too much"):
        preview(ws, name=name, content=written.getvalue())


def test_a_table_with_too_many_rows_is_refused(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "MOST_ROWS", 3)
    with pytest.raises(InvalidInput, match="more than 3 rows"):
        preview(ws, **projects_csv("name", *(f"p{number}" for number in range(5))))


SQLITE_ONLY = pytest.mark.parametrize("house", ["sqlite"], indirect=True)


@SQLITE_ONLY
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=400) | st.text(max_size=400).map(str.encode),
    name=st.sampled_from(["projects.csv", "usage.csv"]),
)
def test_no_file_breaks_the_preview(house: House, content: bytes, name: str) -> None:
    with house.open(reading=True) as ws, suppress(InvalidInput):
        preview(ws, name=name, content=content)


def test_damaged_workbooks_are_refused_not_crashed_on(ws: Workspace) -> None:
    content = a_workbook(projects=[["name"], *[[f"p{number}"] for number in range(50)]])
    chance = random.Random(7)
    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(5):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(InvalidInput):
            preview(ws, name="p.xlsx", content=bytes(damaged))
