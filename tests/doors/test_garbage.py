"""Full collections leave out what stays for as long as the process does."""

from __future__ import annotations

import gc
import sys
from types import ModuleType

import pytest

from app.ui.garbage import Spared, spare_modules


def test_modules_are_set_apart_once_and_again_only_when_more_were_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    spared = Spared()
    try:
        assert spare_modules(spared)
        assert gc.get_freeze_count() > 0
        assert not spare_modules(spared)
        monkeypatch.setitem(sys.modules, "loaded_since", ModuleType("loaded_since"))
        assert spare_modules(spared)
    finally:
        gc.unfreeze()
