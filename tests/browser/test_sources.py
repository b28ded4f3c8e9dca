"""Sources in a browser: how to start, a connection that fails, one that works and is watched, and its end."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, open_page, wait_until_painted

OWN = "portfolio=My+organisation"
REFRESH = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one repository of three commits."""
    folder = tmp_path_factory.mktemp("repositories")
    repository = folder / "tune"
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for number in range(3):
        commit = ["git", "-C", repository, *author, "commit", "--quiet", "--allow-empty", "-m", f"Bar {number}"]
        subprocess.run(commit, check=True)
    return folder


def test_an_empty_portfolio_says_how_to_start(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/sources?{OWN}")
    expect(page.get_by_text("maestro connect git")).to_be_visible()
    expect(page.get_by_role("button", name="Connect MLflow")).to_be_visible()


def test_the_sample_is_left_by_one_click(maestro: Served, page: Page) -> None:
    open_page(page, f"{maestro.url}/sources?portfolio=Sample")
    page.get_by_role("button", name="Leave the sample and connect").click()
    expect(page.get_by_text("maestro connect git")).to_be_visible()


def test_a_folder_that_is_not_there_is_told_beside_what_was_typed(own: Served, page: Page) -> None:
    ask_for_git(page, own, "/nowhere/at/all")
    page.get_by_role("button", name="Test the connection").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("There is no folder /nowhere/at/all.")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="Path or URL")).to_have_value("/nowhere/at/all")


def test_a_repository_is_tested_connected_watched_and_disconnected(untouched: Served, page: Page, folder: Path) -> None:
    ask_for_git(page, untouched, str(folder))
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Test the connection").click()
    expect(dialog.get_by_text("The connection works")).to_be_visible()
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Connected 1 repository")).to_be_visible()
    # Nobody touches the page: it finds out by itself that the refresh has ended.
    expect(page.get_by_text("Refreshing")).not_to_be_visible(timeout=REFRESH)
    wait_until_painted(page)
    expect(page.get_by_role("button", name="Refresh now")).to_be_enabled()
    expect(page.get_by_test_id("glide-cell-3-0").first).to_have_text("fine")
    page.get_by_role("button", name="Disconnect").click()
    expect(dialog.get_by_text("Projects stay")).to_be_visible()
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Disconnected tune.")).to_be_visible()


def ask_for_git(page: Page, own: Served, location: str) -> None:
    open_page(page, f"{own.url}/sources?{OWN}")
    page.get_by_role("button", name="Connect Git").first.click()
    page.get_by_role("dialog").wait_for()
    wait_until_painted(page)
    page.get_by_role("textbox", name="Path or URL").fill(location)
