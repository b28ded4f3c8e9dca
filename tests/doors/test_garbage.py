"""Full collections leave out what stays for as long as the process does, and nothing else."""

from __future__ import annotations

import ast
import asyncio
import gc
import sys
import weakref
from collections.abc import Iterator

import pytest

from app import server
from app.ui.garbage import load_pages, spare_what_is_loaded
from maestro_core.settings import CHECKOUT

PAGES = [page for page in (CHECKOUT / "pages").glob("*.py") if page.stem != "__init__"]


class Frame:
    """Something that a cycle keeps alive until a full collection, as an error's traceback does."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def nothing_spared() -> Iterator[None]:
    """What other tests hold is looked through again afterwards; the clock of collections does not interfere."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def test_garbage_is_collected_before_what_is_alive_is_set_apart() -> None:
    garbage = weakref.ref(Frame())
    assert garbage() is not None
    spare_what_is_loaded()
    assert garbage() is None
    assert gc.get_freeze_count() > 0


def test_what_a_session_held_after_the_start_is_given_back() -> None:
    spare_what_is_loaded()
    held = Frame()
    session = weakref.ref(held)
    del held
    gc.collect()
    assert session() is None


def test_no_page_needs_a_module_of_ours_that_was_not_loaded_at_the_start() -> None:
    load_pages()
    lines = [line for page in PAGES for line in ast.walk(ast.parse(page.read_text()))]
    named = [line for line in lines if isinstance(line, ast.ImportFrom) and line.module == "app.ui"]
    asked = {f"app.ui.{name.name}" for line in named for name in line.names}
    assert asked
    assert asked <= set(sys.modules)


def test_the_server_sets_apart_once_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    settings = type("WithWorker", (), {"refresh_in_server": True})
    monkeypatch.setattr(server, "settings", settings)
    monkeypatch.setattr(server, "portfolios", lambda: None)
    monkeypatch.setattr(server, "load_pages", lambda: told.append("loaded"))
    monkeypatch.setattr(server, "spare_what_is_loaded", lambda: told.append("spared"))
    monkeypatch.setattr(server, "start_worker", lambda *_: told.append("worker"))

    async def serve() -> None:
        async with server.lifespan(None):  # type: ignore[arg-type]
            told.append("pages")

    asyncio.run(serve())
    assert told == ["loaded", "spared", "worker", "pages"]
