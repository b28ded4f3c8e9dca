"""The leaderboard and the page of an artifact, as a team lead uses them."""

from __future__ import annotations

import re

import httpx2
from playwright.sync_api import Page, expect

from tests.browser.served import Served, click_row, open_page, wait_until_painted

WORD_JOINER = "\u2060"
HOSTILE = '![x](http://example.org/x.png) <img src=x onerror="alert(1)"> **bold** =cmd()'


def test_a_row_opens_the_page_of_its_artifact(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/artifacts")
    click_row(page, 1)
    expect(page.get_by_text("Why this score")).to_be_visible()
    wait_until_painted(page)
    assert "/artifact?artifact=" in page.url
    expect(page.get_by_text("Who uses it")).to_be_visible()


def test_an_artifact_tells_three_outcomes_and_leads_to_an_experiment(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/artifacts?portfolio=Sample")
    expect(page.get_by_text("Projects that reuse 3 or more high-impact artifacts")).to_be_visible()
    click_row(page, 1)
    expect(page.get_by_role("heading", name="What using it goes along with")).to_be_visible()
    wait_until_painted(page)
    effects = page.get_by_label("Effect of the artifact on success, duration and cost")
    expect(effects.get_by_text("Duration")).to_have_count(1)
    page.get_by_role("link", name="Put it to the test in an experiment").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "/experiments" in page.url


def test_correlations_are_told_with_their_intervals_when_asked_for(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/?portfolio=Sample")
    assert page.get_by_text("Churn and model performance").count() == 0
    page.get_by_text("What goes along with what, across all projects").click()
    expect(page.get_by_text("Churn and model performance")).to_be_visible()
    expect(page.get_by_text("n = 72").first).to_be_visible()


def test_the_state_of_the_leaderboard_is_in_its_address(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/artifacts")
    page.get_by_role("radio", name="Stale").or_(page.get_by_role("button", name="Stale")).first.click()
    page.get_by_label("Search", exact=True).fill("template")
    page.get_by_label("Search", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(r"(?=.*preset=Stale)(?=.*q=template)"))
    wait_until_painted(page)
    again = page.context.new_page()
    open_page(again, page.url)
    assert again.get_by_label("Search", exact=True).input_value() == "template"
    expect(again.get_by_text("Used once, but not for 180 days")).to_be_visible()


def test_a_hostile_name_is_shown_as_it_is(maestro: Served, page: Page) -> None:
    artifact = httpx2.post(
        f"{maestro.url}/api/v1/artifacts",
        json={"name": HOSTILE, "kind": "dataset", "tags": ["[a](http://example.org)"]},
    )
    assert artifact.status_code == 201, artifact.text
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    own = "portfolio=My+organisation"
    open_page(page, f"{maestro.url}/artifacts?{own}")
    open_page(page, f"{maestro.url}/artifact?artifact={artifact.json()['artifact_id']}&{own}")
    assert page.get_by_role("heading").first.inner_text().replace(WORD_JOINER, "") == HOSTILE
    rendered = "[data-testid=stMain] :is(img[src*='example.org'], a[href*='//example.org'], strong:text-is('bold'))"
    assert page.locator(rendered).count() == 0
    assert not [url for url in asked if "example.org" in url]


def test_an_artifact_is_registered_changed_and_deleted(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/artifacts?portfolio=My+organisation")
    page.get_by_role("button", name="Register an artifact").first.click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("weekly-prices")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name="weekly-prices")).to_be_visible()
    page.get_by_role("button", name="Add a version").click()
    page.get_by_role("dialog").get_by_label("Version", exact=True).fill("2.0")
    page.get_by_role("dialog").get_by_role("button", name="Add version").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    page.get_by_label("Type the artifact's name to confirm").fill("weekly-prices")
    page.get_by_role("button", name="Delete artifact").click()
    expect(page.get_by_role("heading", name="Artifacts", exact=True)).to_be_visible()
    names = [row["name"] for row in httpx2.get(f"{maestro.url}/api/v1/artifacts").json()["artifacts"]]
    assert "weekly-prices" not in names
