"""Settings in a browser: what other weights would do is told before they are saved."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.served import Served, open_page


def test_other_weights_tell_their_effect_before_they_are_saved(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/settings?portfolio=Sample")
    expect(page.get_by_role("button", name="Save weights")).to_be_disabled()
    delivery = page.get_by_role("spinbutton", name="Delivery")
    delivery.fill("3")
    delivery.press("Enter")
    expect(page.get_by_text("The mean score of")).to_be_visible()
    expect(page.get_by_role("button", name="Save weights")).to_be_enabled()


def test_saved_settings_stay(own: Served, page: Page) -> None:
    address = f"{own.url}/settings?portfolio=My+organisation"
    open_page(page, address)
    page.get_by_role("textbox", name="Organisation").fill("Chamber orchestra")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()
    open_page(page, address)
    expect(page.get_by_role("textbox", name="Organisation")).to_have_value("Chamber orchestra")
