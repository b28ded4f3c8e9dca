"""What went wrong, said politely: what the user can mend, and what only the log explains."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.ui.text import plain
from maestro_core.errors import MaestroError, NotEnoughData

logger = logging.getLogger(__name__)


@contextmanager
def politely() -> Iterator[None]:
    """Where something goes wrong that the user can act on, say so and stop here."""
    try:
        yield
    except MaestroError as problem:
        explain(problem)
        st.stop()


def apologise(fault: Exception) -> bool:
    """Say that a page failed through no fault of the user, and log why; True: nothing else needs to be shown."""
    logger.error("A page failed.", exc_info=fault)
    st.error(
        "This page met an error of its own; nothing that was stored is lost. Reload it. If the error comes back, "
        "the log of the server says what it was.",
        title="Something went wrong",
        icon=":material/report:",
    )
    return True


def explain(problem: MaestroError) -> None:
    """What went wrong and what to do, in a box."""
    show = st.info if isinstance(problem, NotEnoughData) else st.error
    show(" ".join(plain(_sentence(text)) for text in (problem.message, problem.advice) if text))


def _sentence(text: str) -> str:
    """A text that is followed by another: what programs say has no full stop."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
