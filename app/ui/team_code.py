"""What the code page tells of who knows the code, where teams are looked at: the same report, the same pieces."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from app.ui import code_ownership, code_parts, links, tiles
from app.ui.ask import ask
from maestro_core.reports import code, knowledge
from maestro_core.reports.code import Code
from maestro_core.terms import Period

MEASURES = ("truck_factor", "one_author_share", "knowledge_at_risk")


def show(*, projects: tuple[UUID, ...], period: Period) -> None:
    """On how many people the code depends, of what is stored; the map is not asked for until it is opened."""
    st.subheader("Who knows which code")
    known = ask(knowledge.knowledge, projects=projects)
    with st.grid(3, min_column_width=220):
        for name in MEASURES:
            tiles.show(name, getattr(known, name))
    with st.expander("Ownership map", on_change="rerun", key="who_knows") as place:
        if place.open:
            _map(ask(code.code, projects=projects, period=period, path=""))
    links.link("code", "Hotspots, and the same by project", icon="folder_code")


def _map(answer: Code) -> None:
    if answer.lines.value is None:
        code_parts.no_code(answer, "")
        return
    code_parts.in_words(answer)
    code_ownership.ownership_map(answer)
    if answer.is_broken_down:
        code_ownership.ownership_rows(answer)
