"""What is chosen above a page: wholly in sight on a phone, and in the address exactly while it is chosen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.served import Served, click_bar, click_row, open_page, wait_until_painted

PHONE = {"width": 390, "height": 844}
TALL = {"width": 1440, "height": 2600}
WITH_PERIOD = ("delivery", "pipelines", "reviews", "collaboration", "code")


def choose(page: Page, name: str) -> None:
    """Choose one of a segmented control, and wait until the address has followed."""
    page.get_by_role("radio", name=name, exact=True).or_(page.get_by_text(name, exact=True)).first.click()
    page.wait_for_timeout(500)
    wait_until_painted(page)


def deployments(page: Page) -> Locator:
    return page.get_by_text(re.compile(r"^\d+ deployments, newest first\.$"))


def shows_the_same_again(page: Page) -> None:
    """Somebody who is sent the address sees what the sender sees."""
    told = deployments(page).inner_text()
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text(told, exact=True)).to_be_visible()
    assert again.url == page.url


@pytest.mark.parametrize("name", WITH_PERIOD)
def test_every_period_is_in_sight_on_a_phone(maestro: Served, page: Page, name: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/{name}?portfolio=Sample")
    for period in ("30 days", "3 years"):
        box = page.get_by_text(period, exact=True).first.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    control = page.locator('[data-testid="stButtonGroup"]').filter(has_text="3 years").first
    assert control.evaluate("e => [e, ...e.querySelectorAll('*')].every(x => x.scrollWidth <= x.clientWidth + 1)")


def test_a_month_is_forgotten_where_weeks_are_shown(maestro: Served, page: Page) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample&step=month&period=12+months")
    click_bar(page)
    page.wait_for_url("**span=*")
    wait_until_painted(page)
    choose(page, "week")
    assert "span=" not in page.url
    assert "step=" not in page.url
    shows_the_same_again(page)


def test_a_week_is_forgotten_where_the_period_leaves_it_out_and_the_service_kept(maestro: Served, page: Page) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample&period=12+months")
    click_bar(page)
    page.wait_for_url("**span=*")
    wait_until_painted(page)
    service = page.get_by_role("combobox", name="Service").input_value()
    choose(page, "90 days")
    assert "span=" not in page.url
    assert "period=" not in page.url
    again = page.context.new_page()
    open_page(again, page.url)
    assert again.get_by_role("combobox", name="Service").input_value() == service


def test_the_row_of_a_deployment_tells_its_reason_in_a_sentence(maestro: Served, page: Page) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample")
    expect(page.get_by_text("Choose a row to see why")).to_be_visible()
    click_row(page, 1, table=1)
    expect(page.get_by_text(re.compile(r"\d UTC: \w+"))).to_be_visible()


def test_the_row_of_an_incident_tells_its_whole_title(maestro: Served, page: Page) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample&period=12+months&rows=Incidents")
    expect(page.get_by_text("Choose a row to read its whole title.")).to_be_visible()
    click_row(page, 1, table=1)
    expect(page.get_by_text(re.compile(r", opened \d{4}-\d\d-\d\d \d\d:\d\d UTC"))).to_be_visible()


def chosen_period(page: Page) -> str:
    return page.get_by_role("radio", checked=True).filter(has_text=re.compile("days|months|years")).inner_text()


def opened(page: Page, path: str) -> str:
    """Wait for a page to be there, and tell its period."""
    page.wait_for_url(f"**/{path}?*")
    page.wait_for_timeout(500)
    wait_until_painted(page)
    return chosen_period(page)


def test_an_address_keeps_what_it_says_by_menu_and_link_and_each_is_one_step_back(maestro: Served, page: Page) -> None:
    page.goto("about:blank")
    open_page(page, f"{maestro.url}/delivery?period=12+months&portfolio=Sample")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Collaboration").click()
    assert opened(page, "collaboration") == "12 months"
    page.get_by_test_id("stMain").get_by_role("link", name=re.compile("Where changes wait")).first.click()
    assert opened(page, "reviews") == "12 months"
    for before in ("collaboration", "delivery"):
        page.go_back()
        assert opened(page, before) == "12 months"


def test_a_period_that_is_chosen_goes_along_and_one_that_is_not_stays_with_its_page(
    maestro: Served, page: Page
) -> None:
    open_page(page, f"{maestro.url}/reviews?portfolio=Sample")
    for name, told in (("Code", "12 months"), ("Delivery", "90 days")):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        assert opened(page, name.lower()) == told
    choose(page, "6 months")
    for name in ("Projects", "Code"):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        page.wait_for_url(f"**/{name.lower()}?*")
        wait_until_painted(page)
    assert opened(page, "code") == "6 months"
    assert "period=6" in page.url


def test_projects_of_one_portfolio_are_not_chosen_in_another(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/reviews?portfolio=Sample")
    page.get_by_role("combobox", name="Projects").click()
    page.get_by_role("option").nth(1).click()
    page.wait_for_url("**projects=*")
    wait_until_painted(page)
    page.keyboard.press("Escape")
    for portfolio in ("My organisation", "Sample"):
        page.get_by_text(portfolio, exact=True).first.click()
        page.wait_for_timeout(500)
        wait_until_painted(page)
    assert "projects=" not in page.url
