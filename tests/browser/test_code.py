"""What depends on one person, as a manager finds it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.served import Served, click_row, open_page, wait_until_painted

PHONE = {"width": 390, "height": 844}


def test_a_project_and_then_a_file_are_one_click_away(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/code?portfolio=Sample")
    click_row(page, 1)
    expect(page.get_by_text("1 Git repository")).to_be_visible()
    wait_until_painted(page)
    assert "projects=" in page.url
    page.get_by_role("radio", name="Hotspots").or_(page.get_by_role("button", name="Hotspots")).first.click()
    wait_until_painted(page)
    page.locator('[data-testid="stDataFrame"]').first.scroll_into_view_if_needed()
    click_row(page, 1)
    page.wait_for_url("**/code_file?*file=*")
    wait_until_painted(page)
    expect(page.get_by_text("Changes together with")).to_be_visible()
    expect(page.get_by_text("Made-up projects to look around in")).to_be_visible()
    page.get_by_role("link", name="Code of").click()
    expect(page.get_by_text("1 Git repository")).to_be_visible()


def test_the_address_holds_the_path_and_the_view(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/code?portfolio=Sample&path=src&view=Hotspots")
    expect(page.get_by_text("Files with half of the changes")).to_be_visible()
    expect(page.get_by_label("Path")).to_have_value("src")


def test_a_phone_shows_the_map_without_scrolling_sideways(maestro: Served, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/code?portfolio=Sample&view=Who+knows+it")
    expect(page.get_by_text("one person alone knows it")).to_be_visible()
    main = '[data-testid="stMain"]'
    assert page.evaluate(f"(main => main.scrollWidth <= main.clientWidth)(document.querySelector('{main}'))")
