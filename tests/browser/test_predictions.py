"""What to expect of running projects, and why."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.served import Served, open_page, wait_until_painted


def test_a_row_says_what_its_predictions_rest_on(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions")
    table = page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 17 + 35)
    expect(page.get_by_text("An average past project:")).to_be_visible()
    expect(page.get_by_role("link", name="Try another team")).to_be_visible()


def test_the_target_is_in_the_address(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions")
    page.get_by_text("Duration", exact=True).first.click()
    expect(page.get_by_text("Duration with 80 % interval")).to_be_visible()
    wait_until_painted(page)
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text("Duration with 80 % interval")).to_be_visible()


def test_learning_anew_says_what_came_of_it(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions")
    page.get_by_role("button", name="Learn anew").click()
    expect(page.get_by_text("team size: learned from")).to_be_visible(timeout=60_000)
    wait_until_painted(page)
    expect(page.get_by_text("learned just now")).to_be_visible()


def test_without_outcomes_it_says_how_many_are_needed_and_where_to_enter_them(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions?portfolio=My+organisation")
    expect(page.get_by_text("10 more outcomes are needed")).to_be_visible()
    page.get_by_role("link", name="Enter or import outcomes").click()
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    assert "portfolio=My+organisation" in page.url
