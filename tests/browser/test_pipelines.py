"""Where minutes and failures of CI go, as a manager sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from maestro_core.terms import PipelineOutcome
from maestro_core.workspace import open_workspace
from tests.browser.served import Served, click_row, open_page, wait_until_painted
from tests.builders import a_project
from tests.reports.ci import a_job, a_run, a_tool

PHONE = {"width": 390, "height": 844}
TALL = {"width": 1440, "height": 2400}  # rows are clicked where they lie, without scrolling
VIEWS = ("Weeks", "Minutes", "Failures", "Flaky jobs", "Runs")
HOSTILE = "![stolen](https://evil.invalid/x.png) <img src=x>"


def test_the_view_the_pipeline_and_the_period_are_in_the_address(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/pipelines?portfolio=Sample&period=12+months")
    page.get_by_role("combobox", name="Pipelines").click()
    page.get_by_role("option", name="docs").click()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Minutes").or_(page.get_by_role("button", name="Minutes", exact=True)).first.click()
    expect(page.get_by_text("Minutes by job")).to_be_visible()
    wait_until_painted(page)
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text("Minutes by job")).to_be_visible()
    expect(again.get_by_text("docs / build-docs")).to_be_visible()
    expect(again.get_by_text("ci / unit-tests")).to_have_count(0)


@pytest.mark.parametrize("view", ["Failures", "Flaky jobs"])
def test_a_click_on_a_row_shows_the_failures_behind_it(maestro: Served, page: Page, view: str) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    open_page(
        page, f"{maestro.url}/pipelines?portfolio=Sample&period=12+months&pipelines_view={view.replace(' ', '+')}"
    )
    click_row(page, 1)
    expect(page.get_by_text("Latest failures of")).to_be_visible()


def test_every_failed_run_of_the_period_is_in_the_file(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/pipelines?portfolio=Sample&period=12+months&pipelines_view=Runs")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    rows = pd.read_csv(saved.value.path())
    assert len(rows) > 200
    expect(page.get_by_test_id("stMetric").filter(has_text="Failed").first).to_contain_text(f"{len(rows):,}")
    expect(page.get_by_text(f"All {len(rows):,} of this period")).to_be_visible()


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_shows_it_without_scrolling_sideways(maestro: Served, page: Page, view: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_page(
        page, f"{maestro.url}/pipelines?portfolio=Sample&period=12+months&pipelines_view={view.replace(' ', '+')}"
    )
    expect(page.get_by_text("Success rate").first).to_be_visible()
    main = '[data-testid="stMain"]'
    assert page.evaluate(f"(main => main.scrollWidth <= main.clientWidth)(document.querySelector('{main}'))")


def test_names_from_tools_stay_text_and_a_page_says_since_when_it_is_stale(own: Served, page: Page) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    at = datetime.now(UTC) - timedelta(days=2)
    place = open_portfolios(Settings(data_directory=own.data_directory)).own
    with open_workspace(place.engine, place.membership_id) as ws:
        ws.tenant.data_version += 1
        project = a_project(ws, HOSTILE)
        run = a_run(
            ws, a_tool(ws, project, refreshed=at), project, at=at, pipeline=HOSTILE, outcome=PipelineOutcome.FAILURE,
            url="javascript:alert(1)",
        )  # fmt: skip
        a_job(ws, run, HOSTILE, at=at, outcome=PipelineOutcome.FAILURE, failed_step=HOSTILE, url="javascript:alert(1)")
    for view in ("Minutes", "Failures"):
        address = f"{own.url}/pipelines?portfolio=My+organisation&projects={quote_plus(HOSTILE)}"
        open_page(page, f"{address}&pipelines_view={view}")
        expect(page.get_by_text("Only 1 run: read these numbers as examples.")).to_be_visible()
    expect(page.get_by_text("Not everything that happened since")).to_be_visible()
    click_row(page, 1)
    expect(page.get_by_text("Latest failures of")).to_be_visible()
    assert [url for url in asked if url.startswith("https://evil")] == []
    assert page.locator("img[src*=evil], img[src=x]").count() == 0
