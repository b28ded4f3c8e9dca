"""What to expect of running projects, of one, of a plan, and why; the models behind it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, click_row, open_page, wait_until_painted

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}


def test_a_row_leads_to_what_its_predictions_rest_on_and_the_address_keeps_it(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions")
    page.locator('[data-testid="stDataFrame"]').first.scroll_into_view_if_needed()
    click_row(page, 1)
    expect(page.get_by_text("An average past project:")).to_be_visible()
    expect(page.get_by_role("link", name="Try another team")).to_be_visible()
    assert re.search(r"view=One[+%20]+project", page.url)
    assert "of=" in page.url
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text("An average past project:")).to_be_visible()


def test_the_target_and_the_level_are_in_the_address(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions")
    page.get_by_text("Duration", exact=True).first.click()
    page.get_by_text("90 %", exact=True).first.click()
    expect(page.get_by_text("Duration with 90 % interval")).to_be_visible()
    wait_until_painted(page)
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text("Duration with 90 % interval")).to_be_visible()


def test_a_plan_lives_in_the_address_and_warns_beyond_the_past(maestro: Served, page: Page) -> None:
    plan = "view=A+plan&p_complexity=4.0&p_team=60&p_domain=space+<b>x</b>&p_problem=classification"
    open_page(page, f"{maestro.url}/predictions?{plan}&why=What+if&feature=Team+size")
    expect(page.get_by_role("spinbutton", name="Team size")).to_have_value("60")
    expect(page.get_by_text("Team size 60 is beyond the")).to_be_visible()
    expect(page.get_by_text("no past project had “space <b>x</b>”")).to_be_visible()
    expect(page.get_by_text("partial dependence: the average")).to_be_visible()
    page.get_by_role("tab", name="Similar projects").click()
    expect(page.get_by_text("Compared by what is known before the start only.")).to_be_visible()


def test_the_model_card_says_what_it_is_for_and_that_it_can_be_learned_again(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions?view=Model+card&target=Cost")
    expect(page.get_by_text("Do intervals keep their promise?")).to_be_visible()
    expect(page.get_by_text("Learned again just now: the same coefficients")).to_be_visible()
    expect(page.get_by_text("What it is not for, and its limits")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Card as JSON").click()
    assert saved.value.suggested_filename == "model_card_cost.json"


def test_on_a_phone_nothing_runs_out_of_the_page(maestro: Served, page: Page) -> None:
    page.set_viewport_size(PHONE)
    for view in ("Running", "One+project", "A+plan", "Model+card"):
        open_page(page, f"{maestro.url}/predictions?view={view}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], view


def test_learning_anew_says_what_came_of_it(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions")
    page.get_by_role("button", name="Learn anew").click()
    expect(page.get_by_text("team size: learned from")).to_be_visible(timeout=60_000)
    wait_until_painted(page)
    expect(page.get_by_text("learned just now")).to_be_visible()


def test_without_outcomes_every_view_says_how_many_are_needed_and_where_to_enter_them(
    maestro: Served, page: Page
) -> None:
    for view in ("One+project", "A+plan", "Model+card", "Running"):
        open_page(page, f"{maestro.url}/predictions?portfolio=My+organisation&view={view}")
        expect(page.get_by_text("10 more outcomes are needed")).to_be_visible()
    page.get_by_role("link", name="Enter or import outcomes").click()
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    assert "portfolio=My+organisation" in page.url


def test_a_plan_before_anything_is_learned_leads_on_instead_of_to_empty_tiles(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/predictions?portfolio=My+organisation&view=A+plan")
    expect(page.get_by_text("With the first outcomes a plan is entered here")).to_be_visible()
    expect(page.get_by_role("link", name="Enter or import outcomes")).to_be_visible()
    expect(page.get_by_role("spinbutton")).to_have_count(0)
