"""Scenarios, as an analyst keeps, compares, passes on and deletes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import Served, click_row, open_page, wait_until_painted
from tests.browser.test_team_sizing import at, fields, move, settle

pytestmark = pytest.mark.slow

HOSTILE = "<b onclick=x>two</b> ![more](http://stranger.example/x.png) $x$"


def keep(page: Page, name: str) -> None:
    page.get_by_role("button", name="Keep as a scenario").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    settle(page)


def link_to_it(page: Page) -> str:
    page.get_by_role("button", name="Share").click()
    link = page.get_by_test_id("stCode").first.inner_text().strip()
    page.keyboard.press("Escape")
    return link


def listed(page: Page) -> None:
    page.get_by_text("Scenarios", exact=True).click()
    settle(page)


def test_a_scenario_is_kept_and_its_link_restores_it(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    page.get_by_text("Weighed", exact=True).click()
    settle(page)
    move(page, "Time", "End")
    move(page, "Team size", "End")
    keep(page, HOSTILE)
    # The address in it carries what nobody sees, so that it becomes no link.
    expect(page.get_by_text(HOSTILE.partition("(")[0]).first).to_be_visible()
    expect(page.get_by_role("link", name="stranger")).to_have_count(0)
    link = link_to_it(page)
    assert "plan_" not in link
    again = page.context.new_page()
    open_page(again, link)
    assert fields(again) == fields(page)
    assert at(again, "Time") == "100"
    again.close()
    move(page, "Team size", "Home")
    expect(page.get_by_text(", changed").first).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    settle(page)
    again = page.context.new_page()
    open_page(again, link)
    assert at(again, "Team size") == "1"


def test_who_read_an_older_version_overwrites_nothing_before_opening_the_scenario_again(
    maestro: Served, page: Page
) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    move(page, "Team size", "Home")
    keep(page, "0 of two people")
    other = page.context.new_page()
    open_page(other, link_to_it(page))
    move(other, "Team size", "End")
    other.get_by_role("button", name="Save", exact=True).click()
    settle(other)
    move(page, "Team size", "ArrowRight")
    page.reload()
    settle(page)
    assert at(page, "Team size") == "2"
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed since you opened it")).to_be_visible()
    listed(page)
    click_row(page, 1)
    page.get_by_role("button", name="Open scenario").click()
    settle(page)
    assert at(page, "Team size") == "15"
    move(page, "Team size", "Home")
    page.get_by_role("button", name="Save", exact=True).click()
    settle(page)
    page.reload()
    settle(page)
    assert at(page, "Team size") == "1"
    expect(page.get_by_text(", changed")).to_have_count(0)
    other.close()


def test_scenarios_are_compared_side_by_side_by_a_link(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    for name, key in (("compared small", "Home"), ("compared large", "End")):
        move(page, "Team size", key)
        keep(page, name)
    listed(page)
    for name in ("compared small", "compared large"):
        page.get_by_role("combobox", name="Compare").fill(name)
        page.get_by_role("option", name=name).click()
        settle(page)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_test_id("stPlotlyChart")).to_have_count(3)
    assert "compare=compared" not in page.url


def test_an_old_link_with_names_compares_them_and_says_what_is_no_scenario_here(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    for name, key in (("named once", "Home"), ("named twice", "End")):
        move(page, "Team size", key)
        keep(page, name)
    link = "&".join(f"compare={name}" for name in ("named+once", "named+twice", "renamed+since"))
    open_page(page, f"{maestro.url}/team_sizing?sizing=Scenarios&{link}")
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    expect(page.get_by_text("1 scenario of this link (renamed since) cannot be compared")).to_be_visible()


def test_a_scenario_is_renamed_deleted_after_a_question_and_brought_back(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    keep(page, "1 to delete")
    link = link_to_it(page)
    listed(page)
    click_row(page, 1)
    page.get_by_role("button", name="Rename …").click()
    page.get_by_label("Name", exact=True).fill("0 to delete")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_text("Renamed to 0 to delete")).to_be_visible()
    wait_until_painted(page)
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete scenario").click()
    expect(page.get_by_text("Deleted 0 to delete")).to_be_visible()
    gone = page.context.new_page()
    open_page(gone, link)
    expect(gone.get_by_text("The scenario of this link was deleted")).to_be_visible()
    page.get_by_text(re.compile("Deleted in the last 30 days")).click()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("0 to delete is back")).to_be_visible()
    open_page(gone, link)
    expect(gone.get_by_text("0 to delete").first).to_be_visible()


def test_a_report_is_one_page_that_asks_nobody_for_anything(
    maestro: Served, page: Page, browser: Browser, tmp_path: Path
) -> None:
    open_page(page, f"{maestro.url}/team_sizing?plan_complexity=9&plan_size=15&plan_goal=Weighed&weight_cost=50")
    with page.expect_download() as told:
        page.get_by_role("button", name="Report").click()
    told.value.save_as(tmp_path / "report.html")
    asked: list[str] = []
    reader = browser.new_page()
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto((tmp_path / "report.html").as_uri())
    expect(reader.get_by_role("heading", name="Recommended team size")).to_be_visible()
    assert reader.evaluate("document.querySelector('img').naturalWidth") > 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    printed = reader.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
    reader.close()


def test_the_curves_are_saved_as_csv(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV").click()
    rows = Path(told.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("team_size,target,value,low,high")
    assert len(rows) == 46
