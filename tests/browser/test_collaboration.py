"""How teams work together, as a manager sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from maestro_core.workspace import open_workspace
from tests.browser.served import Served, open_page, wait_until_painted
from tests.builders import a_project
from tests.reports.ci import a_tool
from tests.reports.test_reviews import a_pull_request, a_review, an_account

PHONE = {"width": 390, "height": 844}
NAMES = """chart => {
  const around = chart.getBoundingClientRect();
  return [...chart.querySelectorAll('.textpoint text')].filter(text => text.textContent).map(text => {
    const box = text.getBoundingClientRect();
    return [text.textContent, box.left - around.left, box.right - around.left, box.top, box.bottom, around.width];
  });
}"""
"""What stands beside the circles of a network: text, left, right, top, bottom, and how wide the chart is."""


@pytest.mark.slow
def test_people_are_numbers_until_names_are_asked_for_and_the_address_says_so(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/collaboration")
    network = page.locator('[data-testid="stPlotlyChart"]').last
    expect(network.get_by_text("Person 1", exact=True)).to_be_visible()
    page.get_by_text("Show names").click()
    expect(network.get_by_text("Person 1", exact=True)).to_have_count(0)
    wait_until_painted(page)
    assert "names=true" in page.url
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_role("switch", name="Show names")).to_be_checked()


def test_projects_and_period_are_in_the_address(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/collaboration")
    page.get_by_label("Projects").click()
    page.get_by_role("option").nth(1).click()
    expect(page.get_by_text("1 Git repository")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="12 months").or_(page.get_by_role("button", name="12 months")).first.click()
    page.wait_for_timeout(400)
    wait_until_painted(page)
    assert "projects=" in page.url
    assert "period=12+months" in page.url
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text("1 Git repository")).to_be_visible()


def test_a_phone_shows_the_score_and_the_ownership_map_without_scrolling_sideways(maestro: Served, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/collaboration")
    expect(page.get_by_text("Available weight: 100 of 100")).to_be_visible()
    expect(page.get_by_text("Truck factor", exact=True)).to_be_visible()
    page.get_by_text("Ownership map", exact=True).click()
    expect(page.get_by_text("one person alone knows it")).to_be_visible()
    main = '[data-testid="stMain"]'
    assert page.evaluate(f"(main => main.scrollWidth <= main.clientWidth)(document.querySelector('{main}'))")


@pytest.mark.slow
def test_an_insight_leads_to_its_rows_and_the_address_keeps_the_view(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/collaboration?period=12+months")
    page.get_by_text("one of 5 people gave", exact=False).first.wait_for()
    page.get_by_role("button", name="See the rows").first.click()
    expect(page.get_by_text("Busiest reviewer")).to_be_visible()
    page.wait_for_timeout(400)
    assert "patterns=Reviewing" in page.url
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text("Busiest reviewer")).to_be_visible()


def test_people_and_code_is_another_network(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/collaboration?network=People+and+code")
    network = page.locator('[data-testid="stPlotlyChart"]').last
    expect(network.get_by_text("src/", exact=False).first).to_be_visible()
    expect(page.get_by_text("Orange squares are the")).to_be_visible()


@pytest.mark.parametrize("network", ["People", "People+and+code"])
def test_on_a_phone_no_two_names_of_a_network_overlap_nor_is_one_cut(maestro: Served, page: Page, network: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/collaboration?network={network}&names=true")
    chart = page.locator('[data-testid="stPlotlyChart"]').last
    chart.scroll_into_view_if_needed()
    names = chart.evaluate(NAMES)
    assert len(names) > 8
    for number, (_, left, right, top, bottom, width) in enumerate(names):
        assert left >= 0
        assert right <= width
        for _, other_left, other_right, other_top, other_bottom, _ in names[:number]:
            # The boxes of letters are a little higher than what is drawn of them.
            assert left >= other_right or right <= other_left or top > other_bottom - 3 or bottom < other_top + 3


def test_the_lines_of_the_network_are_a_table_and_a_file_too(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/collaboration")
    opens = page.get_by_text(re.compile(r"^The \d+ lines as a table$"))
    opens.click()
    table = page.locator('[data-testid="stExpander"]', has=opens)
    expect(table.locator('[data-testid="stDataFrame"]')).to_be_visible()
    with page.expect_download() as saving:
        table.get_by_role("button", name="CSV").click()
    head, *rows = Path(saving.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert head == "one,other,files,strength"
    assert opens.inner_text() == f"The {len(rows)} lines as a table"
    assert rows[0].startswith("Person ")


def test_how_much_of_the_code_changed_is_told_beside_how_many_lines(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/collaboration")
    expect(page.get_by_text("Code churn", exact=True)).to_be_visible()
    expect(page.get_by_text("Code churn rate", exact=True)).to_be_visible()


def test_reviews_alone_make_a_score_and_the_page_says_what_git_would_add(own: Served, page: Page) -> None:
    place = open_portfolios(Settings(data_directory=own.data_directory)).own
    at = datetime.now(UTC) - timedelta(days=9)
    with open_workspace(place.engine, place.membership_id) as ws:
        project = a_project(ws, "only reviewed")
        tool, people = a_tool(ws, project), [an_account(ws) for _ in range(4)]
        for number in range(12):
            told = {"merged_at": at + timedelta(hours=9), "closed_at": at + timedelta(hours=9)}
            request = a_pull_request(ws, tool, project, people[number % 4], at=at, merged_by_id=people[0], **told)
            a_review(ws, request, people[(number + 1) % 4], at=at + timedelta(hours=4))
        ws.tenant.data_version += 1
    open_page(page, f"{own.url}/collaboration?portfolio=My+organisation&projects=only+reviewed")
    expect(page.get_by_text("Available weight: 65 of 100")).to_be_visible()
    expect(page.get_by_text("No Git repository is connected")).to_be_visible()
    expect(page.get_by_role("link", name="Connect a Git repository")).to_be_visible()


def test_commits_by_hour_are_a_file_with_a_row_for_each_weekday(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/collaboration")
    with page.expect_download() as saving:
        page.locator(".st-key-by_hour_csv").get_by_role("button").click()
    rows = pd.read_csv(saving.value.path())
    assert rows["weekday"].tolist() == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert rows.drop(columns="weekday").to_numpy().sum() > 0
