"""Identities in a browser: two names of one person become one, and come apart again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import ROOT, Served, open_page


@pytest.mark.slow
def test_a_merge_is_one_click_and_so_is_its_undoing(own: Served, page: Page, tmp_path: Path) -> None:
    repository = tmp_path / "engine"
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    for name, email in (
        ("Ada Byron", "ada.byron@x.org"),
        ("![](http://evil.example/x.png) Ada Byron", "ada.byron@y.org"),
    ):
        author = ["-c", f"user.name={name}", "-c", f"user.email={email}"]
        commit = ["git", "-C", repository, *author, "commit", "--quiet", "--allow-empty", "-m", "Note G"]
        subprocess.run(commit, check=True)
    settings = {"MAESTRO_DATA_DIRECTORY": str(own.data_directory)}
    connect = [sys.executable, "-m", "app.cli", "connect", "git", str(repository)]
    subprocess.run(connect, cwd=ROOT, env=os.environ | settings, check=True, capture_output=True)

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
