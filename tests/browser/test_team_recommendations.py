"""What a team could try, in a browser: asked for, dismissed, away after a reload, brought back; on a phone too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from maestro_core.portfolios import open_portfolios
from maestro_core.reports.projects import projects
from maestro_core.reports.team_recommendations import team_recommendations
from maestro_core.settings import Settings
from maestro_core.terms import Period
from maestro_core.workspace import open_workspace
from tests.browser.served import Served, open_page, wait_until_painted

pytestmark = pytest.mark.slow

# One of its recommendations has a namesake among the insights above.
TEAM = "apac-support-tickets-early-warning"
SENTENCE = "of the pipeline runs take"


@pytest.fixture
def address(maestro: Served) -> str:
    return f"{maestro.url}/collaboration?portfolio=Sample&period=12+months"


def test_nothing_is_looked_for_until_it_is_asked_for_and_then_of_one_team(address: str, page: Page) -> None:
    open_page(page, address)
    expect(page.get_by_role("heading", name="What to try next")).to_be_visible()
    expect(page.get_by_text("What was looked at")).to_have_count(0)
    page.get_by_text("Look for recommendations").click()
    page.get_by_role("combobox", name="Team").fill(TEAM)
    page.get_by_role("option", name=TEAM).first.click()
    expect(page.get_by_text("What was looked at")).to_be_visible()
    wait_until_painted(page)
    assert "try=true" in page.url
    assert f"team={TEAM}" in page.url


def test_dismissed_it_is_away_after_a_reload_and_comes_back_with_one_click(address: str, page: Page) -> None:
    team = f"{address}&projects={TEAM}&try=true"
    open_page(page, team)
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    dismissals = page.get_by_role("button", name="Dismiss", exact=False)
    before = dismissals.count()
    dismissals.first.click()
    page.get_by_role("textbox", name="Why").fill("The machines are *slow*")
    page.get_by_role("button", name="Dismiss it").click()
    expect(page.get_by_text("Dismissed: 1")).to_be_visible()
    wait_until_painted(page)
    open_page(page, team)
    expect(page.get_by_text("The machines are *slow*")).to_be_visible()
    expect(dismissals).to_have_count(before - 1)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("Dismissed: 1")).to_have_count(0)
    wait_until_painted(page)
    expect(dismissals).to_have_count(before)


def test_the_rows_are_drawn_when_they_are_asked_for_and_the_number_lives_on_its_page(address: str, page: Page) -> None:
    open_page(page, f"{address}&projects={TEAM}&try=true")
    expect(page.get_by_test_id("stMain").get_by_text(SENTENCE)).to_be_visible()
    tables = page.locator('[data-testid="stDataFrame"]').count()
    page.get_by_text("Rows:").first.click()
    expect(page.locator('[data-testid="stDataFrame"]')).to_have_count(tables + 1)
    page.get_by_test_id("stMain").get_by_role("link", name="Pipelines").first.click()
    page.wait_for_url(f"**/pipelines?*projects={TEAM}*")


def test_a_phone_needs_no_sideways_scroll_for_what_to_try(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, f"{address}&projects={TEAM}&try=true")
    expect(page.get_by_text("What was looked at")).to_be_visible()
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth") <= 390


def test_a_link_about_one_of_several_chosen_projects_leads_to_it_alone(address: str, page: Page) -> None:
    open_page(page, f"{address}&projects=b2b-store-demand-rollout&projects={TEAM}&try=true&team={TEAM}")
    page.get_by_test_id("stMain").get_by_role("link", name="Pipelines").first.click()
    page.wait_for_url("**/pipelines?*")
    wait_until_painted(page)
    chosen = page.get_by_test_id("stMultiSelect").first
    expect(chosen).to_contain_text(TEAM)
    expect(chosen).not_to_contain_text("b2b-store-demand-rollout")


def a_team_with_silos(maestro: Served) -> str:
    """One of which a silo is told: which ones changes with the day on which the sample is made."""
    place = open_portfolios(Settings(data_directory=maestro.data_directory)).sample
    end = datetime.now(UTC).date() + timedelta(days=1)
    year = Period.days_between(end - timedelta(days=365), end)
    with open_workspace(place.engine, place.membership_id, reading=True) as ws:
        keys = list(projects(ws).projects["project_id"])
        found = team_recommendations(ws, projects=keys, period=year).recommendations
    return next(one.project for one in found if one.told.topic == "collaboration")


def test_silos_below_are_shown_of_the_team_alone_and_the_address_says_so(
    maestro: Served, address: str, page: Page
) -> None:
    team = a_team_with_silos(maestro)
    open_page(page, f"{address}&projects=b2b-store-demand-rollout&projects={team}&try=true&team={team}")
    page.get_by_role("button", name="Silos, below").first.click()
    page.wait_for_url("**patterns=Silos*")
    wait_until_painted(page)
    expect(page.get_by_test_id("stMultiSelect").first).not_to_contain_text("b2b-store-demand-rollout")
    shown = page.url
    page.reload()
    wait_until_painted(page)
    expect(page.get_by_role("radio", name="Silos")).to_be_checked()
    assert page.url == shown
