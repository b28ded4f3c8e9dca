"""What stands around every page."""

from __future__ import annotations

import contextlib
import sqlite3

import httpx2
import pytest
from playwright.sync_api import Page, expect

from app.ui.frame import DETAILS, MENU
from tests.browser.served import Served, open_page, wait_until_painted

PAGES = [name for lines in (*MENU.values(), DETAILS) for name, *_ in lines]
BADGE = "Made-up projects to look around in"
PHONE = {"width": 390, "height": 844}


def address(name: str) -> str:
    return "/" if name == "overview" else f"/{name}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_that_it_shows_a_sample_and_fits_a_phone(maestro: Served, page: Page, name: str) -> None:
    open_page(page, maestro.url + address(name))
    expect(page.get_by_text(BADGE)).to_be_visible()
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    page.set_viewport_size(PHONE)
    wait_until_painted(page)
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_an_empty_organisation_says_the_next_step(maestro: Served, page: Page, name: str) -> None:
    open_page(page, f"{maestro.url}{address(name)}?portfolio=My+organisation")
    expect(page.get_by_text(BADGE)).to_have_count(0)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    assert page.locator('[data-testid="stPageLink"], [data-testid="stMain"] button').count()


def test_the_sample_is_left_by_one_click(maestro: Served, page: Page) -> None:
    open_page(page, maestro.url)
    page.get_by_role("button", name="Leave the sample").click()
    expect(page.get_by_text("No projects yet")).to_be_visible()
    expect(page.get_by_text(BADGE)).to_have_count(0)


def test_the_choice_of_portfolio_goes_along_to_the_next_page(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/?portfolio=My+organisation")
    page.get_by_role("link", name="Connect a Git repository or an MLflow server").click()
    wait_until_painted(page)
    assert "/sources?portfolio=My+organisation" in page.url
    page.get_by_role("link", name="Artifacts").first.click()
    wait_until_painted(page)
    page.reload()
    wait_until_painted(page)
    expect(page.get_by_text(BADGE)).to_have_count(0)


def test_nothing_is_asked_of_a_stranger(maestro: Served, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("artifacts", "collaboration", "team_sizing"):
        open_page(page, f"{maestro.url}/{name}")
    own = (maestro.url, maestro.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    # The security policy refuses a stranger's icon before it is asked for.
    assert page.locator("link[rel~=icon]").get_attribute("href", timeout=5_000).startswith(own)


def test_an_unlisted_page_is_not_found(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/conftest")
    expect(page.get_by_text("Page not found")).to_be_visible()


def test_another_host_name_is_refused(maestro: Served) -> None:
    for path in ("/", "/api/v1/health", "/_stcore/health"):
        answer = httpx2.get(maestro.url + path, headers={"Host": "maestro.example.org"})
        assert answer.status_code == 400, path


def test_every_answer_forbids_foreign_scripts(maestro: Served) -> None:
    for path in ("/", "/api/v1/health"):
        policy = httpx2.get(maestro.url + path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy


@pytest.mark.slow
def test_a_page_that_fails_says_so_without_its_insides(own: Served, page: Page) -> None:
    with contextlib.closing(sqlite3.connect(own.data_directory / "maestro.sqlite")) as database:
        database.execute("ALTER TABLE team_member RENAME TO taken_away")
        try:
            open_page(page, f"{own.url}/?portfolio=My+organisation")
            expect(page.get_by_text("Something went wrong")).to_be_visible()
            assert "team_member" not in page.content()
        finally:
            database.execute("ALTER TABLE taken_away RENAME TO team_member")
