"""Experiments as people see them: designed from a link, started, looked at, decided; and what was only observed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, open_page, wait_until_painted

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}
HOSTILE = "pairs ![x](http://evil.example/x.png) <b>"


@pytest.fixture
def asked(page: Page) -> Iterator[list[str]]:
    """The addresses that the browser asks for."""
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    yield addresses
    assert not [address for address in addresses if "evil.example" in address]


def sample(maestro: Served, page: Page, name: str) -> None:
    """The page of an experiment of the sample, from the list."""
    open_page(page, f"{maestro.url}/experiments?portfolio=Sample")
    names = ["Start from the shared artifact", "One person fewer", "Reviews in pairs"]
    box = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 17 + 35 * (names.index(name) + 1))
    page.wait_for_url("**/experiment?*")
    wait_until_painted(page)


def test_a_draft_tells_what_it_can_find_before_it_starts(maestro: Served, page: Page) -> None:
    sample(maestro, page, "One person fewer")
    expect(page.get_by_text("10 teams per arm detect").filter(has_text="points or more (d ≥ 1.3)")).to_be_visible()
    expect(page.get_by_text("8 of 20 planned teams are enrolled")).to_be_visible()
    expect(page.get_by_role("button", name="Start …")).to_be_visible()


def test_a_running_experiment_shows_counts_first_and_no_p_value(maestro: Served, page: Page) -> None:
    sample(maestro, page, "Start from the shared artifact")
    counts = page.get_by_text("Assignment as even as expected").bounding_box()
    effect = page.get_by_text("however often one looks").first.bounding_box()
    assert counts
    assert effect
    assert counts["y"] < effect["y"]
    expect(page.get_by_text("Chance that it is better")).to_have_count(0)


def test_a_stopped_experiment_shows_effect_decision_and_who_was_assigned(maestro: Served, page: Page) -> None:
    sample(maestro, page, "Reviews in pairs")
    expect(page.get_by_text("Decided: reviewed in pairs")).to_be_visible()
    expect(page.get_by_text("“reviewed in pairs” is better")).to_be_visible()
    expect(page.get_by_text("Chance that it is better")).to_be_visible()
    page.get_by_text("Assignment", exact=True).click()
    expect(page.get_by_text("the database refuses")).to_be_visible()


def test_what_was_only_observed_says_so(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/experiments?portfolio=Sample&view=Observed+without+assignment")
    expect(page.get_by_text("nobody was assigned").first).to_be_visible()
    expect(page.get_by_text("Observational", exact=True).first).to_be_visible()


@pytest.mark.parametrize("name", ["One person fewer", "Reviews in pairs"])
def test_a_phone_shows_an_experiment_without_scrolling_sideways(maestro: Served, page: Page, name: str) -> None:
    sample(maestro, page, name)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    wait_until_painted(page)
    main = '[data-testid="stMain"]'
    assert page.evaluate(f"(main => main.scrollWidth <= main.clientWidth)(document.querySelector('{main}'))")


def test_a_link_from_an_artifact_opens_the_form_about_it_once(own: Served, page: Page, asked: list[str]) -> None:
    told(own, "projects", name="churn")
    artifact = told(own, "artifacts", name=HOSTILE, kind="dataset")["artifact_id"]
    open_page(page, f"{own.url}/experiments?portfolio=My+organisation&new=1&artifact={artifact}")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox", name="What is compared")).to_have_value("artifact use")
    dialog.get_by_label("Name", exact=True).fill("orders first")
    effect = dialog.get_by_role("spinbutton", name="Smallest effect that would matter")
    effect.fill("101")
    dialog.get_by_role("button", name="Design it").click()
    expect(dialog.get_by_text("Success scores differ by at most 100 points.")).to_be_visible()
    effect.fill("10")
    dialog.get_by_role("button", name="Design it").click()
    page.wait_for_url("**/experiment?*")
    expect(page.get_by_role("heading", name="orders first")).to_be_visible()
    expect(page.get_by_text("Nobody yet")).to_be_visible()


def test_an_experiment_is_started_stopped_and_decided(own: Served, page: Page, asked: list[str]) -> None:
    keys = [told(own, "projects", name=f"unit {number} {HOSTILE}")["project_id"] for number in range(4)]
    variants = [{"name": "*a*"}, {"name": HOSTILE}]
    design = told(own, "experiments", name=f"decide {HOSTILE}", kind="workflow", planned_units=4, variants=variants)
    experiment = design["experiment_id"]
    told(own, f"experiments/{experiment}/projects", project_ids=keys)
    open_page(page, f"{own.url}/experiment?portfolio=My+organisation&experiment={experiment}")
    page.get_by_role("button", name="Start …").click()
    page.get_by_role("button", name="Assign and start").click()
    expect(page.get_by_text("Assignment as even as expected")).to_be_visible()
    page.get_by_role("button", name="Stop …").click()
    page.get_by_label("Why").fill("no time")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("Nothing was decided yet.")).to_be_visible()
    expect(page.get_by_text("Stopped because: no time")).to_be_visible()
    page.get_by_role("button", name="Decide").click()
    page.get_by_label("Because").fill("it is simpler")
    page.get_by_role("dialog").get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Choose what is adopted, or that it stays open.")).to_be_visible()
    page.get_by_role("dialog").get_by_role("combobox", name="Adopt").click()
    page.get_by_role("option", name=HOSTILE).click()
    page.get_by_role("dialog").get_by_role("button", name="Decide").click()
    expect(page.get_by_text("it is simpler")).to_be_visible()
    wait_until_painted(page)
    expect(page.get_by_text("Decided: ")).to_be_visible()
    open_page(page, f"{own.url}/experiments?portfolio=My+organisation")
    expect(page.get_by_text("it is simpler", exact=True)).to_be_visible()


def told(own: Served, what: str, **body: Any) -> dict[str, Any]:
    """What the API answers to something that it is told."""
    answer: dict[str, Any] = httpx2.post(f"{own.url}/api/v1/{what}", json=body, timeout=60).json()
    return answer
