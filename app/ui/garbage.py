"""What is looked through for garbage after each run of a page: Streamlit asks for all of it, every time."""

from __future__ import annotations

import gc
import importlib
import pkgutil

from app import ui


def load_pages() -> None:
    """Load what pages are made of now, as they would when they are first looked at."""
    for module in pkgutil.iter_modules(ui.__path__):
        importlib.import_module(f"{ui.__name__}.{module.name}")


def spare_what_is_loaded() -> None:
    """Set what is alive now apart from what is looked through, for as long as the process is; garbage goes before.

    For the start of the server, when modules are nearly all there is: looking through them again took two thirds of the
    processor's time of a move of a slider. Never later: what sessions hold would never be given back.
    """
    gc.collect()
    gc.freeze()
