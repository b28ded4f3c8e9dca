"""A portfolio comes in from files that anybody may have made."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from maestro_core.actions.import_tables import MEANINGS, TABLES
from maestro_core.actions.portfolio_import import TemplateKind, import_portfolio, preview, template
from maestro_core.errors import InvalidInput, NotAllowed
from maestro_core.models import Artifact, Project
from maestro_core.reports.facts import project_facts
from maestro_core.terms import Role
from maestro_core.workspace import Workspace
from tests.actions.portfolio_files import PORTFOLIO, numbers, projects_csv, reasons, zipped
from tests.builders import a_project, an_artifact
from tests.conftest import House


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


def test_unknown_and_missing_columns_are_told(ws: Workspace) -> None:
    answer = preview(ws, **projects_csv("name,complexty", "churn,3"))
    assert answer.notes == ("The column 'complexty' of projects is not known and is left out.",)
    answer = preview(ws, name="usage.csv", content=b"project,kind\nchurn,model")
    assert {row[2] for row in reasons(answer)} == {"artifact", "used_at"}
    with pytest.raises(InvalidInput, match="No row"):
        import_portfolio(ws, name="usage.csv", content=b"project,kind\nchurn,model")


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
