"""Where a project or a refresh stands, as a badge: a colour, a sign and a word."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from maestro_core.reports.projects import ProjectState
from maestro_core.terms import RunState

Colour = Literal["red", "orange", "blue", "green", "gray"]

PROJECT_STATES: dict[ProjectState, tuple[Colour, str]] = {
    ProjectState.RUNNING: ("blue", "play_circle"),
    ProjectState.SUCCESS: ("green", "check_circle"),
    ProjectState.FAILURE: ("red", "cancel"),
    ProjectState.CANCELLED: ("gray", "block"),
    ProjectState.UNDECIDED: ("orange", "help"),
}
RUN_STATES: dict[RunState | None, tuple[Colour, str, str]] = {
    None: ("gray", "hourglass_empty", "never refreshed"),
    RunState.QUEUED: ("blue", "schedule", "waiting"),
    RunState.RUNNING: ("blue", "sync", "refreshing"),
    RunState.SUCCEEDED: ("green", "check_circle", "fine"),
    RunState.FAILED: ("red", "error", "failing"),
}


def project_badge(state: ProjectState) -> None:
    """Where a project stands."""
    colour, icon = PROJECT_STATES[state]
    st.badge(state, icon=f":material/{icon}:", color=colour)


def run_badge(state: RunState | None) -> None:
    """How the last refresh of a source went."""
    colour, icon, word = RUN_STATES[state]
    st.badge(word, icon=f":material/{icon}:", color=colour)


def run_word(state: RunState | None) -> str:
    """The same as a word, for a table.

    >>> run_word(RunState.SUCCEEDED)
    'fine'
    """
    return RUN_STATES[state][2]
