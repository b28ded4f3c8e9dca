"""Where changes wait, as a manager sees it."""

from __future__ import annotations

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from maestro_core.workspace import open_workspace
from tests.browser.served import Served, open_page, wait_until_painted
from tests.builders import a_project

PHONE = {"width": 390, "height": 844}
VIEWS = ("Waiting now", "Where time goes", "Weeks", "Who reviews", "Merged")


@pytest.mark.slow
def test_reviewers_are_numbers_until_names_are_asked_for_and_the_address_says_so(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/reviews?portfolio=Sample&period=12+months")
    page.get_by_role("radio", name="Who reviews").or_(page.get_by_role("button", name="Who reviews")).first.click()
    figure = page.locator('[data-testid="stPlotlyChart"]').first
    expect(figure.get_by_text("Person 1", exact=True).first).to_be_visible()
    page.get_by_text("Show names").click()
    expect(figure.get_by_text("Person 1", exact=True)).to_have_count(0)
    wait_until_painted(page)
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_role("switch", name="Show names")).to_be_checked()


def test_the_merged_ones_behind_a_number_are_chosen_in_the_address_and_saved_as_a_file(
    maestro: Served, page: Page
) -> None:
    open_page(
        page, f"{maestro.url}/reviews?portfolio=Sample&period=12+months&reviews_view=Merged&merged_ones=Unreviewed"
    )
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    rows = pd.read_csv(saved.value.path())
    assert rows["is_unreviewed"].all()
    assert rows["merge_hours"].is_monotonic_decreasing
    expect(page.get_by_text(f"{len(rows):,} of ")).to_contain_text(f"{len(rows):,} unreviewed")


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_shows_it_without_scrolling_sideways(maestro: Served, page: Page, view: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/reviews?portfolio=Sample&period=12+months&reviews_view={view.replace(' ', '+')}")
    expect(page.get_by_text("First response").first).to_be_visible()
    main = '[data-testid="stMain"]'
    assert page.evaluate(f"(main => main.scrollWidth <= main.clientWidth)(document.querySelector('{main}'))")


def test_a_page_without_a_tool_says_which_is_missing_and_leads_there(own: Served, page: Page) -> None:
    place = open_portfolios(Settings(data_directory=own.data_directory)).own
    with open_workspace(place.engine, place.membership_id) as ws:
        a_project(ws, "without tools")
        ws.tenant.data_version += 1
    for name, tools in (("reviews", "GitHub or GitLab"), ("pipelines", "GitHub, GitLab, Jenkins or CircleCI")):
        open_page(page, f"{own.url}/{name}?portfolio=My+organisation&projects=without+tools")
        page.get_by_role("link", name=f"Connect {tools}").click()
        page.wait_for_url("**/sources?*")
