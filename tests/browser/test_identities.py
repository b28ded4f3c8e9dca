"""Identities in a browser: two names of one person become one, and come apart again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import ROOT, Served, click_row, open_page


def connect(own: Served, repository: Path, authors: Iterable[tuple[str, str]]) -> None:
    """Read a repository to which each author committed once."""
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    for name, email in authors:
        author = ["-c", f"user.name={name}", "-c", f"user.email={email}"]
        commit = ["git", "-C", str(repository), *author, "commit", "--quiet", "--allow-empty", "-m", "Note G"]
        subprocess.run(commit, check=True)
    command = [sys.executable, "-m", "app.cli", "connect", "git", str(repository), "--project", "engine"]
    settings = {"MAESTRO_DATA_DIRECTORY": str(own.data_directory)}
    subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=True, capture_output=True)


@pytest.mark.slow
def test_a_merge_is_one_click_and_so_is_its_undoing(own: Served, page: Page, tmp_path: Path) -> None:
    authors = [("Ada Byron", "ada.byron@x.org"), ("![](http://evil.example/x.png) Ada Byron", "ada.byron@y.org")]
    connect(own, tmp_path / "engine", authors)
    open_page(page, f"{own.url}/identities?portfolio=My+organisation&likely=likely")
    expect(page.get_by_text("the same mailbox at another provider", exact=False)).to_be_visible()
    assert page.locator('img[src*="evil"]').count() == 0
    page.get_by_role("button", name="Same person").click()
    expect(page.get_by_text("Nobody here looks like somebody else.")).to_be_visible()
    page.get_by_role("tab", name="Decisions").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    page.get_by_role("tab", name="Who may be the same").click()
    expect(page.get_by_role("button", name="Same person")).to_be_visible()


@pytest.mark.slow
def test_all_that_is_very_likely_is_merged_at_once_and_each_of_it_undone_by_itself(
    own: Served, page: Page, tmp_path: Path
) -> None:
    people = [f"Given{letter} Family{letter}" for letter in "abcdefghijkl"]
    connect(own, tmp_path / "twice", [(name, f"{name.replace(' ', '.')}@{at}.org") for name in people for at in "xy"])
    open_page(page, f"{own.url}/identities?portfolio=My+organisation&likely=very+likely")
    expect(page.get_by_role("button", name="Same person")).to_have_count(10)
    page.get_by_role("button", name="Show 2 more of 12").click()
    expect(page.get_by_role("button", name="Same person")).to_have_count(12)
    page.get_by_role("button", name="Merge all 12 that are very likely").click()
    page.get_by_role("button", name="Merge 12 pairs").click()
    expect(page.get_by_role("button", name="Same person")).to_have_count(0)
    page.get_by_role("tab", name="Decisions").click()
    joined = page.get_by_text("Givena Familya (givena.familya@", exact=False)
    expect(joined).to_be_visible()
    page.get_by_role("button", name="Undo").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_have_count(11)
    page.get_by_role("tab", name="Who may be the same").click()
    page.get_by_role("button", name="Same person").click()
    expect(
        page.get_by_text("Nobody here looks like", exact=False).or_(page.get_by_text("No pair is of a"))
    ).to_be_visible()


def test_who_was_chosen_is_nobody_once_others_are_shown(maestro: Served, page: Page) -> None:
    """The buttons of one person must not turn into those of another under the cursor."""
    open_page(page, f"{maestro.url}/identities?identities=Everybody")
    expect(page.get_by_text("Choose one to see the accounts", exact=False)).to_be_visible()
    click_row(page, 5)
    expect(page.get_by_role("button", name="This is a bot")).to_be_visible()
    search = page.get_by_role("textbox", name="Search")
    search.fill("an")
    search.press("Enter")
    expect(page.get_by_text("Choose one to see the accounts", exact=False)).to_be_visible()
    expect(page.get_by_role("button", name="This is a bot")).to_have_count(0)
    assert page.get_by_text("Something went wrong").count() == 0


@pytest.mark.slow
def test_somebody_is_called_otherwise(own: Served, page: Page, tmp_path: Path) -> None:
    connect(own, tmp_path / "named", [("jdoe77", "jdoe77@named.org")])
    open_page(page, f"{own.url}/identities?portfolio=My+organisation&identities=Everybody&search=jdoe77")
    click_row(page, 1)
    page.get_by_role("button", name="Rename …").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Jane *Doe*")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_text("jdoe77 is called Jane *Doe* now.")).to_be_visible()
