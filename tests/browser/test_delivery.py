"""How software ships, as a manager sees it: from a bar to its rows, and from what tools told to what counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import httpx2
import pandas as pd
from playwright.sync_api import Page, expect

from tests.browser.served import Served, click_bar, open_page, wait_until_painted

PHONE = {"width": 390, "height": 844}
TALL = {"width": 1440, "height": 2600}
HOSTILE = "checkout ![x](http://evil.example/x.png)"


def test_a_click_on_a_bar_shows_its_rows_and_the_address_keeps_them(maestro: Served, page: Page) -> None:
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample&step=month&period=12+months")
    click_bar(page)
    page.wait_for_url("**span=*")
    wait_until_painted(page)
    told = page.get_by_text("deployments, newest first.").inner_text()
    again = page.context.new_page()
    open_page(again, page.url)
    expect(again.get_by_text(told, exact=True)).to_be_visible()


def test_the_address_of_a_month_compares_cards_and_file_by_month(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample&step=month&period=12+months")
    with page.expect_download() as saved:
        page.locator(".st-key-over_time_csv").get_by_role("button").click()
    assert saved.value.suggested_filename == "delivery-by-month.csv"
    assert pd.to_datetime(pd.read_csv(saved.value.path())["start"]).dt.day.eq(1).all()
    # A point for each month of a year, where the half year of weeks has more.
    line = page.get_by_test_id("stMetricChart").first.locator(".mark-line path").first.get_attribute("d")
    assert 3 <= str(line).count("L") < 12


def test_the_chosen_service_is_in_the_address_and_together_none_has_a_score(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample&service=All+services+together")
    expect(page.get_by_text("all their deployments and changes are counted as one")).to_be_visible()
    expect(page.get_by_text("No overall Quick Check score")).to_be_visible()


def test_a_phone_shows_the_cards_without_scrolling_sideways(maestro: Served, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_page(page, f"{maestro.url}/delivery?portfolio=Sample")
    expect(page.get_by_text("Change fail rate").first).to_be_visible()
    main = '[data-testid="stMain"]'
    assert page.evaluate(f"(main => main.scrollWidth <= main.clientWidth)(document.querySelector('{main}'))")


def test_nothing_counts_until_a_look_at_what_would_and_one_click(own: Served, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _push(own)
    open_page(page, f"{own.url}/delivery?portfolio=My+organisation&projects={quote_plus(HOSTILE)}")
    expect(page.get_by_text("Say what a deployment is")).to_be_visible()
    expect(page.get_by_text("12 deployments would count")).to_be_visible()
    page.get_by_role("button", name="Count these").click()
    expect(page.get_by_text("Change lead time").first).to_be_visible()
    expect(page.get_by_role("link", name="Connect the Git repository")).to_be_visible()
    wait_until_painted(page)
    page.get_by_role("button", name="Remove", exact=True).first.click()
    expect(page.get_by_text("Say what a deployment is")).to_be_visible()
    assert not [url for url in asked if url.startswith("http://evil")]


def _push(own: Served) -> None:
    """A project with a hostile name, whose tools told of twelve deployments to production and to staging."""
    api = f"{own.url}/api/v1/projects"
    project = httpx2.post(api, json={"name": HOSTILE}).json()["project_id"]
    now = datetime.now(UTC)
    told = [
        {
            "id": f"{environment}-{number}",
            "environment": environment,
            "sha": f"{number:040x}",
            "outcome": "success",
            "finished_at": (now - timedelta(days=5 * number + 1)).isoformat(),
            "created_at": (now - timedelta(days=5 * number + 1)).isoformat(),
            "description": HOSTILE,
        }
        for number in range(12)
        for environment in ("production", "staging")
    ]
    answer = httpx2.post(f"{api}/{project}/deployments", json=told)
    assert answer.status_code == 200, answer.text
