"""One server on the sample portfolio and one browser for all tests of pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.served import Served, chromium, served

DESKTOP = {"width": 1440, "height": 900}

# Five seconds, the default, are short where both cores are busy.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker("browser")


@pytest.fixture(scope="session")
def maestro(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="session")
def own(maestro: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose own portfolio tests may write to."""
    with served(_with_sample_of(maestro, tmp_path_factory.mktemp("own"))) as running:
        yield running


@pytest.fixture(scope="session")
def untouched(maestro: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for tests that leave it as they found it: where a source fails, the page of sources shows that first."""
    with served(_with_sample_of(maestro, tmp_path_factory.mktemp("untouched"))) as running:
        yield running


def _with_sample_of(maestro: Served, folder: Path) -> Path:
    """A data directory that has the sample already: making it takes half a minute."""
    with (
        closing(sqlite3.connect(maestro.data_directory / "sample.sqlite")) as made,
        closing(sqlite3.connect(folder / "sample.sqlite")) as copy,
    ):
        made.backup(copy)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One for all tests: its cache keeps the scripts of the pages, which take longer to load than a test."""
    context = browser.new_context(viewport=DESKTOP)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    yield visitor.new_page()
    for page in visitor.pages:  # and those that the test opened
        page.close()
