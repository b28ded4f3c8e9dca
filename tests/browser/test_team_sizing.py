"""A what-if, as an analyst plays it and passes it on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.served import Served, open_page, wait_until_painted

pytestmark = pytest.mark.slow

LABELS = ("Experience", "Domain", "Artifacts reused")


def settle(page: Page) -> None:
    page.wait_for_timeout(400)
    wait_until_painted(page)


def enter(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")
    settle(page)


def move(page: Page, label: str, *keys: str) -> None:
    """Move a slider by keys, as End or ArrowRight."""
    slider = _slider(page, label)
    slider.focus()
    for key in keys:
        slider.press(key)
    settle(page)


def at(page: Page, label: str) -> str:
    return _slider(page, label).input_value()


def _slider(page: Page, label: str) -> Locator:
    return page.locator(f'input[type="range"][aria-label="{label}"]')


def fields(page: Page) -> list[str]:
    typed = [page.get_by_label(label, exact=True).input_value() for label in LABELS]
    return [at(page, "Complexity"), at(page, "Team size"), *typed]


def test_a_link_restores_the_whole_plan_and_its_baseline(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    move(page, "Team size", "ArrowRight", "ArrowRight")
    page.get_by_text("Compare with this scenario from now on").click()
    settle(page)
    move(page, "Complexity", "End")
    expect(page.get_by_text("Complexity 10 is outside")).to_be_visible()
    again = page.context.new_page()
    open_page(again, page.url)
    assert fields(again) == fields(page)
    assert fields(again)[0] == "10"
    assert "" not in fields(again)
    assert "plan_baseline=" in again.url
    expect(again.get_by_text("Complexity 10 is outside")).to_be_visible()


def test_another_project_starts_another_plan(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    move(page, "Complexity", "End")
    page.get_by_label("Start from").click()
    page.get_by_role("option").nth(1).click()
    settle(page)
    assert fields(page)[0] != "10"
    again = page.context.new_page()
    open_page(again, page.url)
    assert fields(again) == fields(page)


def test_a_malformed_baseline_or_scenario_in_a_link_is_none(maestro: Served, page: Page) -> None:
    for odd in ("plan_baseline=nonsense", 'plan_baseline={"complexity": 5, "team_size": 4000}', "scenario=nonsense"):
        open_page(page, f"{maestro.url}/team_sizing?{odd}")
        expect(page.get_by_text("Recommended team size")).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0


def test_weights_are_in_the_address_and_have_a_curve_of_their_own(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    page.get_by_text("Weighed", exact=True).click()
    settle(page)
    move(page, "Cost", "End")
    expect(page.get_by_text("serves your weights best")).to_be_visible()
    again = page.context.new_page()
    open_page(again, page.url)
    assert at(again, "Cost") == "100"
    expect(again.get_by_text("By your weights")).to_be_visible()


def test_no_weight_at_all_counts_as_success(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing?plan_goal=Weighed&weight_success=0&plan_complexity=5&plan_size=4")
    expect(page.get_by_text("All weights are 0")).to_be_visible()
    expect(page.get_by_text("Recommended team size")).to_be_visible()


def test_what_gets_to_a_goal_is_tried_with_one_click(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing?plan_complexity=5&plan_size=15")
    enter(page, "At least, points", "45")
    page.get_by_role("button", name="Try it").first.click()
    settle(page)
    expect(page.get_by_text("already expected to reach the goal")).to_be_visible()


def test_how_far_it_holds_and_who_fits_are_told_when_asked_for(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    for tab, told in {
        "How far this holds": "A factor nobody recorded",
        "Roles": "Experience that goes with this complexity",
        "How this is computed": "Not a proof",
    }.items():
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_text(told).first).to_be_visible()


def test_without_outcomes_it_says_how_many_are_needed(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing?portfolio=My+organisation")
    expect(page.get_by_text("0 of 15 outcomes known")).to_be_visible()
    expect(page.get_by_role("link", name="Enter or import outcomes")).to_be_visible()
