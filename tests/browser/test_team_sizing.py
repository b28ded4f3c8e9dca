"""A what-if, as an analyst plays it and passes it on."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.served import Served, open_page, wait_until_painted


def enter(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")
    page.wait_for_timeout(400)
    wait_until_painted(page)


def fields(page: Page) -> list[str]:
    labels = ("Complexity", "Team size", "Experience", "Domain", "Artifacts reused")
    return [page.get_by_label(label, exact=True).input_value() for label in labels]


def test_a_link_restores_the_whole_scenario_and_its_baseline(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    enter(page, "Team size", "7")
    page.get_by_text("Compare with this scenario from now on").click()
    page.wait_for_timeout(400)
    wait_until_painted(page)
    enter(page, "Complexity", "9.5")
    expect(page.get_by_text("Complexity 9.5 is outside")).to_be_visible()
    again = page.context.new_page()
    open_page(again, page.url)
    assert fields(again) == fields(page)
    assert fields(again)[:2] == ["9.5", "7"]
    assert "" not in fields(again)
    assert "plan_baseline=" in again.url
    expect(again.get_by_text("Complexity 9.5 is outside")).to_be_visible()


def test_another_project_starts_another_plan(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/team_sizing")
    enter(page, "Complexity", "9.5")
    page.get_by_label("Start from").click()
    page.get_by_role("option").nth(1).click()
    page.wait_for_timeout(600)
    wait_until_painted(page)
    assert fields(page)[0] != "9.5"
    again = page.context.new_page()
    open_page(again, page.url)
    assert fields(again) == fields(page)


def test_a_malformed_baseline_in_a_link_is_no_baseline(maestro: Served, page: Page) -> None:
    for odd in ("nonsense", '{"complexity": 5, "team_size": 4000}'):
        open_page(page, f"{maestro.url}/team_sizing?plan_baseline={odd}")
        expect(page.get_by_text("Recommended team size")).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
