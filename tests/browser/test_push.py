"""Letting tools push, in a browser: the secret is shown once, and what it signs is believed."""

from __future__ import annotations

import json
import re
import time

import httpx2
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from maestro_core.actions.push_signature import signature
from tests.browser.served import Served, open_page, wait_until_painted
from tests.browser.test_sources import OWN

EVENT = {"type": "incident", "id": "INC-1", "title": "Down", "opened_at": "2026-06-01T09:20:00Z"}
TIMESTAMP = "X-Maestro-Timestamp"


def test_a_secret_is_made_shown_once_and_made_anew(untouched: Served, page: Page) -> None:
    httpx2.post(f"{untouched.url}/api/v1/projects", json={"name": "shop"}).raise_for_status()
    open_page(page, f"{untouched.url}/sources?{OWN}")
    page.get_by_role("button", name=re.compile("let (other )?tools push", re.IGNORECASE)).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Project").click()
    page.get_by_role("option", name="shop").click()
    dialog.get_by_role("button", name="Make address and secret").click()
    expect(dialog.get_by_text("Copy both now")).to_be_visible()
    address, secret = _shown(page)
    assert _sent(address, secret) == 200
    page.keyboard.press("Escape")
    wait_until_painted(page)
    expect(page.get_by_role("heading", name="Pushed to shop")).to_be_visible()
    expect(page.get_by_text(secret)).to_have_count(0)
    page.get_by_role("button", name="New secret").click()
    dialog.get_by_role("button", name="Make a new secret").click()
    expect(dialog.get_by_text("Copy both now")).to_be_visible()
    assert (_sent(address, secret), _sent(address, _shown(page)[1])) == (401, 200)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Disconnect").click()
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Disconnected Pushed to shop.")).to_be_visible()


def _shown(page: Page) -> tuple[str, str]:
    """The address and the secret of the dialog, whose blocks of code are drawn after the words around them."""
    wait_until_painted(page)
    blocks = page.get_by_role("dialog").locator("code")
    expect(blocks).to_have_count(2)
    expect(blocks.last).to_have_text(re.compile(r"\S{20,}"))
    address, secret = blocks.all_inner_texts()
    return address, secret


def _sent(address: str, secret: str) -> int:
    """The status that answers a signed event."""
    body = json.dumps(EVENT).encode()
    timestamp = f"{time.time():.0f}"
    headers = {TIMESTAMP: timestamp, "X-Maestro-Signature-256": signature(SecretStr(secret), body, timestamp=timestamp)}
    return httpx2.post(address, content=body, headers=headers).status_code
