"""A portfolio comes in from files that anybody may have made."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from maestro_core.actions import import_files
from maestro_core.actions.import_tables import MEANINGS, TABLES
from maestro_core.actions.portfolio_import import ImportPreview, TemplateKind, import_portfolio, preview, template
from maestro_core.errors import InvalidInput, NotAllowed
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion, Person, Project, TeamMember
from maestro_core.reports.facts import project_facts
from maestro_core.terms import Role
from maestro_core.workspace import Workspace
from tests.builders import a_project, an_artifact
from tests.conftest import House

PORTFOLIO = {
    "projects": [
        "name,complexity,started_at,finished_at,outcome,delivery",
        "churn,6,2026-01-12,2026-05-29,success,80",
        "fraud,7,2026-02-01,,,",
    ],
    "members": [
        "project,person,email,role,experience_years",
        "churn,Ada,ada@example.org,data scientist,4",
        "fraud,Ada,,,4",
        "fraud,Bob,,ML engineer,",
    ],
    "artifacts": ["kind,name,tags", 'dataset,orders,"daily, gold"', "model,scorer,"],
    "usage": [
        "project,kind,artifact,used_at,version,person",
        "churn,dataset,orders,2026-02-01,3,ada@example.org",
        "churn,model,scorer,2026-02-01T09:30:00Z,,",
        "fraud,dataset,orders,2026-03-01,3,",
    ],
}


def zipped(tables: dict[str, list[str]], encoding: str = "utf-8") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, lines in tables.items():
            archive.writestr(f"{table}.csv", "\n".join(lines).encode(encoding))
    return written.getvalue()


def a_workbook(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def projects_csv(*lines: str) -> dict[str, Any]:
    return {"name": "projects.csv", "content": "\n".join(lines).encode()}


def numbers(ws: Workspace) -> list[int | None]:
    tables = (Project, Person, TeamMember, Artifact, ArtifactVersion, ArtifactUsage)
    return [ws.session.scalar(select(func.count()).select_from(table)) for table in tables]


def reasons(answer: ImportPreview) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in answer.problems.to_numpy().tolist()]


def test_a_portfolio_is_imported_and_its_people_are_found_again(ws: Workspace) -> None:
    counts = import_portfolio(ws, name="portfolio.zip", content=zipped(PORTFOLIO))
    assert (counts.new, counts.changed, counts.same, counts.bad) == (10, 0, 0, 0)
    assert numbers(ws) == [2, 2, 3, 2, 1, 3]
    facts = project_facts(ws).set_index("name")
    assert (facts.loc["churn", "success"], facts.loc["churn", "artifacts"], facts.loc["fraud", "team_size"]) == (
        80,
        2,
        2,
    )
    assert ws.session.scalars(select(Artifact.tags).where(Artifact.name == "orders")).one() == ["daily", "gold"]


def test_the_same_file_changes_nothing_the_second_time(house: House) -> None:
    for expected in ((10, 0), (0, 10)):
        with house.open() as ws:
            counts = import_portfolio(ws, name="portfolio.zip", content=zipped(PORTFOLIO))
            assert (counts.new, counts.same) == expected
            assert numbers(ws) == [2, 2, 3, 2, 1, 3]


def test_the_order_of_rows_and_tables_does_not_matter(ws: Workspace) -> None:
    turned = {table: [PORTFOLIO[table][0], *reversed(PORTFOLIO[table][1:])] for table in reversed(PORTFOLIO)}
    import_portfolio(ws, name="portfolio.zip", content=zipped(turned))
    assert numbers(ws) == [2, 2, 3, 2, 1, 3]
    assert import_portfolio(ws, name="portfolio.zip", content=zipped(PORTFOLIO)).same == 10


def test_a_preview_writes_nothing_and_says_what_would_happen(house: House) -> None:
    with house.open() as ws:
        a_project(ws, "churn", complexity=5.0, domain="retail")
    with house.open(reading=True) as ws:
        answer = preview(ws, name="portfolio.zip", content=zipped(PORTFOLIO))
        assert numbers(ws)[0] == 1
    first = answer.rows.iloc[0]
    assert (first["table"], first["row"], first["subject"], first["verb"]) == ("projects", 2, "churn", "changed")
    assert "complexity: 5.0 → 6.0" in first["changes"]
    assert "domain" not in first["changes"]
    assert answer.tables.set_index("table").loc["projects"].to_dict() == {"new": 1, "changed": 1, "same": 0, "bad": 0}


def test_an_empty_cell_leaves_what_is_known(ws: Workspace) -> None:
    a_project(ws, "churn", complexity=5.0)
    import_portfolio(ws, **projects_csv("name,complexity,domain", "churn,,retail"))
    facts = project_facts(ws).iloc[0]
    assert (facts["complexity"], facts["domain"]) == (5, "retail")


def test_each_bad_row_says_where_and_why_and_the_good_ones_come_in(ws: Workspace) -> None:
    told = projects_csv(
        "name,complexity,started_at,finished_at,outcome",
        "churn,6,2026-01-12,,",
        "a,11,,,",
        "b,3,5,,,success",
        'c,"3,5",,,',
        "d,,12/01/2026,,",
        "e,,2026-02-01,2026-01-01,",
        "f,,,,success",
        "g,,,2026-01-01,won",
        ",3,,,",
        "h,=1+1,,,",
    )
    answer = preview(ws, **told)
    assert [(row, column) for _, row, column, _ in reasons(answer)] == [
        (3, "complexity"),
        (4, ""),
        (5, "complexity"),
        (6, "started_at"),
        (7, ""),
        (8, ""),
        (9, "outcome"),
        (10, "name"),
        (11, "complexity"),
    ]
    assert "point as decimal mark" in reasons(answer)[2][3]
    assert "success" in reasons(answer)[6][3]
    assert import_portfolio(ws, **told).bad == 9
    assert ws.session.scalars(select(Project.name)).all() == ["churn"]


def test_a_row_that_names_nothing_known_is_refused_and_nobody_is_met_through_it(ws: Workspace) -> None:
    told = {
        "members": ["project,person", "nowhere,Ada"],
        "usage": ["project,kind,artifact,used_at", "nowhere,model,nothing,2026-01-01"],
        "projects": ["name", "churn"],
    }
    answer = preview(ws, name="p.zip", content=zipped(told))
    assert [(table, column) for table, _, column, _ in reasons(answer)] == [
        ("members", "project"),
        ("usage", "project"),
        ("usage", "artifact"),
    ]
    import_portfolio(ws, name="p.zip", content=zipped(told))
    assert numbers(ws)[:2] == [1, 0]


def test_rows_may_name_what_maestro_knows_already(ws: Workspace) -> None:
    a_project(ws, "churn")
    an_artifact(ws, "scorer")
    content = b"project;kind;artifact;used_at\nchurn;Model;scorer;2026-01-01\n"
    assert import_portfolio(ws, name="usage (1).csv", content=content).new == 1


def test_rows_that_contradict_each_other_are_all_refused(ws: Workspace) -> None:
    answer = preview(ws, **projects_csv("name,complexity", "churn,3", "fraud,4", "churn,5", "fraud,4"))
    assert [row[1] for row in reasons(answer)] == [2, 4]
    assert list(answer.rows["subject"]) == ["fraud"]


def test_a_name_shared_by_two_people_asks_for_the_address(ws: Workspace) -> None:
    told = {
        "projects": ["name", "churn", "fraud"],
        "members": ["project,person,email", "churn,Ada,a@one.org", "churn,Ada,a@two.org", "fraud,Ada,"],
    }
    assert "e-mail address" in reasons(preview(ws, name="p.zip", content=zipped(told)))[0][3]


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


def test_unknown_and_missing_columns_are_told(ws: Workspace) -> None:
    answer = preview(ws, **projects_csv("name,complexty", "churn,3"))
    assert answer.notes == ("The column 'complexty' of projects is not known and is left out.",)
    answer = preview(ws, name="usage.csv", content=b"project,kind\nchurn,model")
    assert {row[2] for row in reasons(answer)} == {"artifact", "used_at"}
    with pytest.raises(InvalidInput, match="No row"):
        import_portfolio(ws, name="usage.csv", content=b"project,kind\nchurn,model")


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


def test_an_error_while_importing_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maestro_core.actions.portfolio_import._counts", lambda plan: 1 / 0)
    with pytest.raises(ZeroDivisionError), house.open() as ws:
        import_portfolio(ws, name="portfolio.zip", content=zipped(PORTFOLIO))
    with house.open() as ws:
        assert numbers(ws) == [0] * 6


def test_an_analyst_may_not_import(house: House) -> None:
    with pytest.raises(NotAllowed), house.open(role=Role.ANALYST) as ws:
        import_portfolio(ws, name="portfolio.zip", content=zipped(PORTFOLIO))


def test_the_template_explains_every_column_and_can_be_imported(ws: Workspace) -> None:
    assert {table: set(columns) for table, columns in MEANINGS.items()} == {
        table: set(model.model_fields) for table, model in TABLES.items()
    }
    book = load_workbook(io.BytesIO(template(TemplateKind.EXCEL)))
    assert book.sheetnames == [*TABLES, "notes"]
    for table in TABLES:
        book[table].append(["filled in" if number == 0 else None for number in range(3)])
    book["projects"].cell(2, 1, "churn")
    written = io.BytesIO()
    book.save(written)
    assert preview(ws, name="t.xlsx", content=written.getvalue()).tables.set_index("table").loc["projects", "new"] == 1
    assert preview(ws, name="t.zip", content=template(TemplateKind.CSV)).problems.empty


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
