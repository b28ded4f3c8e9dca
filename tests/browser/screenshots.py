"""docs/screenshots, taken from the sample portfolio: `python -m tests.browser.screenshots [PAGE …] [--into FOLDER]`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from app.ui.frame import DETAILS, MENU
from tests.browser.served import chromium, open_page, served

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES = {"wide": {"width": 1440, "height": 1000}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
PAGES = [name for lines in (*MENU.values(), DETAILS) for name, *_ in lines]


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
        with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as running:
            _take_all(browser, running.url, chosen)


def _take_all(browser: Browser, url: str, chosen: argparse.Namespace) -> None:
    for name in chosen.pages:
        for scheme in SCHEMES:
            for size in SIZES:
                take(
                    browser, f"{url}/{'' if name == 'overview' else name}", chosen.into / f"{name}-{scheme}-{size}.png"
                )


def take(browser: Browser, url: str, path: Path) -> None:
    """One page as a picture of its whole length; the file's name says the scheme and the size."""
    _, scheme, size = path.stem.rsplit("-", 2)
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    open_page(page, url)
    # Streamlit scrolls inside the page: as tall a window as the content shows all of it.
    height = page.evaluate("document.querySelector('[data-testid=\"stMainBlockContainer\"]').scrollHeight + 80")
    page.set_viewport_size({"width": SIZES[size]["width"], "height": max(SIZES[size]["height"], min(height, 4000))})
    page.wait_for_timeout(700)
    page.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    main()
