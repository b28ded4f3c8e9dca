"""Recommendations in a browser: planned with one click, taken back with one, and readable on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, click_row, open_page, wait_until_painted

pytestmark = pytest.mark.slow


@pytest.fixture
def running_project(maestro: Served, page: Page) -> str:
    open_page(page, f"{maestro.url}/projects?portfolio=Sample&state=running")
    click_row(page, 1)
    page.wait_for_url("**/project?*project=*")
    wait_until_painted(page)
    return page.url


def test_a_plan_is_one_click_and_so_is_its_undo(running_project: str, page: Page) -> None:
    expect(page.get_by_role("heading", name="Recommended artifacts")).to_be_visible()
    cards = page.get_by_role("button", name="Plan to use it")
    expect(cards).to_have_count(4)
    cards.first.click()
    planned = page.get_by_test_id("stMain").get_by_text("Planned:")
    expect(planned).to_be_visible()
    wait_until_painted(page)
    open_page(page, running_project)
    expect(planned).to_be_visible()
    page.get_by_role("button", name="Undo the plan").click()
    expect(planned).to_have_count(0)
    wait_until_painted(page)
    expect(cards).to_have_count(4)


def test_more_recommendations_are_drawn_when_they_are_asked_for(running_project: str, page: Page) -> None:
    page.get_by_text("8 more recommendations").click()
    expect(page.get_by_role("button", name="Plan to use it")).to_have_count(12)
    expect(page.get_by_text("Tested by hiding past uses")).to_be_visible()


def test_a_recommendation_leads_to_the_artifact(running_project: str, page: Page) -> None:
    page.locator('[data-testid="stMain"] a[href*="artifact?"]').first.click()
    page.wait_for_url("**/artifact?*artifact=*")
    wait_until_painted(page)
    expect(page.get_by_text("Why this score").or_(page.get_by_text("No score yet"))).to_be_visible()


def test_a_phone_needs_no_sideways_scroll_for_recommendations(running_project: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, running_project)
    expect(page.get_by_role("heading", name="Recommended artifacts")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth") <= 390
