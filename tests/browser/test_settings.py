"""Settings in a browser: what other weights would do is told before they are saved."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

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


def test_working_hours_that_are_saved_stay_until_the_calendar_counts_again(own: Served, page: Page) -> None:
    address = f"{own.url}/settings?portfolio=My+organisation"
    open_page(page, address)
    expect(page.get_by_role("button", name="None: count the calendar")).to_be_disabled()
    _tell_hours(page, opens=8, closes=16)
    _days(page).get_by_text("Monday").click()
    page.get_by_role("button", name="Save working hours").click()
    expect(page.get_by_text("Saved: first responses count working hours only.")).to_be_visible()
    open_page(page, address)
    expect(page.get_by_role("spinbutton", name="From (hour)")).to_have_value("8")
    expect(page.get_by_role("spinbutton", name="To (hour)")).to_have_value("16")
    assert _chosen_days(page) == ["Tuesday", "Wednesday", "Thursday", "Friday"]
    page.get_by_role("button", name="None: count the calendar").click()
    expect(page.get_by_text("Saved: first responses count the hours of the calendar.")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="From (hour)")).to_have_value("9")
    open_page(page, address)
    expect(page.get_by_role("button", name="None: count the calendar")).to_be_disabled()
    expect(page.get_by_role("spinbutton", name="From (hour)")).to_have_value("9")


def test_working_hours_that_end_before_they_begin_are_refused_and_not_kept(own: Served, page: Page) -> None:
    address = f"{own.url}/settings?portfolio=My+organisation"
    open_page(page, address)
    _tell_hours(page, opens=17, closes=9)
    page.get_by_role("button", name="Save working hours").click()
    expect(page.get_by_text("end after they begin", exact=False)).to_be_visible()
    open_page(page, address)
    expect(page.get_by_role("spinbutton", name="From (hour)")).to_have_value("9")
    expect(page.get_by_role("button", name="None: count the calendar")).to_be_disabled()


def test_back_at_the_usual_paths_the_field_shows_them(own: Served, page: Page) -> None:
    open_page(page, f"{own.url}/settings?portfolio=My+organisation")
    paths = page.get_by_role("textbox", name="Paths to leave out")
    usual = paths.input_value()
    paths.fill("made/")
    paths.press("Control+Enter")
    page.get_by_role("button", name="Save paths").click()
    expect(page.get_by_role("button", name="Back to the usual paths")).to_be_enabled()
    expect(paths).to_have_value("made/")
    page.get_by_role("button", name="Back to the usual paths").click()
    expect(paths).to_have_value(usual)


def _tell_hours(page: Page, *, opens: int, closes: int) -> None:
    page.get_by_role("spinbutton", name="From (hour)").fill(str(opens))
    page.get_by_role("spinbutton", name="To (hour)").fill(str(closes))


def _days(page: Page) -> Locator:
    return page.locator('[data-testid="stButtonGroup"]').filter(has_text="Monday")


def _chosen_days(page: Page) -> list[str]:
    return _days(page).locator('[aria-pressed="true"]').all_inner_texts()
