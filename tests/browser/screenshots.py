"""docs/screenshots, taken from the sample portfolio: `python -m tests.browser.screenshots [PAGE …] [--into FOLDER]`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from app.ui.frame import DETAILS, MENU
from tests.browser.served import ROOT, Served, chromium, click_row, open_page, served, wait_until_painted

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"wide": {"width": 1440, "height": 1000}, "phone": {"width": 390, "height": 844}}
LONGEST = 9000
"""Pixels of a page's picture: Chromium draws no higher than 16,384."""
SCHEMES = ("light", "dark")
PAGES = [name for lines in (*MENU.values(), DETAILS) for name, *_ in lines]
# Where a row leads to the page of one thing.
LISTS = {name: f"{name}s?" for name, *_ in DETAILS} | {"code_file": "code?view=Hotspots&"}
# A sample has no sources: this page is shown with a real one, a copy of this repository.
OWN = {"sources"}


def main() -> None:
    """Every page, light and dark, wide and on a phone."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pages", nargs="*", default=PAGES)
    options.add_argument("--into", type=Path, default=FOLDER)
    options.add_argument("--url", help="of a server that runs already; else one is started")
    chosen = options.parse_args()
    chosen.into.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        if chosen.url:
            _take_all(browser, chosen.url, chosen)
            return
        with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "data") as running:
            _connect_a_copy(running, Path(folder) / "code" / "maestro")
            _take_all(browser, running.url, chosen)


def _connect_a_copy(running: Served, copy: Path) -> None:
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
    settings = {"MAESTRO_DATA_DIRECTORY": str(running.data_directory)}
    connect = [sys.executable, "-m", "app.cli", "connect", "git", str(copy)]
    subprocess.run(connect, cwd=ROOT, env=os.environ | settings, check=True, capture_output=True)


def _take_all(browser: Browser, url: str, chosen: argparse.Namespace) -> None:
    for name in chosen.pages:
        address = _address(browser, url, name)
        for scheme in SCHEMES:
            for size in SIZES:
                take(browser, address, chosen.into / f"{name}-{scheme}-{size}.png")


def _address(browser: Browser, url: str, name: str) -> str:
    """Where a page is; the page of one thing is that of the first one listed."""
    portfolio = "My+organisation" if name in OWN else "Sample"
    if name not in LISTS:
        return f"{url}/{'' if name == 'overview' else name}?portfolio={portfolio}"
    page = browser.new_page(viewport=SIZES["wide"])
    open_page(page, f"{url}/{LISTS[name]}portfolio={portfolio}")
    page.locator('[data-testid="stDataFrame"]').first.scroll_into_view_if_needed()
    click_row(page, 1)
    page.wait_for_url(f"**/{name}?*")
    wait_until_painted(page)
    address = page.url
    page.close()
    return address


def take(browser: Browser, url: str, path: Path) -> None:
    """One page as a picture of its whole length; the file's name says the scheme and the size."""
    _, scheme, size = path.stem.rsplit("-", 2)
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    open_page(page, url)
    # Streamlit scrolls inside the page: as tall a window as the content shows all of it.
    height = page.evaluate("document.querySelector('[data-testid=\"stMainBlockContainer\"]').scrollHeight + 80")
    page.set_viewport_size({"width": SIZES[size]["width"], "height": max(SIZES[size]["height"], min(height, LONGEST))})
    page.wait_for_timeout(700)
    page.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    main()
