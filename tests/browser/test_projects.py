"""Projects in a browser: found, opened, added, and never rendered as anything but their names."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.served import Served, open_page, wait_until_painted

WORD_JOINER = "\u2060"
HOSTILE = "![x](http://stranger.example/x.png) <b>bold</b>"
OWN = "portfolio=My+organisation"


def test_a_click_on_a_row_opens_the_project(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/projects?portfolio=Sample&state=running")
    click_on_row(page, page.get_by_test_id("stMain"), 0)
    page.wait_for_url("**/project?*project=*")
    wait_until_painted(page)
    expect(page.get_by_role("heading", name="What to expect")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Not finished; so far \d+ days?\."))).to_be_visible()


def test_the_url_holds_the_filters_and_restores_them(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/projects?portfolio=Sample")
    page.get_by_test_id("stMain").get_by_text("Failure", exact=True).click()
    page.wait_for_url("**state=*")
    wait_until_painted(page)
    told = page.get_by_text("of 80 projects").inner_text()
    open_page(page, page.url)
    assert page.get_by_text("of 80 projects").inner_text() == told
    assert not told.startswith("80 of 80")


def test_the_overview_leads_to_the_projects_that_miss_something(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/projects?portfolio=Sample&missing=team+missing")
    expect(page.get_by_role("combobox", name="What is missing")).to_have_value("team missing")
    # Every project of the sample has a team.
    expect(page.get_by_text("No project is like this.")).to_be_visible()


def test_a_project_that_is_not_there_is_told_with_a_way_back(maestro: Served, page: Page) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    open_page(page, f"{maestro.url}/project?portfolio=Sample&project={nobody}")
    expect(page.get_by_text(f"There is no project {nobody} here.")).to_be_visible()
    expect(page.get_by_role("link", name="All projects")).to_be_visible()


@pytest.mark.parametrize("name", ["projects", "sources", "settings"])
def test_a_phone_needs_no_sideways_scroll(maestro: Served, page: Page, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, f"{maestro.url}/{name}?portfolio=Sample")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth") <= 390


def test_a_hostile_name_is_shown_as_it_was_typed(own: Served, page: Page) -> None:
    strangers: list[str] = []
    page.on("request", lambda request: strangers.append(request.url) if "stranger" in request.url else None)
    open_page(page, f"{own.url}/projects?{OWN}")
    page.get_by_role("button", name="Add a project").click()
    dialog = page.get_by_role("dialog")
    wait_until_painted(page)
    dialog.get_by_role("textbox", name="Name").fill(HOSTILE)
    dialog.get_by_role("button", name="Add project").click()
    expect(page.get_by_role("button", name="Tell the outcome")).to_be_visible()
    wait_until_painted(page)
    assert page.get_by_role("heading").first.inner_text().replace(WORD_JOINER, "") == HOSTILE
    assert strangers == []
    assert page.locator("[data-testid=stMain] :is(img, a[href^='http'][href*='//stranger'])").count() == 0


def test_an_outcome_that_cannot_be_is_refused_beside_what_was_typed(own: Served, page: Page) -> None:
    open_page(page, f"{own.url}/projects?{OWN}")
    page.get_by_role("button", name="Add a project").click()
    dialog = page.get_by_role("dialog")
    wait_until_painted(page)
    dialog.get_by_role("textbox", name="Name").fill("Without an end")
    dialog.get_by_role("button", name="Add project").click()
    expect(page.get_by_role("button", name="Tell the outcome")).to_be_visible()
    # What is clicked while the page is still written opens nothing.
    wait_until_painted(page)
    page.get_by_role("button", name="Tell the outcome").click()
    dialog.get_by_text("success", exact=True).click()
    dialog.get_by_role("spinbutton", name="Delivery").fill("70")
    dialog.get_by_role("button", name="Save outcome").click()
    expect(dialog.get_by_text("When did Without an end finish?")).to_be_visible()
    expect(dialog.get_by_role("spinbutton", name="Delivery")).to_have_value("70")


def test_nothing_is_imported_before_it_is_confirmed(own: Served, page: Page) -> None:
    rows = b"name,complexity\nfrom a file,5\ntoo hard,77\n"
    open_page(page, f"{own.url}/projects?{OWN}")
    page.get_by_role("button", name="Import", exact=True).click()
    page.set_input_files("input[type=file]", [{"name": "projects.csv", "mimeType": "text/csv", "buffer": rows}])
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Nothing has been written yet.")).to_be_visible()
    dialog.get_by_role("button", name="Import 1 rows").or_(dialog.get_by_role("button", name="Import 1 row")).click()
    expect(page.get_by_text("Imported: 1 new, 1 left out.")).to_be_visible()


def click_on_row(page: Page, within: Locator, row: int) -> None:
    """A table is drawn on a canvas: the heading is as high as a row."""
    box = within.locator('[data-testid="stDataFrame"] canvas').first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 120, box["y"] + 35 * (row + 1) + 18)
