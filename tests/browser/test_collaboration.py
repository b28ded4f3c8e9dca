"""How teams work together, as a manager sees it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, open_page, wait_until_painted

PHONE = {"width": 390, "height": 844}


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
    page.get_by_text("Truck factor and ownership map").click()
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
