"""What is chosen above a page: wholly in sight on a phone, and in the address exactly while it is chosen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.served import Served, click_row, open_page, wait_until_painted

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
    page.locator(".barlayer .point path").nth(5).click(force=True)
    page.wait_for_url("**span=*")
    wait_until_painted(page)
    choose(page, "week")
    assert "span=" not in page.url
    assert "step=" not in page.url
    shows_the_same_again(page)


def test_a_week_is_forgotten_where_the_period_leaves_it_out_and_the_service_kept(maestro: Served, page: Page) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample&period=12+months")
    page.locator(".barlayer .point path").nth(5).click(force=True)
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
