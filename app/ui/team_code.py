"""What the code page tells of who knows the code, where teams are looked at: the same report, the same pieces."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from app.ui import code_parts, links, tiles
from app.ui.ask import ask
from maestro_core.reports import code
from maestro_core.reports.code import Code
from maestro_core.terms import Period


def show(*, projects: tuple[UUID, ...], period: Period) -> None:
    """The truck factor and the ownership map; nothing is asked for until they are opened."""
    st.subheader("Who knows which code")
    with st.expander("Truck factor and ownership map", on_change="rerun", key="who_knows") as knowledge:
        if knowledge.open:
            _knowledge(ask(code.code, projects=projects, period=period, path=""))
    links.link("code", "Hotspots, what changes together, and the same by project", icon="folder_code")


def _knowledge(answer: Code) -> None:
    factor, reading = st.columns([1, 2.2], vertical_alignment="center")
    with factor:
        tiles.show("truck_factor", answer.truck_factor)
    with reading:
        code_parts.in_words(answer)
    if answer.lines.value is None:
        code_parts.no_code(answer, "")
    else:
        code_parts.ownership_map(answer)
