"""One-page reports over REST are those of the page, drawn by whoever serves both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from app.api.main import create_api
from app.ui.sizing_paper import sheet
from maestro_core.portfolios import Portfolios
from tests.conftest import House
from tests.doors.serving import served
from tests.doors.test_api_team_sizing import PLAN, kept
from tests.doors.test_sizing_paper import HOSTILE, Elements
from tests.reports.test_team_sizing import learned, past_projects


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    """The API as the server has it, over a portfolio of which team sizes were learned."""
    with house.open() as ws:
        past_projects(ws)
        learned(ws)
    api = create_api(Portfolios(own=house.portfolio, sample=house.portfolio), paper=sheet)
    with TestClient(Starlette(routes=[Mount("/api", api)]), raise_server_exceptions=False) as client:
        yield client


def page_of(answer: Any) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), answer.text
    elements = Elements(answer.text)
    assert "script" not in elements.names
    assert not {name for name in elements.attributes if name.startswith("on")}
    page: str = answer.text
    return page


def test_a_plan_becomes_a_page(client: TestClient) -> None:
    page = page_of(client.post("/api/v1/team-sizing/report", json={"plan": PLAN, "utility": {"success": 2, "cost": 1}}))
    assert "A plan" in page
    assert "4 people" in page


def test_a_scenario_becomes_a_page_with_its_name_and_its_address(client: TestClient) -> None:
    scenario = kept(client, HOSTILE.replace("\u202e", ""))
    page = page_of(client.get(f"/api/v1/scenarios/{scenario['scenario_id']}/report"))
    assert "<img src=x" not in page
    assert "kept by Local owner" in page
    assert f"/team_sizing?scenario={scenario['scenario_id']}" in page


def test_what_goes_wrong_is_a_problem_and_no_page(client: TestClient, house: House) -> None:
    nowhere = "018f0000-0000-7000-8000-000000000000"
    with served(house.portfolio) as without_pages:
        answers = [
            (client.get(f"/api/v1/scenarios/{nowhere}/report"), 404),
            (client.post("/api/v1/team-sizing/report", json={"plan": PLAN | {"team_size": 0}}), 422),
            (without_pages.post("/api/v1/team-sizing/report", json={"plan": PLAN}), 404),
        ]
    for answer, status in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["detail"]
