"""A real server in a process of its own, and a real Chromium to look at it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Streamlit says "not running" before the browser has painted: these are what is still on its way.
PENDING = '[data-testid="stSkeleton"], [data-testid="stStatusWidget"], [data-stale="true"], [data-testid="stSpinner"]'
PAINTED = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app || app.getAttribute('data-test-script-state') !== 'notRunning') return false;
  if (document.querySelector(`PENDING`)) return false;
  const charts = [...document.querySelectorAll('[data-testid="stPlotlyChart"]')];
  return charts.every(chart => chart.querySelector('.main-svg'));
}""".replace("PENDING", PENDING)


@dataclass(frozen=True)
class Served:
    """A running Maestro: where it answers, where its data lie, what it wrote, and how long it took to answer."""

    url: str
    data_directory: Path
    log: Path
    seconds: float


@contextlib.contextmanager
def served(data_directory: Path, **environment: str) -> Iterator[Served]:
    """`maestro serve` on a free port, until the end of the block."""
    port = free_port()
    log = data_directory / "server.log"
    settings = {"MAESTRO_DATA_DIRECTORY": str(data_directory), "MAESTRO_PORT": str(port)}
    data_directory.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve"],
            cwd=ROOT,
            env=os.environ | settings | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://localhost:{port}"
    try:
        _wait_for(url, process, log)
        yield Served(url, data_directory, log, time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; where there is none, an error that says how to get it."""
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("The browser tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def open_page(page: Page, url: str) -> None:
    """Go there, and wait until all of it is painted."""
    page.goto(url)
    wait_until_painted(page)


def wait_until_painted(page: Page) -> None:
    """Wait until the script has ended, nothing is stale or pending, and every chart is drawn."""
    page.wait_for_selector('[data-testid="stMainBlockContainer"]', timeout=60_000)
    page.wait_for_timeout(250)
    page.wait_for_function(PAINTED, timeout=60_000)
    page.wait_for_timeout(250)


def click_row(page: Page, number: int, *, table: int = 0) -> None:
    """Tick the box at the start of a row, of the first table unless told."""
    shown = page.locator('[data-testid="stDataFrame"]').nth(table)
    shown.scroll_into_view_if_needed()
    box = shown.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 17 + 35 * number)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}:\n{log.read_text()[-4000:]}")
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{url}/_stcore/health", timeout=2).status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not answer in {seconds} seconds:\n{log.read_text()[-4000:]}")


def click_bar(page: Page) -> None:
    """Choose an early week or month in which there was something."""
    bars = page.locator(".barlayer .point path")
    heights = bars.evaluate_all("all => all.map(each => each.getBBox().height)")
    bars.nth([place for place, height in enumerate(heights) if height > 1][5]).click(force=True)
