"""What is looked through for garbage after each run of a page: Streamlit asks for all of it, every time."""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass


@dataclass
class Spared:
    """How many modules were loaded when their objects were last set apart."""

    modules: int = 0


_SPARED = Spared()


def spare_modules(spared: Spared = _SPARED) -> bool:
    """Set what is loaded apart from what is looked through, where modules were loaded since; whether that was due.

    Modules stay for as long as the process does: looking through them again took two thirds of the processor's time of
    a move of a slider. What is no longer used by then is collected before, as it would be kept for ever.
    """
    if len(sys.modules) <= spared.modules:
        return False
    spared.modules = len(sys.modules)
    gc.collect()
    gc.freeze()
    return True
